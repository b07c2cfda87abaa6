"""When a site or some of its rooms are shut."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models import TimeStamped
from spaces.models.sites import Room, Site


class ClosureQuerySet(models.QuerySet["Closure"]):
    def shutting(self, space: models.Model) -> Self:
        """Closures of the site of a space, or of rooms that it needs."""
        here = Q(rooms=None) | Q(rooms__spaces=space)
        return self.filter(here, site__spaces=space).distinct()

    def overlapping(self, starts_at: datetime, ends_at: datetime) -> Self:
        return self.filter(starts_at__lt=ends_at, ends_at__gt=starts_at)


class Closure(TimeStamped):
    """Shut from a moment to a moment: the whole site, or only the rooms named."""

    class Reason(models.TextChoices):
        BANK_HOLIDAY = "bank_holiday", _("Bank holiday")
        WORKS = "works", _("Building works")
        CLINICAL = "clinical", _("Needed for patient care")
        TRAINING = "training", _("Staff training")
        OTHER = "other", _("Closed")

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="closures")
    rooms = models.ManyToManyField(Room, related_name="closures", blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=15, choices=Reason, default=Reason.OTHER)
    public_note = models.CharField(max_length=200, blank=True)

    objects = ClosureQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_closure_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("A closure must end after it starts."),
            ),
        ]
        indexes = [models.Index(fields=["site", "starts_at", "ends_at"], name="closure_times")]

    def __str__(self) -> str:
        return f"{self.site} closed from {self.starts_at:%Y-%m-%d %H:%M}"
