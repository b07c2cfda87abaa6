"""Holding rooms still while somebody decides about them, and taking and releasing them.

Two people can look at a free room at once, so looking is not enough. The row lock makes them queue
and gives the second one a sentence; the exclusion constraint is the law behind it.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Min, Q
from psycopg import errors

from core.clock import london
from spaces.models import (
    LONGEST,
    Booking,
    Closure,
    DayException,
    Hold,
    Occupancy,
    OpeningRule,
    Room,
    Site,
    Space,
)
from spaces.rules import bookings, times
from spaces.services import places
from spaces.services.places import Place, just_taken

T = TypeVar("T")


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


def lock_space(space: Space) -> tuple[Space, list[Room]]:
    """Hold the rooms of a space, and read it anew, with its site: whoever runs it may have changed how
    many it holds or what it keeps free since the page was opened.
    """
    locked = lock_rooms(space)
    return Space.objects.select_related("site").get(pk=space.pk), locked


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
    times.check_open(*_said_of(space, rooms, first, last), first, last)


def why_not(booking: Booking) -> times.WhyNot | None:
    """Say why a booking cannot be as it is: its room is not on offer any more, is shut then, as
    `check_open` has it, or holds fewer people. Five queries at most.
    """
    first, last = times.used_by(booking)
    space, rooms = booking.space, list(booking.space.rooms.all())
    said = _said_of(space, rooms, first, last)
    return (
        bookings.why_not_offered(space, rooms)
        or times.why_shut(*said, first, last)
        or bookings.why_too_many(booking.attendance, booking.layout, list(space.layouts.all()))
    )


def _said_of(
    space: Space, rooms: Sequence[Room], first: datetime, last: datetime
) -> tuple[list[times.Hours], list[Closure]]:
    """The hours and closures that tell whether a space is open at a time."""
    weekly = OpeningRule.objects.filter(Q(space=space) | Q(site=space.site, space=None))
    said = DayException.objects.about([space], [space.site_id]).filter(day=london(first).date())
    closures = Closure.objects.filter(
        Q(rooms=None) | Q(rooms__in=rooms), site=space.site
    ).overlapping(first, last)
    return [*weekly, *said], list(closures)


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


def move(booking: Booking, rooms: Sequence[Room], place: Place, *, now: datetime) -> None:
    """A booking that changes takes these rooms at another time, and no others any more.

    A room that it had not is pending: only what is asked for anew takes more rooms.
    """
    own = list(booking.occupancies.all().taken())
    if not own:
        # Where requests compete it takes nothing yet.
        return
    left = [(one.room_id, one.starts_at) for one in own]
    wanted = {room.pk for room in rooms}
    gone = [one.pk for one in own if one.room_id not in wanted]
    Occupancy.objects.filter(pk__in=gone).update(status=Occupancy.Status.RELEASED)
    has = {one.room_id for one in own}
    take(booking, [room for room in rooms if room.pk not in has], place)
    stay = [one for one in own if one.room_id in wanted]
    for one in stay:
        one.starts_at, one.used_until = place.starts_at, place.used_until
        one.ends_at = place.end_in(one.room_id)
    Occupancy.objects.bulk_update(stay, ["starts_at", "used_until", "ends_at"])
    _keep_free_again(left, now=now)


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


def release(booking: Booking, *, now: datetime) -> None:
    own = booking.occupancies.all().taken()
    left = list(own.values_list("room", "starts_at"))
    own.update(status=Occupancy.Status.RELEASED)
    _keep_free_again(left, now=now)


def _end_before(place: Place) -> None:
    """What comes before keeps less free than it asks for: it ends where this use begins."""
    before = [one.pk for one in place.near if one.used_until <= place.starts_at]
    if before:
        Occupancy.objects.filter(pk__in=before).update(ends_at=place.starts_at)


def _keep_free_again(left: Iterable[tuple[int, datetime]], *, now: datetime) -> None:
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
            places.let_go_what_ran_out(after, now=now)
            one.ends_at = after.aggregate(first=Min("starts_at"))["first"] or whole
            one.save(update_fields=["ends_at"])


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
