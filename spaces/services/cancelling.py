"""Giving a room back, or taking it back: check, write, record, tell."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from audit.services import record
from core.clock import london
from spaces import permissions, rules
from spaces.models import Booking
from spaces.services import bookings, finding, rooms, telling

State = Booking.State


@transaction.atomic
def cancel_by_hirer(
    booking: Booking, *, by: User, now: datetime, reason: str, reason_note: str = ""
) -> Booking:
    """Give the space back. Cancelling late is written down, never refused.

    Raises ValidationError if there is nothing left to cancel.
    """
    permissions.check_may_ask(by, booking.hirer)
    booking = bookings.locked(booking)
    rules.states.check_may_become(booking, State.CANCELLED_BY_HIRER)
    rules.bookings.check_not_begun(booking, now=now)
    was_promised = booking.is_promised
    booking.cancelled_late = rules.bookings.counts_as_late(booking, on=london(now).date())

    end = State.CANCELLED_BY_HIRER
    cancel(booking, end, by=by, now=now, reason=reason, reason_note=reason_note)

    late = booking.cancelled_late
    record("spaces.booking_cancelled_by_hirer", booking, by=by, reason=reason, late=late)
    _tell_of_end(booking, by=by, now=now, was_promised=was_promised)
    return booking


@transaction.atomic
def cancel_by_site(
    booking: Booking, *, by: User, now: datetime, reason: str, reason_note: str = ""
) -> Booking:
    """Take a promise back, with a reason the group can read.

    Raises ValidationError if the booking is not promised, or has begun.
    """
    permissions.check_may_run(by, booking)
    booking = bookings.locked(booking)
    rules.states.check_may_become(booking, State.CANCELLED_BY_SITE)
    rules.bookings.check_not_begun(booking, now=now)

    end = State.CANCELLED_BY_SITE
    cancel(booking, end, by=by, now=now, reason=reason, reason_note=reason_note)

    record("spaces.booking_cancelled_by_site", booking, by=by, reason=reason)
    _tell_of_end(booking, by=by, now=now, was_promised=True)
    return booking


def cancel(
    booking: Booking, state: State, *, by: User, now: datetime, reason: str, reason_note: str = ""
) -> None:
    """Only the writing: for callers that hold the booking, have checked, and tell."""
    booking.sequence += 1
    bookings.set_state(booking, state, by=by, now=now, reason=reason, reason_note=reason_note)
    rooms.release(booking, now=now)


def _tell_of_end(booking: Booking, *, by: User, now: datetime, was_promised: bool) -> None:
    is_taken_back = booking.state == Booking.State.CANCELLED_BY_SITE
    telling.tell_group(
        booking,
        "booking_cancelled",
        now=now,
        invitation="CANCEL" if was_promised else None,
        was_promised=was_promised,
        is_late=booking.cancelled_late and not is_taken_back,
        alternatives=finding.instead_of(booking, now=now) if is_taken_back else None,
    )
    if was_promised:
        telling.tell_those_who_left(booking, now=now)
    telling.tell_site(booking, "booking_cancelled_site", now=now, apart_from=by)
