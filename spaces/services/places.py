"""What a use takes of its rooms, what of others stands around it, and whether it can be had.

Somebody who runs the site may keep less time free between two uses than the space asks for, and says
why. Two uses never overlap.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from core.clock import london
from core.templatetags.dates import time_of_day
from spaces import permissions
from spaces.models import Booking, Hirer, Occupancy, Room, Site, Space
from spaces.rules import times

JUST_TAKEN = "just_taken"
TOO_CLOSE = "too_close"
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Place:
    """What a use takes of its rooms, and what of others stands in that time."""

    starts_at: datetime
    used_until: datetime
    ends_at: datetime
    near: list[Occupancy]
    was_used_until: datetime | None = None
    """Until when the rooms were used before it changed."""

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
        return [one for one in self.near if one not in in_use and not self._was_beside(one)]

    def _was_beside(self, one: Occupancy) -> bool:
        """It follows now as it did before, and this use comes no nearer to it than it was."""
        before = self.was_used_until
        return before is not None and self.used_until <= before <= one.starts_at

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
    around = Occupancy.objects.filter(room__in=rooms).taken().overlapping(first, kept_until)
    let_go_what_ran_out(around, now=now)
    near = around.select_related("booking")
    if apart_from is None:
        return Place(first, last, kept_until, list(near))
    own = apart_from.occupancies.all().taken().first()
    others = list(near.exclude(booking=apart_from))
    return Place(first, last, kept_until, others, own.used_until if own else None)


def let_go_what_ran_out(around: QuerySet[Occupancy], *, now: datetime) -> None:
    """A hold that ran out goes here, not on a timetable, so it never keeps anybody waiting."""
    around.filter(status=Occupancy.Status.HELD, hold_expires_at__lte=now).update(
        status=Occupancy.Status.RELEASED
    )


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
    raise _taken_by_others([one.hold_expires_at for one in in_the_way])


def check_not_taken_by_others(
    space: Space,
    starts_at: datetime,
    ends_at: datetime,
    *,
    setup_minutes: int,
    cleardown_minutes: int,
    hirer: Hirer,
    by: User,
    now: datetime,
) -> None:
    """Refuse what others use already, without waiting for the rooms: of many who want one room at once
    only the first queue for its lock. Says nothing of what is free; that is looked at with the lock.
    """
    first, last = times.whole_use(starts_at, ends_at, setup_minutes, cleardown_minutes)
    around = Occupancy.objects.filter(room__spaces=space).in_the_way(now).overlapping(first, last)
    own = Q(hold__held_by=by) | Q(hold__hirer=hirer) | Q(booking__hirer=hirer)
    theirs = around.filter(used_until__gt=first).exclude(own)
    kept = list(theirs.values_list("hold_expires_at", flat=True))
    if kept:
        raise _taken_by_others(kept)


def _taken_by_others(kept_until: Sequence[datetime | None]) -> ValidationError:
    """In use, or at best kept for whoever fills in the form for it."""
    ends = [one for one in kept_until if one is not None]
    return just_taken() if len(ends) < len(kept_until) else just_asked_for(max(ends))


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


def too_close(place: Place, *, may_allow: bool) -> ValidationError:
    """For staff: nobody is in the room then, only less would be kept free than it asks for."""
    left, asked = place.least_left
    told = (
        _(
            "Nobody uses the room then, but only %(left)d of the %(asked)d minutes that it keeps free"
            " between two uses would be left."
        )
        if left
        else _(
            "Nobody uses the room then, but none of the %(asked)d minutes that it keeps free between"
            " two uses would be left."
        )
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
        _("This room is taken for part of that time, so nothing was booked."),
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
