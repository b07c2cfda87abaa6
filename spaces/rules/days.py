"""Why nobody can have a space at any time of a day. Pure."""

from datetime import date, datetime
from typing import Unpack

from django.utils.translation import gettext as _

from spaces.models import Space
from spaces.rules import bookings
from spaces.rules.months import DayState, state_of
from spaces.rules.times import Aside
from spaces.rules.weeks import Times, closed_for, length_here


def why_never(
    space: Space, known: Times, day: date, *, now: datetime, **aside: Unpack[Aside]
) -> str:
    """In words; empty where others have it, or nobody does."""
    state = state_of(space, known, day, now=now, minutes=length_here(space, 0), **aside)
    if state is DayState.FAR:
        return bookings.too_far(space.site, now=now).words
    if state is DayState.SOON:
        return bookings.too_soon(space.site, sets_up=bool(aside.get("setup_minutes"))).words
    if state is DayState.CLOSED:
        reasons = closed_for(known, day)
        if not reasons:
            return _("It is not open that day.")
        return _("It is closed that day: %(why)s.") % {"why": reasons[0]}
    return ""
