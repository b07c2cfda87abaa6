"""Shutting a site or some of its rooms for a time, and opening them again."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from audit.services import record
from core.clock import london
from notifications.services import withdraw
from spaces import rules
from spaces.models import Booking, Closure, Room
from spaces.services import audience, telling, turns
from spaces.services import rooms as room_locks
from spaces.services.affected import Seen, check_seen


@turns.in_turn()
@transaction.atomic
def close_rooms(
    closure: Closure,
    *,
    rooms: Iterable[Room],
    by: User,
    now: datetime,
    seen: Seen = None,
    version: str | None = None,
) -> list[Booking]:
    """Shut these rooms, or the whole site if none is named, and give back the bookings that lie in it.

    They stay as they are: those who run the site hear of them, and decide and cancel as always. The
    same closure sent twice is there once, and the second time gives back nothing. Raises
    ValidationError "too_far" if it would end in years to come; `affected.UNSEEN`, and shuts nothing,
    if `seen` is told and one is not among those; `turns.GONE` if a closure that is changed was ended
    meanwhile, `turns.CHANGED_MEANWHILE` if `version` is told and not that of the closure as it is.
    """
    rules.times.check_closed_so_far_ahead(closure.ends_at, now=now)
    # Whoever asks for a room just now comes before us, and is found below, or after us, and is refused.
    room_locks.lock_rooms(closure.site)
    rooms = list(rooms)
    if closure.pk is not None:
        turns.check_there(closure, version)
    elif earlier := _sent_before(closure, rooms):
        closure.pk = earlier.pk
        return []
    closure.save()
    closure.rooms.set(rooms)
    withdraw(telling.about(closure))

    record("spaces.rooms_closed", closure, by=by)
    coming = Booking.objects.alive().filter(space__site=closure.site, ends_at__gt=now)
    shut = coming.telling_if_closed(Closure.objects.filter(pk=closure.pk)).filter(Q(is_closed=True))
    found = list(shut.with_people().order_by("starts_at", "pk"))
    check_seen(found, seen)
    if found:
        telling.tell_of_closed(
            audience.people_who_decide(closure.site, london(now).date()),
            found,
            once=f"spaces.bookings_closed:{closure.pk}:{closure.updated_at.isoformat()}",
            about=telling.about(closure),
            now=now,
        )
    return found


def _sent_before(closure: Closure, rooms: list[Room]) -> Closure | None:
    """The very same, of the first of two clicks: ended later, nothing must stay shut by its double."""
    names = ("starts_at", "ends_at", "reason", "public_note")
    alike = closure.site.closures.filter(**{name: getattr(closure, name) for name in names})
    there = alike.prefetch_related("rooms").order_by("pk")
    return next((one for one in there if set(one.rooms.all()) == set(rooms)), None)


@turns.in_turn()
@transaction.atomic
def open_rooms(closure: Closure, *, by: User, version: str | None = None) -> None:
    """Take a closure away, as if it had not been. Raises ValidationError as above."""
    room_locks.lock_rooms(closure.site)
    turns.check_there(closure, version)
    record("spaces.rooms_opened", closure, by=by)
    withdraw(telling.about(closure))
    closure.delete()
