"""One use of a space by a group, and the rooms it takes."""

from datetime import date, datetime, timedelta
from typing import Self
from uuid import uuid4

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import ProgrammeRole, User
from anchors.models import Mandate, MandateQuerySet
from core.clock import LONDON
from core.models import Period, TimeStamped
from spaces.models.ages import AgeGroup, has_children, people_at_risk
from spaces.models.arrival import code_words
from spaces.models.closures import Closure
from spaces.models.exceptions import DayException
from spaces.models.hirers import GROUP_KINDS, Hirer
from spaces.models.holds import Hold
from spaces.models.sites import Room, Site, SiteManager
from spaces.models.spaces import Layout, Space
from spaces.models.taken import (
    FURTHEST_WEEKS,
    LONGEST,
    LONGEST_USE,
    TAKEN,
    OccupancyStatus,
)


def is_own(booking: str, user: User) -> Q:
    """Whether a booking, reached by this path, is this person's own, so that others decide about it.

    They asked for it, not for somebody who telephoned, or they belonged to its group when it was
    asked for or at any time since: who leaves first is not somebody else.
    """
    asked = Q(**{f"{booking}requested_by": user, f"{booking}caller_name": ""})
    of_the_group = _people_since(
        OuterRef(f"{booking}hirer__organisation"), OuterRef(f"{booking}requested_at")
    )
    return asked | Q(Exists(of_the_group.filter(user=user)))


def able_to_decide(booking: str, today: date) -> QuerySet[SiteManager]:
    """Who runs the site of a booking that is not their own, for a query that reaches the booking by
    this path.
    """
    return SiteManager.objects.current(today).filter(
        _is_not_their_own(booking),
        site=OuterRef(f"{booking}space__site"),
        user__is_active=True,
    )


def staff_able_to_decide(booking: str, today: date) -> QuerySet[ProgrammeRole]:
    """Programme staff whose own booking it is not, for a query that reaches it by this path."""
    return ProgrammeRole.objects.current(today).filter(
        _is_not_their_own(booking),
        role=ProgrammeRole.Role.PROGRAMME_STAFF,
        user__is_active=True,
    )


def _is_not_their_own(booking: str) -> Q:
    """The same as `is_own` says of one person, of the person of each row."""
    asked = Booking.objects.filter(
        pk=OuterRef(OuterRef(f"{booking}pk")), requested_by=OuterRef("user"), caller_name=""
    )
    of_the_group = _people_since(
        OuterRef(OuterRef(f"{booking}hirer__organisation")),
        OuterRef(OuterRef(f"{booking}requested_at")),
    )
    return ~Exists(asked) & ~Exists(of_the_group.filter(user=OuterRef("user")))


def _people_since(organisation: OuterRef, requested_at: OuterRef) -> MandateQuerySet:
    moment: models.DateTimeField[datetime, datetime] = models.DateTimeField()
    day = TruncDate(ExpressionWrapper(requested_at, output_field=moment), tzinfo=LONDON)
    return Mandate.objects.since(day).filter(kind__in=GROUP_KINDS, organisation=organisation)


