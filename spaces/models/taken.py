"""What counts as taken. The constraint, the lock and the search all read it here."""

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

LONGEST = timedelta(hours=24)
"""No occupancy is longer, so a search need not look further back."""

LONGEST_USE = timedelta(hours=12)
"""No booking is longer: a day from early to late. Setting up and clearing away come on top."""

FURTHEST_WEEKS = 78
"""Nobody asks further ahead than 18 months."""

LONGEST_TURNAROUND = timedelta(hours=4)
"""As the constraint on a space has it, so a search need not look further ahead."""


class OccupancyStatus(models.TextChoices):
    HELD = "held", _("held")
    PENDING = "pending", _("pending")
    CONFIRMED = "confirmed", _("confirmed")
    RELEASED = "released", _("released")


TAKEN = (OccupancyStatus.HELD, OccupancyStatus.PENDING, OccupancyStatus.CONFIRMED)
"""The statuses in which a room is taken. Search and constraint use the same list."""
