"""A week of one space, hour by hour, as its page shows it. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Unpack

from core.clock import london
from spaces.models import Closure, Space
from spaces.models.minutes import moment_of
from spaces.rules import times


@dataclass(frozen=True)
class Times:
    """All that decides when one space is free: its opening hours, closures and what is taken."""

    opening: Sequence[times.Hours]
    closures: Sequence[Closure]
    taken: Sequence[times.Stretch]

    def free_on(
        self, space: Space, day: date, *, now: datetime, minutes: int, **aside: Unpack[times.Aside]
    ) -> list[datetime]:
        """The moments of a day at which one may ask for a use of so many minutes to start.

        Notice and horizon of the site count, and setting up before and clearing away after must fit.
        """
        return list(self.starts_on(space, day, now=now, minutes=minutes, **aside))

    def starts_on(
        self, space: Space, day: date, *, now: datetime, minutes: int, **aside: Unpack[times.Aside]
    ) -> Iterator[datetime]:
        """The same one after the other, for whoever needs the first alone."""
        if day > times.last_day(now, space.site.horizon_weeks):
            return
        since = times.earliest_start(now, space.site.min_notice_hours)
        yield from times.starts_in(
            self.stretches_on(space, day, since=since, minutes=minutes, **aside),
            day,
            step_minutes=space.start_step_minutes,
            length_minutes=minutes,
        )

    def stretches_on(
        self,
        space: Space,
        day: date,
        *,
        since: datetime,
        minutes: int,
        setup_minutes: int = 0,
        cleardown_minutes: int = 0,
    ) -> list[times.Stretch]:
        """The parts of a day in which a use of so many minutes may lie, with time to set up before and
        clear away after, and none of that before a moment.
        """
        setup, cleardown = timedelta(minutes=setup_minutes), timedelta(minutes=cleardown_minutes)
        return [
            (start + setup, end - cleardown)
            for start, end in times.free_stretches(
                self.opening,
                self.closures,
                self.taken,
                day,
                turnaround_minutes=space.turnaround_minutes,
                earliest=since,
                shortest_minutes=setup_minutes + minutes + cleardown_minutes,
            )
        ]


def starts_like(
    space: Space,
    known: Times,
    starts_at: datetime,
    ends_at: datetime,
    *,
    now: datetime,
    **aside: Unpack[times.Aside],
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


def length_here(space: Space, minutes: int) -> int:
    """The length nearest to what was wished that one may ask for here, in whole steps."""
    step = space.start_step_minutes
    at_least = -(-max(minutes, space.min_minutes) // step) * step
    return min(at_least, space.max_minutes // step * step)


class HourState(StrEnum):
    FREE = "free"
    TAKEN = "taken"
    SHORT = "short"
    """Nobody has it, but too little of it is left to start then."""
    SOON = "soon"
    """Past, or nearer than the notice that the site needs."""
    FAR = "far"
    """After the last day that one may ask for."""
    CLOSED = "closed"


@dataclass(frozen=True)
class Hour:
    """One hour of a day; when it is free, the first moment in it at which one may start."""

    state: HourState
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True)
class Day:
    date: date
    is_today: bool
    hours: list[Hour]
    notes: list[str]
    said: str = ""
    """That it has other hours than usual, in words."""

    @property
    def is_free(self) -> bool:
        return any(hour.state is HourState.FREE for hour in self.hours)

    @property
    def is_too_late(self) -> bool:
        """Past, or nearer than the notice that the site needs."""
        states = {hour.state for hour in self.hours}
        return HourState.SOON in states and states <= {HourState.SOON, HourState.CLOSED}

    @property
    def is_too_far(self) -> bool:
        return any(hour.state is HourState.FAR for hour in self.hours)

    @property
    def is_shut(self) -> bool:
        return all(hour.state is HourState.CLOSED for hour in self.hours)


@dataclass(frozen=True)
class Week:
    monday: date
    columns: list[time]
    """The wall-clock hours from the first that is open on any day to the last."""
    days: list[Day]

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    @property
    def days_to_show(self) -> list[Day]:
        """Without the days of this week that are gone or too near, unless there are no others."""
        return [day for day in self.days if not day.is_too_late] or self.days

    @property
    def is_free(self) -> bool:
        return any(day.is_free for day in self.days)


def week_of(
    space: Space,
    known: Times,
    monday: date,
    *,
    now: datetime,
    minutes: int,
    **aside: Unpack[times.Aside],
) -> Week:
    """The seven days from a Monday. A free hour is one in which a use of `minutes` may start, with
    the time aside (`setup_minutes` before, `cleardown_minutes` after) free too.
    """
    dates = [monday + timedelta(days=number) for number in range(7)]
    opening = {day: times.open_minutes(known.opening, day) for day in dates}
    bounds = [bound for minutes_open in opening.values() for bound in minutes_open]
    first = min((opens for opens, _closes in bounds), default=0) // 60
    last = -(-max((closes for _opens, closes in bounds), default=0) // 60)
    return Week(
        monday=monday,
        columns=[time(hour) for hour in range(first, last)],
        days=[
            _day(space, known, day, range(first, last), now=now, minutes=minutes, **aside)
            for day in dates
        ],
    )


def _day(
    space: Space,
    known: Times,
    day: date,
    hours: range,
    *,
    now: datetime,
    minutes: int,
    **aside: Unpack[times.Aside],
) -> Day:
    starts: dict[int, datetime] = {}
    for moment in known.free_on(space, day, now=now, minutes=minutes, **aside):
        starts.setdefault(london(moment).hour, moment)
    shut = [(closure.starts_at, closure.ends_at) for closure in known.closures]
    staffed = list(times.without(times.open_stretches(known.opening, day), shut))
    earliest = times.earliest_start(now, space.site.min_notice_hours)
    earliest += timedelta(minutes=aside.get("setup_minutes", 0))
    is_too_far = day > times.last_day(now, space.site.horizon_weeks)
    said = times.exception_on(known.opening, day)

    def hour_at(number: int) -> Hour:
        if number in starts:
            ends_at = starts[number] + timedelta(minutes=minutes)
            return Hour(HourState.FREE, starts[number], ends_at)
        begins, ends = moment_of(day, number * 60), moment_of(day, (number + 1) * 60)
        if not any(start < ends and begins < end for start, end in staffed):
            return Hour(HourState.CLOSED)
        if is_too_far:
            return Hour(HourState.FAR)
        if begins < earliest:
            return Hour(HourState.SOON)
        is_taken = any(start < ends and begins < end for start, end in known.taken)
        return Hour(HourState.TAKEN if is_taken else HourState.SHORT)

    return Day(
        date=day,
        is_today=day == london(now).date(),
        hours=[hour_at(number) for number in hours],
        notes=list(dict.fromkeys(closed_for(known, day))),
        said=times.exception_in_words(said) if said and said.minutes else "",
    )


def closed_for(known: Times, day: date) -> list[str]:
    """Why the space is shut for some or all of the hours it would be open on a day."""
    usual = times.open_stretches(known.opening, day)
    said = times.exception_on(known.opening, day)
    if said is not None and said.is_closed_all_day:
        return [said.why] if said.why else []
    return [
        times.why_closed(closure)
        for closure in known.closures
        if any(closure.starts_at < end and start < closure.ends_at for start, end in usual)
    ]
