"""Calendars that people subscribe to: when a space is taken, and what a group has booked."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts.models import User
from anchors.models import Organisation
from audit.services import record
from core.clock import at_minute, london
from core.secret_links import hash_of, new_secret
from notifications.calendar import Entry, Status, calendar_feed
from spaces import permissions
from spaces.models import Booking, FeedToken, Hirer, Space
from spaces.rules import times
from spaces.services import telling
from spaces.services.calendar import times_of

WEEKS_AHEAD = 13
KEPT_FOR = timedelta(days=90)
"""How long a group's calendar still shows what is over or was called off."""

STATUS: Mapping[Booking.State, Status] = {
    Booking.State.REQUESTED: "TENTATIVE",
    Booking.State.INFORMATION_NEEDED: "TENTATIVE",
    Booking.State.APPROVED: "CONFIRMED",
    Booking.State.CONFIRMED: "CONFIRMED",
}


def busy_feed(space: Space, *, now: datetime) -> str:
    """When a space is taken or closed in the next thirteen weeks, as a calendar that says no more.

    Closed is what its weekly hours would be open for. The same for a whole day unless something
    changes, so that an unchanged calendar can be told from a changed one.
    """
    today = at_minute(london(now).date(), 0)
    end = today + timedelta(weeks=WEEKS_AHEAD)
    known = times_of([space], today, end, now=now)[space.pk]
    closed = ((closure.starts_at, closure.ends_at) for closure in known.closures)
    stretches: list[times.Stretch] = []
    for starts_at, ends_at in sorted({*known.taken, *closed, *times.shut_instead(known.opening)}):
        if starts_at >= end:
            break
        if stretches and starts_at <= stretches[-1][1]:
            stretches[-1] = (stretches[-1][0], max(stretches[-1][1], ends_at))
        else:
            stretches.append((starts_at, ends_at))
    entries = [
        Entry(
            uid=f"busy-{hash_of(f'{space.pk} {starts_at} {ends_at}')[:32]}@{telling.our_host()}",
            title="Busy",
            starts_at=starts_at,
            ends_at=ends_at,
        )
        for starts_at, ends_at in stretches
    ]
    return calendar_feed(entries, name=str(space), stamp=today)


@transaction.atomic
def make_feed(hirer: Hirer, *, by: User, now: datetime) -> str:
    """Give this person a secret address for the group's bookings, and the address, this once.

    An address they had before stops.
    """
    permissions.check_may_ask(by, hirer)
    # Somebody who presses the button twice has one address, not two.
    Hirer.objects.in_turn().get(pk=hirer.pk)
    FeedToken.objects.alive().filter(user=by, hirer=hirer).update(revoked_at=now)
    secret = new_secret()
    FeedToken.objects.create(hirer=hirer, user=by, secret_hash=hash_of(secret), made_at=now)
    record("spaces.calendar_address_made", hirer, by=by)
    return settings.SITE_ADDRESS + reverse("spaces:group_feed", args=[secret])


@transaction.atomic
def stop_feed(hirer: Hirer, *, by: User, now: datetime) -> bool:
    """Stop this person’s own address; say whether there was one."""
    stopped = FeedToken.objects.alive().filter(user=by, hirer=hirer).update(revoked_at=now)
    if stopped:
        record("spaces.calendar_address_stopped", hirer, by=by)
    return bool(stopped)


def end_feeds(user: User, *, now: datetime, organisation: Organisation | None = None) -> None:
    """The addresses of somebody who left a group, or whose account is closed, never open again."""
    theirs = FeedToken.objects.alive().filter(user=user)
    if organisation is not None:
        theirs = theirs.filter(hirer__organisation=organisation)
    theirs.update(revoked_at=now)


def feed_of(user: User, hirer: Hirer) -> FeedToken | None:
    return FeedToken.objects.alive().filter(user=user, hirer=hirer).first()


def find_feed(secret: str) -> FeedToken | None:
    """The address behind a secret, if its person may read the group's bookings at this moment."""
    found = (
        FeedToken.objects.alive()
        .behind(secret)
        .filter(user__is_active=True)
        .select_related("user", "hirer__organisation")
        .first()
    )
    if found is None or not permissions.belongs_to(found.user, found.hirer):
        return None
    return found


def group_feed(hirer: Hirer, *, now: datetime) -> str:
    """The bookings of a group as a calendar: no people, no phone, no purpose, no way in.

    A private group's says that something is booked, and where.
    """
    mine = hirer.bookings.filter(ends_at__gt=now - KEPT_FOR).with_people()
    entries = [_entry(booking, hirer) for booking in mine.order_by("starts_at", "pk")]
    name = settings.SERVICE_NAME if hirer.is_sensitive else str(hirer)
    return calendar_feed(entries, name=name, stamp=now)


def _entry(booking: Booking, hirer: Hirer) -> Entry:
    is_private, space = hirer.is_sensitive, booking.space
    return Entry(
        uid=telling.diary_uid(booking),
        title=f"Booking: {space}" if is_private else f"{space.name}, {hirer}",
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        place="" if is_private else telling.place_of(space),
        sequence=booking.sequence,
        status=STATUS.get(Booking.State(booking.state), "CANCELLED"),
        url="" if is_private else telling.full_address(booking),
    )
