"""Which searches tell of a room that is missing, and what is kept of them. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from core.clock import london, monday_of
from spaces.models import UnmetDemand
from spaces.rules.fit import Wish

Size, PartOfDay, Wheelchairs = UnmetDemand.Size, UnmetDemand.PartOfDay, UnmetDemand.Wheelchairs

ENOUGH_AT_A_TIME = 2
"""With one room left at a time the next group finds none, and the site may still say no: that is
poor. Without a time one room is no bad answer, as it is free at many."""

WEEKS_SHOWN = 13
"""A quarter of a year, as those who look after buildings plan."""

WEEKS_KEPT = 104
"""Two of every season, so that one year can be held against another; then nobody needs it."""


def is_told_enough(wish: Wish) -> bool:
    """Say whether anything is left of a wish once it is coarse. Words alone leave nothing."""
    return bool(
        wish.period
        or wish.day
        or wish.people
        or wish.borough
        or wish.layout
        or wish.kind
        or wish.needs
        or wish.wheelchairs
        or wish.free_of_charge
    )


def is_poor(found: int, wish: Wish) -> bool:
    return found == 0 or (wish.period is not None and found < ENOUGH_AT_A_TIME)


def size_of(people: int | None) -> str:
    if not people:
        return ""
    for most, size in (
        (10, Size.UP_TO_10),
        (20, Size.UP_TO_20),
        (40, Size.UP_TO_40),
        (80, Size.UP_TO_80),
    ):
        if people <= most:
            return size.value
    return Size.MORE.value


def wheelchairs_of(number: int | None) -> str:
    """A bare number beside a time and a borough could point at the one group that has so many."""
    if not number:
        return ""
    for most, wheelchairs in ((2, Wheelchairs.UP_TO_2), (5, Wheelchairs.UP_TO_5)):
        if number <= most:
            return wheelchairs.value
    return Wheelchairs.MORE.value


def part_of_day(moment: datetime) -> str:
    """By when it starts: before midday, before 5pm, later."""
    hour = london(moment).hour
    if hour < 12:
        return PartOfDay.MORNING.value
    return PartOfDay.AFTERNOON.value if hour < 17 else PartOfDay.EVENING.value


def coarse(wish: Wish, *, today: date) -> dict[str, Any]:
    """What is kept of a wish: its fields but the borough, which is a row. Never what was typed."""
    starts_at = wish.starts_at
    day = london(starts_at).date() if starts_at else wish.day
    at_any_time = PartOfDay.ANY.value if day else ""
    return {
        "asked_in_week": monday_of(today),
        "size": size_of(wish.people),
        "layout": wish.layout,
        "kind": wish.kind,
        "needs": sorted(wish.needs),
        "wheelchairs": wheelchairs_of(wish.wheelchairs),
        "free_of_charge": wish.free_of_charge,
        "weekday": day.weekday() if day else None,
        "part_of_day": part_of_day(starts_at) if starts_at else at_any_time,
    }


@dataclass(frozen=True)
class Line:
    """How many searches were for one thing, and for how many of them there was no room at all."""

    name: str
    searches: int
    found_nothing: int


def finding(lines: Sequence[Line], total: int) -> str:
    """What a table says, in a sentence: what was looked for most often."""
    most = max((line.searches for line in lines), default=0)
    if not most:
        return _("No search said so.")
    names = _(" and ").join(line.name for line in lines if line.searches == most)
    return _("Most often: %(names)s, in %(most)d of %(total)d searches.") % {
        "names": names,
        "most": most,
        "total": total,
    }


def most_first(lines: Iterable[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: (-line.searches, line.name))
