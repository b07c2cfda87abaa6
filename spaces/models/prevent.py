"""What programme staff asked and checked before a group may book: ask, check, decide."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import ProgrammeRole, User
from core.models import TimeStamped
from spaces.models.hirers import Hirer


class PreventCheckQuerySet(models.QuerySet["PreventCheck"]):
    def visible_to(self, user: User) -> Self:
        """For programme staff alone, and for nobody about a group of their own."""
        if not user.holds(ProgrammeRole.Role.PROGRAMME_STAFF):
            return self.none()
        return self.exclude(hirer__in=Hirer.objects.ever_of(user))

    def newest_first(self) -> Self:
        return self.select_related("checked_by").order_by("-checked_at", "-pk")


class PreventCheck(TimeStamped):
    """Public rooms give no platform to extremists: what was asked of a group, and where we looked.

    Never shown to the group, to sites, in letters or in records that others read.
    """

    class Asked(models.TextChoices):
        SPEAKERS = "speakers", _("Who speaks or leads")
        PURPOSE = "purpose", _("What it meets for")

    class Looked(models.TextChoices):
        WEBSITE = "website", _("Its website or pages")
        NUMBER = "number", _("Its charity or company number")
        VENUE = "venue", _("A place where it met before")

    hirer = models.ForeignKey(Hirer, on_delete=models.CASCADE, related_name="prevent_checks")
    asked = ArrayField(models.CharField(max_length=10, choices=Asked))
    looked = ArrayField(models.CharField(max_length=10, choices=Looked))
    notes = models.CharField(max_length=400, blank=True)
    checked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField()

    objects = PreventCheckQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_group_was_asked_and_looked_at",
                condition=~Q(asked=[]) & ~Q(looked=[]),
            ),
        ]

    def __str__(self) -> str:
        return f"check {self.pk} of group {self.hirer_id}"

    @property
    def asked_in_words(self) -> list[str]:
        return [str(self.Asked(one).label) for one in self.asked]

    @property
    def looked_in_words(self) -> list[str]:
        return [str(self.Looked(one).label) for one in self.looked]
