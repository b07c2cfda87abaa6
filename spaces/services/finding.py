"""Finding a space: what fits, what is really free, and what comes near."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Unpack

from django.core.exceptions import ValidationError
from django.db.models import Case, IntegerField, Q, Value, When
from django.utils.translation import gettext as _

from core.clock import london
from spaces.models import AccessFact, Booking, Charge, Equipment, Hirer, Layout, Space
from spaces.models.free import has_access
from spaces.models.minutes import moment_of
from spaces.models.spaces import SpaceQuerySet
from spaces.rules import bookings, prices, times
from spaces.rules.deciding import Use
from spaces.rules.fit import NEEDS, Facts, Wish, about_as_many, facts_of, lacking, there
from spaces.rules.times import Aside, Stretch
from spaces.rules.weeks import Times, starts_like
from spaces.services.calendar import times_of
from spaces.services.prices import in_words

HOW_MANY = 3
HOW_MANY_TIMES = 4


def fitting(wish: Wish, *, now: datetime) -> SpaceQuerySet:
    """Spaces on offer that are what was asked for, free or not then; the best match first, then
    the smallest.
    """
    found = Space.objects.public().with_site()
    if wish.what.unknown and not wish.what.words:
        return found.none()
    if wish.period is not None or wish.day is not None:
        found = found.bookable_here()
    if wish.borough:
        found = found.filter(site__borough__slug=wish.borough)
    if wish.kind:
        found = found.filter(kind=wish.kind)
    if wish.free_of_charge:
        day = wish.day or london(wish.starts_at or now).date()
        times_wished = prices.times_of(*wish.period) if wish.period else Charge.When.values
        found = found.free_of_charge(day, times_wished)
    found = found.with_access(wish.needs).with_equipment(wish.equipment)
    order = ["site__name", "name", "pk"]
    if wish.people or wish.layout or wish.wheelchairs:
        found = found.holding(wish.people, wish.layout, wish.wheelchairs)
        order = ["seats", *order]
    if wish.what.words:
        found = found.saying(wish.what.likenesses)
        order = ["-match", *order]
    return found.order_by(*order)


def find(wish: Wish, *, now: datetime) -> SpaceQuerySet:
    """The same, and free for the whole of the time asked for, if there is one."""
    found = fitting(wish, now=now)
    if wish.period is None:
        return found
    return _free(found, *wish.period, now=now, **wish.aside)


def free_then(wish: Wish, *, now: datetime) -> SpaceQuerySet:
    """The same, also where the site wants to be asked earlier or later, or for less or more time."""
    found = fitting(wish, now=now)
    if wish.period is None:
        return found
    return found.free_between(*times.whole_use(*wish.period, **wish.aside), now=now)


def _free(
    found: SpaceQuerySet,
    starts_at: datetime,
    ends_at: datetime,
    *,
    now: datetime,
    setup_minutes: int = 0,
    cleardown_minutes: int = 0,
) -> SpaceQuerySet:
    """Those that take such a use and are free for the whole of it."""
    whole = times.whole_use(starts_at, ends_at, setup_minutes, cleardown_minutes)
    taking = found.taking(starts_at, ends_at, now=now, setup_minutes=setup_minutes)
    return taking.free_between(*whole, now=now)


def booked_elsewhere(wish: Wish, *, now: datetime) -> SpaceQuerySet | None:
    """Those that are what was asked for and booked somewhere else: when they are free, nobody here
    can tell. None without a time or a day: then they are among all others.
    """
    if wish.period is None and wish.day is None:
        return None
    any_time = replace(wish, starts_at=None, ends_at=None, day=None)
    return fitting(any_time, now=now).booked_elsewhere()


def access_of(
    spaces: Iterable[Space], keys: Iterable[str] = AccessFact.Key.values
) -> dict[int, dict[str, AccessFact]]:
    """What is known about getting in and around, for each of these spaces, in one query. A list of
    spaces asks for few of the many `keys`.
    """
    spaces = list(spaces)
    facts = list(
        AccessFact.objects.filter(
            Q(space__in=spaces) | Q(site__in={space.site_id for space in spaces}, space=None),
            key__in=list(keys),
        )
    )
    return {
        space.pk: facts_of(space, [fact for fact in facts if fact.site_id == space.site_id])
        for space in spaces
    }


def lacking_for(hirer: Hirer, space: Space) -> list[str]:
    """Which access facts that a group needs are not there, or not known to be, in words."""
    needs = hirer.access_needs
    return lacking(access_of([space], needs)[space.pk], needs) if needs else []


def equipment_of(spaces: Iterable[Space]) -> dict[int, set[str]]:
    """The kinds of things that stand in each of these spaces, in one query."""
    found: dict[int, set[str]] = {}
    for space, kind in Equipment.objects.filter(space__in=list(spaces)).values_list(
        "space", "kind"
    ):
        found.setdefault(space, set()).add(kind)
    return found


# --- When somebody was quicker -----------------------------------------------------------------------


@dataclass(frozen=True)
class Other:
    """Another space, what it costs then, and which of the access facts that it should have it lacks or
    is not known to have: those that the group needs, or else those of the first space.

    Of a space about which nothing is known, no other has the same facts.
    """

    space: Space
    price: str
    lacks: list[str] = field(default_factory=list)
    has_the_same: bool = False
    is_for_needs: bool = False


@dataclass(frozen=True)
class Alternatives:
    """What can be had instead: other times that day here, and other spaces at that time."""

    times: list[Stretch] = field(default_factory=list)
    others: list[Other] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.times or self.others)


def alternatives(
    space: Space,
    starts_at: datetime,
    ends_at: datetime,
    attendance: int,
    *,
    now: datetime,
    layout: Layout | None = None,
    wheelchair_users: int = 0,
    apart_from: Stretch | None = None,
    needed: Sequence[str] = (),
    **aside: Unpack[Aside],
) -> Alternatives:
    """Other times of the same length that day here, in order, the nearest four of them; and up to
    three other spaces that hold everybody and are free at that time: those with all access facts that
    the group needs first, or if it said none with the same as here, then those of the borough. There
    is time to set up before and clear away after each of them. `apart_from` is a time that is not
    offered here, taken or not.
    """
    wish = Wish(
        people=attendance,
        layout=layout.kind if layout else "",
        wheelchairs=wheelchair_users or None,
        starts_at=starts_at,
        ends_at=ends_at,
        **aside,
    )
    needs = needed or there(access_of([space], NEEDS)[space.pk])
    found = _nearest(space, find(wish, now=now), needs)
    facts = access_of(found, NEEDS)
    return Alternatives(
        times=other_times(space, starts_at, ends_at, now=now, apart_from=apart_from, **aside),
        others=[
            _compared(
                other,
                in_words(other, london(starts_at).date(), (starts_at, ends_at)),
                lacking(facts[other.pk], needs),
                needs,
                is_for_needs=bool(needed),
            )
            for other in found
        ],
    )


def instead_of(booking: Booking, *, now: datetime) -> Alternatives:
    """The same for a booking that is declined or taken back: not at its own time, and nothing of its
    own space where the reason is the space, or where it is not on offer any more.
    """
    use = {name: getattr(booking, name) for name in Use.__dataclass_fields__}
    found = alternatives(
        booking.space,
        **use,
        now=now,
        apart_from=times.taken_by(booking),
        needed=booking.hirer.access_needs,
    )
    is_about_space = booking.reason in bookings.REASONS_AGAINST_A_SPACE
    offered = Space.objects.public().bookable_here().filter(pk=booking.space_id)
    return replace(found, times=[]) if is_about_space or not offered.exists() else found


def _compared(
    space: Space, price: str, lacks: list[str], needs: Sequence[str], *, is_for_needs: bool
) -> Other:
    has_the_same = bool(needs) and not lacks
    return Other(space, price, lacks, has_the_same=has_the_same, is_for_needs=is_for_needs)


def other_times(
    space: Space,
    starts_at: datetime,
    ends_at: datetime,
    *,
    now: datetime,
    apart_from: Stretch | None = None,
    **aside: Unpack[Aside],
) -> list[Stretch]:
    """The four nearest other times of the same length that day at which a space is free, in order."""
    day = london(starts_at).date()
    known = times_of([space], moment_of(day, 0), moment_of(day, 24 * 60), now=now)[space.pk]
    if apart_from is not None:
        known = replace(known, taken=sorted([*known.taken, apart_from]))
    starts = starts_like(space, known, starts_at, ends_at, now=now, **aside)[:HOW_MANY_TIMES]
    return [(start, start + (ends_at - starts_at)) for start in sorted(starts)]


def alike(space: Space, wish: Wish, facts: Facts, *, now: datetime) -> list[Space]:
    """Up to three other spaces like this one, those of its borough first: with every access fact that
    is a yes here, room for the people of the wish, or else roughly as large or larger, and free at
    its time, if it has one.
    """
    wish = replace(
        wish,
        needs=there(facts),
        people=wish.people or about_as_many(list(space.layouts.all())),
    )
    return _nearest(space, find(wish, now=now))


def _nearest(space: Space, others: SpaceQuerySet, needs: Sequence[str] = ()) -> list[Space]:
    """The first three by nearness, then by size; before them those with all the access that is
    needed. Never one that this space is a part of, or that is a part of it.
    """
    is_near = Case(
        When(site=space.site_id, then=Value(0)),
        When(site__borough=space.site.borough_id, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    shared = Space.rooms.through.objects.filter(
        room__in=Space.rooms.through.objects.filter(space=space).values("room")
    )
    apart = others.exclude(pk=space.pk).exclude(pk__in=shared.values("space"))
    first = [has_access(set(needs)).desc()] if needs else []
    nearest = apart.annotate(nearness=is_near).order_by(*first, "nearness", "seats", "pk")
    return list(nearest[:HOW_MANY])


# --- One space at one time -----------------------------------------------------------------------


def is_free(
    space: Space,
    starts_at: datetime,
    ends_at: datetime,
    *,
    now: datetime,
    **aside: Unpack[Aside],
) -> bool:
    """Say whether a space can be asked for at a time, with time to set up and clear away."""
    this = Space.objects.filter(pk=space.pk)
    return _free(this, starts_at, ends_at, now=now, **aside).exists()


def times_around(
    spaces: Iterable[Space], period: Stretch, *, now: datetime, **aside: Unpack[Aside]
) -> dict[int, Times]:
    """What decides whether each of these spaces is free for the whole of a use."""
    first, last = times.whole_use(*period, **aside)
    return times_of(spaces, moment_of(london(first).date(), 0), last, now=now)


def why_not(
    space: Space,
    starts_at: datetime,
    ends_at: datetime,
    *,
    known: Times,
    now: datetime,
    **aside: Unpack[Aside],
) -> str:
    """Why a space cannot be asked for at a time, in the words a request would be refused with.

    `known` is what `times_around` says of it.
    """
    first, last = times.whole_use(starts_at, ends_at, **aside)
    taken = times.taken_period(first, last, 0, 0, space.turnaround_minutes)
    try:
        setup = aside.get("setup_minutes", 0)
        bookings.check_when(space, starts_at, ends_at, now=now, setup_minutes=setup)
        bookings.check_length(space, starts_at, ends_at, taken)
        times.check_open(known.opening, known.closures, first, last)
    except ValidationError as refusal:
        return " ".join(refusal.messages)
    return _("Somebody else has it for part of that time, or the time between is too short.")
