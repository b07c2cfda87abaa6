"""What every change of a booking needs: the booking held still, and its state written down."""

from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import User
from core.limits import within_limit_for_all
from spaces.models import Booking, Hirer
from spaces.services import rooms, telling, turns

TOO_OFTEN = "too_often"


def lock(booking: Booking) -> Booking:
    """The booking as it is now, held until the transaction ends: rooms first, like whoever asks."""
    rooms.lock_rooms(booking.space)
    held = Booking.objects.with_people().select_for_update(no_key=True, of=("self",))
    return held.get(pk=booking.pk)


def locked(booking: Booking) -> Booking:
    """The same for whoever does not try again by themselves: too many people are told in words."""
    with turns.in_turn():
        return lock(booking)


def hold_group(booking: Booking) -> Hirer:
    """Its group as it is now, held until the transaction ends, after the booking: whoever stops it just now
    comes before us, and is found, or after us, and sees what became of the booking.
    """
    with turns.in_turn():
        held = Hirer.objects.in_turn().select_related("organisation")
        booking.hirer = held.get(pk=booking.hirer_id)
    return booking.hirer


def check_seen(booking: Booking, seen_at: datetime) -> None:
    """Refuse whoever decides about, or changes, a booking that is not what they looked at."""
    if booking.updated_at != seen_at:
        raise ValidationError(
            _(
                "Somebody changed this booking while you were looking at it. Look at how it is now,"
                " and send this page again if you still want the same."
            ),
            code=turns.CHANGED_MEANWHILE,
        )


def check_not_too_often(booking: Booking, deed: str, *, now: datetime) -> None:
    """Count one more of what writes letters to several people; refuse it when there were many."""
    if not within_limit_for_all(
        f"{deed}-{booking.uuid}", per_hour=settings.BOOKING_LETTERS_PER_HOUR, now=now
    ):
        raise ValidationError(
            _("This was done many times in this hour, so nothing was sent. Try again later."),
            code=TOO_OFTEN,
        )


def set_state(
    booking: Booking,
    state: Booking.State,
    *,
    by: User | None,
    now: datetime,
    reason: str = "",
    reason_note: str = "",
) -> None:
    """Write down a decision. Letters that say how it stood before are taken back."""
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
    if not booking.is_alive:
        # Nobody needs the answer any more.
        booking.questions.open().delete()
    # What still waits says how it stood before: "please decide", or a reminder.
    telling.take_back(booking)


def move_to(booking: Booking, state: Booking.State) -> None:
    """To a state that nobody decides: it waits for somebody again."""
    booking.state = state
    booking.save(update_fields=["state", "updated_at"])