class BookingQuerySet(models.QuerySet["Booking"]):
    def visible_to(self, user: User) -> Self:
        """Bookings of this person's groups and of sites they run; all of them for programme staff.

        The safeguarding lead sees those to which children or adults at risk come.
        """
        if user.holds(ProgrammeRole.Role.PROGRAMME_STAFF, ProgrammeRole.Role.PROGRAMME_LEAD):
            return self
        # Known first, so that an index serves whichever of the two there is.
        groups = list(Hirer.objects.of_member(user).values_list("pk", flat=True))
        run = Space.objects.filter(site__in=Site.objects.managed_by(user))
        found = Q(hirer__in=groups) | Q(space__in=list(run.values_list("pk", flat=True)))
        if user.holds(ProgrammeRole.Role.SAFEGUARDING_LEAD):
            found |= people_at_risk()
        return self.filter(found)

    def answered_for_by(self, user: User, today: date) -> Self:
        """Bookings about which the site decides through this person: at the sites they run and, as
        programme staff, where nobody else may. Nobody decides about their own.
        """
        mine = Q(space__site__in=Site.objects.managed_by(user))
        if user.holds(ProgrammeRole.Role.PROGRAMME_STAFF):
            run = SiteManager.objects.current(today).filter(user__is_active=True)
            # Few groups have people who run a site: the others are not looked into.
            theirs = Mandate.objects.filter(kind__in=GROUP_KINDS, user__in=run.values("user"))
            mine |= ~Q(space__site__in=run.values("site"))
            mine |= Q(
                Q(hirer__organisation__in=theirs.values("organisation"))
                | Q(requested_by__in=run.values("user")),
                ~Exists(able_to_decide("", today)),
            )
        return self.filter(mine).exclude(is_own("", user))

    def own_of(self, user: User) -> Self:
        """Bookings about which others decide, and not this person."""
        return self.filter(is_own("", user))

    def at(self, site: Site) -> Self:
        return self.filter(space__site=site)

    def undecided(self) -> Self:
        """Asked for, and neither promised nor refused."""
        return self.filter(state__in=Booking.UNDECIDED)

    def promised(self) -> Self:
        """The room is theirs, whether or not the group still has something to do for it."""
        return self.filter(state__in=Booking.PROMISED)

    def not_yet_confirmed(self) -> Self:
        """Approved, and the group still had something to do when it was last looked at."""
        return self.filter(state=Booking.State.APPROVED)

    def alive(self) -> Self:
        return self.filter(state__in=Booking.ALIVE)

    def cancelled_late_since(self, moment: datetime) -> Self:
        """Given back late since then; what was brought back is late until it is promised again."""
        return self.filter(Q(decided_at=None) | Q(decided_at__gt=moment), cancelled_late=True)

    def telling_if_closed(
        self, closures: QuerySet[Closure], days: QuerySet[DayException] | None = None
    ) -> Self:
        """With `is_closed`: a room of theirs is shut by one of these for part of the time, or they or
        their site are closed all that day.

        Setting up and clearing away are part of the time, as when a booking is asked for.
        """
        closed_all_day = (DayException.objects.none() if days is None else days).filter(
            Q(space=OuterRef("space")) | Q(space=None),
            site=OuterRef("space__site"),
            day=OuterRef("local_day"),
            opens_minute=None,
        )
        minute = timedelta(minutes=1)
        arrives = F("starts_at") - F("setup_minutes") * minute
        leaves = F("ends_at") + F("cleardown_minutes") * minute
        moment: models.DateTimeField[datetime, datetime] = models.DateTimeField()
        return self.alias(
            arrives_at=ExpressionWrapper(arrives, output_field=moment),
            leaves_at=ExpressionWrapper(leaves, output_field=moment),
            local_day=TruncDate("starts_at", tzinfo=LONDON),
        ).annotate(
            # Most sites have no closure then: asked once, for all of them.
            is_closed=Q(space__site__in=closures.values("site"))
            & Exists(
                closures.filter(
                    Q(rooms=None) | Q(rooms__spaces=OuterRef("space")),
                    site=OuterRef("space__site"),
                    starts_at__lt=OuterRef("leaves_at"),
                    ends_at__gt=OuterRef("arrives_at"),
                )
            )
            | Exists(closed_all_day)
        )

    def wanted_by_group(self) -> Self:
        """Asked for by somebody of the group, or accepted by one after staff asked for it.

        The name of who telephoned is forgotten in time, so whoever asked and runs the site, now or
        ever, is not taken for somebody of the group.
        """
        of_the_group = Mandate.objects.filter(
            user=OuterRef("requested_by"), organisation=OuterRef("hirer__organisation")
        )
        of_the_site = SiteManager.objects.filter(
            user=OuterRef("requested_by"), site=OuterRef("space__site")
        )
        asked = Exists(of_the_group) | (Q(caller_name="") & ~Exists(of_the_site))
        return self.filter(asked | Q(agreement__isnull=False))

    def opening_their_group(self) -> Self:
        """Those of groups that wanted this booking, or another one at the site, themselves.

        A telephone call that only the site knows of does not open the papers of a group to it.
        """
        wanted = Booking.objects.wanted_by_group().filter(
            hirer=OuterRef("hirer"), space__site=OuterRef("space__site")
        )
        return self.filter(Exists(wanted))

    def starting_between(self, earliest: datetime, latest: datetime) -> Self:
        return self.filter(starts_at__gt=earliest, starts_at__lte=latest)

    def with_people(self) -> Self:
        """Everything a list of bookings shows, in one query."""
        return self.select_related(
            "space__site__borough", "hirer__organisation", "requested_by", "decided_by", "layout"
        )


