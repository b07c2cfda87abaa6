"""The nights on which London's clocks change, by the law and not by what the portal believes."""

from datetime import date, timedelta

YEARS = range(2020, 2036)


def last_sunday(year: int, month: int) -> date:
    """Of March or October, which have 31 days."""
    end = date(year, month, 31)
    return end - timedelta(days=(end.weekday() + 1) % 7)


FORWARD = [last_sunday(year, 3) for year in YEARS]
BACK = [last_sunday(year, 10) for year in YEARS]
CHANGES = sorted(FORWARD + BACK)
AROUND = [day + timedelta(days=beside) for day in CHANGES for beside in (-1, 0, 1)]
"""Each of them, the day before and the day after."""

EVERY_DAY = [
    date(YEARS[0], 1, 1) + timedelta(days=number)
    for number in range((date(YEARS[-1] + 1, 1, 1) - date(YEARS[0], 1, 1)).days)
]
