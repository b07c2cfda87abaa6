"""Sixteen years of time: every day from 2020 to 2035, and the nights of the 32 clock changes."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.db.models.functions import TruncDate

from core.clock import LONDON, at, london
from spaces.models import Charge, Closure, OpeningRule
from spaces.models.minutes import minutes_around
from spaces.rules import prices, times
from tests.clocks import AROUND, BACK, CHANGES, EVERY_DAY, FORWARD
from tests.factories.spaces import SiteFactory

HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)


def quarters_of(day):
    """The moments of a local day, a quarter of an hour apart, counted in UTC."""
    moment, end = times.local_day(day)
    while moment < end:
        yield moment
        moment += QUARTER


def is_skipped(day, clock):
    return day in FORWARD and clock.hour == 1


def clock_over(start, end):
    """How far the hands of London's clock go between two moments."""
    return london(end).replace(tzinfo=None) - london(start).replace(tzinfo=None)


def test_the_clocks_change_twice_a_year():
    assert (len(CHANGES), len(set(AROUND)), len(EVERY_DAY)) == (32, 96, 5844)


def test_every_day_has_24_hours_but_those_on_which_the_clocks_change():
    lengths = {
        day: (end - start) / HOUR for day in EVERY_DAY for start, end in [times.local_day(day)]
    }

    other_than_24 = {day: length for day, length in lengths.items() if length != 24}

    assert other_than_24 == dict.fromkeys(FORWARD, 23) | dict.fromkeys(BACK, 25)


def test_every_day_begins_when_the_one_before_it_ends():
    for day in EVERY_DAY:
        assert times.local_day(day)[1] == times.local_day(day + timedelta(days=1))[0]


def test_every_time_of_the_clock_is_the_moment_that_shows_it_or_is_refused():
    for day in AROUND:
        for clock in (time(hour, minute) for hour in range(24) for minute in range(0, 60, 5)):
            if is_skipped(day, clock):
                with pytest.raises(ValidationError, match="The clocks go forward"):
                    at(day, clock)
            else:
                moment = at(day, clock)
                assert moment.tzinfo is UTC
                assert london(moment) == datetime.combine(day, clock, tzinfo=LONDON)
                assert (london(moment).time(), london(moment).fold) == (clock, 0)


def test_every_moment_comes_back_from_the_clock():
    """The hour that comes twice in October included."""
    for day in AROUND:
        for moment in quarters_of(day):
            assert london(moment).astimezone(UTC) == moment
            assert london(moment).date() == day
            assert minutes_around(moment, moment + QUARTER)[0] == day


@pytest.mark.parametrize("hour", [0, 9, 18])
def test_a_weekly_time_stays_that_time_in_every_week(hour):
    weekly = [
        OpeningRule(site_id=1, weekday=day, opens_minute=hour * 60, closes_minute=hour * 60 + 30)
        for day in range(7)
    ]

    for day in EVERY_DAY:
        [(start, end)] = times.open_stretches(weekly, day)
        assert london(start).replace(tzinfo=None) == datetime.combine(day, time(hour))
        assert end - start == timedelta(minutes=30)


def test_a_week_later_at_6pm_is_an_hour_more_or_less_only_over_a_change():
    week, evening = timedelta(days=7), time(18)
    passed = {day: at(day, evening) - at(day - week, evening) for day in EVERY_DAY[7:]}

    for day, elapsed in passed.items():
        between = {day - timedelta(days=ago) for ago in range(7)}
        hours = bool(between & set(BACK)) - bool(between & set(FORWARD))
        assert elapsed == week + hours * HOUR


@pytest.mark.parametrize("hours", [1, 3])
def test_a_use_lasts_and_costs_the_hours_that_pass(hours):
    """The hands of the clock go an hour further over the change of March, an hour less in October."""
    an_hour = [Charge(pence=1000)]
    lasts = hours * HOUR
    changes = {datetime.combine(day, time(1), tzinfo=UTC): HOUR for day in FORWARD}
    changes |= {datetime.combine(day, time(1), tzinfo=UTC): -HOUR for day in BACK}

    for day in AROUND:
        for start in quarters_of(day):
            end = start + lasts
            minutes = prices.minutes_by_time(start, end)
            change = next((one for one in changes if start < one <= end), None)

            assert minutes["always"] == minutes["peak"] + minutes["daytime"] == hours * 60
            assert prices.price_of(an_hour, start, end).total_pence == hours * 1000
            assert clock_over(start, end) == lasts + changes.get(change, timedelta())


@pytest.mark.parametrize(("changes", "hours"), [(FORWARD, 2), (BACK, 4)])
def test_from_midnight_to_3am_costs_two_hours_in_march_and_four_in_october(changes, hours):
    for day in changes:
        price = prices.price_of([Charge(pence=1000)], at(day, time(0)), at(day, time(3)))
        assert price.total_pence == hours * 1000


@pytest.mark.django_db
def test_every_moment_comes_back_from_postgres_on_the_day_it_was_stored_for():
    site = SiteFactory()
    moments = [moment for day in AROUND for moment in quarters_of(day)]
    Closure.objects.bulk_create(
        Closure(site=site, starts_at=moment, ends_at=moment + QUARTER) for moment in moments
    )

    stored = Closure.objects.order_by("pk").values_list("starts_at", "ends_at")
    by_day = Closure.objects.annotate(day=TruncDate("starts_at", tzinfo=LONDON)).values("day")
    quarters = dict(by_day.annotate(Count("pk")).values_list("day", "pk__count"))

    assert list(stored) == [(moment, moment + QUARTER) for moment in moments]
    assert quarters == {
        day: 4 * (23 if day in FORWARD else 25 if day in BACK else 24) for day in AROUND
    }
