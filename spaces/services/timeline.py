"""Somebody's bookings as a timeline: what needs them, today, soon, later, and what is over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from core.clock import at_minute, london
from spaces import permissions
from spaces.models import Booking, Hirer, Site
from spaces.models.bookings import BookingQuerySet
from spaces.services import telling

A_PAGE = 20


@dataclass(frozen=True)
class Section:
    """One part of the timeline. `key` names it in the address and in the page."""

    key: str
    title: str
    page: Page[Booking]

    @property
    def is_for_the_desk(self) -> bool:
        """What a reception needs on paper: today and the next days."""
        return self.key in ("today", "week")

    @property
    def rows(self) -> list[tuple[Booking, date | None]]:
        """Each booking, and by when it is to be decided if it waits for the reader."""
        return [
            (booking, telling.decide_by(booking) if self.key == "waiting" else None)
            for booking in self.page
        ]


def timeline(
    visible: BookingQuerySet, *, by: User, now: datetime, pages: Mapping[str, str]
) -> list[Section]:
    """The parts that hold something, in order. `pages` says which page of each is looked at."""
    day = london(now).date()
    tonight = at_minute(day, 24 * 60)
    week_ends = at_minute(day + timedelta(days=7), 24 * 60)
    alive = Q(state__in=Booking.ALIVE)
    to_decide = _to_decide(by) & Q(state=Booking.State.REQUESTED, starts_at__gt=now)
    coming = visible.filter(alive, ends_at__gt=now).exclude(to_decide).with_people()
    parts = [
        (
            "waiting",
            _("Needs you"),
            visible.filter(to_decide).with_people().order_by("requested_at", "pk"),
        ),
        ("today", _("Today"), coming.filter(starts_at__lt=tonight).order_by("starts_at", "pk")),
        (
            "week",
            _("In the next 7 days"),
            coming.filter(starts_at__gte=tonight, starts_at__lt=week_ends).order_by(
                "starts_at", "pk"
            ),
        ),
        (
            "later",
            _("Later"),
            coming.filter(starts_at__gte=week_ends).order_by("starts_at", "pk"),
        ),
        (
            "over",
            _("Over, declined or cancelled"),
            visible.filter(~alive | Q(ends_at__lte=now))
            .with_people()
            .order_by("-starts_at", "-pk"),
        ),
    ]
    sections = [
        Section(key, title, Paginator(found, A_PAGE).get_page(pages.get(key)))
        for key, title, found in parts
    ]
    return [section for section in sections if section.page.paginator.count]


def _to_decide(by: User) -> Q:
    """Bookings this person may decide about: of sites they look after, never of their own group."""
    mine = Q(hirer__in=Hirer.objects.of_member(by))
    if permissions.is_programme_staff(by):
        return ~mine
    return Q(space__site__in=Site.objects.managed_by(by)) & ~mine
