"""When spaces are free, read in as many queries for one space as for many."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, Unpack

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Q

from core.clock import london, monday_of
from spaces.models import LONGEST, Closure, DayException, Occupancy, OpeningRule, Space
from spaces.models.minutes import minutes_of, moment_of
from spaces.models.taken import LONGEST_TURNAROUND
from spaces.rules import months, times
from spaces.rules.months import Month
from spaces.rules.weeks import Times, Week, length_here, week_of

DAYS_AHEAD = 21
"""How far a list looks for the first free time of each space."""


def times_of(
    spaces: Iterable[Space], start: datetime, end: datetime, *, now: datetime
) -> dict[int, Times]:
    """What decides when each of these spaces is free between two moments."""
    spaces = list(spaces)
    sites = {space.site_id for space in spaces}
    hours: dict[int, list[times.Hours]] = defaultdict(list)
    for one in _hours_of(spaces, sites, start, end):
        hours[one.site_id].append(one)
    closures: dict[int, list[Any]] = defaultdict(list)  # closures with two annotations more
    for closure in (
        Closure.objects.filter(site__in=sites)
        .overlapping(start, end)
        .annotate(how_many_rooms=Count("rooms"), closed_spaces=ArrayAgg("rooms__spaces"))
        .order_by("starts_at", "pk")
    ):
        closures[closure.site_id].append(closure)
    taken: dict[int, list[times.Stretch]] = {space.pk: [] for space in spaces}
    for space, starts_at, ends_at in (
        Occupancy.objects.in_the_way(now)
        .filter(
            room__spaces__in=spaces,
            starts_at__lt=end + LONGEST_TURNAROUND,
            starts_at__gt=start - LONGEST,
            ends_at__gt=start,
        )
        .values_list("room__spaces", "starts_at", "ends_at")
    ):
        if space in taken:
            taken[space].append((starts_at, ends_at))
    return {
        space.pk: Times(
            opening=[one for one in hours[space.site_id] if one.space_id in (None, space.pk)],
            closures=[
                closure
                for closure in closures[space.site_id]
                if closure.how_many_rooms == 0 or space.pk in closure.closed_spaces
            ],
            taken=sorted(set(taken[space.pk])),
        )
        for space in spaces
    }


def _hours_of(
    spaces: list[Space], sites: set[int], start: datetime, end: datetime
) -> list[times.Hours]:
    """The weekly hours of these spaces and sites, and what is said of the days between instead."""
    rules = OpeningRule.objects.filter(Q(space__in=spaces) | Q(site__in=sites, space=None))
    said = DayException.objects.about(spaces, sites).between(
        london(start).date(), london(end).date()
    )
    return [
        *rules.order_by("weekday", "opens_minute", "pk"),
        *said.order_by("day", "pk"),
    ]


def first_free(
    spaces: Iterable[Space],
    *,
    now: datetime,
    since: date | None = None,
    minutes: int = 0,
    like: datetime | None = None,
    **aside: Unpack[times.Aside],
) -> dict[int, datetime | None]:
    """The first moment at which a use may start, as near to so many minutes as each space takes;
    None for weeks ahead. There is time to set up before and clear away after.

    Looks from now, or from a later day. Spaces that are booked elsewhere are left out: only their own
    page knows. On the first day with a free time it is the first of them or, with `like`, the one
    whose clock is nearest to that: who asked for an evening is told of one where there is one.
    """
    spaces = [space for space in spaces if space.is_booked_here]
    today = london(now).date()
    since = max(since or today, today)
    until = moment_of(since + timedelta(days=DAYS_AHEAD + 30), 0)
    known = times_of(spaces, max(now, moment_of(since, 0)), until, now=now)
    return {
        space.pk: _first_free(
            space,
            known[space.pk],
            since,
            now=now,
            minutes=length_here(space, minutes),
            like=like,
            **aside,
        )
        for space in spaces
    }


def _first_free(
    space: Space,
    known: Times,
    since: date,
    *,
    now: datetime,
    minutes: int,
    like: datetime | None = None,
    **aside: Unpack[times.Aside],
) -> datetime | None:
    first_day = max(since, times.london_day(times.earliest_start(now, space.site.min_notice_hours)))
    for number in range(DAYS_AHEAD):
        day = first_day + timedelta(days=number)
        free = known.free_on(space, day, now=now, minutes=minutes, **aside)
        if free and like is not None:
            wished = minutes_of(london(like).time())
            return min(free, key=lambda one: (abs(minutes_of(london(one).time()) - wished), one))
        if free:
            return free[0]
    return None


def week(
    space: Space, monday: date, *, now: datetime, minutes: int, **aside: Unpack[times.Aside]
) -> Week:
    """The week of one space from a Monday."""
    end = moment_of(monday + timedelta(days=7), 0)
    known = times_of([space], moment_of(monday, 0), end, now=now)
    return week_of(space, known[space.pk], monday, now=now, minutes=minutes, **aside)


def week_and_month(
    space: Space,
    monday: date,
    first: date,
    *,
    now: datetime,
    minutes: int,
    known: Times | None = None,
    **aside: Unpack[times.Aside],
) -> tuple[Week, Month]:
    """The week of one space from a Monday, and the month from its first day, read together; or told
    from what is `known`, where that reaches over both.
    """
    if known is None:
        start = min(monday, first)
        end = max(monday + timedelta(days=7), months.beside(first, 1))
        known = times_of([space], moment_of(start, 0), moment_of(end, 0), now=now)[space.pk]
    return (
        week_of(space, known, monday, now=now, minutes=minutes, **aside),
        months.month_of(space, known, first, now=now, minutes=minutes, **aside),
    )


def first_free_and_known(
    space: Space, *, now: datetime, minutes: int, **aside: Unpack[times.Aside]
) -> tuple[datetime | None, Times]:
    """The first moment at which one space is free, as in `first_free`; and what was read to say so,
    which reaches over the week and the month of that day.
    """
    today = london(now).date()
    soonest = times.london_day(times.earliest_start(now, space.site.min_notice_hours))
    start = months.first_of(monday_of(today))
    end = months.beside(months.first_of(soonest + timedelta(days=DAYS_AHEAD)), 1)
    end += timedelta(days=7)
    known = times_of([space], moment_of(start, 0), moment_of(end, 0), now=now)[space.pk]
    return _first_free(space, known, today, now=now, minutes=minutes, **aside), known


def seasons_of(space: Space, today: date) -> list[dict[str, Any]]:
    """Opening hours in words, one for each stretch of dates in which they hold."""
    rules = OpeningRule.objects.filter(Q(space=space) | Q(site=space.site_id, space=None))
    return [
        {"starts": starts, "ends": ends, "hours": hours}
        for (starts, ends), hours in times.seasons(rules, today)
    ]


CLOSURES_SHOWN = 5


def coming_closures(space: Space, *, now: datetime) -> list[str]:
    """The next closures of the site or of rooms that this space needs, in words."""
    coming = Closure.objects.shutting(space).filter(ends_at__gt=now)
    nearest = coming.order_by("starts_at", "pk")[:CLOSURES_SHOWN]
    return [times.closure_in_words(closure) for closure in nearest]


EXCEPTIONS_SHOWN = 8


def coming_exceptions(space: Space, today: date) -> list[str]:
    """The next days with other hours than usual, in words; of the space, or of its whole site."""
    coming = DayException.objects.about([space], [space.site_id]).filter(day__gte=today)
    by_day: dict[date, list[times.Hours]] = {}
    for one in coming.order_by("day", "pk")[: 2 * EXCEPTIONS_SHOWN]:
        by_day.setdefault(one.day, []).append(one)
    told = [times.exception_on(said, day) for day, said in by_day.items()]
    return [times.exception_in_words(one) for one in told if one is not None][:EXCEPTIONS_SHOWN]
