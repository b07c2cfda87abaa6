"""What using a space costs."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from spaces.models.sites import Site, check_is_of_its_site
from spaces.models.validity import Valid, ValidQuerySet


class Charge(Valid):
    """One thing that is paid for, or 0 pence to say that it is free of charge.

    A charge names a space, or every space of the site when `space` is empty. A space with any
    charge of its own for one thing pays only its own for that thing. All charges that apply to a
    use add up. What has no charge is free; where there is no charge
    at all the price is not known yet.
    """

    class What(models.TextChoices):
        HIRE = "hire", _("The room")
        CLEANING = "cleaning", _("Cleaning")
        SECURITY = "security", _("Security")
        STAFF = "staff", _("Staff who stay for you")
        EQUIPMENT = "equipment", _("Equipment")
        OTHER = "other", _("Something else")

    class Per(models.TextChoices):
        HOUR = "hour", _("for each hour")
        USE = "use", _("each time")

    class When(models.TextChoices):
        ALWAYS = "always", _("At any time")
        DAYTIME = "daytime", _("Monday to Friday, before 5pm or after 10pm")
        PEAK = "peak", _("Evenings (5pm to 10pm) and weekends")

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="charges")
    space = models.ForeignKey(
        "spaces.Space",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="charges",
        help_text="Left empty, it is for every space of the site.",
    )
    what = models.CharField("what for", max_length=10, choices=What, default=What.HIRE)
    per = models.CharField("how it counts", max_length=4, choices=Per, default=Per.HOUR)
    when = models.CharField("when it applies", max_length=7, choices=When, default=When.ALWAYS)
    pence = models.PositiveIntegerField(help_text="1250 is £12.50. 0 says that it is free.")

    objects = ValidQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_charge_ends_after_it_starts",
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
            ),
            ExclusionConstraint(
                name="one_thing_has_one_charge_at_a_time",
                expressions=[
                    ("site", RangeOperators.EQUAL),
                    (Coalesce("space", 0), RangeOperators.EQUAL),
                    ("what", RangeOperators.EQUAL),
                    ("when", RangeOperators.EQUAL),
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
                violation_error_message=_("There is a charge for this at that time already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.space or self.site}: {self.what} {self.when} {self.pence}"

    def clean(self) -> None:
        super().clean()
        check_is_of_its_site(self)
