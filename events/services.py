"""What happens when people sign up, when they cannot come, and when an event changes or is cancelled.

Everything that changes who comes locks the event first, so two people never get the last place and
one free place is never given twice.
"""

import logging
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import OperationalError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from psycopg.errors import LockNotAvailable

from accounts.models import User
from audit.services import record
from core.clock import london
from core.secret_links import hash_of
from events import rules
from events.models import Event, SignUp
from notifications.calendar import CalendarFile, calendar_file
from notifications.models import Recipient
from notifications.services import already_told, notify, withdraw

logger = logging.getLogger(__name__)

ABOUT_THE_START = {"event_reminder", "on_waiting_list"}
"""Letters that are no longer true once the event has started; the others are until it ends."""


@transaction.atomic
def sign_up(event: Event, *, name: str, email: str, language: str, now: datetime) -> None:
    """Give this person a place, or the next one on the waiting list, and write to them.

    Whether the address had signed up before is told to nobody but its owner: the answer is the
    same, and the letter says how things stand. Raises ValidationError when nobody can sign up.
    """
    email = email.strip().lower()
    event = _locked(event)
    rules.check_open(event, now=now)

    _give_free_places(event, now=now)  # Whoever has waited comes before whoever comes new.
    before = event.sign_ups.active().of_address(email).first()
    if before is not None:
        _tell_again(before, event, today=london(now).date(), now=now)
        return

    person = SignUp(uuid=uuid4(), event=event, name=name, email=email, language=language)
    if rules.has_room(event, coming=event.sign_ups.coming().count()):
        person.state, person.coming_since = SignUp.State.COMING, now
        # A goodbye that is late, and waits to be sent again, would arrive after the new invitation.
        withdraw(*(about(earlier) for earlier in event.sign_ups.of_address(email)))
    else:
        person.state = SignUp.State.WAITING
    person.link_hash = hash_of(person.secret)
    person.save()

    record("events.signed_up", person, by=None, event=event.pk, state=person.state)
    letter = "signed_up" if person.state == SignUp.State.COMING else "on_waiting_list"
    _tell(person, event, letter, once=f"events.{letter}:{person.uuid}", now=now)


def find_sign_up(secret: str) -> SignUp | None:
    """Whom this link belongs to, with their event."""
    return SignUp.objects.behind(secret).select_related("event__borough").first()


@transaction.atomic
def cancel_sign_up(person: SignUp, *, now: datetime) -> SignUp:
    """This person cannot come after all; whoever has waited longest gets their place.

    Done twice, the second time changes nothing. Raises ValidationError once the event has started.
    """
    event = _locked(person.event)
    person = SignUp.objects.get(pk=person.pk)
    person.event = event
    if person.state == SignUp.State.CANCELLED:
        return person
    rules.check_can_leave(person, now=now)

    was_coming = person.state == SignUp.State.COMING
    person.state, person.cancelled_at = SignUp.State.CANCELLED, now
    person.save(update_fields=["state", "cancelled_at", "updated_at"])
    withdraw(about(person))

    record("events.sign_up_cancelled", person, by=None, event=event.pk)
    _tell(
        person,
        event,
        "not_coming",
        once=f"events.not_coming:{person.uuid}",
        method="CANCEL" if was_coming else None,
        now=now,
    )
    _give_free_places(event, now=now)
    return person


@transaction.atomic
def change_event(event: Event, changes: Mapping[str, Any], *, by: User, now: datetime) -> Event:
    """Write down what is new about an event: its fields by name, those that stay as they were too.

    Whoever signed up is told when something they rely on changes, and free places are given.
    Raises ValidationError when they would be left without what they rely on.
    """
    event = held_for_change(event, changes, now=now)
    new = {name for name, value in changes.items() if getattr(event, name) != value}
    for name in new:
        setattr(event, name, changes[name])
    is_moved = not new.isdisjoint(rules.WHEN_AND_WHERE)
    is_told = is_moved or not new.isdisjoint(rules.ONCE_THERE)
    if is_told:
        event.sequence += 1
        event.changed_at = now
    event.full_clean()
    event.save()

    if new:
        record("events.event_changed", event, by=by, fields=", ".join(sorted(new)))
    if is_told and event.cancelled_at is None and not rules.is_over(event, now=now):
        people = event.sign_ups.active() if is_moved else event.sign_ups.coming()
        _tell_of_change(list(people.in_turn()), event, now=now)
    _give_free_places(event, now=now)
    return event


