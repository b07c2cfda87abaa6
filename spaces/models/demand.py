"""What groups looked for and did not find. No person, no words of theirs, no moment."""

from datetime import date
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from anchors.models import Borough
from spaces.models.access import AccessFact
from spaces.models.spaces import Layout, Space


class UnmetDemandQuerySet(models.QuerySet["UnmetDemand"]):
    def asked_since(self, monday: date) -> Self:
        return self.filter(asked_in_week__gte=monday)


class UnmetDemand(models.Model):
    """One search that found nothing, or next to nothing, in coarse words only. Left empty: not said."""

    class Size(models.TextChoices):
        UP_TO_10 = "1-10", _("1 to 10 people")
        UP_TO_20 = "11-20", _("11 to 20 people")
        UP_TO_40 = "21-40", _("21 to 40 people")
        UP_TO_80 = "41-80", _("41 to 80 people")
        MORE = "81+", _("81 people or more")

    class Wheelchairs(models.TextChoices):
        """The lowest is no single person."""

        UP_TO_2 = "1-2", _("1 or 2 wheelchairs")
        UP_TO_5 = "3-5", _("3 to 5 wheelchairs")
        MORE = "6+", _("6 wheelchairs or more")

    class PartOfDay(models.TextChoices):
        MORNING = "morning", _("Morning")
        AFTERNOON = "afternoon", _("Afternoon")
        EVENING = "evening", _("Evening")
        ANY = "any", _("Any time")

    asked_in_week = models.DateField(db_index=True, help_text="The Monday of the week.")
    borough = models.ForeignKey(Borough, on_delete=models.PROTECT, null=True, blank=True)
    size = models.CharField(max_length=5, choices=Size, blank=True)
    layout = models.CharField(max_length=10, choices=Layout.Kind, blank=True)
    kind = models.CharField(max_length=12, choices=Space.Kind, blank=True)
    needs = ArrayField(
        models.CharField(max_length=20, choices=AccessFact.Key), default=list, blank=True
    )
    wheelchairs = models.CharField(
        max_length=3, choices=Wheelchairs, blank=True, help_text="How many there must be place for."
    )
    free_of_charge = models.BooleanField(default=False)
    weekday = models.PositiveSmallIntegerField(
        choices=list(WEEKDAYS.items()), null=True, blank=True
    )
    part_of_day = models.CharField(max_length=9, choices=PartOfDay, blank=True)
    found = models.PositiveSmallIntegerField(help_text="How many rooms there were.")

    objects = UnmetDemandQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="unmet_demand_is_known_by_the_week",
                condition=Q(asked_in_week__iso_week_day=1),
            ),
            models.CheckConstraint(
                name="a_time_wished_is_a_weekday_and_a_part_of_the_day",
                condition=Q(weekday=None, part_of_day="")
                | Q(weekday__isnull=False, weekday__range=(0, 6)) & ~Q(part_of_day=""),
            ),
        ]

    def __str__(self) -> str:
        return f"Search {self.pk} in the week of {self.asked_in_week}"
