"""All the ways a booking may go, as one table. `docs/bookings.md` shows it, and a test compares."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from spaces.models import Booking

State = Booking.State

GROUP = "the group"
DECIDERS = "those who decide"
SITE = "those who run the site"
STOPS = "programme staff who stop its group"
EITHER = "the group, or others for a group that telephones"
PORTAL = "the portal"


@dataclass(frozen=True)
class Transition:
    """One way from a state to another: who may go it, and whether a reason must be given."""

    before: State
    after: State
    who: str
    act: str
    needs_reason: bool = False


TRANSITIONS = (
    Transition(State.REQUESTED, State.APPROVED, DECIDERS, "the last of them says yes"),
    Transition(State.REQUESTED, State.INFORMATION_NEEDED, DECIDERS, "ask the group something"),
    Transition(
        State.REQUESTED, State.DECLINED, f"{DECIDERS}, or {STOPS}", "decline", needs_reason=True
    ),
    Transition(
        State.REQUESTED, State.CANCELLED_BY_HIRER, GROUP, "take the request back", needs_reason=True
    ),
    Transition(State.INFORMATION_NEEDED, State.REQUESTED, EITHER, "answer"),
    Transition(
        State.INFORMATION_NEEDED,
        State.DECLINED,
        f"{DECIDERS}, or {STOPS}",
        "decline",
        needs_reason=True,
    ),
    Transition(
        State.INFORMATION_NEEDED,
        State.CANCELLED_BY_HIRER,
        GROUP,
        "take the request back",
        needs_reason=True,
    ),
    Transition(State.APPROVED, State.CONFIRMED, PORTAL, "nothing is missing any more"),
    Transition(State.APPROVED, State.REQUESTED, EITHER, "ask for more than was agreed to"),
    Transition(State.APPROVED, State.CANCELLED_BY_HIRER, GROUP, "cancel", needs_reason=True),
    Transition(
        State.APPROVED, State.CANCELLED_BY_SITE, f"{SITE}, or {STOPS}", "cancel", needs_reason=True
    ),
    Transition(State.CONFIRMED, State.REQUESTED, EITHER, "ask for more than was agreed to"),
    Transition(State.CONFIRMED, State.CANCELLED_BY_HIRER, GROUP, "cancel", needs_reason=True),
    Transition(
        State.CONFIRMED, State.CANCELLED_BY_SITE, f"{SITE}, or {STOPS}", "cancel", needs_reason=True
    ),
    Transition(State.DECLINED, State.REQUESTED, SITE, "bring it back"),
    Transition(State.CANCELLED_BY_HIRER, State.REQUESTED, GROUP, "bring it back"),
    Transition(State.CANCELLED_BY_SITE, State.REQUESTED, SITE, "bring it back"),
)


def may_become(state: str, wanted: State) -> bool:
    return any((one.before, one.after) == (state, wanted) for one in TRANSITIONS)


def check_may_become(booking: Booking, wanted: State) -> None:
    if not may_become(booking.state, wanted):
        raise ValidationError(
            _("This booking is %(state)s, so it cannot be %(wanted)s."),
            code="not_from_here",
            params={"state": booking.get_state_display(), "wanted": wanted.label},
        )


def may_change(booking: Booking) -> bool:
    """Say whether it may be changed: not once it ended, nor while a question waits."""
    return booking.is_alive and booking.state != State.INFORMATION_NEEDED


def check_may_change(booking: Booking) -> None:
    if booking.state == State.INFORMATION_NEEDED:
        raise ValidationError(
            _("A question about this booking waits for an answer. Answer it first."),
            code="not_from_here",
        )
    if not may_change(booking):
        raise ValidationError(
            _("This booking is %(state)s, so it cannot be changed."),
            code="not_from_here",
            params={"state": booking.get_state_display()},
        )


def check_has_ended(booking: Booking) -> None:
    """A promise also goes back to a request, but by being changed, not by being brought back."""
    if booking.is_alive:
        raise ValidationError(
            _("This booking is %(state)s, so there is nothing to bring back."),
            code="not_from_here",
            params={"state": booking.get_state_display()},
        )


def in_markdown() -> str:
    """The table as a picture and as rows, for `docs/bookings.md`."""
    return "\n".join([*_picture(), "", *_rows()])


def _picture() -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    for one in TRANSITIONS:
        yield f"    {one.before.value} --> {one.after.value}: {one.act} ({one.who})"
    yield "```"


def _rows() -> Iterator[str]:
    yield "| from | to | who | what they do | reason |"
    yield "|---|---|---|---|---|"
    for one in TRANSITIONS:
        reason = "required" if one.needs_reason else ""
        yield f"| {one.before.value} | {one.after.value} | {one.who} | {one.act} | {reason} |"
