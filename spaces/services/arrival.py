"""Saying how groups get in, and telling those who come soon that it has changed."""

from collections.abc import Collection
from dataclasses import asdict, astuple
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from audit.models import AuditRecord
from audit.services import record
from core.clock import london
from core.secret_links import hash_of
from notifications.services import notify
from spaces import permissions
from spaces.models import Arrival, ArrivalFacts, Booking, Site, Space
from spaces.services import audience, telling, turns

TOLD_OF_CHANGES = timedelta(days=7)
"""Whoever comes later hears it from the reminder."""


def arrival_told(site: Site, space: Space | None = None) -> Arrival:
    """What is said of a site, or of a space alone, without what its site says."""
    facts = site.arrival_facts.filter(space=space).first()
    return facts.arrival if facts else Arrival()


def version_of_arrival(arrival: Arrival) -> str:
    """What tells one state of the answers from the next, for forms that are open for a while."""
    return hash_of("\n".join(astuple(arrival)))


@turns.in_turn()
@transaction.atomic
def say_how_to_get_in(
    site: Site,
    space: Space | None = None,
    *,
    by: User,
    now: datetime,
    seen: str,
    arrival: Arrival,
) -> int:
    """Keep how groups get into a site, or where a space of it differs; return how many were told.

    Groups with a confirmed booking in the next days are written to if it is new for them. Raises
    ValidationError "changed_meanwhile" if `seen` is not the version of what is said now.
    """
    permissions.check_may_say_how_to_get_in(by, site)
    site = Site.objects.select_for_update(no_key=True, of=("self",)).get(pk=site.pk)
    there = arrival_told(site, space)
    if there == arrival:
        return 0
    if seen != version_of_arrival(there):
        raise turns.changed_meanwhile()
    before = _arrivals(site)
    keep_arrival(site, space, arrival)
    after = _arrivals(site)
    told = {"fields": _changed(there, arrival)}
    happened = record("spaces.arrival_changed", space or site, by=by, **told)
    changed = [pk for pk, known in before.items() if known != after[pk]]
    return tell_who_come_soon(changed, happened, now=now)


def tell_who_come_soon(spaces: Collection[int], happened: AuditRecord, *, now: datetime) -> int:
    """Write to the groups with a confirmed booking of one of these spaces, by their keys, in the next
    days how they get in now; return how many bookings that were.
    """
    coming = Booking.objects.filter(state=Booking.State.CONFIRMED, space__in=spaces)
    soon = coming.starting_between(now, now + TOLD_OF_CHANGES).with_people().order_by("pk")
    # Held, so that whoever cancels now takes back the letter that is about to be written.
    bookings = list(soon.select_for_update(no_key=True, of=("self",)))
    people = audience.people_of_groups(bookings, london(now).date())
    for booking in bookings:
        notify(
            people[booking.pk],
            "spaces/email/arrival_changed.txt",
            telling.facts_for_letters(booking),
            once=f"spaces.arrival_changed:{happened.pk}:{booking.uuid}",
            about=telling.about(booking),
            valid_until=booking.starts_at,
            now=now,
        )
    return len(bookings)


def keep_arrival(site: Site, space: Space | None, arrival: Arrival) -> None:
    """Write it down as it is; where nothing is said there is no row."""
    if arrival:
        ArrivalFacts.objects.update_or_create(site=site, space=space, defaults=asdict(arrival))
    else:
        ArrivalFacts.objects.filter(site=site, space=space).delete()


def _arrivals(site: Site) -> dict[int, Arrival]:
    """How groups get into each space of a site."""
    spaces = site.spaces.select_related("site").prefetch_related("site__arrival_facts")
    return {space.pk: space.arrival for space in spaces}


def _changed(before: Arrival, after: Arrival) -> list[str]:
    known = asdict(before)
    return [name for name, value in asdict(after).items() if value != known[name]]
