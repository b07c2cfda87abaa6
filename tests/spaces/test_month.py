"""The month on the page of a room: every day says in words whether it has free time."""

from datetime import date, time, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.clock import at
from spaces.models import OpeningRule
from spaces.rules.months import beside
from spaces.services import calendar
from tests.factories.spaces import NOW, BookingFactory, ClosureFactory, SpaceFactory
from tests.spaces.test_space_page import words

pytestmark = pytest.mark.django_db

DECEMBER = date(2026, 12, 1)
MONDAY = date(2026, 11, 30)


def month(space, first=DECEMBER, *, minutes=60, **aside):
    _week, found = calendar.week_and_month(space, MONDAY, first, now=NOW, minutes=minutes, **aside)
    return found


def states(space, first=DECEMBER, **how):
    days = (day for week in month(space, first, **how).weeks for day in week if day)
    return {day.date.day: day.state.value for day in days}


def page(client, space, **query):
    with time_machine.travel(NOW, tick=False):
        return client.get(space.get_absolute_url(), query)


def a_space_open_on_tuesdays(**facts):
    space = SpaceFactory(site__opening=False, **facts)
    OpeningRule.objects.create(site=space.site, weekday=1, opens_minute=540, closes_minute=720)
    return space


def test_each_day_is_free_partly_free_full_or_closed():
    hall = a_space_open_on_tuesdays()
    for day, hours in ((8, 1), (15, 3)):
        starts_at = at(date(2026, 12, day), time(9))
        BookingFactory(space=hall, starts_at=starts_at, ends_at=starts_at + timedelta(hours=hours))
    ClosureFactory(
        site=hall.site,
        starts_at=at(date(2026, 12, 22), time(0)),
        ends_at=at(date(2026, 12, 23), time(0)),
    )
    ClosureFactory(
        site=hall.site,
        starts_at=at(date(2026, 12, 29), time(9)),
        ends_at=at(date(2026, 12, 29), time(10)),
    )

    found = states(hall)

    assert {day: found[day] for day in (1, 8, 15, 22, 29)} == {
        1: "free",
        8: "some",
        15: "none",
        22: "closed",
        29: "some",
    }
    assert {state for day, state in found.items() if day % 7 != 1} == {"closed"}


def test_a_month_has_every_day_once_under_its_weekday():
    for first in (DECEMBER, date(2027, 2, 1), date(2028, 2, 1), date(2027, 8, 1)):
        weeks = month(SpaceFactory(site__horizon_weeks=78), first).weeks
        days = [day.date for week in weeks for day in week if day]
        assert days == [first + timedelta(days=n) for n in range((beside(first, 1) - first).days)]
        for week in weeks:
            assert [day.date.weekday() for day in week if day] == [
                place for place, day in enumerate(week) if day
            ]


@pytest.mark.parametrize("minutes", [60, 180])
@pytest.mark.parametrize("setup", [0, 30])
def test_the_month_and_the_week_never_disagree(minutes, setup):
    hall = a_space_open_on_tuesdays()
    BookingFactory(space=hall, starts_at=at(date(2026, 12, 8), time(10)))
    BookingFactory(space=hall, starts_at=at(date(2026, 12, 15), time(9)))
    aside = {"setup_minutes": setup, "cleardown_minutes": 0}

    found = states(hall, minutes=minutes, **aside)

    for number in range(4):
        monday = date(2026, 11, 30) + timedelta(weeks=number)
        week = calendar.week(hall, monday, now=NOW, minutes=minutes, **aside)
        for day in week.days:
            if day.date.month == 12:
                assert day.is_free == (found[day.date.day] in ("free", "some")), day.date
                assert day.is_shut == (found[day.date.day] == "closed"), day.date


def test_days_too_soon_and_too_far_say_so():
    hall = SpaceFactory(site__horizon_weeks=3)

    november, december = states(hall, date(2026, 11, 1)), states(hall)

    # Now is Tuesday 24 November, 9am, and the site needs two days; three weeks end on 15 December.
    assert [november[day] for day in (1, 24, 25, 26, 27)] == ["soon"] * 3 + ["free"] * 2
    assert [december[day] for day in (14, 15, 16, 31)] == ["free", "free", "far", "far"]


