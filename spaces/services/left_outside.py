"""Bookings that stand while their room is shut, until somebody decides about each.

A closure or other hours never end a booking. Whoever sets them is shown what they leave outside; from
then on it waits here, for as long as it is so: cancelled, moved, or the closure lifted, it is gone.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from core.clock import london
from spaces.models import Booking, Closure, DayException, OpeningRule, Site, Space
from spaces.rules import times

OF_A_BOOKING = (
    *("pk", "space", "space__site", "starts_at", "ends_at"),
    *("setup_minutes", "cleardown_minutes"),
)
"""What tells whether it is outside: a site may have thousands to come, and few of them are."""


@dataclass(frozen=True)
class LeftOutside:
    """A booking, and why its room is shut then."""

    booking: Booking
    why: times.Shut


def left_outside(sites: Iterable[Site], *, now: datetime) -> list[LeftOutside]:
    """What is left outside at these sites and has not begun, soonest first.

    Eight queries, however many sites and bookings; two where nothing is booked.
    """
    of = [site.pk for site in sites]
    coming = Booking.objects.alive().filter(space__site__in=of, starts_at__gt=now)
    rows = list(coming.order_by("starts_at", "pk").values_list(*OF_A_BOOKING, named=True))
    if not rows:
        return []
    hours, closures = _hours_of(of, now), _closures_of(of, now)
    why = {
        row.pk: shut
        for row in rows
        if (
            shut := times.why_shut(
                hours[row.space__site, None] + hours[row.space__site, row.space],
                closures[row.space],
                *times.whole_use(
                    row.starts_at, row.ends_at, row.setup_minutes, row.cleardown_minutes
                ),
            )
        )
    }
    found = Booking.objects.with_people().in_bulk(why)
    return [LeftOutside(found[key], shut) for key, shut in why.items() if key in found]


def _hours_of(sites: list[int], now: datetime) -> dict[tuple[int, int | None], list[times.Hours]]:
    """What is said of each whole site, and of each of its spaces."""
    weekly = OpeningRule.objects.filter(site__in=sites)
    days = DayException.objects.filter(site__in=sites, day__gte=london(now).date())
    hours: dict[tuple[int, int | None], list[times.Hours]] = defaultdict(list)
    for one in (*weekly, *days):
        hours[one.site_id, one.space_id].append(one)
    return hours


def _closures_of(sites: list[int], now: datetime) -> dict[int, list[Closure]]:
    """The closures that shut each space, by its key: those of its whole site, or of a room of its own."""
    closures = [
        (one, {room.pk for room in one.rooms.all()})
        for one in Closure.objects.filter(site__in=sites, ends_at__gt=now)
        .prefetch_related("rooms")
        .order_by("starts_at", "pk")
    ]
    rooms: dict[tuple[int, int], set[int]] = defaultdict(set)
    for space, site, room in Space.objects.filter(site__in=sites).values_list(
        "pk", "site", "rooms"
    ):
        rooms[space, site].add(room)
    return {
        space: [
            one
            for one, shut in closures
            if one.site_id == site and (not shut or not shut.isdisjoint(own))
        ]
        for (space, site), own in rooms.items()
    }
