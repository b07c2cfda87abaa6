"""Which spaces have free time on a day, whatever the hour, and on which day near it others have."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Unpack

from core.clock import london
from spaces.models import Space
from spaces.models.minutes import moment_of
from spaces.models.spaces import SpaceQuerySet
from spaces.rules.fit import Wish
from spaces.rules.times import Aside
from spaces.rules.weeks import Times, length_here
from spaces.services.calendar import first_free, times_of
from spaces.services.finding import fitting

DAYS_BEFORE, DAYS_AFTER = 7, 14
"""How far from a day another one is looked for."""


def free_on_day(wish: Wish, *, now: datetime) -> tuple[SpaceQuerySet, dict[int, datetime]]:
    """What fits and has free time on the day of a wish, and the first moment of each at which one can
    begin.
    """
    assert wish.day is not None
    found = fitting(wish, now=now)
    first = first_on(found, wish.day, now=now, **wish.aside)
    return found.filter(pk__in=first), first


def first_on(
    found: SpaceQuerySet, day: date, *, now: datetime, **aside: Unpack[Aside]
) -> dict[int, datetime]:
    """For each of these spaces with free time on a day the first moment at which one can begin.

    Read at once for all of them, as there are some hundred rooms: what says when they are free, and
    nothing of what a list shows.
    """
    first = {}
    for space, known in _known(found, day, now=now):
        starts = known.starts_on(space, day, now=now, minutes=length_here(space, 0), **aside)
        start = next(starts, None)
        if start is not None:
            first[space.pk] = start
    return first


def how_many_unused(
    found: SpaceQuerySet, day: date, *, now: datetime, **aside: Unpack[Aside]
) -> int:
    """How many of these spaces are free at some time of a day that is not past, whether or not their site
    still takes requests for it, or takes any yet.
    """
    return sum(
        bool(known.stretches_on(space, day, since=now, minutes=length_here(space, 0), **aside))
        for space, known in _known(found, day, now=now)
    )


def _known(found: SpaceQuerySet, day: date, *, now: datetime) -> Iterator[tuple[Space, Times]]:
    light = found.order_by().select_related(None).prefetch_related(None).select_related("site")
    spaces = list(
        light.only(
            *("turnaround_minutes", "start_step_minutes", "min_minutes", "max_minutes"),
            *("site__min_notice_hours", "site__horizon_weeks"),
        )
    )
    known = times_of(spaces, moment_of(day, 0), moment_of(day, 24 * 60), now=now)
    for space in spaces:
        yield space, known[space.pk]


def nearest_day(
    spaces: Iterable[Space], day: date, *, now: datetime, **aside: Unpack[Aside]
) -> list[tuple[Space, datetime, Times]]:
    """For each of these spaces the first moment of the nearest day to one on which it has free time, and
    what was read to say so; the nearest first, a later one before an earlier one. Where there is none
    within some days the next from now; left out without any.
    """
    spaces = list(spaces)
    today = london(now).date()
    start = max(today, day - timedelta(days=DAYS_BEFORE))
    days = [start + timedelta(days=number) for number in range((day - start).days + DAYS_AFTER + 1)]
    days.sort(key=lambda one: (abs(one - day), one < day))
    end = moment_of(day + timedelta(days=DAYS_AFTER), 24 * 60)
    known = times_of(spaces, moment_of(start, 0), end, now=now)

    def first_of(space: Space) -> datetime | None:
        minutes = length_here(space, 0)
        return next(
            (
                moment
                for one in days
                for moment in known[space.pk].starts_on(
                    space, one, now=now, minutes=minutes, **aside
                )
            ),
            None,
        )

    first = {space.pk: first_of(space) for space in spaces}
    first |= first_free([space for space in spaces if first[space.pk] is None], now=now, **aside)
    found = [
        (space, moment, known[space.pk])
        for space in spaces
        if (moment := first.get(space.pk)) is not None
    ]

    def nearness(one: tuple[Space, datetime, Times]) -> tuple[timedelta, bool, datetime, int]:
        space, moment, _known = one
        that_day = london(moment).date()
        return abs(that_day - day), that_day < day, moment, space.pk

    return sorted(found, key=nearness)
