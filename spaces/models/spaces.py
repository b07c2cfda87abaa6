"""What can be booked, how people sit in it, and how a space is found."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, F, Max, OuterRef, Q, Subquery, Value
from django.db.models.functions import Mod
from django.db.models.lookups import IsNull
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.clock import london
from core.models import TimeStamped
from spaces.models.arrival_facts import Arrival
from spaces.models.charges import Charge
from spaces.models.free import has_access, is_free
from spaces.models.minutes import minutes_around
from spaces.models.sites import Room, Site
from spaces.models.taken import LONGEST_USE
from spaces.models.words import match, text, weighed_words

if TYPE_CHECKING:
    from spaces.models.photographs import Photograph


class SpaceQuerySet(models.QuerySet["Space"]):
    def public(self) -> Self:
        """On offer to groups; spaces for patient care never are, whatever else is said of them."""
        rooms = Space.rooms.through.objects.filter(space=OuterRef("pk")).values("room")[:1]
        return self.filter(
            IsNull(Subquery(rooms), False),
            status=Space.Status.PUBLISHED,
            is_clinical=False,
            site__is_published=True,
        )

    def visible_to(self, user: User) -> Self:
        """Spaces of the sites this person looks after or offers, published or not."""
        return self.filter(Q(site__in=Site.objects.visible_to(user)) | Q(site__offer__by=user))

    def bookable_here(self) -> Self:
        return self.filter(site__booking_authority=Site.BookingAuthority.OURS)

    def booked_elsewhere(self) -> Self:
        return self.filter(site__booking_authority=Site.BookingAuthority.ELSEWHERE)

    def with_site(self) -> Self:
        """Everything a list of spaces shows, in a constant number of queries."""
        return self.select_related("site__borough").prefetch_related(
            "layouts", "photographs", "site__charges"
        )

    def as_results(self) -> Self:
        """Of what `with_site` brings, what a search shows and no more: the many other columns cost Postgres a
        tenth of the statement.
        """
        of_site = ["name", "district", "booking_authority", "external_url"]
        of_asking = ["min_notice_hours", "horizon_weeks"]
        return self.only(
            *("slug", "name", "kind", "drawing", "good_for", "price_text"),
            *("turnaround_minutes", "start_step_minutes", "min_minutes", "max_minutes"),
            *(f"site__{name}" for name in [*of_site, *of_asking]),
            "site__borough__name",
        )

    # What a space is like.

    def holding(self, people: int | None, layout: str = "", wheelchairs: int | None = None) -> Self:
        """With room for so many people, laid out one way or any; `seats` says for how many.

        `wheelchairs` of them use one: a layout of which that is not known takes none.
        """
        layouts = Layout.objects.filter(space=OuterRef("pk"))
        if layout:
            layouts = layouts.filter(kind=layout)
        if wheelchairs:
            layouts = layouts.filter(wheelchair_spaces__gte=wheelchairs)
        most = layouts.order_by().values("space").annotate(most=Max("capacity")).values("most")
        return self.annotate(seats=Subquery(most)).filter(seats__gte=people or 1)

    def with_access(self, keys: Iterable[str]) -> Self:
        """Where each of these access facts is a yes. Not yet checked is not a yes.

        What is known about the space itself goes before what is known about its site.
        """
        wanted = set(keys)
        return self.filter(has_access(wanted)) if wanted else self.all()

    def with_equipment(self, kinds: Iterable[str]) -> Self:
        """Where all of these things stand."""
        found = self
        for kind in kinds:
            found = found.filter(equipment__kind=kind)
        return found

    # What it says.

    def with_words(self) -> Self:
        return self.annotate(weighed_words=weighed_words(Space.Kind), text=text(Space.Kind))

    def saying(self, words: Mapping[str, float]) -> Self:
        """That say all of these words; `match` is higher the better they do. See `words.match`."""
        conditions, score = match(words)
        said = self.alias(weighed_words=weighed_words(Space.Kind), text=text(Space.Kind))
        return said.filter(*conditions).annotate(match=score)

    # What it costs.

    def free_of_charge(self, day: date, times: Iterable[str] = Charge.When.values) -> Self:
        """Where it is known that nothing is paid on a day, at these kinds of time or at any.

        What a space charges itself for one thing goes before what its site charges for that.
        """
        known = Charge.objects.valid_on(day)
        costs = known.filter(pence__gt=0, when__in={*times, Charge.When.ALWAYS})
        own = Q(space=OuterRef("pk"))
        of_site = Q(site=OuterRef("site"), space=None)
        own_of_that = known.filter(space=OuterRef(OuterRef("pk")), what=OuterRef("what"))
        return self.filter(
            Exists(known.filter(own | of_site)),
            ~Exists(costs.filter(own)),
            ~Exists(costs.filter(of_site).exclude(Exists(own_of_that))),
        )

    # When it can be had.

    def taking(
        self, starts_at: datetime, ends_at: datetime, *, now: datetime, setup_minutes: int = 0
    ) -> Self:
        """That take uses of this length, at these times of day, asked for this far ahead of setting up."""
        start, end = london(starts_at), london(ends_at)
        first = starts_at - timedelta(minutes=setup_minutes)
        ahead = london(first).replace(tzinfo=None) - london(now).replace(tzinfo=None)
        if ends_at <= starts_at or first <= now:
            return self.none()
        minutes = (ends_at - starts_at) // timedelta(minutes=1)
        return self.alias(
            start_beside_grid=Mod(Value(start.hour * 60 + start.minute), F("start_step_minutes")),
            end_beside_grid=Mod(Value(end.hour * 60 + end.minute), F("start_step_minutes")),
        ).filter(
            min_minutes__lte=minutes,
            max_minutes__gte=minutes,
            start_beside_grid=0,
            end_beside_grid=0,
            site__min_notice_hours__lte=ahead // timedelta(hours=1),
            site__horizon_weeks__gte=ceil((start.date() - london(now).date()).days / 7),
        )

    def free_between(self, starts_at: datetime, ends_at: datetime, *, now: datetime) -> Self:
        """Open for the whole of a use, not closed, and no room of theirs taken.

        A hold that ran out takes nothing, whether or not anybody has tidied it away.

        The space's own turnaround after the use must fit too.
        """
        around = minutes_around(starts_at, ends_at)
        if around is None:
            return self.none()
        return self.filter(is_free(starts_at, ends_at, *around, now=now))


class Space(TimeStamped):
    """What is booked: one room, or several that together make a bigger one."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")
        SUSPENDED = "suspended", _("not on offer for now")
        ARCHIVED = "archived", _("no longer on offer")

    class PendingPolicy(models.TextChoices):
        HOLD = "hold", _("the first request keeps the room until it is decided")
        COMPETE = "compete", _("several groups may ask, and whoever decides chooses")

    class Kind(models.TextChoices):
        HALL = "hall", _("Hall")
        MEETING = "meeting", _("Meeting room")
        GROUP = "group", _("Group room")
        STUDIO = "studio", _("Studio")
        KITCHEN = "kitchen", _("Kitchen")
        COUNSELLING = "counselling", _("Counselling room")
        TEACHING = "teaching", _("Teaching room")
        OUTDOORS = "outdoors", _("Outdoor space")

    class Drawing(models.TextChoices):
        """Our own pictures, one file each in static/images/spaces; the label says what is on it."""

        HALL = "hall", _("A hall with tall windows and rows of chairs")
        HALL_STAGE = "hall-stage", _("A hall with a stage, bunting and an open floor")
        MEETING = "meeting", _("A long table with chairs and a screen on the wall")
        MEETING_ROUND = "meeting-round", _("A round table under a lamp")
        MEETING_WINDOW = "meeting-window", _("A table by a wide window with roofs outside")
        MEETING_BOARD = "meeting-board", _("A table with chairs and a pin board")
        MEETING_SHELF = "meeting-shelf", _("A table beside a shelf of books and a plant")
        MEETING_JOINED = (
            "meeting-joined",
            _("Two rooms made into one, the folding wall pushed back"),
        )
        GROUP = "group", _("Chairs in a circle on a rug")
        GROUP_CUSHIONS = "group-cushions", _("A sofa, cushions and toys on the floor")
        GROUP_PLANTS = "group-plants", _("Chairs in a half circle between plants")
        STUDIO = "studio", _("A studio with a mirror wall and mats")
        KITCHEN = "kitchen", _("A kitchen with a wide worktop, pots and a hob")
        COUNSELLING = "counselling", _("Two armchairs with a small table between them")
        COUNSELLING_LAMP = "counselling-lamp", _("Two soft chairs beside a tall lamp")
        TEACHING = "teaching", _("Rows of seats before a lectern and a large screen")
        TEACHING_DESKS = "teaching-desks", _("Desks in pairs before a whiteboard")
        OUTDOORS = "outdoors", _("A garden with a pear tree, raised beds and a bench")

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="spaces")
    rooms = models.ManyToManyField(Room, related_name="spaces")
    slug = models.SlugField(max_length=120, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, choices=Kind)
    summary = models.TextField(blank=True)
    good_for = models.CharField(
        max_length=200,
        blank=True,
        help_text="What groups use it for, to go on after “Good for”: yoga, dance and exercise classes.",
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    pending_policy = models.CharField(
        max_length=10,
        choices=PendingPolicy,
        default=PendingPolicy.HOLD,
        help_text="Whether a request keeps the room from others until it is decided.",
    )
    turnaround_minutes = models.PositiveSmallIntegerField(default=15)
    start_step_minutes = models.PositiveSmallIntegerField(default=30)
    min_minutes = models.PositiveSmallIntegerField(default=60)
    max_minutes = models.PositiveSmallIntegerField(default=480)
    is_clinical = models.BooleanField(
        default=False,
        help_text="For patient care alone: groups neither see it nor ask for it.",
    )
    price_text = models.CharField(
        "price in words",
        max_length=200,
        blank=True,
        help_text="Only while it has no charges: booked somewhere else, or not known yet.",
    )
    drawing = models.CharField(
        max_length=20,
        choices=Drawing,
        blank=True,
        help_text="Shown until there is a photograph. Left empty, the one of its kind.",
    )

    objects = SpaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_space_is_used_for_sensible_lengths",
                condition=Q(
                    min_minutes__gt=0,
                    max_minutes__gte=F("min_minutes"),
                    max_minutes__lte=LONGEST_USE // timedelta(minutes=1),
                    start_step_minutes__gt=0,
                    turnaround_minutes__lte=4 * 60,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.site}"

    def get_absolute_url(self) -> str:
        return reverse("spaces:space", args=[self.slug])

    @property
    def is_booked_here(self) -> bool:
        return self.site.booking_authority == Site.BookingAuthority.OURS

    @property
    def lets_compete(self) -> bool:
        """Whether several groups may ask for one time, and the room is taken only by a yes."""
        return self.pending_policy == self.PendingPolicy.COMPETE

    @property
    def photographs_in_order(self) -> "list[Photograph]":
        """Asks Postgres only if `with_site` has not."""
        return sorted(self.photographs.all(), key=lambda one: (one.position, one.pk))

    @property
    def picture(self) -> "Space.Drawing":
        """The drawing of this space, or the one of its kind; every kind has one of its name."""
        shown = self.drawing if self.drawing in Space.Drawing.values else self.kind
        return Space.Drawing(shown)

    @property
    def picture_file(self) -> str:
        return f"images/spaces/{self.picture.value}.svg"

    @property
    def arrival(self) -> Arrival:
        """How a group gets in: what the space says itself goes before what its site says.

        For groups with a confirmed booking, and those who look after the site.
        """
        told = {facts.space_id: facts.arrival for facts in self.site.arrival_facts.all()}
        return told.get(self.pk, Arrival()).before(told.get(None, Arrival()))

    @property
    def charges_here(self) -> list[Charge]:
        """What can be charged for it: by itself, or for every space of its site."""
        return [charge for charge in self.site.charges.all() if charge.space_id in (None, self.pk)]


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
    wheelchair_spaces = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="How many of them may use a wheelchair; empty while nobody has checked.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["space", "kind"], name="a_space_has_a_layout_once"),
            models.CheckConstraint(name="a_layout_holds_somebody", condition=Q(capacity__gt=0)),
            models.CheckConstraint(
                name="people_using_wheelchairs_are_among_those_who_fit",
                condition=Q(wheelchair_spaces__isnull=True)
                | Q(wheelchair_spaces__lte=F("capacity")),
            ),
        ]

    def __str__(self) -> str:
        told = "" if self.wheelchair_spaces is None else f", wheelchairs: {self.wheelchair_spaces}"
        return f"{self.get_kind_display()} for {self.capacity}{told}"
