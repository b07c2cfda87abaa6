"""How the plan and its meetings stand. How an action stands is judged as a pledge is: pledges.rules."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from core.models import Sourced
from events.models import Event
from housing.models import Action


class MeetingState(StrEnum):
    CANCELLED = "cancelled"
    PLANNED = "planned"
    HELD = "held"
    NOT_RECORDED = "not_recorded"


def meeting_state(meeting: Event, *, now: datetime) -> MeetingState:
    """Say what is known of a meeting. Only a recorded outcome shows that it took place."""
    if meeting.cancelled_at is not None:
        return MeetingState.CANCELLED
    if meeting.ends_at is not None and meeting.ends_at > now:
        return MeetingState.PLANNED
    return MeetingState.HELD if meeting.outcome else MeetingState.NOT_RECORDED


def awaits_actions(actions: Iterable[Action]) -> bool:
    """Say whether a priority has no action that the Coalition itself has published."""
    return all(action.confidence == Sourced.Confidence.DEMONSTRATION for action in actions)
