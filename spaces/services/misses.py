"""When nothing is quite what was asked for: what comes nearest, and in what it differs."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.clock import london
from core.templatetags.dates import long_date, time_range, when
from spaces.models import Space
from spaces.models.minutes import moment_of
from spaces.models.spaces import SpaceQuerySet
from spaces.rules import bookings, prices, times
from spaces.rules.days import why_never
from spaces.rules.fit import NEEDS, Wish, differences
from spaces.rules.weeks import length_here
from spaces.rules.words import NO_WORDS
from spaces.services.calendar import first_free, times_of
from spaces.services.days import first_on, nearest_day
from spaces.services.finding import (
    HOW_MANY,
    access_of,
    equipment_of,
    find,
    fitting,
    times_around,
    why_not,
)

LOOKED_AT = 12
"""Of how many spaces that fit the whole day is looked through for another time."""

NO_STARTS: Mapping[int, datetime] = MappingProxyType({})


@dataclass(frozen=True)
class Miss:
    """A space that comes near: what differs, and a time at which it can be had, or from when."""

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
    asked for, then the next free day, and last whatever can be had. Where a day is told without a
    time: first what fits on the nearest day, then one thing that differs that day.
    """
    found: dict[int, Miss] = {}
    for miss in _nearest_first(wish, now=now):
        found.setdefault(miss.space.pk, miss)
        if len(found) == HOW_MANY:
            break
    return list(found.values())


def _nearest_first(wish: Wish, *, now: datetime) -> Iterator[Miss]:
    if wish.day is not None:
        yield from _around_a_day(wish, wish.day, now=now)
        return

    def found(easier: Wish) -> SpaceQuerySet:
        return find(easier, now=now)

    if wish.period is None:
        yield from _with_one_thing_less(wish, found, now=now)
        yield from _told(_anything(found(Wish())), wish, now=now)
        return
    candidates = list(fitting(wish, now=now)[:LOOKED_AT])
    same_day = _other_times_that_day(candidates, wish, now=now)
    yield from same_day[:2]
    yield from _with_one_thing_less(wish, found, now=now)
    yield from same_day[2:]
    yield from _next_free(candidates, wish, now=now)
    bare = Wish(starts_at=wish.starts_at, ends_at=wish.ends_at, **wish.aside)
    yield from _told(_anything(found(bare)), wish, now=now)
    yield from _next_free(_anything(found(Wish())), wish, now=now)


def _around_a_day(wish: Wish, day: date, *, now: datetime) -> Iterator[Miss]:
    """What is free on it is read once, and only then looked at for one wish less after the other."""
    another_day = list(_on_another_day(fitting(wish, now=now)[:LOOKED_AT], wish, day, now=now))
    yield from another_day[:2]
    offered = Space.objects.public().bookable_here()
    first = first_on(offered, day, now=now, **wish.aside)

    def found(easier: Wish) -> SpaceQuerySet:
        return fitting(easier, now=now).filter(pk__in=first)

    yield from _with_one_thing_less(wish, found, first, now=now)
    yield from another_day[2:]
    yield from _told(_anything(found(Wish())), wish, first, now=now)
    bookable = fitting(Wish(day=day), now=now)
    yield from _on_another_day(_anything(bookable), wish, day, now=now)


def _on_another_day(
    spaces: Iterable[Space], wish: Wish, day: date, *, now: datetime
) -> Iterator[Miss]:
    """The nearest day on which each space has free time, and why there is none on the one asked for if
    it is not that others have it.
    """
    nearest = nearest_day(spaces, day, now=now, **wish.aside)
    differing = _how_they_differ([space for space, _start, _known in nearest], wish, now=now)
    for (space, start, known), (_space, differs) in zip(nearest, differing, strict=True):
        why = why_never(space, known, day, now=now, **wish.aside)
        free = _("It has free time on %(day)s.") % {"day": long_date(start)}
        yield Miss(space, [*differs, *filter(None, [why]), free], start)


def _other_times_that_day(spaces: list[Space], wish: Wish, *, now: datetime) -> list[Miss]:
    """The time nearest to the one asked for at which each space is free that day, for as long as was
    wished or as the space takes.
    """
    assert wish.starts_at is not None
    assert wish.ends_at is not None
    asked_for, day = wish.starts_at, london(wish.starts_at).date()
    wished = (wish.ends_at - wish.starts_at) // timedelta(minutes=1)
    known = times_of(spaces, moment_of(day, 0), moment_of(day, 24 * 60), now=now)
    found = []
    for space in spaces:
        minutes = length_here(space, wished)
        starts = known[space.pk].free_on(space, day, now=now, minutes=minutes, **wish.aside)
        periods = [(start, start + timedelta(minutes=minutes)) for start in starts]
        others = [period for period in periods if period != wish.period]
        if others:
            start, end = min(others, key=lambda period: (abs(period[0] - asked_for), period))
            times_free = time_range(start, end)
            differs = [_("It is free at another time that day: %(times)s.") % {"times": times_free}]
            found.append(Miss(space, [*_never_so(space, wish), *differs], start, end))
    return sorted(found, key=lambda miss: abs((miss.starts_at or asked_for) - asked_for))


