"""Reminding groups of what they were promised."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from core.clock import london
from notifications.models import Recipient
from notifications.services import letters_to, post, told_until
from spaces import rules
from spaces.models import Booking, Closure, DayException
from spaces.models.taken import LONGEST
from spaces.services import audience, telling

logger = logging.getLogger(__name__)

AT_ONCE = 50
"""Bookings reminded of in one transaction, which holds them still: few enough to be done in a blink."""

IN_A_REMINDER = (
    *("uuid", "state", "starts_at", "ends_at", "space__name"),
    *("hirer__is_sensitive", "hirer__organisation__name"),
    *("space__site__name", "space__site__street", "space__site__postcode", "space__site__district"),
    *("space__site__contact_name", "space__site__contact_phone", "space__site__borough__name"),
)
"""Of a booking, its room and its site: thousands of rows with all that is known of each take longer
to read than to write the letters.
"""


def send_reminders(*, now: datetime) -> int:
    """Remind every group whose booking is near; return of how many bookings was written.

    When the rooms are closed by then, those who run the site are told so instead.

    Run it late and nobody is missed; run it twice and nobody is reminded twice. Whether a letter
    still leaves is decided once more when it is sent: cancelling takes it back. A booking that
    cannot be reminded of keeps no other waiting; what went wrong is raised after the last one.
    """
    due, day = _due(now), london(now).date()
    people = audience.people_of_groups(due.values(), day)
    for booking in due.values():
        if booking.is_closed:
            people[booking.pk] = audience.people_who_decide(booking.space.site, day)
    # Asked in one go: otherwise every tick would write every letter of the week and throw it away.
    told = told_until(now, now + max(_leads()))

    def untold(once: str, booking: Booking) -> list[Recipient]:
        return [one for one in people[booking.pk] if (one.address, once) not in told]

    letters = [(once, booking, untold(once, booking)) for once, booking in due.items()]
    letters = [letter for letter in letters if letter[2]]
    reminded, problems = 0, []
    for first in range(0, len(letters), AT_ONCE):
        some = letters[first : first + AT_ONCE]
        try:
            reminded += _remind(some, now=now)
        except Exception:  # of one of them: each by itself, then, so that it holds up no other
            for one in some:
                try:
                    reminded += _remind([one], now=now)
                except Exception as problem:  # raised again below
                    logger.error("The reminder of %s was not written.", one[1])
                    problems.append(problem)
    if problems:
        raise ExceptionGroup("Some bookings could not be reminded of.", problems)
    return reminded


def _leads() -> list[timedelta]:
    return [timedelta(hours=hours) for hours in settings.BOOKING_REMINDERS_HOURS_AHEAD]


def _due(now: datetime) -> dict[str, Any]:  # bookings that say if their rooms are closed
    """Bookings with a reminder due, by what nobody should be told twice."""
    leads = _leads()
    near = Booking.objects.promised().starting_between(now, now + max(leads))
    # Most have been told, and are read again each minute: no more of them than it takes to see that.
    slim = near.select_related("hirer").only(
        "uuid", "space", "starts_at", "decided_at", "requested_by", "hirer__organisation"
    )
    closures = Closure.objects.overlapping(now - LONGEST, now + max(leads) + 2 * LONGEST)
    known: Any = slim.telling_if_closed(closures, DayException.objects.all())
    due = {}
    for booking in known.order_by("starts_at", "pk"):
        lead = rules.bookings.reminder_due(booking, leads, now=now)
        if lead is not None:
            what = f"{booking.uuid}:{booking.starts_at:%Y-%m-%dT%H:%M}"
            reminder = f"spaces.booking_reminder:{what}:{lead // timedelta(hours=1)}"
            due[f"spaces.booking_closed:{what}" if booking.is_closed else reminder] = booking
    return due


@transaction.atomic
def _remind(letters: list[tuple[str, Any, list[Recipient]]], *, now: datetime) -> int:
    # Held and asked again: whoever cancels now takes back the letter that we are about to write.
    these = Booking.objects.promised().filter(pk__in=[booking.pk for _, booking, _ in letters])
    held = (
        these.select_related("space__site__borough", "hirer__organisation")
        .only(*IN_A_REMINDER)
        .order_by("pk")
    )
    held = held.select_for_update(no_key=True, of=("self",))
    held = held.prefetch_related("space__site__arrival_facts")
    as_they_are = {booking.pk: booking for booking in held}
    reminded, written = 0, []
    for once, seen, people in letters:
        booking = as_they_are.get(seen.pk)
        if booking is None or booking.starts_at != seen.starts_at:
            continue
        reminded += 1
        facts: dict[str, Any] = {
            "once": once,
            "about": telling.about(booking),
            "valid_until": booking.starts_at,
            "now": now,
        }
        if seen.is_closed:
            telling.tell_of_closed(people, [booking], **facts)
        else:
            told = telling.facts_for_letters(booking)
            written += letters_to(people, "spaces/email/booking_reminder.txt", told, **facts)
    post(written)
    return reminded