@pytest.mark.parametrize("first", [date(2027, 3, 1), date(2027, 10, 1)])
def test_the_month_of_a_clock_change_has_no_day_that_looks_taken(first):
    assert set(states(SpaceFactory(site__horizon_weeks=60), first).values()) == {"free"}


# --- The page ------------------------------------------------------------------------------------


def test_every_day_leads_to_its_hours(client):
    hall = SpaceFactory()

    response = page(client, hall, month="2026-12", people="12")

    text = response.content.decode()
    link = "?people=12&amp;week=2026-12-07&amp;month=2026-12#day-2026-12-09"
    assert f'href="{link}"' in text
    there = page(client, hall, people="12", week="2026-12-07", month="2026-12")
    assert '<tr role="row" id="day-2026-12-09"' in there.content.decode()
    assert there.context["month"].first == DECEMBER


def test_the_month_says_its_days_in_words_with_headers_and_a_caption(client):
    hall = a_space_open_on_tuesdays()
    BookingFactory(space=hall, starts_at=at(date(2026, 12, 8), time(9)))

    response = page(client, hall, month="2026-12")

    said = words(response)
    assert "Tuesday 1 December 2026 Free" in said
    assert "Tuesday 8 December 2026 Some times free" in said
    assert "Wednesday 9 December 2026 Closed" in said
    text = response.content.decode()
    for weekday in ("Monday", "Sunday"):
        assert f'<th scope="col" role="columnheader">{weekday}</th>' in text
    assert '<details class="nhsuk-details" open>' in text


def test_the_month_is_folded_away_until_somebody_asks_for_it(client):
    response = page(client, SpaceFactory())

    assert "See all of November 2026" in words(response)
    assert '<details class="nhsuk-details" open>' not in response.content.decode()


def test_months_lead_to_their_neighbours_within_the_horizon(client):
    hall = SpaceFactory(site__horizon_weeks=6)

    first = page(client, hall, month="2026-11", people="5").context
    last = page(client, hall, month="2027-01").context
    beyond = page(client, hall, month="2031-01").context
    past = page(client, hall, month="2020-01").context

    assert first["earlier_month"] == ""
    assert first["later_month"] == "?people=5&month=2026-12#month"
    assert last["earlier_month"] == "?month=2026-12#month"
    assert last["later_month"] == ""
    assert [one["month"].first for one in (beyond, past)] == [date(2027, 1, 1), date(2026, 11, 1)]


def test_the_month_of_the_time_asked_for_is_shown_with_its_week(client):
    hall = SpaceFactory()

    found = page(client, hall, day="2027-02-17", **{"from": "6pm", "to": "8pm"}).context

    assert found["month"].first == date(2027, 2, 1)
    assert found["week"].monday == date(2027, 2, 15)


def test_another_month_shows_the_week_in_which_it_begins(client):
    found = page(client, SpaceFactory(), month="2027-01").context

    assert found["week"].monday == date(2026, 12, 28)


@pytest.mark.parametrize("month", ["soon", "2026-13", "2026", "9" * 50, "2026-12-01x"])
def test_a_bad_month_is_told_so(client, month):
    response = page(client, SpaceFactory(), month=month)

    assert response.status_code == 422
    assert "Choose a month with the links beside the table" in words(response)


def test_the_month_costs_the_same_number_of_queries_with_one_booking_as_with_many(client):
    hall = SpaceFactory()
    counted = []

    for hour in (9, 12, 15):
        BookingFactory(space=hall, starts_at=at(DECEMBER, time(hour)))
        ClosureFactory(
            site=hall.site, starts_at=at(DECEMBER, time(21)), ends_at=at(DECEMBER, time(22))
        )
        with CaptureQueriesContext(connection) as queries:
            page(client, hall, month="2026-12")
        counted.append(len(queries))

    assert counted == [16, 16, 16]