def _never_so(space: Space, wish: Wish) -> list[str]:
    """Why a space takes no use like this at any time: it is too short, too long or begins between."""
    assert wish.starts_at is not None
    assert wish.ends_at is not None
    whole = times.whole_use(wish.starts_at, wish.ends_at, **wish.aside)
    taken = times.taken_period(*whole, 0, 0, space.turnaround_minutes)
    try:
        bookings.check_steps(space, wish.starts_at, wish.ends_at)
        bookings.check_length(space, wish.starts_at, wish.ends_at, taken)
    except ValidationError as refusal:
        return list(refusal.messages)
    return []


def _with_one_thing_less(
    wish: Wish,
    found: Callable[[Wish], SpaceQuerySet],
    starts: Mapping[int, datetime] = NO_STARTS,
    *,
    now: datetime,
) -> Iterator[Miss]:
    """What would be `found` if one of the blanks had been left empty."""
    less = [
        replace(wish, borough="") if wish.borough else None,
        replace(wish, layout="") if wish.layout else None,
        replace(wish, what=NO_WORDS) if wish.what else None,
        replace(wish, needs=()) if wish.needs else None,
        replace(wish, wheelchairs=None) if wish.wheelchairs else None,
        replace(wish, equipment=()) if wish.equipment else None,
        replace(wish, kind="") if wish.kind else None,
        replace(wish, free_of_charge=False) if wish.free_of_charge else None,
    ]
    for easier in less:
        if easier is not None:
            yield from _told(found(easier)[:2], wish, starts, now=now)
    if wish.people:
        smaller = found(replace(wish, people=None)).holding(None, wish.layout, wish.wheelchairs)
        yield from _told(smaller.order_by("-seats", "pk")[:2], wish, starts, now=now)


def _anything(bare: SpaceQuerySet) -> list[Space]:
    """The roomiest of what can be had."""
    return list(bare.holding(None).order_by("-seats", "pk")[:HOW_MANY])


def _told(
    spaces: Iterable[Space],
    wish: Wish,
    starts: Mapping[int, datetime] = NO_STARTS,
    *,
    now: datetime,
) -> Iterator[Miss]:
    """Those that differ, at the time of the wish, or from when they are free on its day."""
    for space, differs in _how_they_differ(list(spaces), wish, now=now):
        if differs:
            yield Miss(space, differs, starts.get(space.pk, wish.starts_at), wish.ends_at)


def _how_they_differ(
    spaces: list[Space], wish: Wish, *, now: datetime
) -> Iterator[tuple[Space, list[str]]]:
    facts, saying = access_of(spaces, NEEDS), _saying(spaces, wish)
    day = wish.day or london(wish.starts_at or now).date()
    equipment = equipment_of(spaces) if wish.equipment else {}
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
                equipment=equipment.get(space.pk, set()),
                is_free=prices.is_free(space.charges_here, day, wish.period),
            ),
        )


def _saying(spaces: list[Space], wish: Wish) -> set[int]:
    """The keys of those that say what is looked for."""
    if not wish.what.words:
        return set()
    said = Space.objects.filter(pk__in=[space.pk for space in spaces])
    return set(said.saying(wish.what.likenesses).values_list("pk", flat=True))


def _next_free(spaces: list[Space], wish: Wish, *, now: datetime) -> Iterator[Miss]:
    """The next day from the one asked for on which each space can be had for as long as was wished, at
    the time nearest to it; the soonest first, and why not when asked for. Where there is none any
    more, the next from now.
    """
    assert wish.starts_at is not None
    assert wish.ends_at is not None
    wished = (wish.ends_at - wish.starts_at) // timedelta(minutes=1)
    starts: dict[int, datetime | None] = {}
    for since in (london(wish.starts_at).date(), None):
        left = [space for space in spaces if starts.get(space.pk) is None]
        if left:
            starts |= first_free(
                left, now=now, since=since, minutes=wished, like=wish.starts_at, **wish.aside
            )
    found = []
    for space, differs in _how_they_differ(spaces, wish, now=now):
        start = starts.get(space.pk)
        if start is not None:
            end = start + timedelta(minutes=length_here(space, wished))
            found.append((start, space, end, differs))
    period = (wish.starts_at, wish.ends_at)
    known = times_around(
        [space for _start, space, _end, _differs in found], period, now=now, **wish.aside
    )
    for start, space, end, differs in sorted(found, key=lambda one: (one[0], one[1].pk)):
        refused = why_not(space, *period, known=known[space.pk], now=now, **wish.aside)
        next_free = _("It is free next on %(when)s.") % {"when": when(start, end)}
        yield Miss(space, [*differs, refused, next_free], start, end)
