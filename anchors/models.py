"""Organisations, the networks they belong to, and who acts for them."""

from datetime import date, timedelta
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.core.cache import cache
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.clock import today
from core.models import Held, Sourced, TimeStamped, held_on


class BoroughQuerySet(models.QuerySet["Borough"]):
    def public(self) -> Self:
        return self.order_by("name", "pk")

    def choices(self) -> list[tuple[str, str]]:
        """The slug and name of each, remembered for a minute: every search for a room lists them."""
        found: Any = cache.get_or_set(
            "borough-choices", lambda: list(self.public().values_list("slug", "name")), 60
        )
        return found


class Borough(Sourced):
    """One of the six boroughs of South East London."""

    name = models.CharField(max_length=40, unique=True)
    slug = models.SlugField(unique=True)
    ons_code = models.CharField("ONS code", max_length=9, unique=True)
    population = models.PositiveIntegerField(null=True, blank=True)
    population_year = models.PositiveSmallIntegerField(null=True, blank=True)

    objects = BoroughQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def population_text(self) -> str:
        """Such as 307,637; empty when no source we use gives it."""
        return f"{self.population:,}" if self.population else ""


UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
"""Signs that a name may hold and nobody sees."""


def _as_it_looks(name: models.F | models.Value) -> Lower:
    """By small letters, whichever width they have, and without signs that nobody sees."""
    seen = models.Func(name, models.Value(UNSEEN), models.Value(""), function="TRANSLATE")
    return Lower(models.Func(seen, template="NORMALIZE(%(expressions)s, NFKC)"))


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def public(self) -> Self:
        """Organisations with a public page. A community group has none unless it is a partner."""
        return self.filter(is_listed=True, is_private=False)

    def institutions(self) -> Self:
        return self.filter(kind=Organisation.Kind.ANCHOR_INSTITUTION)

    def matching(self, words: str) -> Self:
        """Organisations called so, by their name or by another name people use."""
        return self.filter(Q(name__icontains=words) | Q(aliases__icontains=words))

    def called(self, name: str) -> Self:
        """Organisations whose name reads like this one; only one may have it that is not private.

        Compared as the table does it, by small letters: by capitals a few names would differ. And
        further than the table does, so that nobody passes for another group.
        """
        looks = _as_it_looks(models.F("name"))
        return self.alias(looks=looks).filter(looks=_as_it_looks(models.Value(name)))

    def in_network(self, network: "Network") -> Self:
        """Confirmed, not confirmed or ended: the page says which."""
        return self.filter(memberships__network=network)

    def confirmed_somewhere(self, day: date) -> Self:
        """Organisations that a source names as a member of at least one network."""
        confirmed = NetworkMembership.objects.filter(confirmed_on(day))
        return self.filter(pk__in=confirmed.values("organisation"))

    def in_order(self) -> Self:
        """By name; anchor institutions before their partners."""
        return self.order_by("kind", Lower("name"), "pk")

    def with_places(self) -> Self:
        """Adds boroughs and networks, in two more queries however long the list is."""
        return self.prefetch_related(
            models.Prefetch("boroughs", Borough.objects.public()),
            models.Prefetch("memberships", NetworkMembership.objects.by_network()),
        )

    def acted_for_by(self, user: User, *kinds: "Mandate.Kind") -> Self:
        """Organisations this person acts for today, in any of these ways."""
        mandates = Mandate.objects.current(today()).filter(user=user)
        if kinds:
            mandates = mandates.filter(kind__in=kinds)
        return self.filter(pk__in=mandates.values("organisation"))


class ShownOrganisations(models.Manager["Organisation"]):
    """What every list to choose from offers, the administrators' tables included."""

    def get_queryset(self) -> OrganisationQuerySet:
        return OrganisationQuerySet(self.model, using=self._db).filter(is_private=False)


