"""Saying what a room is like, for those who run its site."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from core.secret_links import hash_of
from spaces import permissions, rules
from spaces.models import Booking, Equipment, Hold, Layout, Room, Space
from spaces.services import affected, turns
from spaces.services import rooms as room_locks

WORDS = ("name", "kind", "summary", "good_for", "turnaround_minutes")


def version_of_room(space: Space) -> str:
    """What tells one state of a room from the next, for forms that are open for a while."""
    said = [str(getattr(space, name)) for name in WORDS]
    holds = sorted(map(str, space.layouts.all()))
    things = sorted(space.equipment.values_list("kind", "count"))
    return hash_of(str([*said, holds, things]))


@turns.in_turn()
@transaction.atomic
def change_room(
    space: Space,
    *,
    by: User,
    now: datetime,
    version: str,
    seen: affected.Seen,
    name: str,
    kind: str,
    summary: str,
    good_for: str,
    turnaround_minutes: int,
    holds: Mapping[str, int],
    equipment: Mapping[str, int],
    wheelchairs: Mapping[str, int] = MappingProxyType({}),
) -> bool:
    """Keep what a room is like; return whether anything is different. `holds` says how many people in
    which layout, `wheelchairs` how many of them may use one, where that is known, `equipment` how many
    of which thing.

    Bookings keep the turnaround they were made with; of those that bring too many by now, the others who
    decide at the site are told. Raises ValidationError `affected.UNSEEN` if
    coming bookings bring more people than it holds now and `seen` lacks one of them;
    `turns.CHANGED_MEANWHILE` if `version` is not that of the room as it is; `turns.GONE` if somebody has
    taken the room away; and beside a field if
    another room of the site has this name, or a coming booking uses a layout that is left out.
    """
    permissions.check_runs(by, space.site)
    # Whoever asks for it just now comes before us, and is found below, or after us, and must fit.
    room_locks.lock_rooms(space.site)
    turns.check_there(space)
    space = Space.objects.get(pk=space.pk)
    if space.status == Space.Status.ARCHIVED:
        raise turns.gone()
    before, held = version_of_room(space), dict(space.layouts.values_list("kind", "capacity"))
    _check_name(space, name)
    old_name = space.name
    space.name, space.kind, space.summary, space.good_for = name, kind, summary, good_for
    space.turnaround_minutes = turnaround_minutes
    space.save(update_fields=[*WORDS, "updated_at"])
    # A room that is booked by itself is called what groups call it.
    if not Room.objects.filter(site=space.site_id, name=name).exists():
        space.rooms.filter(name=old_name).update(name=name)
    coming = Booking.objects.alive().filter(space=space, ends_at__gt=now)
    kinds = set(coming.exclude(layout=None).values_list("layout__kind", flat=True))
    _check_not_needed(kinds - holds.keys())
    keep_inside(space, holds, equipment, wheelchairs)
    if version_of_room(space) == before:
        return False
    if version != before:
        raise turns.changed_meanwhile()
    if holds != held:
        layouts = list(space.layouts.all())
        too_many = [
            booking
            for booking in coming.filter(starts_at__gt=now)
            .with_people()
            .order_by("starts_at", "pk")
            if rules.bookings.why_too_many(booking.attendance, booking.layout, layouts)
        ]
        affected.check_seen(too_many, seen)
        affected.tell_outside(space.site, too_many, "bookings_too_big", by=by, now=now)
    record("spaces.room_changed", space, by=by)
    return True


def _check_name(space: Space, name: str) -> None:
    others = Space.objects.filter(site=space.site_id).exclude(pk=space.pk)
    if others.exclude(status=Space.Status.ARCHIVED).filter(name__iexact=name).exists():
        raise ValidationError({"name": _("Another room of this building has this name")})


def _check_not_needed(kinds: set[str]) -> None:
    if kinds:
        words = _(
            "A coming booking needs the room set out like this. Write how many it holds, or decide about"
            " the booking first."
        )
        raise ValidationError({f"holds_{kind}": words for kind in sorted(kinds)})


def keep_inside(
    space: Space,
    holds: Mapping[str, int],
    equipment: Mapping[str, int],
    wheelchairs: Mapping[str, int],
) -> None:
    """Write down how many a space holds in which layout, and how many there are of which thing.

    Bookings that are over or were given up forget how the chairs stood, if nobody sets them out so any
    more; whoever fills in a request for it just now goes on without.
    """
    gone = space.layouts.exclude(kind__in=holds)
    for table in (Booking, Hold):
        table.objects.filter(layout__in=gone).update(layout=None)
    gone.delete()
    for kind, capacity in holds.items():
        told = {"capacity": capacity, "wheelchair_spaces": wheelchairs.get(kind)}
        Layout.objects.update_or_create(space=space, kind=kind, defaults=told)
    space.equipment.exclude(kind__in=equipment).delete()
    for thing, count in equipment.items():
        Equipment.objects.update_or_create(space=space, kind=thing, defaults={"count": count})
