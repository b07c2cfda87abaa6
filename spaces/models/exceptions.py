"""Other hours, or none, on one day."""

from collections.abc import Iterable
from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from core.models import TimeStamped
from spaces.models.sites import Site, check_is_of_its_site


class DayExceptionQuerySet(models.QuerySet["DayException"]):
    def about(self, spaces: Iterable[models.Model], sites: Iterable[int]) -> Self:
        """Those of these spaces, and those of their whole sites."""
        return self.filter(Q(space__in=spaces) | Q(site__in=sites, space=None))

    def between(self, first: date, last: date) -> Self:
        return self.filter(day__gte=first, day__lte=last)


class DayException(TimeStamped):
    """What is true of one day instead of the weekly hours: open then, or closed when no time is said.

    It names a space, or every space of the site when `space` is empty. There may be a break, so a day
    has two times at most. What the two kinds mean together is told in
    docs/decisions/opening-exceptions.md and done by `rules.times.open_minutes`.
    """

    class Reason(models.TextChoices):
        BANK_HOLIDAY = "bank_holiday", _("Bank holiday")
        TRAINING = "training", _("Staff training")
        EVENT = "event", _("An event")
        OTHER = "other", _("Another reason")

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="day_exceptions")
    space = models.ForeignKey(
        "spaces.Space",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="day_exceptions",
    )
    day = models.DateField()
    opens_minute = models.PositiveSmallIntegerField(null=True, blank=True)
    closes_minute = models.PositiveSmallIntegerField(null=True, blank=True)
    opens_again_minute = models.PositiveSmallIntegerField(null=True, blank=True)
    closes_again_minute = models.PositiveSmallIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=15, choices=Reason, default=Reason.OTHER)
    public_note = models.CharField(max_length=200, blank=True)

    objects = DayExceptionQuerySet.as_manager()

    class Meta:
        constraints = [
            # The day comes first, so that the search for one day finds its few rows by this.
            models.UniqueConstraint(
                F("day"),
                F("site"),
                Coalesce("space", 0),
                name="one_thing_is_said_of_a_day",
                violation_error_message=_("Something is said of this day already. Change that."),
            ),
            models.CheckConstraint(
                name="an_exceptional_time_ends_after_it_starts",
                condition=Q(opens_minute__isnull=True, closes_minute__isnull=True)
                | Q(
                    opens_minute__isnull=False,
                    closes_minute__isnull=False,
                    closes_minute__lte=1440,
                    opens_minute__lt=F("closes_minute"),
                ),
                violation_error_message=_("It must close later than it opens."),
            ),
            models.CheckConstraint(
                name="exceptional_times_have_a_break_between",
                condition=Q(opens_again_minute__isnull=True, closes_again_minute__isnull=True)
                | Q(
                    closes_minute__isnull=False,
                    opens_again_minute__isnull=False,
                    closes_again_minute__isnull=False,
                    closes_again_minute__lte=1440,
                    opens_again_minute__gt=F("closes_minute"),
                    closes_again_minute__gt=F("opens_again_minute"),
                ),
                violation_error_message=_("The second time must start after the first has ended."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.space or self.site} on {self.day:%Y-%m-%d}"

    def clean(self) -> None:
        super().clean()
        check_is_of_its_site(self)

    @property
    def minutes(self) -> list[tuple[int, int]]:
        """From which to which minute of the day it is open; empty when it is closed all day."""
        both = (
            (self.opens_minute, self.closes_minute),
            (self.opens_again_minute, self.closes_again_minute),
        )
        return [
            (opens, closes) for opens, closes in both if opens is not None and closes is not None
        ]

    @minutes.setter
    def minutes(self, stretches: list[tuple[int, int]]) -> None:
        first, again = [*stretches, (None, None), (None, None)][:2]
        self.opens_minute, self.closes_minute = first
        self.opens_again_minute, self.closes_again_minute = again

    @property
    def is_closed_all_day(self) -> bool:
        return self.opens_minute is None

    @property
    def why(self) -> str:
        """The note for the public, or else the kind of reason; empty when neither says anything."""
        if self.public_note:
            return self.public_note.rstrip(".")
        return "" if self.reason == self.Reason.OTHER else str(self.get_reason_display())