class Booking(TimeStamped):
    """A request to use a space, and what became of it."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("waiting for a decision")
        INFORMATION_NEEDED = "information_needed", _("more information needed")
        APPROVED = "approved", _("approved")
        CONFIRMED = "confirmed", _("confirmed")
        DECLINED = "declined", _("declined")
        CANCELLED_BY_HIRER = "cancelled_by_hirer", _("cancelled by the group")
        CANCELLED_BY_SITE = "cancelled_by_site", _("cancelled by the site")

    PROMISED = (State.APPROVED, State.CONFIRMED)
    """The states in which the room is the group's."""

    UNDECIDED = (State.REQUESTED, State.INFORMATION_NEEDED)
    """The states in which somebody must still decide."""

    ALIVE = (*UNDECIDED, *PROMISED)
    """The states in which something can still come of it."""

    class Reason(models.TextChoices):
        CAPACITY = "capacity", _("Too many people for this room")
        CLINICAL = "clinical", _("Needed for patient care")
        CLOSED = "closed", _("The site is closed")
        SAFETY = "safety", _("Not safe to use")
        UNSUITABLE = "unsuitable", _("The room does not suit this use")
        DOCUMENTS = "documents", _("Papers are missing")
        SAFEGUARDING = "safeguarding", _("Not safe enough for the people who would come")
        TAKEN = "taken", _("Another group has the room")
        GROUP_STOPPED = "group_stopped", _("The group may not book rooms for now")
        NO_LONGER_NEEDED = "no_longer_needed", _("Not needed any more")
        FEW_PEOPLE = "few_people", _("Too few people would come")
        ILLNESS = "illness", _("Somebody who runs it cannot come")
        ANOTHER_TIME = "another_time", _("We need another time")
        ANOTHER_ROOM = "another_room", _("We have found another room")
        ACCESS = "access", _("People cannot get in or move about well there")
        COST = "cost", _("It costs too much")
        OTHER = "other", _("Another reason")

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="bookings")
    hirer = models.ForeignKey(Hirer, on_delete=models.PROTECT, related_name="bookings")
    requested_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    form_id = models.UUIDField(
        help_text="Made with the blank form, so that sending it twice makes one booking."
    )
    purpose = models.CharField(max_length=200)
    attendance = models.PositiveSmallIntegerField()
    wheelchair_users = models.PositiveSmallIntegerField(
        default=0, help_text="How many of those who come use a wheelchair."
    )
    layout = models.ForeignKey(
        Layout, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    setup_minutes = models.PositiveSmallIntegerField(default=0)
    cleardown_minutes = models.PositiveSmallIntegerField(default=0)
    turnaround_minutes = models.PositiveSmallIntegerField(default=0)
    needs = models.CharField(max_length=400, blank=True)
    ages = ArrayField(
        models.CharField(max_length=11, choices=AgeGroup),
        default=list,
        verbose_name="ages of those who come",
        help_text="The youngest first.",
    )
    has_adults_at_risk = models.BooleanField("adults at risk come", default=False)
    has_food = models.BooleanField("food is made or served", default=False)
    free_use_reason = models.CharField(
        max_length=400,
        blank=True,
        help_text="Why the group asks to pay nothing; empty if it does not.",
    )
    is_free_use_granted = models.BooleanField(
        null=True, help_text="Whether it pays nothing as it asked; empty until that is decided."
    )
    why_not_free = models.CharField(
        max_length=400,
        blank=True,
        help_text="Why it pays all the same, for the group to read; empty if it was not said no to.",
    )
    price_pence = models.PositiveIntegerField(
        null=True, blank=True, help_text="The full price when it was asked for; empty if not known."
    )
    caller_name = models.CharField(
        max_length=120,
        blank=True,
        help_text="Who of the group telephoned, if staff asked for them.",
    )
    state = models.CharField(max_length=20, choices=State, default=State.REQUESTED)
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=20, choices=Reason, blank=True)
    reason_note = models.CharField(max_length=400, blank=True)
    cancelled_late = models.BooleanField(
        default=False,
        help_text="The group gave a promised room back with less notice than the site asked for, and"
        " was not promised it again.",
    )
    confirmed_despite = models.CharField(
        max_length=400,
        blank=True,
        help_text="Why it was confirmed although something was missing; empty where nothing was.",
    )
    confirmed_despite_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    less_time_free = models.CharField(
        max_length=400,
        blank=True,
        help_text="Why less time is kept free beside it than the space asks for; empty if it is not.",
    )
    less_time_free_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    sequence = models.PositiveSmallIntegerField(default=0)

    objects = BookingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_booking_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("A booking must end after it starts."),
            ),
            models.CheckConstraint(
                name="a_booking_lasts_twelve_hours_at_most",
                condition=Q(ends_at__lte=F("starts_at") + LONGEST_USE),
                violation_error_message=_("A booking can last 12 hours at most."),
            ),
            models.CheckConstraint(
                # A booking that is moved goes 18 months ahead once more, and keeps when it was asked for.
                name="a_booking_is_asked_for_before_it_starts",
                condition=Q(
                    starts_at__gte=F("requested_at"),
                    starts_at__lte=F("requested_at") + 3 * timedelta(weeks=FURTHEST_WEEKS),
                ),
                violation_error_message=_("Choose a day between today and 18 months from now."),
            ),
            models.CheckConstraint(
                name="a_booking_is_for_somebody",
                condition=Q(attendance__gt=0),
                violation_error_message=_("Enter how many people will come."),
            ),
            models.CheckConstraint(
                name="people_using_wheelchairs_are_among_those_who_come",
                condition=Q(wheelchair_users__lte=F("attendance")),
                violation_error_message=_("Enter at least as many people as use a wheelchair."),
            ),
            models.CheckConstraint(
                name="a_booking_says_how_old_those_are_who_come",
                condition=Q(ages__len__gt=0, ages__contained_by=AgeGroup.values),
                violation_error_message=_("Say how old the people are who will come."),
            ),
            models.CheckConstraint(
                name="a_promise_has_a_time",
                condition=~Q(state__in=["approved", "confirmed"]) | Q(decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="an_end_has_a_person_and_a_time",
                condition=~Q(state__in=["declined", "cancelled_by_hirer", "cancelled_by_site"])
                | Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="an_end_has_a_reason",
                condition=~Q(state__in=["declined", "cancelled_by_hirer", "cancelled_by_site"])
                | ~Q(reason=""),
                violation_error_message=_("Choose a reason."),
            ),
            models.CheckConstraint(
                name="what_is_promised_was_not_given_back_late",
                condition=Q(cancelled_late=False) | ~Q(state__in=["approved", "confirmed"]),
            ),
            models.CheckConstraint(
                name="free_use_is_decided_only_where_asked_for",
                condition=Q(is_free_use_granted__isnull=True) | ~Q(free_use_reason=""),
            ),
            models.CheckConstraint(
                name="only_a_no_to_free_use_has_a_reason",
                condition=Q(why_not_free="")
                | Q(is_free_use_granted__isnull=False, is_free_use_granted=False),
            ),
            models.CheckConstraint(
                name="confirming_despite_has_a_person_and_a_reason",
                condition=Q(confirmed_despite="", confirmed_despite_by__isnull=True)
                | (~Q(confirmed_despite="") & Q(confirmed_despite_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="keeping_less_time_free_has_a_person_and_a_reason",
                condition=Q(less_time_free="", less_time_free_by__isnull=True)
                | (~Q(less_time_free="") & Q(less_time_free_by__isnull=False)),
            ),
            models.UniqueConstraint(fields=["form_id"], name="a_form_makes_one_booking"),
        ]
        indexes = [
            models.Index(
                fields=["starts_at"],
                name="booking_promised",
                condition=Q(state__in=["approved", "confirmed"]),
            ),
            # With what a list of bookings asks, so that it counts and sorts thousands without reading them.
            models.Index(
                fields=["space", "starts_at"],
                name="booking_of_space",
                include=["id", "ends_at", "state"],
            ),
            models.Index(
                fields=["hirer", "starts_at"],
                name="booking_of_hirer",
                include=["id", "ends_at", "state"],
            ),
        ]

    def __str__(self) -> str:
        return f"booking {self.uuid}"

    def get_absolute_url(self) -> str:
        return reverse("spaces:booking", args=[self.uuid])

    @property
    def is_promised(self) -> bool:
        return self.state in self.PROMISED

    @property
    def holds_rooms(self) -> bool:
        """Not while several groups may ask for one time; nor later, if that began under such a rule."""
        return self.occupancies.taken().exists()

    @property
    def asks_to_pay_nothing(self) -> bool:
        """Only where there is something to pay. The words stay: another time may cost money again."""
        return bool(self.free_use_reason and self.price_pence)

    @property
    def has_children(self) -> bool:
        return has_children(self.ages)

    @property
    def is_alive(self) -> bool:
        return self.state in self.ALIVE

    @property
    def reference(self) -> str:
        """What people quote on the telephone: the first eight characters of the identifier."""
        return str(self.uuid)[:8].upper()

    @property
    def code_words(self) -> str:
        """What a group that asks for privacy says at the door; empty for others."""
        return code_words(self.uuid) if self.hirer.is_sensitive else ""


class OccupancyQuerySet(models.QuerySet["Occupancy"]):
    def taken(self) -> Self:
        """As the constraint has it: a hold that ran out is one of these until somebody writes."""
        return self.filter(status__in=TAKEN)

    def in_the_way(self, now: datetime) -> Self:
        """Taken for whoever looks now: a hold that ran out keeps nobody out."""
        return self.taken().filter(Q(hold_expires_at=None) | Q(hold_expires_at__gt=now))

    def overlapping(self, starts_at: datetime, ends_at: datetime) -> Self:
        """Bounded on both sides: an occupancy lasts a day at most, so older ones cannot reach."""
        return self.filter(
            starts_at__lt=ends_at, starts_at__gt=starts_at - LONGEST, ends_at__gt=starts_at
        )


class Occupancy(models.Model):
    """A room taken for a time, set-up, clear-down and turnaround included.

    Up to `used_until` people are in it; what follows is kept free, all of it unless somebody who runs
    the site had a reason for less.
    """

    Status = OccupancyStatus

    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="occupancies")
    booking = models.ForeignKey(
        Booking, on_delete=models.CASCADE, null=True, blank=True, related_name="occupancies"
    )
    hold = models.ForeignKey(
        Hold, on_delete=models.CASCADE, null=True, blank=True, related_name="occupancies"
    )
    starts_at = models.DateTimeField()
    used_until = models.DateTimeField()
    ends_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=OccupancyStatus)
    hold_expires_at = models.DateTimeField(null=True, blank=True)

    objects = OccupancyQuerySet.as_manager()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="room_is_taken_once_at_a_time",
                expressions=[
                    ("room", RangeOperators.EQUAL),
                    (Period("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
                condition=Q(status__in=[status.value for status in TAKEN]),
                violation_error_message=_("This room is already taken for part of that time."),
                violation_error_code="taken",
            ),
            models.CheckConstraint(
                name="an_occupancy_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))
            ),
            models.CheckConstraint(
                # So no two uses of a room overlap, however little time is kept free between them.
                name="a_room_is_taken_for_the_whole_use",
                condition=Q(used_until__lte=F("ends_at")),
            ),
            models.CheckConstraint(
                name="an_occupancy_lasts_a_day_at_most",
                condition=Q(ends_at__lte=F("starts_at") + LONGEST),
            ),
            models.CheckConstraint(
                name="an_occupancy_is_not_both_booked_and_held",
                condition=Q(booking=None) | Q(hold=None),
            ),
            models.CheckConstraint(
                name="what_is_held_runs_out_and_nothing_else",
                condition=Q(status="released")
                | Q(status="held", hold_expires_at__isnull=False)
                | Q(status__in=["pending", "confirmed"], hold_expires_at=None),
            ),
        ]
        indexes = [
            models.Index(
                fields=["room", "starts_at", "ends_at"],
                name="occupancy_taken",
                # So that a search reads the index alone, and knows which holds ran out.
                include=["hold_expires_at"],
                condition=Q(status__in=[status.value for status in TAKEN]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.room} {self.status} from {self.starts_at:%Y-%m-%d %H:%M}"
