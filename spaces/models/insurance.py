"""Whether a site's own insurance covers small groups, and which way a group goes."""

from datetime import date, timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.models import TimeStamped
from spaces.models.hirers import Hirer
from spaces.models.sites import Site

ROUTE_HOLDS_FOR = timedelta(days=365)
"""Groups change: the questions are answered again each year."""


class HirersCoverQuerySet(models.QuerySet["HirersCover"]):
    def public(self) -> Self:
        return self


class HirersCover(TimeStamped):
    """What the host's own insurance pays for groups that hire a room and have none.

    A site without a row has not told us.
    """

    site = models.OneToOneField(Site, on_delete=models.CASCADE, related_name="hirers_cover")
    is_offered = models.BooleanField(default=False)
    up_to_pounds = models.PositiveIntegerField(null=True, blank=True)
    conditions = models.CharField(max_length=400, blank=True)
    checked_on = models.DateField(help_text="The day on which the insurer or the site said so.")

    objects = HirersCoverQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_cover_says_up_to_what",
                condition=Q(is_offered=False) | Q(up_to_pounds__isnull=False),
                violation_error_message=_("Say up to how many pounds it pays."),
            ),
        ]

    def __str__(self) -> str:
        return f"cover for hirers at {self.site}"


class InsuranceRouteQuerySet(models.QuerySet["InsuranceRoute"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(hirer__in=Hirer.objects.visible_to(user))

    def holding_on(self, day: date) -> Self:
        return self.filter(chosen_on__gte=day - ROUTE_HOLDS_FOR)

    def in_order(self) -> Self:
        return self.select_related("site", "chosen_by").order_by("site__name", "pk")


class InsuranceRoute(TimeStamped):
    """What the questions about insurance answered for a group at a site."""

    class Route(models.TextChoices):
        OWN = "own", _("your own insurance")
        HOST = "host", _("the site’s cover for groups")

    hirer = models.ForeignKey(Hirer, on_delete=models.CASCADE, related_name="insurance_routes")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="insurance_routes")
    route = models.CharField(max_length=4, choices=Route)
    chosen_on = models.DateField()
    chosen_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = InsuranceRouteQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hirer", "site"], name="a_group_goes_one_way_at_a_site"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.route} at {self.site}, {self.chosen_on}"

    def holds_on(self, day: date) -> bool:
        """The same as the queryset's `holding_on`."""
        return self.chosen_on >= day - ROUTE_HOLDS_FOR
