"""Saying yes or no to a request: check, write, record, tell.

Everybody who must agree has a step of their own, and all are asked at once. The room is promised
when the last of them says yes; the first no ends it. Nobody takes two steps of one booking.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from core.clock import london
from spaces import permissions, rules
from spaces.models import LONGEST, Booking, Decision, Occupancy, Room, Space
from spaces.services import bookings, confirming, finding, rooms, telling

State = Booking.State
Outcome = Decision.Outcome

A_YEAR = timedelta(days=365)


def ask_everybody(booking: Booking, *, now: datetime) -> None:
    """Ask all who must agree to a booking as it is now; what they said of it before is over.

    A trusted group at a site that trusts groups has its yes at once. Call it in a transaction that
    holds the rooms and the booking.
    """
    booking.decisions.current().update(superseded_at=now)
    steps = rules.deciding.steps_of(booking)
    due_on = rules.deciding.due_on(
        booking, now, working_days=settings.DECIDE_BOOKINGS_WITHIN_WORKING_DAYS
    )
    is_yes = _is_yes_by_rule(booking, now=now)
    said = {"outcome": Outcome.APPROVED, "decided_at": now, "is_automatic": True} if is_yes else {}
    Decision.objects.bulk_create(
        Decision(booking=booking, step=step, asked_at=now, due_on=due_on, **said) for step in steps
    )
    if is_yes:
        _promise(booking, by=None, now=now)
    else:
        telling.tell_group(booking, "booking_requested", now=now, decide_by=due_on)
        telling.ask_for_decision(booking, steps, due_on, now=now)


def _is_yes_by_rule(booking: Booking, *, now: datetime) -> bool:
    if not booking.space.site.trusts_groups or booking.space.lets_compete:
        return False
    earlier = booking.hirer.bookings.exclude(pk=booking.pk)
    kept = earlier.filter(state=State.CONFIRMED, ends_at__lte=now).count()
    late = earlier.filter(cancelled_late=True, decided_at__gt=now - A_YEAR).count()
    return rules.deciding.is_yes_by_rule(booking, kept=kept, late=late)


@transaction.atomic
def approve_booking(
    booking: Booking, *, by: User, now: datetime, is_free: bool | None = None
) -> Booking:
    """Say yes for one step; with the last of them the space is promised to the group.

    `is_free` answers a group that asks to pay nothing, where this step decides about that.

    Raises ValidationError "not_from_here" if the booking is past deciding, "said_yes" if this
    person said yes before, "just_taken" if another group has the room by now.
    """
    booking = bookings.locked(booking)
    step = _step_of(booking, by, State.APPROVED)
    rules.bookings.check_not_begun(booking, now=now)
    rules.bookings.check_hirer_may_book(booking.hirer)
    # A closure may have come since the request.
    locked = list(booking.space.rooms.all())
    rooms.check_open(
        booking.space,
        locked,
        booking.starts_at,
        booking.ends_at,
        setup_minutes=booking.setup_minutes,
        cleardown_minutes=booking.cleardown_minutes,
    )
    steps = list(booking.decisions.current())
    if booking.free_use_reason and rules.deciding.decides_about_money(
        step.step, [one.step for one in steps]
    ):
        if is_free is None:
            raise ValidationError(
                {"is_free": ValidationError(_("Say whether the group pays nothing."), code="money")}
            )
        booking.is_free_use_granted = is_free
        booking.save(update_fields=["is_free_use_granted", "updated_at"])
    _say(step, Outcome.APPROVED, by=by, now=now)
    if all(one.outcome or one.pk == step.pk for one in steps):
        _promise(booking, by=by, now=now)
    else:
        record("spaces.step_approved", booking, by=by, step=step.step)
    return booking


def _promise(booking: Booking, *, by: User | None, now: datetime) -> None:
    """Everybody has said yes: the rooms are the group's."""
    if booking.sequence:
        # Diaries had an invitation before, which was taken back: this one must be newer.
        booking.sequence += 1
    locked = list(booking.space.rooms.order_by("pk"))
    if not booking.occupancies.all().taken().exists():
        # Where requests compete, this yes is what takes the rooms.
        taken = rules.times.taken_by(booking)
        rooms.check_free(locked, taken, hirer=booking.hirer, now=now)
        rooms.take(booking, locked, taken)
    rooms.confirm(booking)
    bookings.set_state(booking, State.APPROVED, by=by, now=now)
    record("spaces.booking_approved", booking, by=by)
    confirming.settle(booking, now=now)
    telling.tell_site(booking, "booking_approved_site", now=now, apart_from=by)
    if by is not None:
        for rival in _rivals(booking, locked):
            _decline(rival, by=by, now=now, reason=Booking.Reason.TAKEN, reason_note="")


