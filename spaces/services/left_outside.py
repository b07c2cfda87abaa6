"""Bookings that stand although they no longer fit, until somebody decides about each.

A closure, other hours, a room that holds fewer or that is not on offer any more never end a booking, nor
does a paper that was found wrong, or a note about DBS certificates that was taken back, after it was
confirmed. From then on it waits here, for as long as it is so:
cancelled, changed, the closure ended, or a good paper there, it is gone.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q

from core.clock import london
from spaces.models import (
    Booking,
    Closure,
    DayException,
    HirerDocument,
    Layout,
    OpeningRule,
    PeopleCheck,
    Space,
)
from spaces.models.bookings import BookingQuerySet
from spaces.rules import bookings, times
from spaces.services.found_wrong import confirmed_on_lost_papers

OF_A_BOOKING = (
    *("pk", "space", "space__site", "starts_at", "ends_at"),
    *("setup_minutes", "cleardown_minutes", "attendance", "layout", "lost_a_paper"),
)
"""What tells whether it is outside: a site may have thousands to come, and few of them are."""


@dataclass(frozen=True)
class LeftOutside:
    """A booking, and why it cannot be as it is."""

    booking: Booking
    why: times.WhyNot


def left_outside(bookings_of: BookingQuerySet, *, now: datetime) -> list[LeftOutside]:
    """Which of these bookings are left outside and have not begun, soonest first.

    Eight queries, however many sites and bookings; one where nothing is booked. Nine more where a paper was
    found wrong.
    """
    coming = bookings_of.alive().filter(starts_at__gt=now)
    found_wrong = HirerDocument.objects.found_wrong().filter(hirer=OuterRef("hirer"))
    taken_back = PeopleCheck.objects.taken_back().filter(hirer=OuterRef("hirer"))
    coming = coming.annotate(
        lost_a_paper=Q(state=Booking.State.CONFIRMED) & (Exists(found_wrong) | Exists(taken_back))
    )
    rows = list(coming.order_by("starts_at", "pk").values_list(*OF_A_BOOKING, named=True))
    if not rows:
        return []
    of = list({row.space__site for row in rows})
    spaces, hours, layouts = _spaces_of(of), _hours_of(of, now), _layouts_of(of)
    closures = _closures_of(of, spaces.values(), now)

    def why_not(row: Any) -> times.WhyNot | None:
        return (
            bookings.why_not_offered(*spaces[row.space])
            or times.why_shut(
                hours[row.space__site, None] + hours[row.space__site, row.space],
                closures[row.space],
                *times.whole_use(
                    row.starts_at, row.ends_at, row.setup_minutes, row.cleardown_minutes
                ),
            )
            or bookings.why_too_many(
                row.attendance,
                next((one for one in layouts[row.space] if one.pk == row.layout), None),
                layouts[row.space],
            )
        )

    lost = _lost(bookings_of.filter(pk__in=[row.pk for row in rows if row.lost_a_paper]), now=now)
    why = {row.pk: reason for row in rows if (reason := why_not(row) or lost.get(row.pk))}
    found = Booking.objects.with_people().in_bulk(why)
    return [LeftOutside(found[key], why[key]) for key in why if key in found]


def _lost(bookings_of: BookingQuerySet, *, now: datetime) -> dict[int, times.WhyNot]:
    """Which were confirmed on a paper that was found wrong since, and what they miss. None asks nothing."""
    return {
        key: times.WhyNot("paper_lost", " ".join(one.words for one in missing), "")
        for key, missing in confirmed_on_lost_papers(bookings_of, now=now).items()
    }


SpaceAndRooms = tuple[Space, set[int]]
"""A space, and the keys of its rooms."""


def _spaces_of(sites: list[int]) -> dict[int, SpaceAndRooms]:
    """The spaces of these sites, by their keys, with what tells whether they are on offer."""
    spaces: dict[int, SpaceAndRooms] = {}
    rows: Iterable[Any] = (  # a space with an annotation, once for each of its rooms
        Space.objects.filter(site__in=sites)
        .select_related("site")
        .only("status", "is_clinical", "site__is_published", "site__booking_authority")
        .annotate(room=F("rooms"))
    )
    for one in rows:
        _space, rooms = spaces.setdefault(one.pk, (one, set()))
        if one.room is not None:
            rooms.add(one.room)
    return spaces


def _hours_of(sites: list[int], now: datetime) -> dict[tuple[int, int | None], list[times.Hours]]:
    """What is said of each whole site, and of each of its spaces."""
    weekly = OpeningRule.objects.filter(site__in=sites)
    days = DayException.objects.filter(site__in=sites, day__gte=london(now).date())
    hours: dict[tuple[int, int | None], list[times.Hours]] = defaultdict(list)
    for one in (*weekly, *days):
        hours[one.site_id, one.space_id].append(one)
    return hours


def _layouts_of(sites: list[int]) -> dict[int, list[Layout]]:
    """How each space can be set out, by its key."""
    layouts: dict[int, list[Layout]] = defaultdict(list)
    for one in Layout.objects.filter(space__site__in=sites):
        layouts[one.space_id].append(one)
    return layouts


def _closures_of(
    sites: list[int], spaces: Iterable[SpaceAndRooms], now: datetime
) -> dict[int, list[Closure]]:
    """The closures that shut each space, by its key: those of its whole site, or of a room of its own."""
    closures = [
        (one, {room.pk for room in one.rooms.all()})
        for one in Closure.objects.filter(site__in=sites, ends_at__gt=now)
        .prefetch_related("rooms")
        .order_by("starts_at", "pk")
    ]
    return {
        space.pk: [
            one
            for one, shut in closures
            if one.site_id == space.site_id and (not shut or not shut.isdisjoint(own))
        ]
        for space, own in spaces
    }
