"""Dates and times read as people say them, on London's clock, on every night of the year."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.utils import translation

from core import clock
from core.templatetags import dates

LONDON = ZoneInfo("Europe/London")


def utc(year, month, day, hour=0, minute=0):
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (1, "about a week"),
        (16, "about 2 weeks"),
        (91, "about 3 months"),
        (360, "about a year"),
        (700, "about 2 years"),
    ],
)
def test_a_time_since_a_rough_date_is_told_roughly(days, words):
    assert dates.about_days(days) == words


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (date(2026, 12, 1), "Tuesday 1 December 2026"),
        (utc(2026, 12, 1, 18), "Tuesday 1 December 2026"),
        (utc(2026, 6, 30, 23, 30), "Wednesday 1 July 2026"),
        (None, ""),
    ],
    ids=["a date", "winter", "half past midnight in summer", "nothing"],
)
def test_a_long_date_is_the_day_in_london(moment, words):
    assert dates.long_date(moment) == words


def test_shorter_dates():
    assert dates.short_date(date(2026, 12, 1)) == "1 December 2026"
    assert dates.day_month(date(2026, 12, 1)) == "Tue 1 Dec"


@pytest.mark.parametrize(
    ("clock", "words"),
    [
        (time(0, 0), "midnight"),
        (time(0, 5), "12:05am"),
        (time(9, 0), "9am"),
        (time(12, 0), "midday"),
        (time(12, 30), "12:30pm"),
        (time(18, 0), "6pm"),
        (time(18, 30), "6:30pm"),
        (time(23, 59), "11:59pm"),
    ],
)
def test_a_time_of_day(clock, words):
    assert dates.time_of_day(clock) == words


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (utc(2026, 12, 1, 18), utc(2026, 12, 1, 20), "Tuesday 1 December 2026, 6pm to 8pm"),
        (utc(2026, 7, 7, 17), utc(2026, 7, 7, 19, 30), "Tuesday 7 July 2026, 6pm to 8:30pm"),
        (utc(2026, 12, 1, 18), None, "Tuesday 1 December 2026, 6pm"),
        (utc(2026, 12, 1, 18), utc(2026, 12, 2), "Tuesday 1 December 2026, 6pm to midnight"),
        (
            utc(2026, 12, 1, 18),
            utc(2026, 12, 2, 10),
            "Tuesday 1 December 2026, 6pm to Wednesday 2 December 2026, 10am",
        ),
    ],
    ids=["winter", "summer", "no end", "until midnight", "over night"],
)
def test_when_something_happens(start, end, words):
    assert dates.when(start, end) == words


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        # Clocks go forward on 28 March 2027 at 1am and back on 25 October 2026 at 2am.
        (
            utc(2027, 3, 28, 0, 30),
            utc(2027, 3, 28, 1, 30),
            "Sunday 28 March 2027, 12:30am to 2:30am",
        ),
        (utc(2026, 10, 24, 23), utc(2026, 10, 25, 2), "Sunday 25 October 2026, midnight to 2am"),
        (utc(2026, 10, 25, 0), utc(2026, 10, 25, 1), "Sunday 25 October 2026, 1am to 1am"),
        (utc(2027, 3, 27, 22), utc(2027, 3, 28, 0), "Saturday 27 March 2027, 10pm to midnight"),
        (utc(2026, 10, 25, 22), utc(2026, 10, 26, 0), "Sunday 25 October 2026, 10pm to midnight"),
    ],
)
def test_the_nights_when_the_clocks_change(start, end, words):
    assert dates.when(start, end) == words


@pytest.mark.parametrize("day", [date(2027, 3, 23), date(2027, 3, 30)], ids=["before", "after"])
def test_six_in_the_evening_stays_six_across_the_clock_change(day):
    evening = datetime.combine(day, time(18), tzinfo=LONDON).astimezone(UTC)

    assert dates.time_of_day(evening) == "6pm"


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 12, 1), "today"),
        (date(2026, 12, 2), "tomorrow"),
        (date(2026, 11, 30), "yesterday"),
        (date(2026, 12, 4), "in 3 days"),
        (date(2026, 11, 28), "3 days ago"),
        (utc(2026, 12, 1, 23, 30), "today"),
    ],
)
def test_a_day_seen_from_today(day, words):
    assert dates.relative_day(day, date(2026, 12, 1)) == words


@pytest.mark.parametrize(
    ("pence", "words"),
    [(0, "Free"), (1800, "£18"), (1250, "£12.50"), (5, "£0.05"), (125000, "£1,250"), (None, "")],
)
def test_money(pence, words):
    assert dates.money(pence) == words


def test_the_filters_in_a_template():
    template = Template(
        "{% load dates %}<time datetime='{{ start|iso }}'>{{ start|when:end }}</time>"
        " {{ start|relative_day:today }}, {{ price|money }}"
    )
    values = {"start": utc(2026, 12, 1, 18), "end": utc(2026, 12, 1, 20)}

    html = template.render(Context(values | {"today": date(2026, 11, 30), "price": 0}))

    assert html == (
        "<time datetime='2026-12-01T18:00:00+00:00'>Tuesday 1 December 2026, 6pm to 8pm</time>"
        " tomorrow, Free"
    )


def test_months_are_said_in_the_language_of_the_page():
    with translation.override("es"):
        assert "diciembre" in dates.long_date(date(2026, 12, 1))


def test_midnight_at_the_end_of_something_closes_the_day():
    tuesday = date(2026, 12, 1)

    assert clock.at_end(tuesday, time(0)) == datetime(2026, 12, 2, 0, 0, tzinfo=UTC)
    assert clock.at_end(tuesday, time(20)) == datetime(2026, 12, 1, 20, 0, tzinfo=UTC)
