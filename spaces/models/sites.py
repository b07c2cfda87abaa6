"""Buildings, who runs them, and the rooms in them."""

from datetime import date
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from accounts.models import ProgrammeRole, User
from anchors.models import Borough, Organisation
from core.clock import today
from core.models import Held, TimeStamped, held_on
from spaces.models.taken import FURTHEST_WEEKS

POSTCODE = r"^[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}$"
"""How a postcode is written. Whether there is such a place is not asked."""


class SiteQuerySet(models.QuerySet["Site"]):
    def public(self) -> Self:
        return self.filter(is_published=True)

    def visible_to(self, user: User) -> Self:
        """Sites this person looks after: their own as site manager, all as programme staff.

        What an owner writes is nobody else's until it is sent.
        """
        if user.holds(ProgrammeRole.Role.PROGRAMME_STAFF, ProgrammeRole.Role.PROGRAMME_LEAD):
            return self.filter(Q(offer=None) | Q(offer__sent_at__isnull=False))
        return self.managed_by(user)

    def without_prices(self) -> Self:
        """Published with a price that its owner wrote in words, and nothing yet that adds up."""
        return self.public().filter(offer__is_free=False, charges=None)

    def managed_by(self, user: User) -> Self:
        return self.filter(
            pk__in=SiteManager.objects.current(today()).filter(user=user).values("site")
        )


class Site(TimeStamped):
    """A building: who owns it, where it is, who books it and how long ahead."""

    class BookingAuthority(models.TextChoices):
        OURS = "ours", _("booked here")
        ELSEWHERE = "elsewhere", _("booked somewhere else")

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="sites")
    borough = models.ForeignKey(Borough, on_delete=models.PROTECT, related_name="sites")
    street = models.CharField(
        max_length=160,
        blank=True,
        help_text="The number and the street, without the name of the site.",
    )
    postcode = models.CharField(max_length=8, blank=True)
    district = models.CharField(max_length=5, help_text="The first half of the postcode.")
    summary = models.TextField(blank=True)
    getting_there = models.TextField(blank=True)
    house_rules = models.TextField(
        blank=True, help_text="What people keep to here, one rule a line."
    )
    contact_name = models.CharField(max_length=120, blank=True)
    contact_email = models.EmailField(blank=True)
    contact_phone = models.CharField(max_length=20, blank=True)
    booking_authority = models.CharField(
        max_length=10, choices=BookingAuthority, default=BookingAuthority.OURS
    )
    external_url = models.URLField(max_length=300, blank=True)
    min_notice_hours = models.PositiveSmallIntegerField(default=48)
    horizon_weeks = models.PositiveSmallIntegerField(default=52)
    cancel_notice_working_days = models.PositiveSmallIntegerField(default=5)
    programme_decides = models.BooleanField(
        default=True,
        help_text="Programme staff say yes or no too, not only the people of the site.",
    )
    trusts_groups = models.BooleanField(
        default=False,
        help_text="A group that has used rooms ten times without trouble gets its yes at once.",
    )
    is_published = models.BooleanField(default=False)

    objects = SiteQuerySet.as_manager()

    class Meta:
        constraints = [
            # What somebody is still writing must not be told by “this name is taken”.
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(is_published=True),
                name="a_site_on_offer_has_a_name_of_its_own",
                violation_error_message=_("There is a site of this name already."),
            ),
            models.CheckConstraint(
                name="a_postcode_is_written_in_capitals_with_one_space",
                condition=Q(postcode="") | Q(postcode__regex=POSTCODE),
            ),
            models.CheckConstraint(
                name="a_postcode_begins_with_its_district",
                condition=Q(postcode="") | Q(postcode__startswith=Concat("district", Value(" "))),
                violation_error_message=_("The postcode begins with another district."),
            ),
            models.CheckConstraint(
                name="nobody_asks_further_ahead_than_18_months",
                condition=Q(horizon_weeks__lte=FURTHEST_WEEKS),
                violation_error_message=_("Enter 78 weeks, which is 18 months, or less."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """For those who run it."""
        return reverse("spaces:site", args=[self.slug])

    @property
    def area(self) -> str:
        """Roughly where it is, for lists."""
        return ", ".join(filter(None, (str(self.borough), self.district)))

    @property
    def address(self) -> list[str]:
        """Where it stands, line by line, as far as that is told."""
        last = f"{self.borough}, {self.postcode}" if self.postcode else self.area
        return [line for line in (self.name, self.street, last) if line]

    @property
    def has_full_address(self) -> bool:
        return bool(self.street and self.postcode)

    def move_to(self, street: str, postcode: str) -> None:
        """Say where it stands; the district follows from a postcode."""
        self.street, self.postcode = street, postcode
        if postcode:
            self.district = postcode.split()[0]


class SiteManagerQuerySet(models.QuerySet["SiteManager"]):
    def current(self, day: date) -> Self:
        return self.filter(held_on(day))


class SiteManager(Held):
    """This person runs this site, from a day to a day."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="managed_sites")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="managers")

    objects = SiteManagerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_site_manager_ends_after_they_start",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            ),
            models.UniqueConstraint(
                fields=["user", "site"],
                condition=Q(ends_on__isnull=True),
                name="a_site_is_managed_once_by_a_person_at_a_time",
                violation_error_message=_("This person already runs this site."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.site} from {self.starts_on}"


class Room(models.Model):
    """The smallest physical room. Booking a space takes all its rooms."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="rooms")
    name = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "name"], name="a_room_name_is_used_once_per_site"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.site}"


def check_is_of_its_site(thing: Any) -> None:
    """Refuse what is said of a space under a site that is not the space's own."""
    if thing.space is not None and thing.space.site_id != thing.site_id:
        raise ValidationError({"space": __("Choose a space of this site.")}, code="other_site")
