"""Buildings, the rooms in them, and what of them can be booked."""

from datetime import date
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, IntegerRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import ProgrammeRole, User
from anchors.models import Borough, Organisation
from core.clock import today
from core.models import Held, TimeStamped, held_on


class SiteQuerySet(models.QuerySet["Site"]):
    def public(self) -> Self:
        return self.filter(is_published=True)

    def visible_to(self, user: User) -> Self:
        """Sites this person looks after: their own as site manager, all as programme staff."""
        if user.holds(ProgrammeRole.Role.PROGRAMME_STAFF, ProgrammeRole.Role.PROGRAMME_LEAD):
            return self
        return self.managed_by(user)

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
    name = models.CharField(max_length=120, unique=True)
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="sites")
    borough = models.ForeignKey(Borough, on_delete=models.PROTECT, related_name="sites")
    district = models.CharField(max_length=5, help_text="The first half of the postcode.")
    summary = models.TextField(blank=True)
    getting_there = models.TextField(blank=True)
    getting_in = models.TextField(
        blank=True, help_text="Who opens, which door, whom to call. Only for approved bookings."
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
    is_published = models.BooleanField(default=False)

    objects = SiteQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


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


class SpaceQuerySet(models.QuerySet["Space"]):
    def public(self) -> Self:
        return self.filter(status=Space.Status.PUBLISHED, site__is_published=True)

    def bookable_here(self) -> Self:
        return self.filter(site__booking_authority=Site.BookingAuthority.OURS)

    def with_site(self) -> Self:
        """Everything a list of spaces shows, in a constant number of queries."""
        return self.select_related("site__borough", "site__owner").prefetch_related("layouts")


class Space(TimeStamped):
    """What is booked: one room, or several that together make a bigger one."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")
        SUSPENDED = "suspended", _("not on offer for now")
        ARCHIVED = "archived", _("no longer on offer")

    class Kind(models.TextChoices):
        HALL = "hall", _("Hall")
        MEETING = "meeting", _("Meeting room")
        GROUP = "group", _("Group room")
        STUDIO = "studio", _("Studio")
        KITCHEN = "kitchen", _("Kitchen")
        COUNSELLING = "counselling", _("Counselling room")
        TEACHING = "teaching", _("Teaching room")
        OUTDOORS = "outdoors", _("Outdoor space")

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="spaces")
    rooms = models.ManyToManyField(Room, related_name="spaces")
    slug = models.SlugField(max_length=120, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, choices=Kind)
    summary = models.TextField(blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    turnaround_minutes = models.PositiveSmallIntegerField(default=15)
    start_step_minutes = models.PositiveSmallIntegerField(default=30)
    min_minutes = models.PositiveSmallIntegerField(default=60)
    max_minutes = models.PositiveSmallIntegerField(default=480)
    price_text = models.CharField(max_length=200, blank=True)
    is_free = models.BooleanField(default=True)

    objects = SpaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_space_is_used_for_sensible_lengths",
                condition=Q(
                    min_minutes__gt=0,
                    max_minutes__gte=F("min_minutes"),
                    max_minutes__lte=24 * 60,
                    start_step_minutes__gt=0,
                    turnaround_minutes__lte=4 * 60,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.site}"

    def get_absolute_url(self) -> str:
        return reverse("spaces:space", args=[self.slug])


class Layout(models.Model):
    """How many people a space holds, set out one way."""

    class Kind(models.TextChoices):
        CIRCLE = "circle", _("Chairs in a circle")
        ROWS = "rows", _("Chairs in rows")
        BOARDROOM = "boardroom", _("Around one table")
        STANDING = "standing", _("Standing or moving")

    space = models.ForeignKey(Space, on_delete=models.CASCADE, related_name="layouts")
    kind = models.CharField(max_length=10, choices=Kind)
    capacity = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["space", "kind"], name="a_space_has_a_layout_once"),
            models.CheckConstraint(name="a_layout_holds_somebody", condition=Q(capacity__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} for {self.capacity}"


class OpeningRuleQuerySet(models.QuerySet["OpeningRule"]):
    def valid_on(self, day: date) -> Self:
        return self.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=day),
            Q(valid_until__isnull=True) | Q(valid_until__gte=day),
        )


class OpeningRule(models.Model):
    """Open on a weekday from minute to minute of London's wall clock; 1440 is midnight.

    A rule names a space, or the whole site when `space` is empty. Minutes of the local day have no
    clock change, so Tuesday 18:00 stays Tuesday 18:00.
    """

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="opening_rules")
    space = models.ForeignKey(
        Space, on_delete=models.CASCADE, null=True, blank=True, related_name="opening_rules"
    )
    weekday = models.PositiveSmallIntegerField(help_text="Monday is 0.")
    opens_minute = models.PositiveSmallIntegerField()
    closes_minute = models.PositiveSmallIntegerField()
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)

    objects = OpeningRuleQuerySet.as_manager()

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


class AccessFact(models.Model):
    """One access fact of a site or space. Not yet checked is said, never hidden."""

    class Key(models.TextChoices):
        STEP_FREE = "step_free", _("Step-free way in")
        LIFT = "lift", _("Lift")
        DOOR_WIDTH = "door_width", _("Narrowest door")
        ACCESSIBLE_TOILET = "accessible_toilet", _("Accessible toilet")
        CHANGING_PLACES = "changing_places", _("Changing Places toilet")
        HEARING_LOOP = "hearing_loop", _("Hearing loop")
        QUIET_ROOM = "quiet_room", _("Quiet room")
        BLUE_BADGE = "blue_badge", _("Blue Badge parking")
        BABY_CHANGE = "baby_change", _("Baby changing")
        PRAYER_ROOM = "prayer_room", _("Prayer room")
        WIFI = "wifi", _("Wi-Fi")
        TRANSPORT = "transport", _("Nearest step-free stop")

    class Value(models.TextChoices):
        YES = "yes", _("Yes")
        NO = "no", _("No")
        NOT_CHECKED = "not_checked", _("Not yet checked")

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="access_facts")
    space = models.ForeignKey(
        Space, on_delete=models.CASCADE, null=True, blank=True, related_name="access_facts"
    )
    key = models.CharField(max_length=20, choices=Key)
    value = models.CharField(max_length=12, choices=Value, default=Value.NOT_CHECKED)
    note = models.CharField(max_length=200, blank=True)
    surveyed_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "space", "key"],
                name="an_access_fact_is_told_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="an_access_fact_is_known_with_a_date",
                condition=Q(value="not_checked") | Q(surveyed_on__isnull=False),
                violation_error_message=_("Say on which day this was checked."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.space or self.site}: {self.key} {self.value}"
