"""Saying yes or no to a request: check, write, record, tell."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from audit.services import record
from spaces import permissions, rules
from spaces.models import Booking
from spaces.services import bookings, confirming, finding, rooms, telling

State = Booking.State


@transaction.atomic
def approve_booking(booking: Booking, *, by: User, now: datetime) -> Booking:
    """Promise the space to the group that asked.

    Raises ValidationError with the code "not_from_here" if the booking is past deciding.
    """
    permissions.check_may_decide(by, booking)
    booking = bookings.locked(booking)
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

    bookings.set_state(booking, State.APPROVED, by=by, now=now)
    rooms.confirm(booking)
    record("spaces.booking_approved", booking, by=by)
    confirming.confirm_if_ready(booking)

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
    booking = bookings.locked(booking)
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

    bookings.set_state(
        booking, State.DECLINED, by=by, now=now, reason=reason, reason_note=reason_note
    )
    rooms.release(booking)

    record("spaces.booking_declined", booking, by=by, reason=reason)
    telling.tell_group(booking, "booking_declined", now=now, alternatives=alternatives)
    return booking
