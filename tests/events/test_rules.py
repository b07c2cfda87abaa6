from datetime import date, timedelta

import pytest

from events import rules
from events.models import Event
from tests.factories.events import SIX_PM, EventFactory

HOUR = timedelta(hours=1)


def test_the_stretches_of_reminders_lie_side_by_side():
    now = SIX_PM
    week, day = now + timedelta(days=7), now + timedelta(days=1)

    assert rules.reminders_due([168, 24], now=now) == [(24, now, day), (168, day, week)]


@pytest.mark.parametrize(
    ("capacity", "coming", "room"), [(None, 999, True), (2, 1, True), (2, 2, False), (0, 0, False)]
)
def test_there_is_room_until_all_places_are_taken(capacity, coming, room):
    assert rules.has_room(Event(capacity=capacity), coming=coming) == room


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("facts", "is_over"),
    [
        ({"starts_at": SIX_PM - 2 * HOUR, "ends_at": SIX_PM}, True),
        ({"starts_at": SIX_PM - HOUR, "ends_at": SIX_PM + HOUR}, False),
        ({"starts_at": None, "sign_up": "none", "sorts_on": date(2026, 12, 9)}, True),
        ({"starts_at": None, "sign_up": "none", "sorts_on": date(2026, 12, 10)}, False),
        ({"starts_at": None, "sign_up": "none", "sorts_on": date(2027, 6, 1)}, False),
    ],
    ids=["ended", "under way", "some day before", "some time today", "next summer"],
)
def test_an_event_is_past_when_it_has_ended_or_its_rough_day_is_before_today(facts, is_over):
    event = EventFactory(**facts)

    assert rules.is_over(event, now=SIX_PM) == is_over
    # The lists and the rule must never disagree.
    assert Event.objects.past(SIX_PM).exists() == is_over
    assert Event.objects.upcoming_first(SIX_PM).get().is_past == is_over


@pytest.mark.parametrize(
    ("facts", "now", "is_open"),
    [
        ({}, SIX_PM - HOUR, True),
        ({}, SIX_PM, False),
        ({"cancelled_at": SIX_PM}, SIX_PM - HOUR, False),
        ({"sign_up": "none"}, SIX_PM - HOUR, False),
        ({"starts_at": None, "ends_at": None}, SIX_PM - HOUR, False),
    ],
)
def test_people_sign_up_until_the_start(facts, now, is_open):
    event = Event(**{"sign_up": "open", "starts_at": SIX_PM, "ends_at": SIX_PM + HOUR, **facts})

    assert rules.is_open(event, now=now) == is_open
