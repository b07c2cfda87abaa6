"""Bookings that lie outside what a site says of its hours, or inside a closure.

They stay as they are until people decide about each. So nobody shortens hours or shuts a room without
having seen them: the rooms are locked, the change is made, and what it leaves outside is looked for. If
somebody has not seen one of those yet, all of it is undone and they are shown.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils.translation import ngettext

from accounts.models import User
from core.clock import london
from notifications.services import notify
from spaces.models import Booking, Site
from spaces.services import audience, telling

Seen = Collection[str] | None
"""The identifiers of the bookings that whoever does this was shown; None when nobody is asked."""

UNSEEN = "unseen"


def check_seen(found: Sequence[Booking], seen: Seen) -> None:
    """Refuse with `UNSEEN` if there is a booking among these that was not shown; all are in `params`."""
    if seen is not None and any(str(booking.uuid) not in seen for booking in found):
        raise ValidationError(
            ngettext(
                "%(number)d booking lies outside of this.",
                "%(number)d bookings lie outside of this.",
                len(found),
            ),
            code=UNSEEN,
            params={"number": len(found), "bookings": found},
        )


def tell_outside(
    site: Site, bookings: Sequence[Booking], letter: str, *, by: User, now: datetime
) -> None:
    """Write to those who decide at the site, apart from the one who has just seen them. `letter` is a
    template that lists them and says what leaves them outside.
    """
    if not bookings:
        return
    told = audience.people_who_decide(site, london(now).date())
    notify(
        [one for one in told if one.user != by],
        f"spaces/email/{letter}.txt",
        {
            "site": site,
            "bookings": [(booking, telling.full_address(booking)) for booking in bookings],
        },
        once=f"spaces.{letter}:{site.pk}:{now.isoformat()}",
        about=telling.about(site),
        now=now,
    )