def held_for_change(event: Event, changes: Mapping[str, Any], *, now: datetime) -> Event:
    """The event as it is now; nobody else changes it until this transaction ends.

    Raises ValidationError when it cannot be changed so.
    """
    event = _locked(event)
    people = event.sign_ups.active().count()
    rules.check_can_change(event, changes, people=people, now=now)
    return event


def _tell_of_change(people: list[SignUp], event: Event, *, now: datetime) -> None:
    """One letter that says how all is now; it takes the place of any that is still on its way."""
    withdraw(*(about(person) for person in people))
    once = f"events.event_changed:{event.pk}:{event.sequence}"
    for person in people:
        _tell(person, event, "event_changed", once=once, now=now)


@transaction.atomic
def cancel_event(event: Event, *, because: str, by: User, now: datetime) -> Event:
    """Call an event off and tell everybody who signed up, once.

    Raises ValidationError when it is cancelled already, or over.
    """
    event = _locked(event)
    rules.check_can_be_cancelled(event, now=now)

    event.cancelled_at, event.cancelled_because = now, because
    event.sequence += 1
    event.save(update_fields=["cancelled_at", "cancelled_because", "sequence", "updated_at"])
    people = list(event.sign_ups.active().in_turn())
    withdraw(*(about(person) for person in people))

    record("events.event_cancelled", event, by=by)
    for person in people:
        _tell(
            person,
            event,
            "event_cancelled",
            once=f"events.event_cancelled:{event.pk}",
            method="CANCEL" if person.state == SignUp.State.COMING else None,
            now=now,
        )
    return event


class RemindersMissed(Exception):
    """Some reminders could not be written; the log names them and the next tick tries again."""


def send_reminders(*, now: datetime) -> int:
    """Remind everybody whose event is near; return how many letters that was.

    Run late, nobody is missed; run twice, nobody is reminded twice. Whatever is wrong with one
    event or one letter keeps no other from being written. Raises RemindersMissed at the end.
    """
    written = missed = 0
    for reminder in rules.reminders_due(settings.EVENT_REMINDERS_HOURS_AHEAD, now=now):
        near = Event.objects.going_ahead().starting_between(reminder.after, reminder.until)
        for event in near.order_by("starts_at", "pk"):
            try:
                told, left_out = _remind(event, reminder, now=now)
            except Exception as problem:
                _log_missed(event, problem)
                told, left_out = 0, 1
            written, missed = written + told, missed + left_out
    if missed:
        raise RemindersMissed(f"{missed} missed, {written} written")
    return written


@transaction.atomic
def _remind(event: Event, reminder: rules.Reminder, *, now: datetime) -> tuple[int, int]:
    """How many people were written to, and how many could not be."""
    # Whoever cancels at this moment waits here or comes first: no reminder after a cancellation.
    event = _locked(event)
    starts_at = event.starts_at
    if (
        event.cancelled_at is not None
        or starts_at is None
        or not reminder.after < starts_at <= reminder.until
    ):
        return 0, 0
    # Whoever got a place or heard of a change since then has a letter that says it all.
    since = starts_at - (reminder.until - now)
    if event.changed_at is not None and event.changed_at > since:
        return 0, 0
    letters = {
        (person.email, _reminder_once(person, starts_at, reminder.hours)): person
        for person in event.sign_ups.coming().filter(coming_since__lte=since).in_turn()
    }
    new = letters.keys() - already_told(letters)
    missed = 0
    for (email, once), person in letters.items():
        if (email, once) in new:
            try:
                with transaction.atomic():
                    _tell(person, event, "event_reminder", once=once, now=now)
            except Exception as problem:
                _log_missed(person, problem)
                missed += 1
    return len(new) - missed, missed


def _log_missed(subject: Event | SignUp, problem: Exception) -> None:
    # The class alone: the words of a problem may carry an address.
    kind, name = subject._meta.label_lower, type(problem).__name__
    logger.error("A reminder about %s:%s was missed: %s.", kind, subject.pk, name)


def _reminder_once(person: SignUp, starts_at: datetime, hours: int) -> str:
    return f"events.event_reminder:{person.uuid}:{starts_at:%Y-%m-%dT%H:%M}:{hours}h"


def about(person: SignUp) -> str:
    """What letters to this person about this event are filed under."""
    return f"{person._meta.label_lower}:{person.pk}"


