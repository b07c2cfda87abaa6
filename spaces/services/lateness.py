"""How often a group cancelled late, for whoever decides about it, and for the group. Reads only."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from spaces import permissions
from spaces.models import Hirer, Site
from spaces.rules.bookings import LATE_TOLD_FOR


@dataclass(frozen=True)
class Late:
    """How many late cancellations this reader may count, and whether those are all of them."""

    number: int
    is_all: bool

    def __bool__(self) -> bool:
        return self.number > 0


def late_cancellations(hirer: Hirer, *, seen_by: User, now: datetime) -> Late:
    """Those of the last six months: a site's people count those at their own rooms, and of a private group
    none, or they could tell which of its bookings belong together. Two queries.
    """
    is_all = permissions.counts_all_late(seen_by, hirer)
    late = hirer.bookings.cancelled_late_since(now - LATE_TOLD_FOR)
    if not is_all and hirer.is_sensitive:
        return Late(0, is_all)
    if not is_all:
        late = late.filter(space__site__in=Site.objects.managed_by(seen_by))
    return Late(late.count(), is_all)
