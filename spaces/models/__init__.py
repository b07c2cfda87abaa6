"""Rooms shared with community groups: sites and spaces, hirers, bookings, closures."""

from spaces.models.bookings import TAKEN, Booking, Occupancy
from spaces.models.closures import Closure
from spaces.models.hirers import Hirer
from spaces.models.sites import (
    AccessFact,
    Layout,
    OpeningRule,
    Room,
    Site,
    SiteManager,
    Space,
)

__all__ = [
    "TAKEN",
    "AccessFact",
    "Booking",
    "Closure",
    "Hirer",
    "Layout",
    "Occupancy",
    "OpeningRule",
    "Room",
    "Site",
    "SiteManager",
    "Space",
]
