"""What tables of several apps share. No table of its own lives here."""

from datetime import date

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class TimeStamped(models.Model):
    """When a row was made and last changed, in UTC."""

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class Sourced(models.Model):
    """Where a public fact comes from. A fact without a source is not shown as a fact."""

    class Confidence(models.TextChoices):
        SEED = "seed", _("the programme's own words")
        PUBLIC_PAGE = "public page", _("a public page")
        SECONDARY = "secondary", _("reported by others")
        DEMONSTRATION = "demonstration", _("made up for the demonstration")

    source_title = models.CharField(max_length=200, blank=True)
    source_url = models.URLField(max_length=300, blank=True)
    source_date = models.CharField(
        max_length=40, blank=True, help_text="As the source gives it, or “undated”."
    )
    checked_on = models.DateField(null=True, blank=True)
    confidence = models.CharField(max_length=15, choices=Confidence, blank=True)

    class Meta:
        abstract = True

    @property
    def has_source(self) -> bool:
        return bool(self.source_title)


class Held(models.Model):
    """Something a person or body holds from a day to a day, both included; no end means still.

    Whoever writes one ends it with a date instead of deleting it, so who acted for whom on a day
    can always be told.
    """

    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True


def held_on(day: date, prefix: str = "") -> Q:
    """A condition for `Held` rows that hold on a day; `prefix` reaches them through a relation."""
    return Q(**{f"{prefix}starts_on__lte": day}) & (
        Q(**{f"{prefix}ends_on__isnull": True}) | Q(**{f"{prefix}ends_on__gte": day})
    )


class Period(models.Func):
    """The time from starts_at up to, but not including, ends_at. Lives only inside constraints."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()
