"""Holding rooms still while somebody decides about them, and taking and releasing them.

Two people can look at a free room at once, so looking is not enough. The row lock makes them queue
and gives the second one a sentence; the exclusion constraint is the law behind it.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from psycopg import errors

from core.clock import london
from core.templatetags.dates import time_of_day
from spaces.models import (
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


def check_free(
    rooms: Sequence[Room],
    taken: tuple[datetime, datetime],
    *,
    hirer: Hirer,
    now: datetime,
    apart_from: Booking | None = None,
) -> None:
    """Refuse if any of the rooms is taken for part of that time. Call it with the rooms locked.

    A booking that is about to move is not in its own way.
    """
    occupancies = Occupancy.objects.filter(room__in=rooms)
    # A hold that ran out goes here, not on a timetable, so it never keeps anybody waiting.
    occupancies.filter(status=Occupancy.Status.HELD, hold_expires_at__lte=now).update(
        status=Occupancy.Status.RELEASED
    )
    in_the_way = occupancies.taken().overlapping(*taken)
    if apart_from is not None:
        in_the_way = in_the_way.exclude(booking=apart_from)
    found = list(in_the_way.values_list("booking__hirer", "hold_expires_at"))
    if any(group == hirer.pk for group, _until in found):
        raise ValidationError(
            _("Your group has this room for part of that time already. Look under your bookings."),
            code=JUST_TAKEN,
        )
    kept = [until for _group, until in found if until is not None]
    if len(kept) < len(found):
        raise just_taken()
    if kept:
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


def take(booking: Booking, rooms: Sequence[Room], taken: tuple[datetime, datetime]) -> None:
    """A request holds its rooms until it is decided."""
    Occupancy.objects.bulk_create(
        Occupancy(
            room=room,
            booking=booking,
            starts_at=taken[0],
            ends_at=taken[1],
            status=Occupancy.Status.PENDING,
        )
        for room in rooms
    )


def keep(hold: Hold, rooms: Sequence[Room], taken: tuple[datetime, datetime]) -> None:
    """Whoever fills in the form has the rooms until the hold runs out."""
    Occupancy.objects.bulk_create(
        Occupancy(
            room=room,
            hold=hold,
            starts_at=taken[0],
            ends_at=taken[1],
            status=Occupancy.Status.HELD,
            hold_expires_at=hold.expires_at,
        )
        for room in rooms
    )


def confirm(booking: Booking) -> None:
    booking.occupancies.all().taken().update(status=Occupancy.Status.CONFIRMED)


def release(booking: Booking) -> None:
    booking.occupancies.all().taken().update(status=Occupancy.Status.RELEASED)


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
