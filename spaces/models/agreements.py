"""The conditions of hire as they were written, and as a group accepted them for a booking."""

from hashlib import sha256
from typing import Self
from uuid import uuid4

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import ProgrammeRole, User
from core.models import TimeStamped
from spaces.models.bookings import Booking
from spaces.models.sites import Site

EVERY_SITE = "every-site"
"""Stands in addresses where the slug of a site would."""


def hash_of_text(text: str) -> str:
    """The fingerprint by which somebody can show later which words these were."""
    return sha256(text.encode()).hexdigest()


class HashOf(models.Func):
    """What `hash_of_text` says, by Postgres itself. Lives only inside constraints."""

    template = "encode(sha256(convert_to(%(expressions)s, 'UTF8')), 'hex')"
    output_field = models.CharField()


class AgreementVersionQuerySet(models.QuerySet["AgreementVersion"]):
    def public(self) -> Self:
        """Once it is published, anybody may read it; also when a newer one has taken its place."""
        return self.published().filter(Q(site=None) | Q(site__is_published=True))

    def visible_to(self, user: User) -> Self:
        """Those of the sites this person looks after, drafts too, and what holds at every site."""
        if user.holds(ProgrammeRole.Role.PROGRAMME_STAFF, ProgrammeRole.Role.PROGRAMME_LEAD):
            return self
        theirs = Site.objects.visible_to(user)
        return self.filter(Q(site__in=theirs) | Q(site=None, published_at__isnull=False))

    def published(self) -> Self:
        return self.filter(published_at__isnull=False)

    def drafts(self) -> Self:
        return self.filter(published_at=None)

    def applying_to(self, site: Site | None) -> "AgreementVersion | None":
        """What a group accepts for a room there: the newest of the site, else of every site."""
        found = self.published().filter(Q(site=site) | Q(site=None)).select_related("site")
        return found.order_by(F("site").asc(nulls_last=True), "-number").first()

    def newest_first(self) -> Self:
        return self.select_related("site", "published_by").order_by("-number", "-pk")


class AgreementVersion(TimeStamped):
    """The conditions of hire of one site, or of every site, as they read from one day on.

    It is written as a draft. Once published it never changes: a new version takes its place.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    site = models.ForeignKey(
        Site,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="agreement_versions",
        help_text="Empty for every site.",
    )
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    text = models.TextField()
    sha256 = models.CharField(max_length=64, help_text="SHA-256 of the text, in small letters.")
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = AgreementVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "number"],
                nulls_distinct=False,
                name="a_version_of_an_agreement_has_a_number_of_its_own",
            ),
            models.UniqueConstraint(
                fields=["site"],
                condition=Q(published_at__isnull=True),
                nulls_distinct=False,
                name="one_version_of_an_agreement_is_written_at_a_time",
            ),
            models.CheckConstraint(
                name="the_hash_of_a_version_is_of_its_text",
                condition=Q(sha256=HashOf(F("text"))),
            ),
            models.CheckConstraint(
                name="a_published_version_has_a_person_and_a_time",
                condition=Q(published_at__isnull=True, published_by__isnull=True)
                | Q(published_at__isnull=False, published_by__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="a_published_version_is_never_rewritten",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__published_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"conditions of hire of {self.site or 'every site'}, version {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("spaces:agreement_version", args=[self.uuid])

    @property
    def whose(self) -> str:
        """The site whose conditions these are, or words for every site."""
        return str(self.site) if self.site else _("every site")

    @property
    def scope(self) -> str:
        """How addresses name whose conditions these are."""
        return self.site.slug if self.site else EVERY_SITE

    @property
    def fingerprint(self) -> str:
        """Changes with every word of the title or the text."""
        return hash_of_text(f"{self.title}\n{self.text}")


class HireAgreement(models.Model):
    """What a group accepted for a booking: the words themselves, by whom and when.

    A copy, so that it says the same whatever becomes of the version. It never changes.
    """

    booking = models.OneToOneField(Booking, on_delete=models.PROTECT, related_name="agreement")
    version_number = models.PositiveSmallIntegerField()
    of_site = models.CharField(
        max_length=120,
        blank=True,
        help_text="The name of the site whose version it was; empty for that of every site.",
    )
    title = models.CharField(max_length=120)
    text = models.TextField()
    sha256 = models.CharField(max_length=64, help_text="SHA-256 of the text, in small letters.")
    accepted_name = models.CharField(max_length=120)
    accepted_role = models.CharField(max_length=120)
    accepted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="the_hash_of_an_agreement_is_of_its_text",
                condition=Q(sha256=HashOf(F("text"))),
            ),
            models.CheckConstraint(
                name="an_agreement_says_who_accepted_it_and_as_what",
                condition=~Q(accepted_name="") & ~Q(accepted_role=""),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="what_was_accepted_is_never_rewritten",
                operation=pgtrigger.Update | pgtrigger.Delete,
            ),
        ]

    def __str__(self) -> str:
        return f"agreement for {self.booking}"

    @property
    def whose(self) -> str:
        return self.of_site or _("every site")
