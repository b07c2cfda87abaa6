"""Somebody's bookings as a timeline: what needs them, today, soon, later, and what is over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.paginator import Page, Paginator
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from accounts.models import User
from core.clock import at_minute, london
from spaces.models import Booking, Decision, Hirer
from spaces.models.bookings import BookingQuerySet

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
        return [(booking, getattr(booking, "decide_by", None)) for booking in self.page]


def timeline(
    visible: BookingQuerySet, *, by: User, now: datetime, pages: Mapping[str, str]
) -> list[Section]:
    """The parts that hold something, in order. `pages` says which page of each is looked at."""
    day = london(now).date()
    tonight = at_minute(day, 24 * 60)
    week_ends = at_minute(day + timedelta(days=7), 24 * 60)
    alive = Q(state__in=Booking.ALIVE)
    steps = Decision.objects.waiting_for(by, day).filter(booking__starts_at__gt=now)
    to_answer = Q(
        state=Booking.State.INFORMATION_NEEDED,
        starts_at__gt=now,
        hirer__in=Hirer.objects.of_member(by),
    )
    needs_me = Q(pk__in=steps.order_by().values("booking")) | to_answer
    due = steps.filter(booking=OuterRef("pk")).values("due_on")[:1]
    coming = visible.filter(alive, ends_at__gt=now).exclude(needs_me).with_people()
    parts = [
        (
            "waiting",
            _("Needs you"),
            visible.filter(needs_me)
            .annotate(decide_by=Subquery(due))
            .with_people()
            .order_by("decide_by", "requested_at", "pk"),
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
