"""When sites and spaces are open."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, IntegerRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from spaces.models.sites import Site, check_is_of_its_site
from spaces.models.validity import Valid, ValidQuerySet


class OpeningRule(Valid):
    """Open on a weekday from minute to minute of London's wall clock; 1440 is midnight.

    A rule names a space, or the whole site when `space` is empty. Minutes of the local day have no
    clock change, so Tuesday 18:00 stays Tuesday 18:00.
    """

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="opening_rules")
    space = models.ForeignKey(
        "spaces.Space",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="opening_rules",
    )
    weekday = models.PositiveSmallIntegerField(help_text="Monday is 0.")
    opens_minute = models.PositiveSmallIntegerField()
    closes_minute = models.PositiveSmallIntegerField()

    objects = ValidQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="opening_minutes_are_in_a_day",
                condition=Q(
                    weekday__lte=6, closes_minute__lte=1440, opens_minute__lt=F("closes_minute")
                ),
            ),
            models.CheckConstraint(
                name="an_opening_rule_ends_after_it_starts",
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
            ),
            ExclusionConstraint(
                name="opening_times_do_not_overlap",
                expressions=[
                    ("site", RangeOperators.EQUAL),
                    (Coalesce("space", 0), RangeOperators.EQUAL),
                    ("weekday", RangeOperators.EQUAL),
                    (
                        Func(
                            "opens_minute",
                            "closes_minute",
                            function="INT4RANGE",
                            output_field=IntegerRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(
                            "valid_from",
                            "valid_until",
                            models.Value("[]"),
                            function="DATERANGE",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message=_("Opening times on one day must not overlap."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.space or self.site} weekday {self.weekday} from {self.opens_minute}"

    def clean(self) -> None:
        super().clean()
        check_is_of_its_site(self)
        opens, closes = self.opens_minute, self.closes_minute
        if opens is not None and closes is not None and closes <= opens:
            words = gettext("It must close later than it opens.")
            raise ValidationError({"closes_minute": ValidationError(words, code="reversed")})
