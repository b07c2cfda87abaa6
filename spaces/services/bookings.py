"""Asking for a space, deciding, and taking it back: check, write, record, tell."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from core.clock import london
from notifications.services import withdraw
from spaces import permissions, rules
from spaces.models import Booking, Hirer, Layout, Space
from spaces.services import finding, rooms, telling

State = Booking.State

FORM_USED = "form_used"


def request_booking(
    space: Space,
    *,
    by: User,
    hirer: Hirer,
    now: datetime,
    form_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    attendance: int,
    purpose: str,
    layout: Layout | None = None,
    needs: str = "",
    setup_minutes: int = 0,
    cleardown_minutes: int = 0,
) -> Booking:
    """Ask for a space on behalf of a group; the request holds its rooms until it is decided.

    The same form sent twice gives the same booking. Raises ValidationError with the code
    "just_taken" when somebody else has the rooms, "form_used" when this form asked for something
    else before, and other codes when the rules of the space say no.
    """
    permissions.check_may_ask(by, hirer)
    wanted = {
        "hirer": hirer,
        "requested_by": by,
        # In UTC: Python subtracts two times of one zone as if its clocks never changed.
        "starts_at": starts_at.astimezone(UTC),
        "ends_at": ends_at.astimezone(UTC),
        "attendance": attendance,
        "purpose": purpose,
        "layout": layout,
        "needs": needs,
        "setup_minutes": setup_minutes,
        "cleardown_minutes": cleardown_minutes,
    }
    for is_last_try in (False, True):
        try:
            with transaction.atomic():
                return _request_booking(space, form_id, wanted, now=now)
        except OperationalError as problem:
            if not rooms.is_crowding(problem):
                raise
            if is_last_try:
                raise rooms.just_taken() from problem
        except IntegrityError as problem:
            if rooms.is_overlap(problem):
                raise rooms.just_taken() from problem
            if not rooms.is_second_sending(problem):
                raise
            return _sent_before(Booking.objects.get(form_id=form_id), space, wanted)
    raise AssertionError("The second try returns or raises.")


def _request_booking(
    space: Space, form_id: UUID, wanted: dict[str, Any], *, now: datetime
) -> Booking:
    locked = rooms.lock_rooms(space)
    # Asked only now: the first sending of this form may have been in the queue before us.
    earlier = Booking.objects.filter(form_id=form_id).first()
    if earlier is not None:
        return _sent_before(earlier, space, wanted)

    # Two people of one group must not pass its limit together, so they queue here.
    hirer = Hirer.objects.select_for_update(no_key=True, of=("self",)).get(pk=wanted["hirer"].pk)
    undecided = hirer.bookings.awaiting_decision().filter(starts_at__gt=now).count()
    starts_at, ends_at = wanted["starts_at"], wanted["ends_at"]
    setup, cleardown = wanted["setup_minutes"], wanted["cleardown_minutes"]
    taken = rules.times.taken_period(starts_at, ends_at, setup, cleardown, space.turnaround_minutes)
    rules.bookings.check_hirer_may_book(hirer)
    rules.bookings.check_may_ask_for_more(undecided, most=settings.MOST_UNDECIDED_REQUESTS)
    rules.bookings.check_space_is_offered(space, locked)
    rules.bookings.check_when(space, starts_at, ends_at, now=now)
    rules.bookings.check_length(space, starts_at, ends_at, taken)
    rules.bookings.check_attendance(
        wanted["attendance"], wanted["layout"], list(space.layouts.all())
    )
    rooms.check_open(
        space, locked, starts_at, ends_at, setup_minutes=setup, cleardown_minutes=cleardown
    )
    rooms.check_free(locked, taken, hirer=hirer, now=now)

    booking = Booking.objects.create(
        space=space,
        form_id=form_id,
        turnaround_minutes=space.turnaround_minutes,
        requested_at=now,
        **wanted,
    )
    rooms.take(booking, locked, taken)

    by = booking.requested_by
    record("spaces.booking_requested", booking, by=by, space=space.pk, hirer=booking.hirer_id)
    telling.tell_group(booking, "booking_requested", now=now)
    telling.ask_for_decision(booking, now=now)
    return booking


def _sent_before(booking: Booking, space: Space, wanted: dict[str, Any]) -> Booking:
    is_same = booking.space_id == space.pk and all(
        getattr(booking, name) == value for name, value in wanted.items()
    )
    if not is_same:
        raise ValidationError(
            _(
                "You sent this page before and asked for something else then. That request stands."
                " If you want this one as well, send it again."
            ),
            code=FORM_USED,
        )
    return booking


@transaction.atomic
def approve_booking(booking: Booking, *, by: User, now: datetime) -> Booking:
    """Promise the space to the group that asked.

    Raises ValidationError with the code "not_from_here" if the booking is past deciding.
    """
    permissions.check_may_decide(by, booking)
    booking = _locked(booking)
    rules.states.check_may_become(booking, State.APPROVED)
    rules.bookings.check_not_begun(booking, now=now)
    rules.bookings.check_hirer_may_book(booking.hirer)
    # A closure may have come since the request.
    rooms.check_open(
        booking.space,
        list(booking.space.rooms.all()),
        booking.starts_at,
        booking.ends_at,
        setup_minutes=booking.setup_minutes,
        cleardown_minutes=booking.cleardown_minutes,
    )

    _decide(booking, State.APPROVED, by=by, now=now)
    rooms.confirm(booking)
    record("spaces.booking_approved", booking, by=by)
    _confirm(booking)

    telling.tell_group(booking, "booking_approved", now=now, invitation="REQUEST")
    telling.tell_site(booking, "booking_approved_site", now=now, apart_from=by)
    return booking


@transaction.atomic
def decline_booking(
    booking: Booking, *, by: User, now: datetime, reason: str, reason_note: str = ""
) -> Booking:
    """Say no to a request, with a reason the group can read.

    Raises ValidationError with the code "not_from_here" if the booking is past deciding.
    """
    permissions.check_may_decide(by, booking)
    booking = _locked(booking)
    rules.states.check_may_become(booking, State.DECLINED)
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

    _decide(booking, State.DECLINED, by=by, now=now, reason=reason, reason_note=reason_note)
    rooms.release(booking)

    record("spaces.booking_declined", booking, by=by, reason=reason)
    telling.tell_group(booking, "booking_declined", now=now, alternatives=alternatives)
    return booking


@transaction.atomic
def cancel_by_hirer(booking: Booking, *, by: User, now: datetime) -> Booking:
    """Give the space back. Cancelling late is written down, never refused.

    Raises ValidationError if there is nothing left to cancel.
    """
    permissions.check_may_ask(by, booking.hirer)
    booking = _locked(booking)
    rules.states.check_may_become(booking, State.CANCELLED_BY_HIRER)
    rules.bookings.check_not_begun(booking, now=now)
    was_promised = booking.is_promised
    booking.cancelled_late = rules.bookings.is_late_to_cancel(booking, on=london(now).date())

    _cancel(booking, State.CANCELLED_BY_HIRER, by=by, now=now)

    record("spaces.booking_cancelled_by_hirer", booking, by=by, late=booking.cancelled_late)
    _tell_of_end(booking, by=by, now=now, was_promised=was_promised)
    return booking


@transaction.atomic
def cancel_by_site(
    booking: Booking, *, by: User, now: datetime, reason: str, reason_note: str = ""
) -> Booking:
    """Take a promise back, with a reason the group can read.

    Raises ValidationError if the booking is not promised, or has begun.
    """
    permissions.check_may_decide(by, booking)
    booking = _locked(booking)
    rules.states.check_may_become(booking, State.CANCELLED_BY_SITE)
    rules.bookings.check_not_begun(booking, now=now)

    _cancel(
        booking,
        State.CANCELLED_BY_SITE,
        by=by,
        now=now,
        reason=reason,
        reason_note=reason_note,
    )

    record("spaces.booking_cancelled_by_site", booking, by=by, reason=reason)
    _tell_of_end(booking, by=by, now=now, was_promised=True)
    return booking


def _confirm(booking: Booking) -> None:
    """Nothing stands between the group and the room any more."""
    rules.states.check_may_become(booking, State.CONFIRMED)
    booking.state = State.CONFIRMED
    booking.save(update_fields=["state", "updated_at"])


def _locked(booking: Booking) -> Booking:
    """The booking as it is now, held until the transaction ends: rooms first, like whoever asks."""
    held = Booking.objects.with_people().select_for_update(no_key=True, of=("self",))
    try:
        rooms.lock_rooms(booking.space)
        return held.get(pk=booking.pk)
    except OperationalError as problem:
        if not rooms.is_crowding(problem):
            raise
        raise ValidationError(
            _("Many people want this room just now, so nothing was changed. Try again."),
            code="crowded",
        ) from problem


def _decide(
    booking: Booking,
    state: State,
    *,
    by: User,
    now: datetime,
    reason: str = "",
    reason_note: str = "",
) -> None:
    booking.state = state
    booking.decided_by, booking.decided_at = by, now
    booking.reason, booking.reason_note = reason, reason_note
    booking.save(
        update_fields=[
            "state",
            "decided_by",
            "decided_at",
            "reason",
            "reason_note",
            "cancelled_late",
            "sequence",
            "updated_at",
        ]
    )
    # What still waits says how it stood before: "please decide", or a reminder.
    withdraw(telling.about(booking))


def _cancel(
    booking: Booking,
    state: State,
    *,
    by: User,
    now: datetime,
    reason: str = "",
    reason_note: str = "",
) -> None:
    booking.sequence += 1
    _decide(booking, state, by=by, now=now, reason=reason, reason_note=reason_note)
    rooms.release(booking)


def _tell_of_end(booking: Booking, *, by: User, now: datetime, was_promised: bool) -> None:
    telling.tell_group(
        booking,
        "booking_cancelled",
        now=now,
        invitation="CANCEL" if was_promised else None,
        was_promised=was_promised,
    )
    if was_promised:
        telling.tell_those_who_left(booking, now=now)
    telling.tell_site(
        booking,
        "booking_cancelled_site",
        now=now,
        apart_from=by,
    )
