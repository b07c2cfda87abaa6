"""Whether anything stands between a group and a room that was promised to it."""

from spaces import rules
from spaces.models import Booking

State = Booking.State


def confirm_if_ready(booking: Booking) -> bool:
    """Confirm an approved booking with which nothing is missing; say whether it was."""
    rules.states.check_may_become(booking, State.CONFIRMED)
    booking.state = State.CONFIRMED
    booking.save(update_fields=["state", "updated_at"])
    return True
