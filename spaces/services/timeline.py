"""Somebody's bookings as a timeline: what needs them, today, soon, later, and what is over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from core.clock import at_minute, london
from spaces.models import Booking, Decision, Hirer
from spaces.models.bookings import BookingQuerySet
from spaces.models.taken import LONGEST
from spaces.services.confirming import missing_of

A_PAGE = 20
LAST = date.max


@dataclass(frozen=True)
class Section:
    """One part of the timeline. `key` names it in the address and in the page."""

    key: str
    title: str
    page: Page[Booking]
    due: Mapping[int, date]
    """By when the reader is to decide, by the key of a booking."""
    missing: Mapping[int, str]
    """What the reader's group must still do before it may come in, by the key of a booking."""

    @property
    def rows(self) -> list[tuple[Booking, date | None, str]]:
        """Each booking; by when the reader is to decide, and what the reader's group must do."""
        return [
            (booking, self.due.get(booking.pk), self.missing.get(booking.pk, ""))
            for booking in self.page
        ]

    @property
    def is_for_the_desk(self) -> bool:
        """What a reception needs on paper: today and the next days."""
        return self.key in ("today", "week")


def timeline(
    visible: BookingQuerySet, *, by: User, now: datetime, pages: Mapping[str, str]
) -> list[Section]:
    """The parts that hold something, in order. `pages` says which page of each is looked at.

    First the keys of each part, then everything about those that are shown: a part may hold
    thousands, and joining people and places to all of them before the first twenty took longest.
    """
    day = london(now).date()
    tonight = at_minute(day, 24 * 60)
    week_ends = at_minute(day + timedelta(days=7), 24 * 60)
    alive = Q(state__in=Booking.ALIVE)
    due = _due_for(by, now=now)
    mine = list(Hirer.objects.of_member(by).values_list("pk", flat=True))
    missing = _missing_of(visible.filter(hirer__in=mine), now=now)
    needs_me = _in_order(visible, due, missing, mine=mine, now=now)
    coming = visible.filter(alive, starts_at__gt=now - LONGEST, ends_at__gt=now)
    coming = coming.exclude(pk__in=needs_me)
    soonest = coming.order_by("starts_at", "pk").values_list("pk", flat=True)
    over = visible.filter(~alive | Q(ends_at__lte=now)).order_by("-starts_at", "-pk")
    parts: list[tuple[str, str, Any]] = [
        ("waiting", _("Needs you"), needs_me),
        ("today", _("Today"), soonest.filter(starts_at__lt=tonight)),
        (
            "week",
            _("In the next 7 days"),
            soonest.filter(starts_at__gte=tonight, starts_at__lt=week_ends),
        ),
        ("later", _("Later"), soonest.filter(starts_at__gte=week_ends)),
        ("over", _("Over, declined or cancelled"), over.values_list("pk", flat=True)),
    ]
    looked_at = [
        (key, title, Paginator(keys, A_PAGE).get_page(pages.get(key))) for key, title, keys in parts
    ]
    shown = Booking.objects.select_related("space__site", "hirer__organisation").in_bulk(
        [pk for _key, _title, page in looked_at for pk in page]
    )
    for _key, _title, page in looked_at:
        page.object_list = [shown[pk] for pk in page if pk in shown]
    return [
        Section(key, title, page, due, missing)
        for key, title, page in looked_at
        if page.paginator.count
    ]


def _due_for(by: User, *, now: datetime) -> dict[int, date]:
    """The bookings that wait for this person's yes or no, and by when."""
    due: dict[int, date] = {}
    steps = Decision.objects.waiting_for(by, london(now).date()).filter(booking__starts_at__gt=now)
    for booking, day in steps.values_list("booking", "due_on"):
        due.setdefault(booking, day)
    return due


def _missing_of(mine: BookingQuerySet, *, now: datetime) -> dict[int, str]:
    """The promised bookings for which their group itself must still do something, and what."""
    promised = list(mine.not_yet_confirmed().filter(ends_at__gt=now).with_people())
    to_do = {
        pk: [one.name for one in missing if not one.is_sent]
        for pk, missing in (missing_of(promised) if promised else {}).items()
    }
    return {pk: ", ".join(names) for pk, names in to_do.items() if names}


def _in_order(
    visible: BookingQuerySet,
    due: Mapping[int, date],
    missing: Mapping[int, str],
    *,
    mine: list[int],
    now: datetime,
) -> list[int]:
    """What waits for this person: what is to be decided, by day; then what their group is asked or
    must still do.
    """
    asked = Q(state=Booking.State.INFORMATION_NEEDED, starts_at__gt=now, hirer__in=mine)
    waiting = visible.filter(Q(pk__in=[*due, *missing]) | asked).values_list("pk", "requested_at")
    return [
        pk
        for pk, _asked_at in sorted(
            waiting, key=lambda row: (due.get(row[0], LAST), row[1], row[0])
        )
    ]
