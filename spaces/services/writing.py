"""Reaching a group that asks for privacy, without knowing who it is."""

from datetime import datetime
from uuid import UUID, uuid4, uuid5

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from core.clock import london
from notifications.services import already_told, notify
from spaces import permissions
from spaces.models import Booking
from spaces.services import audience, bookings, telling


@transaction.atomic
def write_to_group(
    booking: Booking, *, by: User, now: datetime, words: str, form_id: UUID | None = None
) -> None:
    """Send a few words from those who run a site to the people of a private group that comes there.

    The words are in the letter alone. The same form sent again with the same words does nothing.

    Raises ValidationError "not_private" for a group that can be reached otherwise, "not_from_here"
    if the booking is over, "too_often" if they write without end.
    """
    permissions.check_may_write_to_group(by, booking)
    if not booking.hirer.is_sensitive:
        raise ValidationError(
            _("This group is not private, so you can reach it yourself."), code="not_private"
        )
    if booking.ends_at <= now:
        raise ValidationError(_("This booking is over."), code="not_from_here")
    # Two presses of one button queue here, so that the second finds the letters of the first.
    booking = bookings.locked(booking)
    people = audience.people_of_group(booking, london(now).date())
    once = f"spaces.group_written_to:{booking.pk}:{uuid5(form_id or uuid4(), words)}"
    if already_told((one.address, once) for one in people):
        return
    bookings.check_not_too_often(booking, "write", now=now)
    record("spaces.group_written_to", booking, by=by)
    notify(
        people,
        "spaces/email/group_written_to.txt",
        telling.facts_for_letters(booking) | {"words": words},
        once=once,
        about=telling.about(booking),
        now=now,
    )
