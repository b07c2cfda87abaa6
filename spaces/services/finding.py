"""Finding a space: what fits, what is really free, and what comes near."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Unpack

from django.core.exceptions import ValidationError
from django.db.models import Case, IntegerField, Q, Value, When
from django.utils.translation import gettext as _

from core.clock import london
from core.templatetags.dates import time_range, when
from spaces.models import AccessFact, Charge, Layout, Space
from spaces.models.minutes import moment_of
from spaces.models.spaces import SpaceQuerySet
from spaces.rules import bookings, prices, times
from spaces.rules.fit import Wish, differences, facts_of
from spaces.rules.times import Aside, Stretch
from spaces.rules.weeks import Times, length_here
from spaces.rules.words import NO_WORDS
from spaces.services.calendar import first_free, times_of
from spaces.services.prices import in_words

HOW_MANY_MISSES = 3
HOW_MANY_TIMES = 4
LOOKED_AT = 12
"""Of how many spaces that fit the whole day is looked through for another time."""


def fitting(wish: Wish, *, now: datetime) -> SpaceQuerySet:
    """Spaces on offer that are what was asked for, free or not then; the best match first, then
    the smallest.
    """
    found = Space.objects.public().with_site()
    if wish.what.unknown and not wish.what.words:
        return found.none()
    if wish.period is not None:
        found = found.bookable_here()
    if wish.borough:
        found = found.filter(site__borough__slug=wish.borough)
    if wish.kind:
        found = found.filter(kind=wish.kind)
    if wish.free_of_charge:
        day = london(wish.starts_at or now).date()
        times_wished = prices.times_of(*wish.period) if wish.period else Charge.When.values
        found = found.free_of_charge(day, times_wished)
    found = found.with_access(wish.needs)
    order = ["site__name", "name", "pk"]
    if wish.people or wish.layout:
        found = found.holding(wish.people, wish.layout)
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


def _free(
    found: SpaceQuerySet,
    starts_at: datetime,
    ends_at: datetime,
    *,
    now: datetime,
    **aside: Unpack[Aside],
) -> SpaceQuerySet:
    """Those that take such a use and are free for the whole of it."""
    whole = times.whole_use(starts_at, ends_at, **aside)
    return found.taking(starts_at, ends_at, now=now).free_between(*whole)


def access_of(spaces: Iterable[Space]) -> dict[int, dict[str, AccessFact]]:
    """What is known about getting in and around, for each of these spaces, in one query."""
    spaces = list(spaces)
    facts = list(
        AccessFact.objects.filter(
            Q(space__in=spaces) | Q(site__in={space.site_id for space in spaces}, space=None)
        )
    )
    return {
        space.pk: facts_of(space, [fact for fact in facts if fact.site_id == space.site_id])
        for space in spaces
    }


# --- When nothing is free --------------------------------------------------------------------------


@dataclass(frozen=True)
class Miss:
    """A space that comes near: what differs, and a time at which it can be had."""

    space: Space
    differs: list[str]
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    @property
    def period(self) -> tuple[datetime, datetime] | None:
        if self.starts_at is None or self.ends_at is None:
            return None
        return self.starts_at, self.ends_at


def near_misses(wish: Wish, *, now: datetime) -> list[Miss]:
    """The nearest three that are not quite what was asked for.

    First the same kind of space at another time that day, then one thing that differs at the time
    asked for, then the next free day, and last whatever can be had.
    """
    found: dict[int, Miss] = {}
    for miss in _nearest_first(wish, now=now):
        found.setdefault(miss.space.pk, miss)
        if len(found) == HOW_MANY_MISSES:
            break
    return list(found.values())


def _nearest_first(wish: Wish, *, now: datetime) -> Iterator[Miss]:
    if wish.period is None:
        yield from _with_one_thing_less(wish, now=now)
        yield from _told(_anything(wish, now=now), wish, now=now)
        return
    candidates = list(fitting(wish, now=now)[:LOOKED_AT])
    same_day = _other_times_that_day(candidates, wish, now=now)
    yield from same_day[:2]
    yield from _with_one_thing_less(wish, now=now)
    yield from same_day[2:]
    yield from _next_free(candidates, wish, now=now)
    yield from _told(_anything(wish, now=now), wish, now=now)
    yield from _next_free(_anything(Wish(), now=now), wish, now=now)


def _other_times_that_day(spaces: list[Space], wish: Wish, *, now: datetime) -> list[Miss]:
    """The time nearest to the one asked for at which each space is free that day."""
    assert wish.starts_at is not None
    assert wish.ends_at is not None
    day, length = london(wish.starts_at).date(), wish.ends_at - wish.starts_at
    known = times_of(spaces, moment_of(day, 0), moment_of(day, 24 * 60))
    found = []
    for space in spaces:
        starts = _starts_like(
            space, known[space.pk], wish.starts_at, wish.ends_at, now=now, **wish.aside
        )
        if starts:
            nearest = starts[0]
            times_free = time_range(nearest, nearest + length)
            differs = [_("It is free at another time that day: %(times)s.") % {"times": times_free}]
            found.append(Miss(space, differs, nearest, nearest + length))
    asked_for = wish.starts_at
    return sorted(found, key=lambda miss: abs((miss.starts_at or asked_for) - asked_for))


def _starts_like(
    space: Space,
    known: Times,
    starts_at: datetime,
    ends_at: datetime,
    *,
    now: datetime,
    **aside: Unpack[Aside],
) -> list[datetime]:
    """When a use of this length could start that day instead, the nearest first."""
    minutes = (ends_at - starts_at) // timedelta(minutes=1)
    is_askable = (
        space.min_minutes <= minutes <= space.max_minutes
        and minutes % space.start_step_minutes == 0
    )
    if not is_askable:
        return []
    starts = known.free_on(
        space,
        london(starts_at).date(),
        now=now,
        minutes=minutes,
        **aside,
    )
    others = (start for start in starts if start != starts_at)
    return sorted(others, key=lambda start: (abs(start - starts_at), start))


def _with_one_thing_less(wish: Wish, *, now: datetime) -> Iterator[Miss]:
    """What would be there if one of the blanks had been left empty."""
    less = [
        replace(wish, borough="") if wish.borough else None,
        replace(wish, layout="") if wish.layout else None,
        replace(wish, what=NO_WORDS) if wish.what else None,
        replace(wish, needs=()) if wish.needs else None,
        replace(wish, kind="") if wish.kind else None,
        replace(wish, free_of_charge=False) if wish.free_of_charge else None,
    ]
    for easier in less:
        if easier is not None:
            yield from _told(find(easier, now=now)[:2], wish, now=now)
    if wish.people:
        smaller = find(replace(wish, people=None), now=now).holding(None, wish.layout)
        yield from _told(smaller.order_by("-seats", "pk")[:2], wish, now=now)


def _anything(wish: Wish, *, now: datetime) -> list[Space]:
    """Any space that can be had at the time asked for, the roomiest first."""
    bare = find(Wish(starts_at=wish.starts_at, ends_at=wish.ends_at, **wish.aside), now=now)
    return list(bare.holding(None).order_by("-seats", "pk")[:HOW_MANY_MISSES])


def _told(spaces: Iterable[Space], wish: Wish, *, now: datetime) -> Iterator[Miss]:
    for space, differs in _how_they_differ(list(spaces), wish, now=now):
        if differs:
            yield Miss(space, differs, wish.starts_at, wish.ends_at)


def _how_they_differ(
    spaces: list[Space], wish: Wish, *, now: datetime
) -> Iterator[tuple[Space, list[str]]]:
    facts, saying, today = access_of(spaces), _saying(spaces, wish), london(now).date()
    for space in spaces:
        yield (
            space,
            differences(
                space,
                list(space.layouts.all()),
                facts[space.pk],
                space.site.borough.slug,
                wish,
                says_what=space.pk in saying,
                is_free=prices.is_free(space.charges_here, today, wish.period),
            ),
        )


def _saying(spaces: list[Space], wish: Wish) -> set[int]:
    """The keys of those that say what is looked for."""
    if not wish.what.words:
        return set()
    said = Space.objects.filter(pk__in=[space.pk for space in spaces])
    return set(said.saying(wish.what.likenesses).values_list("pk", flat=True))


def _next_free(spaces: list[Space], wish: Wish, *, now: datetime) -> Iterator[Miss]:
    """The next time at which each space can be had for as long as was wished, the soonest first."""
    assert wish.starts_at is not None
    assert wish.ends_at is not None
    wished = (wish.ends_at - wish.starts_at) // timedelta(minutes=1)
    starts = first_free(spaces, now=now, minutes=wished, **wish.aside)
    found = []
    for space, differs in _how_they_differ(spaces, wish, now=now):
        start = starts.get(space.pk)
        if start is not None:
            end = start + timedelta(minutes=length_here(space, wished))
            next_free = _("It is free next on %(when)s.") % {"when": when(start, end)}
            found.append((start, space.pk, Miss(space, [*differs, next_free], start, end)))
    for _start, _key, miss in sorted(found, key=lambda one: one[:2]):
        yield miss


# --- When somebody was quicker -----------------------------------------------------------------------


@dataclass(frozen=True)
class Alternatives:
    """What can be had instead: other times that day here, and other spaces at that time."""

    times: list[Stretch] = field(default_factory=list)
    spaces: list[Space] = field(default_factory=list)
    prices: list[str] = field(default_factory=list)
    """What each of these spaces costs then, in words."""

    @property
    def priced(self) -> list[tuple[Space, str]]:
        return list(zip(self.spaces, self.prices, strict=True))

    def __bool__(self) -> bool:
        return bool(self.times or self.spaces)


def alternatives(
    space: Space,
    starts_at: datetime,
    ends_at: datetime,
    attendance: int,
    *,
    now: datetime,
    layout: Layout | None = None,
    **aside: Unpack[Aside],
) -> Alternatives:
    """Other times of the same length that day here, in order, the nearest four of them; and up to
    three other spaces that hold everybody and are free at that time, those of the borough first.
    There is time to set up before and clear away after each of them.
    """
    day = london(starts_at).date()
    known = times_of([space], moment_of(day, 0), moment_of(day, 24 * 60))[space.pk]
    starts = _starts_like(
        space,
        known,
        starts_at,
        ends_at,
        now=now,
        **aside,
    )[:HOW_MANY_TIMES]
    wish = Wish(
        people=attendance,
        layout=layout.kind if layout else "",
        starts_at=starts_at,
        ends_at=ends_at,
        **aside,
    )
    is_near = Case(
        When(site=space.site_id, then=Value(0)),
        When(site__borough=space.site.borough_id, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    others = find(wish, now=now)
    nearest = list(
        others.exclude(pk=space.pk)
        .annotate(nearness=is_near)
        .order_by("nearness", "seats", "pk")[:HOW_MANY_MISSES]
    )
    return Alternatives(
        times=[(start, start + (ends_at - starts_at)) for start in sorted(starts)],
        spaces=nearest,
        prices=[in_words(other, day, (starts_at, ends_at)) for other in nearest],
    )


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


def why_not(
    space: Space,
    starts_at: datetime,
    ends_at: datetime,
    *,
    now: datetime,
    **aside: Unpack[Aside],
) -> str:
    """Why a space cannot be asked for at a time, in the words a request would be refused with."""
    first, last = times.whole_use(starts_at, ends_at, **aside)
    known = times_of([space], moment_of(london(first).date(), 0), last)[space.pk]
    taken = times.taken_period(first, last, 0, 0, space.turnaround_minutes)
    try:
        bookings.check_when(space, starts_at, ends_at, now=now)
        bookings.check_length(space, starts_at, ends_at, taken)
        times.check_open(known.opening, known.closures, first, last)
    except ValidationError as refusal:
        return " ".join(refusal.messages)
    return _("Somebody else has it for part of that time, or the time between is too short.")
