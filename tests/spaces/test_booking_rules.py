"""Working days, decisions in time, late cancellations, and when a reminder is due."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError

from core.clock import at
from spaces.models import Booking, Site, Space
from spaces.rules import bookings, deciding
from spaces.rules.working_days import working_day_after, working_days_between

WEEK, DAY = timedelta(days=7), timedelta(hours=24)
START = datetime(2026, 12, 8, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "how_many", "later"),
    [
        (date(2026, 11, 24), 5, date(2026, 12, 1)),
        (date(2026, 11, 27), 1, date(2026, 11, 30)),
        (date(2026, 11, 28), 1, date(2026, 11, 30)),
        # Christmas Day is a Friday, and Boxing Day's holiday moves to the Monday.
        (date(2026, 12, 24), 1, date(2026, 12, 29)),
        (date(2026, 12, 31), 2, date(2027, 1, 5)),
        (date(2027, 3, 25), 1, date(2027, 3, 30)),
    ],
)
def test_working_days_leave_out_weekends_and_bank_holidays(day, how_many, later):
    assert working_day_after(day, how_many) == later
    assert working_days_between(day, later) == how_many


def test_a_request_is_decided_within_working_days_of_london():
    # 23:30 UTC on a summer Thursday is Friday in London.
    asked = datetime(2026, 7, 2, 23, 30, tzinfo=UTC)

    assert deciding.due_on(Booking(starts_at=START), asked, working_days=5) == date(2026, 7, 10)


@pytest.mark.parametrize(
    ("start", "asked", "by"),
    [
        (START, date(2026, 12, 4), date(2026, 12, 7)),
        (START, date(2026, 12, 8), date(2026, 12, 8)),
        # On a Monday, and after Christmas, which with its substitute day lasts until the 28th.
        (datetime(2026, 12, 7, 18, tzinfo=UTC), date(2026, 12, 2), date(2026, 12, 4)),
        (datetime(2026, 12, 29, 18, tzinfo=UTC), date(2026, 12, 21), date(2026, 12, 24)),
    ],
    ids=["soon", "the same day", "a Monday", "after Christmas"],
)
def test_what_is_near_is_decided_the_last_working_day_before(start, asked, by):
    asked_at = at(asked, time(9))

    assert deciding.due_on(Booking(starts_at=start), asked_at, working_days=5) == by


@pytest.mark.parametrize(
    ("state", "on", "late"),
    [
        ("approved", date(2026, 11, 30), False),
        ("confirmed", date(2026, 12, 1), False),
        ("approved", date(2026, 12, 2), True),
        ("confirmed", date(2026, 12, 2), True),
        ("requested", date(2026, 12, 2), False),
    ],
)
def test_less_notice_for_a_promise_than_the_site_asks_for_is_late(state, on, late):
    booking = Booking(
        state=state,
        starts_at=START,
        space=Space(site=Site(name="Site", cancel_notice_working_days=5)),
    )

    assert bookings.is_late_to_cancel(booking, on=on) == late


@pytest.mark.parametrize(
    ("hours_before", "decided_hours_before", "due"),
    [
        (169, 500, None),
        (168, 500, WEEK),
        (100, 500, WEEK),
        (25, 500, WEEK),
        (24, 500, DAY),
        (1, 500, DAY),
        (0, 500, None),
        (-1, 500, None),
        (100, 100, None),  # approved inside the week: its confirmation is enough
        (100, 168, WEEK),
        (20, 100, DAY),  # approved inside the week, and before the last day
        (20, 22, None),
    ],
)
def test_a_reminder_is_due_within_its_lead_and_never_for_what_was_just_approved(
    hours_before, decided_hours_before, due
):
    booking = Booking(starts_at=START, decided_at=START - timedelta(hours=decided_hours_before))

    found = bookings.reminder_due(booking, [WEEK, DAY], now=START - timedelta(hours=hours_before))

    assert found == due


@pytest.mark.parametrize(
    ("is_theirs", "words"),
    [
        (True, "Your group has 1 request that waits for a decision, and that is the most"),
        (False, "This group has 1 request that waits for a decision, and that is the most"),
    ],
)
def test_one_request_that_waits_is_spoken_of_as_one(is_theirs, words):
    with pytest.raises(ValidationError, match=words):
        bookings.check_may_ask_for_more(1, most=1, is_theirs=is_theirs)
