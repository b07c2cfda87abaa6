"""When somebody may come to an event, and when they are reminded. Pure: facts in, answer out."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.clock import london
from events.models import Event, SignUp

SIGN_UPS_PER_MINUTE = 30
"""From one address on the network, which a whole library may share."""

WHEN_AND_WHERE = frozenset({"starts_at", "ends_at", "mode", "place", "borough"})
"""What everybody who signed up relies on, those on the waiting list too."""
ONCE_THERE = frozenset({"join_text", "help_there"})
"""What those who come rely on as well."""


def is_over(event: Event, *, now: datetime) -> bool:
    """Say whether an event is past: it has ended, or has no time and its day is before today."""
    if event.ends_at is None:
        return event.sorts_on < london(now).date()
    return event.ends_at <= now


def is_before_start(event: Event, *, now: datetime) -> bool:
    return event.starts_at is not None and now < event.starts_at


def is_open(event: Event, *, now: datetime) -> bool:
    """Say whether people can sign up now."""
    return (
        event.sign_up == Event.SignUpRule.OPEN
        and event.cancelled_at is None
        and is_before_start(event, now=now)
    )


def check_open(event: Event, *, now: datetime) -> None:
    if event.cancelled_at is not None:
        raise ValidationError(
            _("This event is cancelled, so nobody can sign up for it."), code="cancelled"
        )
    if is_over(event, now=now):
        raise ValidationError(
            _("This event is over, so nobody can sign up for it any more."), code="over"
        )
    if event.sign_up != Event.SignUpRule.OPEN:
        raise ValidationError(_("You do not need to sign up for this event."), code="no_sign_up")
    if not is_open(event, now=now):
        raise ValidationError(
            _("This event has started, so nobody can sign up for it any more."), code="started"
        )


def check_can_leave(sign_up: SignUp, *, now: datetime) -> None:
    if not is_before_start(sign_up.event, now=now):
        raise ValidationError(_("This event has started, so nothing can change."), code="started")


def check_can_change(
    event: Event, changes: Mapping[str, Any], *, people: int, now: datetime
) -> None:
    """`people` have signed up. They rely on an event that will be, and that they can look up."""
    if not people or event.cancelled_at is not None or is_over(event, now=now):
        return
    if not changes.get("is_published", True):
        raise ValidationError(
            {"is_published": _("People have signed up. Cancel the event instead of hiding it.")}
        )
    starts_at = changes.get("starts_at", event.starts_at)
    if starts_at != event.starts_at and (starts_at is None or starts_at <= now):
        raise ValidationError(
            {"starts_at": _("People have signed up. Enter a time that is still to come.")}
        )


def check_can_be_cancelled(event: Event, *, now: datetime) -> None:
    if event.cancelled_at is not None:
        raise ValidationError(_("This event is cancelled already."), code="cancelled")
    if is_over(event, now=now):
        raise ValidationError(_("This event is over, so it cannot be cancelled."), code="over")


def can_be_cancelled(event: Event, *, now: datetime) -> bool:
    return event.cancelled_at is None and not is_over(event, now=now)


def has_room(event: Event, *, coming: int) -> bool:
    return event.capacity is None or coming < event.capacity


class Reminder(NamedTuple):
    """A reminder some hours ahead is for events that start within this stretch of time."""

    hours: int
    after: datetime
    until: datetime


def reminders_due(hours_ahead: Iterable[int], *, now: datetime) -> list[Reminder]:
    """The stretches, side by side, so that an event is in one of them only.

    A run that comes late still finds what it missed, and nobody gets two reminders at once.
    """
    found = []
    after = now
    for hours in sorted(set(hours_ahead)):
        until = now + timedelta(hours=hours)
        found.append(Reminder(hours, after, until))
        after = until
    return found
