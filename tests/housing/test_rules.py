from datetime import UTC, date, datetime, timedelta

import pytest

from events.models import Event
from housing import rules
from housing.models import Action
from housing.rules import MeetingState
from pledges import rules as delivery
from tests.factories.housing import (
    ActionFactory,
    ActionStatusChangeFactory,
    ActionUpdateFactory,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TODAY = date(2026, 11, 23)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"starts_at": NOW + HOUR, "ends_at": NOW + 3 * HOUR}, MeetingState.PLANNED),
        ({"starts_at": NOW - HOUR, "ends_at": NOW + HOUR}, MeetingState.PLANNED),
        ({"ends_at": NOW - HOUR, "outcome": "Three priorities"}, MeetingState.HELD),
        ({"ends_at": NOW - HOUR}, MeetingState.NOT_RECORDED),
        ({"date_text": "end of March 2025"}, MeetingState.NOT_RECORDED),
        ({"ends_at": NOW + HOUR, "cancelled_at": NOW}, MeetingState.CANCELLED),
    ],
    ids=["to come", "now", "held", "over, nothing recorded", "only a month", "cancelled"],
)
def test_what_is_known_of_a_meeting(facts, expected):
    assert rules.meeting_state(Event(**facts), now=NOW) == expected


@pytest.mark.parametrize(
    ("confidences", "awaits"),
    [([], True), (["demonstration"], True), (["demonstration", "seed"], False), ([""], False)],
    ids=["no action", "only made-up ones", "one published", "one of our own"],
)
def test_when_detailed_actions_are_still_to_be_published(confidences, awaits):
    actions = [Action(confidence=confidence) for confidence in confidences]

    assert rules.awaits_actions(actions) == awaits


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("updated", "status", "due"),
    [
        (date(2026, 8, 25), "in_progress", date(2026, 11, 23)),
        (date(2026, 8, 24), "in_progress", date(2026, 11, 22)),
        (None, "not_started", date(2026, 12, 1)),
    ],
    ids=["last day to hear", "a day too late", "counts from when it was written down"],
)
def test_an_action_is_stale_as_a_pledge_is(updated, status, due):
    action = ActionFactory()
    Action.objects.filter(pk=action.pk).update(created_at=datetime(2026, 9, 2, 12, tzinfo=UTC))
    ActionStatusChangeFactory(action=action, status=status)
    if updated:
        ActionUpdateFactory(action=action, published_on=updated)

    found = Action.objects.with_standing().get()

    assert delivery.next_update_due(found) == due
    # The column of the list and the rule must never disagree.
    assert found.next_update_on == due
    assert delivery.is_stale(found, today=TODAY) == (due < TODAY)
