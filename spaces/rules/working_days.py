"""Working days in England: Monday to Friday without bank holidays."""

from datetime import date, timedelta
from functools import lru_cache

from holidays import country_holidays


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and day not in _bank_holidays(day.year)


@lru_cache
def _bank_holidays(year: int) -> frozenset[date]:
    """Worked out once: the library takes a millisecond for a year, and every letter asks."""
    return frozenset(country_holidays("GB", subdiv="ENG", years=year))


def working_day_after(day: date, how_many: int) -> date:
    """The day that many working days later; the day itself does not count."""
    while how_many > 0:
        day += timedelta(days=1)
        how_many -= is_working_day(day)
    return day


def working_day_before(day: date) -> date:
    day -= timedelta(days=1)
    while not is_working_day(day):
        day -= timedelta(days=1)
    return day


def working_days_between(day: date, later: date) -> int:
    """How many working days lie after `day` up to and including `later`; 0 if it is not later."""
    days = (later - day).days
    return sum(is_working_day(day + timedelta(days=number)) for number in range(1, days + 1))


def bank_holidays_between(first: date, last: date) -> list[tuple[date, str]]:
    """England's bank holidays from a day to a day, in order, each with its name."""
    years = range(first.year, last.year + 1)
    known = country_holidays("GB", subdiv="ENG", years=years, language="en_GB")
    return [
        (day, name.replace("(observed)", "(substitute day)").replace("'", "’"))
        for day, name in sorted(known.items())
        if first <= day <= last
    ]
