"""Which papers a site asks for."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import TimeStamped
from spaces.models.sites import Site


class SiteRequirementQuerySet(models.QuerySet["SiteRequirement"]):
    def public(self) -> Self:
        """Whoever thinks of asking for a room may read what is asked of them."""
        return self

    def of_site(self, site: Site) -> Self:
        """What this site asks for, and what every site does."""
        return self.filter(Q(site=site) | Q(site=None)).select_related("site")


class SiteRequirement(TimeStamped):
    """One paper that a site, or every site, asks for: always, or for some uses alone."""

    class Kind(models.TextChoices):
        """The kinds of `HirerDocument`, and what staff saw of DBS certificates."""

        INSURANCE = "insurance", _("Public liability insurance")
        SAFEGUARDING = "safeguarding", _("Safeguarding policy")
        PEOPLE_CHECK = "people_check", _("DBS checks of your people, seen by us")
        CONSTITUTION = "constitution", _("Constitution or rules")
        EQUALITY = "equality", _("Equality statement")
        RISK = "risk", _("Risk assessment")
        FOOD = "food", _("Food hygiene certificate")

    class When(models.TextChoices):
        ALWAYS = "always", _("always")
        AT_RISK = "at_risk", _("when children or adults at risk come")
        FOOD = "food", _("when food is made or served")

    site = models.ForeignKey(
        Site,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="requirements",
        help_text="Leave empty for every site.",
    )
    kind = models.CharField(max_length=12, choices=Kind)
    when = models.CharField(max_length=10, choices=When, default=When.ALWAYS)
    min_cover_pounds = models.PositiveIntegerField(
        null=True, blank=True, help_text="Of an insurance: up to how much it must pay at least."
    )

    objects = SiteRequirementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "kind", "when"],
                nulls_distinct=False,
                name="a_site_asks_for_a_paper_once",
                violation_error_message=_("This is asked for already."),
            ),
            models.CheckConstraint(
                name="only_an_insurance_needs_a_cover",
                condition=Q(kind="insurance") | Q(min_cover_pounds__isnull=True),
                violation_error_message=_("Only an insurance has a sum."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} at {self.site or 'every site'}, {self.when}"