def _rivals(booking: Booking, locked: list[Room]) -> list[Booking]:
    """Requests that hold no rooms and cannot have these at that time any more."""
    taken = rules.times.taken_by(booking)
    near = Booking.objects.undecided().filter(
        space__in=Space.objects.filter(rooms__in=locked),
        starts_at__gt=taken[0] - LONGEST,
        starts_at__lt=taken[1] + LONGEST,
    )
    without_rooms = near.exclude(occupancies__in=Occupancy.objects.taken())
    held = without_rooms.exclude(pk=booking.pk).with_people().order_by("pk")
    return [
        rival
        for rival in held.select_for_update(no_key=True, of=("self",))
        if rules.times.overlap(rules.times.taken_by(rival), taken)
    ]


@transaction.atomic
def decline_booking(
    booking: Booking, *, by: User, now: datetime, reason: str, reason_note: str = ""
) -> Booking:
    """Say no to a request, with a reason the group can read. One no is enough.

    Raises ValidationError as `approve_booking` does.
    """
    booking = bookings.locked(booking)
    step = _step_of(booking, by, State.DECLINED)
    _say(step, Outcome.DECLINED, by=by, now=now)
    _decline(booking, by=by, now=now, reason=reason, reason_note=reason_note)
    return booking


def _decline(booking: Booking, *, by: User, now: datetime, reason: str, reason_note: str) -> None:
    # Looked for while the request still holds its rooms, so it is not offered back to itself.
    alternatives = finding.alternatives(
        booking.space,
        booking.starts_at,
        booking.ends_at,
        booking.attendance,
        now=now,
        layout=booking.layout,
        setup_minutes=booking.setup_minutes,
        cleardown_minutes=booking.cleardown_minutes,
    )
    bookings.set_state(
        booking, State.DECLINED, by=by, now=now, reason=reason, reason_note=reason_note
    )
    rooms.release(booking)

    record("spaces.booking_declined", booking, by=by, reason=reason)
    telling.tell_group(booking, "booking_declined", now=now, alternatives=alternatives)


def _step_of(booking: Booking, by: User, wanted: Booking.State) -> Decision:
    """The step that is this person's now, or a refusal in words."""
    steps = list(booking.decisions.current())
    permissions.check_decides(by, booking, steps)
    rules.states.check_may_become(booking, wanted)
    step = permissions.step_of(by, booking, steps)
    if step is None:
        raise ValidationError(
            _("You have said yes already. Somebody else must say yes as well."), code="said_yes"
        )
    return step


def _say(step: Decision, outcome: Decision.Outcome, *, by: User, now: datetime) -> None:
    step.outcome, step.decided_by, step.decided_at = outcome, by, now
    step.save(update_fields=["outcome", "decided_by", "decided_at", "updated_at"])


def escalate(*, now: datetime) -> int:
    """Tell somebody else of each step that is late, once; return how many that was.

    Programme staff hear of a site that is late, the programme lead of all others.
    """
    day = london(now).date()
    late = Decision.objects.open().late(day).filter(escalated_at=None, booking__starts_at__gt=now)
    found = list(late.order_by("pk").values_list("pk", flat=True))
    return sum(_escalate(pk, now=now) for pk in found)


@transaction.atomic
def _escalate(pk: int, *, now: datetime) -> bool:
    day = london(now).date()
    # Asked again and held: whoever decides just now is not called late.
    late = Decision.objects.open().late(day).filter(pk=pk, escalated_at=None)
    step = late.select_for_update(no_key=True, of=("self",)).first()
    if step is None:
        return False
    step.escalated_at = now
    step.save(update_fields=["escalated_at", "updated_at"])
    booking = Booking.objects.with_people().get(pk=step.booking_id)
    record("spaces.decision_escalated", booking, by=None, step=step.step)
    telling.tell_of_late_decision(booking, step, now=now)
    return True
