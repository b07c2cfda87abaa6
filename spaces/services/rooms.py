"""Holding rooms still while somebody decides about them, and taking and releasing them.

Two people can look at a free room at once, so looking is not enough. The row lock makes them queue
and gives the second one a sentence; the exclusion constraint is the law behind it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Min, Q
from django.utils.translation import gettext as _
from psycopg import errors

from accounts.models import User
from audit.services import record
from core.clock import london
from core.templatetags.dates import time_of_day
from spaces import permissions
from spaces.models import (
    LONGEST,
    Booking,
    Closure,
    DayException,
    Hirer,
    Hold,
    Occupancy,
    OpeningRule,
    Room,
    Site,
    Space,
)
from spaces.rules import times

T = TypeVar("T")

JUST_TAKEN = "just_taken"
TOO_CLOSE = "too_close"
MINUTE = timedelta(minutes=1)


def taking_turns(act: Callable[[], T]) -> T:
    """Do in one transaction what takes rooms; whoever was in the way of others tries once more.

    What Postgres refuses because a room would be taken twice is told as `just_taken`.
    """
    for is_last_try in (False, True):
        try:
            with transaction.atomic():
                return act()
        except OperationalError as problem:
            if not is_crowding(problem):
                raise
            if is_last_try:
                raise just_taken() from problem
        except IntegrityError as problem:
            if is_overlap(problem):
                raise just_taken() from problem
            raise
    raise AssertionError("The second try returns or raises.")


def lock_rooms(of: Space | Site) -> list[Room]:
    """Hold every room of a space, or of a whole site, until the transaction ends.

    Always in the order of their keys: two groups that want rooms A and B would otherwise each hold
    one and wait for the other for ever.
    """
    return list(of.rooms.order_by("pk").select_for_update(no_key=True, of=("self",)))


@dataclass(frozen=True)
class Place:
    """What a use takes of its rooms, and what of others stands in that time."""

    starts_at: datetime
    used_until: datetime
    ends_at: datetime
    near: list[Occupancy]
    comes_no_nearer: bool = False
    """It ends no later than before it changed, so it asks no more of what follows than it did."""

    @property
    def in_the_way(self) -> list[Occupancy]:
        """What is used at that time. Whoever fills in a form has all that is kept for them."""
        return [
            one
            for one in self.near
            if one.booking is None
            or (one.starts_at < self.used_until and one.used_until > self.starts_at)
        ]

    @property
    def beside(self) -> list[Occupancy]:
        """What is not used at that time, but so near that less is kept free between than is asked."""
        in_use = self.in_the_way
        return [
            one
            for one in self.near
            if one not in in_use and not (self.comes_no_nearer and one.starts_at >= self.used_until)
        ]

    @property
    def least_left(self) -> tuple[int, int]:
        """How many minutes stay free beside it at the least, and of how many."""
        asked = (self.ends_at - self.used_until) // MINUTE
        return min(
            ((one.starts_at - self.used_until) // MINUTE, asked)
            if one.starts_at >= self.used_until
            else (
                (self.starts_at - one.used_until) // MINUTE,
                one.booking.turnaround_minutes if one.booking else 0,
            )
            for one in self.beside
        )

    def start_in(self, room_id: int) -> datetime:
        """From when on it can be kept for somebody who may still go away."""
        before = (
            one.ends_at
            for one in self.near
            if one.room_id == room_id and one.used_until <= self.starts_at
        )
        return max([self.starts_at, *before])

    def end_in(self, room_id: int) -> datetime:
        """Up to when a room is taken: the time to be kept free ends where the next use begins."""
        after = (
            one.starts_at
            for one in self.near
            if one.room_id == room_id and one.starts_at >= self.used_until
        )
        return min([self.ends_at, *after])


def find_place(
    rooms: Sequence[Room],
    starts_at: datetime,
    ends_at: datetime,
    *,
    setup_minutes: int,
    cleardown_minutes: int,
    turnaround_minutes: int,
    now: datetime,
    apart_from: Booking | None = None,
) -> Place:
    """Look at what stands around a use. Call it with the rooms locked.

    A booking that is about to change is not in its own way.
    """
    first, last = times.whole_use(starts_at, ends_at, setup_minutes, cleardown_minutes)
    kept_until = last + timedelta(minutes=turnaround_minutes)
    occupancies = Occupancy.objects.filter(room__in=rooms)
    # A hold that ran out goes here, not on a timetable, so it never keeps anybody waiting.
    occupancies.filter(status=Occupancy.Status.HELD, hold_expires_at__lte=now).update(
        status=Occupancy.Status.RELEASED
    )
    near = occupancies.taken().overlapping(first, kept_until).select_related("booking")
    if apart_from is None:
        return Place(first, last, kept_until, list(near))
    own = apart_from.occupancies.all().taken().filter(used_until__gte=last)
    return Place(first, last, kept_until, list(near.exclude(booking=apart_from)), own.exists())


def find_place_of(booking: Booking, rooms: Sequence[Room], *, now: datetime) -> Place:
    return find_place(
        rooms,
        booking.starts_at,
        booking.ends_at,
        setup_minutes=booking.setup_minutes,
        cleardown_minutes=booking.cleardown_minutes,
        turnaround_minutes=booking.turnaround_minutes,
        now=now,
        apart_from=booking,
    )


def check_free(
    place: Place, *, site: Site, hirer: Hirer, by: User, is_theirs: bool, reason: str = ""
) -> None:
    """Refuse if a room is in use at that time, or too little time would be kept free beside it.

    With a reason, of somebody who may give one, less time is enough. `is_theirs`: whoever asks
    belongs to the group.
    """
    in_the_way = place.in_the_way
    if place.beside and not in_the_way:
        if reason:
            return
        if not is_theirs:
            raise too_close(place, may_allow=permissions.looks_after(by, site))
    in_the_way += place.beside
    if not in_the_way:
        return
    if any(one.booking and one.booking.hirer_id == hirer.pk for one in in_the_way):
        raise own_room(hirer, is_theirs=is_theirs)
    kept = [one.hold_expires_at for one in in_the_way if one.hold_expires_at]
    if len(kept) < len(in_the_way):
        raise just_taken()
    raise just_asked_for(max(kept))


def check_open(
    space: Space,
    rooms: Sequence[Room],
    starts_at: datetime,
    ends_at: datetime,
    *,
    setup_minutes: int,
    cleardown_minutes: int,
) -> None:
    """Refuse a use for part of which the space is shut, setting up and clearing away included."""
    first = starts_at - timedelta(minutes=setup_minutes)
    last = ends_at + timedelta(minutes=cleardown_minutes)
    weekly = OpeningRule.objects.filter(Q(space=space) | Q(site=space.site, space=None))
    said = DayException.objects.about([space], [space.site_id]).filter(day=london(first).date())
    closures = Closure.objects.filter(
        Q(rooms=None) | Q(rooms__in=rooms), site=space.site
    ).overlapping(first, last)
    times.check_open([*weekly, *said], list(closures), first, last)


def take(booking: Booking, rooms: Sequence[Room], place: Place) -> None:
    """A request holds its rooms until it is decided."""
    _end_before(place)
    Occupancy.objects.bulk_create(
        Occupancy(
            room=room,
            booking=booking,
            starts_at=place.starts_at,
            used_until=place.used_until,
            ends_at=place.end_in(room.pk),
            status=Occupancy.Status.PENDING,
        )
        for room in rooms
    )


def move(booking: Booking, place: Place) -> None:
    """A booking that changes takes its rooms at another time."""
    own = list(booking.occupancies.all().taken())
    if not own:
        # Where requests compete it takes nothing yet.
        return
    _end_before(place)
    left = [(one.room_id, one.starts_at) for one in own]
    for one in own:
        one.starts_at, one.used_until = place.starts_at, place.used_until
        one.ends_at = place.end_in(one.room_id)
    Occupancy.objects.bulk_update(own, ["starts_at", "used_until", "ends_at"])
    _keep_free_again(left)


def keep(hold: Hold, rooms: Sequence[Room], place: Place) -> None:
    """Whoever fills in the form has the rooms until the hold runs out.

    What others keep free before it stays theirs until it becomes a request.
    """
    Occupancy.objects.bulk_create(
        Occupancy(
            room=room,
            hold=hold,
            starts_at=place.start_in(room.pk),
            used_until=place.used_until,
            ends_at=place.end_in(room.pk),
            status=Occupancy.Status.HELD,
            hold_expires_at=hold.expires_at,
        )
        for room in rooms
        if place.start_in(room.pk) < place.used_until
    )


def confirm(booking: Booking) -> None:
    booking.occupancies.all().taken().update(status=Occupancy.Status.CONFIRMED)


def release(booking: Booking) -> None:
    own = booking.occupancies.all().taken()
    left = list(own.values_list("room", "starts_at"))
    own.update(status=Occupancy.Status.RELEASED)
    _keep_free_again(left)


def keep_reason(booking: Booking, place: Place, *, by: User, reason: str) -> None:
    """Keep with a booking why less time is free beside it; nothing where that is not so."""
    booking.less_time_free, booking.less_time_free_by = (reason, by) if place.beside else ("", None)


def record_less_time(booking: Booking, place: Place) -> None:
    """Write it down for the booking and for those beside it. The words stay with the booking: a
    record holds no free words.
    """
    beside = {one.booking for one in place.beside if one.booking}
    for one in (booking, *beside) if place.beside else ():
        record(
            "spaces.less_time_kept_free",
            one,
            by=booking.less_time_free_by,
            minutes=place.least_left[0],
            booking=booking.pk,
        )


def _end_before(place: Place) -> None:
    """What comes before keeps less free than it asks for: it ends where this use begins."""
    before = [one.pk for one in place.near if one.used_until <= place.starts_at]
    if before:
        Occupancy.objects.filter(pk__in=before).update(ends_at=place.starts_at)


def _keep_free_again(left: Iterable[tuple[int, datetime]]) -> None:
    """A use is gone or has moved: what came right before it keeps its time free again."""
    for room_id, left_at in left:
        taken = Occupancy.objects.taken().filter(room=room_id)
        before = taken.filter(
            starts_at__gt=left_at - LONGEST, starts_at__lt=left_at, ends_at=left_at
        )
        for one in before.exclude(booking=None).select_related("booking"):
            minutes = one.booking.turnaround_minutes if one.booking else 0
            whole = one.used_until + timedelta(minutes=minutes)
            after = taken.filter(starts_at__gte=one.ends_at, starts_at__lt=whole)
            one.ends_at = after.aggregate(first=Min("starts_at"))["first"] or whole
            one.save(update_fields=["ends_at"])


def too_close(place: Place, *, may_allow: bool) -> ValidationError:
    """For staff: nobody is in the room then, only less would be kept free than it asks for."""
    left, asked = place.least_left
    told = _(
        "Nobody uses the room then, but only %(left)d of the %(asked)d minutes that it keeps free"
        " between two uses would be left."
    ) % {"left": left, "asked": asked}
    if may_allow:
        way = _("If that is enough this time, say why and send this page again.")
        return ValidationError(f"{told} {way}", code=TOO_CLOSE)
    way = _("Only the people who run the site can allow that. Ask them to change the booking.")
    return ValidationError(f"{told} {way}", code=JUST_TAKEN)


def own_room(hirer: Hirer, *, is_theirs: bool) -> ValidationError:
    """The same group is there already. Of a private one others do not learn what else it has."""
    if not is_theirs and hirer.is_sensitive:
        return just_taken()
    return ValidationError(
        _("Your group has this room for part of that time already. Look under your bookings.")
        if is_theirs
        else _("This group has the room for part of that time already. Look at its bookings."),
        code=JUST_TAKEN,
    )


def just_taken() -> ValidationError:
    return ValidationError(
        _("This room has just been taken for part of that time, so nothing was booked."),
        code=JUST_TAKEN,
    )


def just_asked_for(kept_until: datetime) -> ValidationError:
    """Somebody fills in the form for it. A time with seconds is told as the minute after it."""
    free_from = london(kept_until + timedelta(seconds=59)).replace(second=0, microsecond=0)
    return ValidationError(
        _(
            "Somebody else is asking for this room just now, so nothing was booked. If they do not"
            " go on, it is free again at %(time)s."
        ),
        code=JUST_TAKEN,
        params={"time": time_of_day(free_from)},
    )


def is_overlap(problem: IntegrityError) -> bool:
    """Say whether Postgres refused because a room would be taken twice at a time."""
    cause = problem.__cause__
    return (
        isinstance(cause, errors.ExclusionViolation)
        and cause.diag.constraint_name == "room_is_taken_once_at_a_time"
    )


def is_second_sending(problem: IntegrityError) -> bool:
    """Say whether Postgres refused because this very form made a booking already."""
    cause = problem.__cause__
    return (
        isinstance(cause, errors.UniqueViolation)
        and cause.diag.constraint_name == "a_form_makes_one_booking"
    )


def is_crowding(problem: OperationalError) -> bool:
    """Say whether too many people wanted the same rooms at the same moment."""
    return isinstance(
        problem.__cause__,
        errors.DeadlockDetected | errors.LockNotAvailable | errors.SerializationFailure,
    )