class Organisation(Sourced, TimeStamped):
    """One body, whatever its part: everything that says owner, partner, hirer or host points here."""

    class Kind(models.TextChoices):
        ANCHOR_INSTITUTION = "anchor_institution", _("Anchor institution")
        COMMUNITY_GROUP = "community_group", _("Community group")
        PARTNER = "partner", _("Partner")

    class Sector(models.TextChoices):
        NHS = "nhs", _("NHS")
        COUNCIL = "council", _("Council")
        UNIVERSITY = "university", _("University")
        COLLEGE = "college", _("College")
        ARTS = "arts", _("Arts")
        HOUSING = "housing", _("Housing association")
        VCSE = "vcse", _("Voluntary, community and social enterprise")
        BUSINESS = "business", _("Business")
        OTHER = "other", _("Other public body")

    name = models.CharField(max_length=160)
    slug = models.SlugField(max_length=160, unique=True)
    kind = models.CharField(max_length=20, choices=Kind)
    sector = models.CharField(max_length=12, choices=Sector)
    summary = models.CharField(max_length=400, blank=True)
    website = models.URLField(max_length=200, blank=True)
    aliases = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    boroughs = models.ManyToManyField(Borough, related_name="organisations", blank=True)
    is_listed = models.BooleanField(
        default=True, help_text="Has a public page. Community groups that only book rooms do not."
    )
    is_private = models.BooleanField(
        default=False,
        editable=False,
        help_text="Its name is for its own people and programme staff; others never learn that it is here.",
    )

    objects = OrganisationQuerySet.as_manager()
    shown = ShownOrganisations()

    class Meta:
        # What Django and its admin offer by themselves. Whoever may know the name asks `objects`.
        default_manager_name = "shown"
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                condition=Q(is_private=False),
                name="a_name_is_used_once_unless_it_is_private",
                violation_error_message=_("There is an organisation with this name already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("anchors:organisation", args=[self.slug])


class OrganisationFactQuerySet(models.QuerySet["OrganisationFact"]):
    def public(self) -> Self:
        return self.filter(organisation__is_listed=True).order_by("position", "pk")


class OrganisationFact(Sourced):
    """One sentence about an organisation, with its source."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="facts")
    text = models.CharField(max_length=300)
    position = models.PositiveSmallIntegerField(default=0)

    objects = OrganisationFactQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.organisation}: {self.text[:60]}"


class NetworkQuerySet(models.QuerySet["Network"]):
    def public(self) -> Self:
        return self.order_by("name", "pk")

    def with_counts(self, day: date) -> Self:
        """How many members with a public page are confirmed, were so before, or are not confirmed.

        Adds `confirmed_count`, `ended_count` and `not_confirmed_count`.
        """
        listed = Q(memberships__organisation__is_listed=True)
        sourced = listed & Q(memberships__standing="confirmed")
        still = confirmed_on(day, "memberships__")
        unsourced = listed & Q(memberships__standing="not_confirmed")
        return self.annotate(
            confirmed_count=models.Count("memberships", filter=sourced & still),
            ended_count=models.Count("memberships", filter=sourced & ~still),
            not_confirmed_count=models.Count("memberships", filter=unsourced),
        )


class Network(Sourced):
    """The Alliance, and other networks of organisations."""

    name = models.CharField(max_length=120, unique=True)
    slug = models.SlugField(max_length=120, unique=True)
    scope = models.CharField(max_length=80)
    summary = models.CharField(max_length=400, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    dates_text = models.CharField(
        max_length=60, blank=True, help_text="The dates as the source gives them, such as 2021-24."
    )
    members: "models.ManyToManyField[Organisation, NetworkMembership]" = models.ManyToManyField(
        Organisation, through="NetworkMembership", related_name="networks"
    )

    objects = NetworkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_network_ends_after_it_starts",
                condition=Q(ends_on__isnull=True)
                | Q(starts_on__isnull=True)
                | Q(ends_on__gte=F("starts_on")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("anchors:network", args=[self.slug])


def confirmed_on(day: date, prefix: str = "") -> Q:
    """A condition for memberships that `rules.belonging` calls confirmed on a day.

    `prefix` reaches them through a relation.
    """
    network_goes_on, member_stays = (
        Q(**{f"{prefix}{end}__isnull": True}) | Q(**{f"{prefix}{end}__gte": day})
        for end in ("network__ends_on", "ends_on")
    )
    return Q(**{f"{prefix}standing": "confirmed"}) & network_goes_on & member_stays


class NetworkMembershipQuerySet(models.QuerySet["NetworkMembership"]):
    def public(self) -> Self:
        return self.filter(organisation__is_listed=True)

    def by_network(self) -> Self:
        return self.select_related("network").order_by("network__name", "pk")

    def by_organisation(self) -> Self:
        found = self.select_related("organisation", "network")
        return found.order_by(Lower("organisation__name"), "pk")


class NetworkMembership(Sourced):
    """An organisation is, or may be, in a network; shown as confirmed only where a source says so."""

    class Standing(models.TextChoices):
        CONFIRMED = "confirmed", _("Confirmed")
        NOT_CONFIRMED = "not_confirmed", _("Not confirmed")

    network = models.ForeignKey(Network, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="memberships"
    )
    standing = models.CharField(max_length=15, choices=Standing)
    part = models.CharField(max_length=80, blank=True, help_text="Such as convenor.")
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)

    objects = NetworkMembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["network", "organisation"], name="an_organisation_is_in_a_network_once"
            ),
            models.CheckConstraint(
                name="a_membership_ends_after_it_starts",
                condition=Q(ends_on__isnull=True)
                | Q(starts_on__isnull=True)
                | Q(ends_on__gte=F("starts_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} in {self.network}"


class MandateQuerySet(models.QuerySet["Mandate"]):
    def current(self, day: date) -> Self:
        return self.filter(held_on(day))

    def since(self, day: Any) -> Self:
        """Those held on this day or later, or until some hour of it: what ends on a day was last
        held on the day before.
        """
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=day - timedelta(days=1)))


class Mandate(Held):
    """This person acts for this organisation, in this way, from a day to a day.

    One that ends on the day it began was last held on the day before: it holds on no day, and stays.
    """

    class Kind(models.TextChoices):
        MEMBER = "member", _("Member of a community group")
        MANAGER = "manager", _("Manager of a community group")
        EDITOR = "editor", _("Editor for an institution")
        APPROVER = "approver", _("Approver for an institution")
        HEALTH_STAFF = "health_staff", _("Health staff of an institution")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mandates")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="mandates"
    )
    kind = models.CharField(max_length=12, choices=Kind)

    objects = MandateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_mandate_does_not_end_before_it_starts",
                condition=Q(ends_on__isnull=True)
                | Q(ends_on__gte=F("starts_on") - timedelta(days=1)),
                violation_error_message=_("A mandate cannot end before the day it starts."),
            ),
            models.UniqueConstraint(
                fields=["user", "organisation", "kind"],
                condition=Q(ends_on__isnull=True),
                name="a_mandate_is_held_once_at_a_time",
                violation_error_message=_("This person already acts for them in this way."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} for {self.organisation} as {self.kind} from {self.starts_on}"