def _locked(event: Event) -> Event:
    """The event as it is now; whoever else wants to change who comes waits until we are done.

    Raises ValidationError, in words for a person, when too many are in front to wait for.
    """
    try:
        return Event.objects.select_for_update(no_key=True).get(pk=event.pk)
    except OperationalError as problem:
        if not isinstance(problem.__cause__, LockNotAvailable):
            raise
        raise ValidationError(
            _("Many people are doing this at the moment, and your turn did not come. Try again."),
            code="busy",
        ) from problem


def _give_free_places(event: Event, *, now: datetime) -> None:
    # Also when nobody new can sign up: whoever waits was told that a free place is theirs.
    if event.cancelled_at is not None or not rules.is_before_start(event, now=now):
        return
    coming = event.sign_ups.coming().count()
    for person in event.sign_ups.waiting().in_turn():
        if not rules.has_room(event, coming=coming):
            break
        person.state, person.coming_since = SignUp.State.COMING, now
        person.save(update_fields=["state", "coming_since", "updated_at"])
        coming += 1
        withdraw(about(person))

        record("events.place_given", person, by=None, event=event.pk)
        _tell(person, event, "place_given", once=f"events.place_given:{person.uuid}", now=now)


def _tell_again(person: SignUp, event: Event, *, today: date, now: datetime) -> None:
    """Once a day at most, so that nobody's mailbox is filled by typing their address here."""
    _tell(
        person,
        event,
        "signed_up_already",
        once=f"events.signed_up_already:{person.uuid}:{today}",
        method="REQUEST" if person.state == SignUp.State.COMING else None,
        now=now,
    )


def _tell(
    person: SignUp,
    event: Event,
    letter: str,
    *,
    once: str,
    now: datetime,
    method: Literal["REQUEST", "CANCEL"] | None = "REQUEST",
) -> None:
    """Write one letter. It carries the person's own link, so its words go once it is sent.

    It greets nobody by name: an address may be somebody else's, and the name typed with it would
    be words of a stranger in a letter from us.
    """
    if person.state == SignUp.State.WAITING and method == "REQUEST":
        method = None
    context: dict[str, Any] = {
        "event": event,
        "person": person,
        "event_link": settings.SITE_ADDRESS + event.get_absolute_url(),
        "events_link": settings.SITE_ADDRESS + reverse("events:events"),
        "own_link": _own_link(person),
    }
    notify(
        [Recipient(person.email, person.language)],
        f"events/email/{letter}.txt",
        context,
        once=once,
        about=about(person),
        calendar=_invitation(event, person, method, now=now) if method else None,
        valid_until=event.starts_at if letter in ABOUT_THE_START else event.ends_at,
        is_private=True,
        now=now,
    )


def _own_link(person: SignUp) -> str:
    secret = person.secret
    if hash_of(secret) != person.link_hash:
        # No key we still hold made the earlier link: this one takes its place.
        person.link_hash = hash_of(secret)
        person.save(update_fields=["link_hash", "updated_at"])
    return settings.SITE_ADDRESS + reverse("events:manage_sign_up", args=[secret])


def _invitation(
    event: Event, person: SignUp, method: Literal["REQUEST", "CANCEL"], *, now: datetime
) -> CalendarFile:
    assert event.starts_at is not None
    assert event.ends_at is not None
    return calendar_file(
        uid=event.calendar_uid,
        title=event.title,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        place=event.place,
        stamp=now,
        sequence=_sequence(event, person),
        method=method,
        attendee=person.email,
        url=settings.SITE_ADDRESS + event.get_absolute_url(),
    )


def _sequence(event: Event, person: SignUp) -> int:
    """How the diary tells the newest calendar file: it grows with the event and with each change of mind.

    An address that left was invited once and cancelled once, so it counts two before it comes again.
    """
    earlier = event.sign_ups.of_address(person.email).filter(pk__lt=person.pk).count()
    has_left = person.state == SignUp.State.CANCELLED
    return event.sequence + 2 * earlier + has_left


def public_calendar(event: Event) -> CalendarFile:
    """The event for anybody's diary. Takes an event with an exact time."""
    assert event.starts_at is not None
    assert event.ends_at is not None
    return calendar_file(
        uid=event.calendar_uid,
        title=event.title,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        place=event.place,
        stamp=event.updated_at,
        sequence=event.sequence,
        method="PUBLISH" if event.cancelled_at is None else "CANCEL",
        url=settings.SITE_ADDRESS + event.get_absolute_url(),
    )
