"""A month of one space, day by day, as its page shows it. Pure."""

from calendar import Calendar
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Unpack

from core.clock import london
from spaces.models import Space
from spaces.rules import times
from spaces.rules.weeks import Times

MONDAY_FIRST = Calendar(firstweekday=0)


class DayState(StrEnum):
    FREE = "free"
    """Nobody has any of the time in which one may ask for it."""
    SOME = "some"
    NONE = "none"
    CLOSED = "closed"
    SOON = "soon"
    """Past, or nearer than the notice that the site needs."""
    FAR = "far"
    """After the last day that one may ask for."""


@dataclass(frozen=True)
class MonthDay:
    date: date
    state: DayState
    is_today: bool

    @property
    def may_be_asked_for(self) -> bool:
        return self.state not in (DayState.SOON, DayState.FAR)


@dataclass(frozen=True)
class Month:
    first: date
    weeks: list[list[MonthDay | None]]
    """Seven days each, from Monday; None for the days of its neighbours."""


def first_of(day: date) -> date:
    return day.replace(day=1)


def beside(first: date, months: int) -> date:
    """The first day of the month so many months later, or earlier."""
    years, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(years, month + 1, 1)


def month_of(
    space: Space,
    known: Times,
    first: date,
    *,
    now: datetime,
    minutes: int,
    **aside: Unpack[times.Aside],
) -> Month:
    """The days of the month from its first. A day has free time if a use of `minutes` may start on it,
    with the time aside free too.
    """
    return Month(
        first=first,
        weeks=[
            [
                _day(space, known, day, now=now, minutes=minutes, **aside)
                if day.month == first.month
                else None
                for day in week
            ]
            for week in MONDAY_FIRST.monthdatescalendar(first.year, first.month)
        ],
    )


def _day(
    space: Space,
    known: Times,
    day: date,
    *,
    now: datetime,
    minutes: int,
    **aside: Unpack[times.Aside],
) -> MonthDay:
    state = state_of(space, known, day, now=now, minutes=minutes, **aside)
    return MonthDay(day, state, is_today=day == london(now).date())


def state_of(
    space: Space,
    known: Times,
    day: date,
    *,
    now: datetime,
    minutes: int,
    **aside: Unpack[times.Aside],
) -> DayState:
    def starts(told: Times) -> list[datetime]:
        return told.free_on(space, day, now=now, minutes=minutes, **aside)

    free = starts(known)
    if free:
        undisturbed = replace(known, closures=[], taken=[])
        return DayState.FREE if free == starts(undisturbed) else DayState.SOME
    if day > times.last_day(now, space.site.horizon_weeks):
        return DayState.FAR
    earliest = times.earliest_start(now, space.site.min_notice_hours)
    earliest += timedelta(minutes=aside.get("setup_minutes", 0))
    if times.local_day(day)[1] <= earliest:
        return DayState.SOON
    shut = [(closure.starts_at, closure.ends_at) for closure in known.closures]
    staffed = list(times.without(times.open_stretches(known.opening, day), shut))
    if not staffed:
        return DayState.CLOSED
    is_too_late = staffed[-1][1] - timedelta(minutes=minutes) < earliest
    return DayState.SOON if is_too_late else DayState.NONE
