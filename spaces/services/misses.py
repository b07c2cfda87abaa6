"""When nothing is quite what was asked for: what comes nearest, and in what it differs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from core.clock import london
from core.templatetags.dates import time_range, when
from spaces.models import Space
from spaces.models.minutes import moment_of
from spaces.rules import prices
from spaces.rules.fit import Wish, differences
from spaces.rules.weeks import length_here, starts_like
from spaces.rules.words import NO_WORDS
from spaces.services.calendar import first_free, times_of
from spaces.services.finding import HOW_MANY, access_of, equipment_of, find, fitting

LOOKED_AT = 12
"""Of how many spaces that fit the whole day is looked through for another time."""


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
        if len(found) == HOW_MANY:
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
    known = times_of(spaces, moment_of(day, 0), moment_of(day, 24 * 60), now=now)
    found = []
    for space in spaces:
        starts = starts_like(
            space, known[space.pk], wish.starts_at, wish.ends_at, now=now, **wish.aside
        )
        if starts:
            nearest = starts[0]
            times_free = time_range(nearest, nearest + length)
            differs = [_("It is free at another time that day: %(times)s.") % {"times": times_free}]
            found.append(Miss(space, differs, nearest, nearest + length))
    asked_for = wish.starts_at
    return sorted(found, key=lambda miss: abs((miss.starts_at or asked_for) - asked_for))


def _with_one_thing_less(wish: Wish, *, now: datetime) -> Iterator[Miss]:
    """What would be there if one of the blanks had been left empty."""
    less = [
        replace(wish, borough="") if wish.borough else None,
        replace(wish, layout="") if wish.layout else None,
        replace(wish, what=NO_WORDS) if wish.what else None,
        replace(wish, needs=()) if wish.needs else None,
        replace(wish, equipment=()) if wish.equipment else None,
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
    return list(bare.holding(None).order_by("-seats", "pk")[:HOW_MANY])


def _told(spaces: Iterable[Space], wish: Wish, *, now: datetime) -> Iterator[Miss]:
    for space, differs in _how_they_differ(list(spaces), wish, now=now):
        if differs:
            yield Miss(space, differs, wish.starts_at, wish.ends_at)


def _how_they_differ(
    spaces: list[Space], wish: Wish, *, now: datetime
) -> Iterator[tuple[Space, list[str]]]:
    facts, saying, today = access_of(spaces), _saying(spaces, wish), london(now).date()
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
