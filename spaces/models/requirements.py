"""Which papers a site asks for."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import TimeStamped
from spaces.models.sites import Site, check_is_of_its_site
from spaces.models.spaces import Space


class SiteRequirementQuerySet(models.QuerySet["SiteRequirement"]):
    def public(self) -> Self:
        """Whoever thinks of asking for a room may read what is asked of them."""
        return self

    def of_site(self, site: Site) -> Self:
        """What this site asks for in each of its rooms, and what every site does."""
        return self.filter(Q(site=site) | Q(site=None), space=None).select_related("site")

    def of_space(self, space: Space) -> Self:
        """The same, and what is asked for in this room alone."""
        asked = self.filter(Q(site=space.site_id) | Q(site=None), Q(space=space) | Q(space=None))
        return asked.select_related("site", "space")


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
    space = models.ForeignKey(
        Space,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="requirements",
        help_text="Leave empty for every space of the site.",
    )
    kind = models.CharField(max_length=12, choices=Kind)
    when = models.CharField(max_length=10, choices=When, default=When.ALWAYS)
    min_cover_pounds = models.PositiveIntegerField(
        null=True, blank=True, help_text="Of an insurance: up to how much it must pay at least."
    )
    starts_on = models.DateField(
        null=True,
        blank=True,
        help_text="Asked of bookings on this day and later; empty: of all.",
    )

    objects = SiteRequirementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "space", "kind", "when", "starts_on"],
                nulls_distinct=False,
                name="a_site_asks_for_a_paper_once",
                violation_error_message=_("This is asked for already."),
            ),
            models.CheckConstraint(
                name="a_room_that_asks_for_a_paper_is_of_a_site",
                condition=Q(space__isnull=True) | Q(site__isnull=False),
                violation_error_message=_("Choose the site of this room."),
            ),
            models.CheckConstraint(
                name="only_an_insurance_needs_a_cover",
                condition=Q(kind="insurance") | Q(min_cover_pounds__isnull=True),
                violation_error_message=_("Only an insurance has a sum."),
            ),
        ]

    def __str__(self) -> str:
        where = self.space or self.site or "every site"
        return f"{self.get_kind_display()} at {where}, {self.when}, from {self.starts_on}"

    def clean(self) -> None:
        super().clean()
        if self.site is not None:
            check_is_of_its_site(self)
