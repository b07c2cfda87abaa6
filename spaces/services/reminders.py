"""Reminding groups of what they were promised."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from core.clock import london
from notifications.models import Recipient
from notifications.services import letters_to, post, told_until
from spaces import rules
from spaces.models import Booking, Closure, DayException, Hirer, Space
from spaces.models.taken import LONGEST
from spaces.services import audience, telling

logger = logging.getLogger(__name__)

AT_ONCE = 250
"""Bookings reminded of in one transaction, which holds them still: few enough to be done in a blink."""

IN_A_REMINDER = (
    *("uuid", "state", "space", "starts_at", "ends_at", "setup_minutes", "cleardown_minutes"),
    "hirer__is_sensitive",
)
"""What a letter says of a booking: to read thousands with all that is known takes longer than to write."""

OF_A_BOOKING = ("pk", "uuid", "space", "starts_at", "decided_at", "requested_by")
"""What tells whether a booking is due. Most of thousands have been told and are looked at again each
minute: they are read as rows, which takes a fifth of the time that objects take.
"""


def send_reminders(*, now: datetime) -> int:
    """Remind every group whose booking is near; return of how many bookings was written.

    When a closure or a closed day shuts the rooms by then, those who decide for the site are told so
    instead. Shorter hours are no shut door: people decide about those (`left_outside`).

    Run it late and nobody is missed; run it twice and nobody is reminded twice. Whether a letter
    still leaves is decided once more when it is sent: cancelling takes it back. A booking that
    cannot be reminded of keeps no other waiting; what went wrong is raised after the last one.
    """
    due, day = _due(now), london(now).date()
    asked = {one.pk: (one.hirer__organisation, one.requested_by) for one in due.values()}
    people = audience.people_who_asked(asked, day)
    closed = Booking.objects.filter(pk__in=[one.pk for one in due.values() if one.is_closed])
    groups: dict[int, Hirer] = {}
    for booking in closed.select_related("space__site", "hirer__organisation"):
        groups[booking.hirer_id] = booking.hirer
        people[booking.pk] = audience.people_who_decide(booking.space.site, day, apart_from=booking)
    # Asked in one go: otherwise every tick would write every letter of the week and throw it away.
    told = told_until(now, now + max(_leads()))

    def untold(once: str, booking: Any) -> list[Recipient]:
        return [one for one in people[booking.pk] if (one.address, once) not in told]

    letters = [(once, booking, untold(once, booking)) for once, booking in due.items()]
    letters = [letter for letter in letters if letter[2]]
    rooms = _rooms({booking.space for _once, booking, _people in letters})
    reminded, problems = 0, []
    for first in range(0, len(letters), AT_ONCE):
        some = letters[first : first + AT_ONCE]
        try:
            reminded += _remind(some, rooms, groups, now=now)
        except Exception:  # of one of them: each by itself, then, so that it holds up no other
            for one in some:
                try:
                    reminded += _remind([one], rooms, groups, now=now)
                except Exception as problem:  # raised again below
                    logger.error("The reminder of booking %s was not written.", one[1].uuid)
                    problems.append(problem)
    if problems:
        raise ExceptionGroup("Some bookings could not be reminded of.", problems)
    return reminded


def _leads() -> list[timedelta]:
    return [timedelta(hours=hours) for hours in settings.BOOKING_REMINDERS_HOURS_AHEAD]


def _due(now: datetime) -> dict[str, Any]:  # a row with `is_closed` for each
    """Bookings with a reminder due, by what nobody should be told twice."""
    leads = _leads()
    near = Booking.objects.promised().starting_between(now, now + max(leads))
    closures = Closure.objects.overlapping(now - LONGEST, now + max(leads) + 2 * LONGEST)
    known = near.telling_if_closed(closures, DayException.objects.all())
    rows = known.values_list(*OF_A_BOOKING, "hirer__organisation", "is_closed", named=True)
    due = {}
    for booking in rows.order_by("starts_at", "pk"):
        lead = rules.bookings.reminder_due(booking, leads, now=now)
        if lead is not None:
            what = f"{booking.uuid}:{booking.starts_at:%Y-%m-%dT%H:%M}"
            reminder = f"spaces.booking_reminder:{what}:{lead // timedelta(hours=1)}"
            due[f"spaces.booking_closed:{what}" if booking.is_closed else reminder] = booking
    return due


def _rooms(keys: Iterable[int]) -> dict[int, Space]:
    """With all that a letter says of them, once for all bookings there."""
    rooms = Space.objects.only("name", "site").prefetch_related(
        "site__borough", "site__arrival_facts"
    )
    return rooms.in_bulk(keys)


@transaction.atomic
def _remind(
    letters: list[tuple[str, Any, list[Recipient]]],
    rooms: Mapping[int, Space],
    groups: Mapping[int, Hirer],
    *,
    now: datetime,
) -> int:
    """`groups` are those whose bookings are closed: only these letters name them."""
    # Held and asked again: whoever cancels now takes back the letter that we are about to write.
    these = Booking.objects.promised().filter(pk__in=[booking.pk for _, booking, _ in letters])
    held = these.select_related("hirer").only(*IN_A_REMINDER).order_by("pk")
    as_they_are = {one.pk: one for one in held.select_for_update(no_key=True, of=("self",))}
    reminded, written = 0, []
    for once, seen, people in letters:
        booking = as_they_are.get(seen.pk)
        if booking is None or booking.starts_at != seen.starts_at:
            continue
        booking.space = rooms[booking.space_id]
        reminded += 1
        facts: dict[str, Any] = {
            "once": once,
            "about": telling.about(booking),
            "valid_until": booking.starts_at,
            "now": now,
        }
        if seen.is_closed:
            booking.hirer = groups[booking.hirer_id]
            telling.tell_of_closed(people, [booking], **facts)
        else:
            told = telling.facts_for_letters(booking)
            written += letters_to(people, "spaces/email/booking_reminder.txt", told, **facts)
    post(written)
    return reminded
