"""Telling people: written in the transaction of the fact, sent after it commits."""

import logging
import time
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from accounts.models import User
from audit.services import record
from notifications.calendar import CalendarFile
from notifications.models import ASSUMED_SENT, Beat, Message, Recipient

logger = logging.getLogger(__name__)

REDIS_IS_LEFT_ALONE_FOR = 30.0
"""Seconds without a "look now" after Redis did not answer one."""


def notify(
    recipients: Iterable[Recipient],
    template: str,
    context: Mapping[str, object],
    *,
    once: str,
    about: str = "",
    calendar: CalendarFile | None = None,
    valid_until: datetime | None = None,
    is_private: bool = False,
    now: datetime | None = None,
) -> None:
    """Write to each recipient; the messages leave only if the surrounding transaction commits.

    `template` is a text template whose first paragraph is the subject, rendered once in each language
    that somebody reads; a greeting goes before it. `once` names what nobody should be told twice: the
    same address and `once` is written a single time, however often this is called. `about` names
    the thing told of, so that `withdraw` can find what is still waiting. After `valid_until` the
    message is not sent. `is_private` is for codes and links: the words go once they are sent.
    """
    post(
        letters_to(
            recipients,
            template,
            context,
            once=once,
            about=about,
            calendar=calendar,
            valid_until=valid_until,
            is_private=is_private,
            now=now or timezone.now(),
        )
    )


def letters_to(
    recipients: Iterable[Recipient],
    template: str,
    context: Mapping[str, object],
    *,
    once: str,
    now: datetime,
    about: str = "",
    calendar: CalendarFile | None = None,
    valid_until: datetime | None = None,
    is_private: bool = False,
) -> list[Message]:
    """The letters that `notify` would write, for those who write many and `post` them together."""
    letters = []
    words: dict[str, str] = {}
    for recipient in recipients:
        with translation.override(recipient.language):
            if recipient.language not in words:
                words[recipient.language] = render_to_string(template, dict(context))
            greeting = recipient.greeting
        subject, _blank, body = words[recipient.language].strip().partition("\n\n")
        letters.append(
            Message(
                address=recipient.address,
                language=recipient.language,
                user=recipient.user,
                subject=" ".join(subject.split())[:200],
                body=f"{greeting}\n\n{body.strip()}\n",
                calendar=calendar.text if calendar else "",
                calendar_method=calendar.method if calendar else "",
                once=once,
                about=about,
                is_private=is_private,
                valid_until=valid_until,
                next_try_at=now,
            )
        )
    return letters


def post(letters: list[Message]) -> None:
    """Put letters among those that wait, in one statement; one that was written before is left out."""
    # Inside the transaction of the fact there is nothing to go back to: no savepoint of its own.
    with transaction.atomic(savepoint=False):
        Message.objects.bulk_create(letters, ignore_conflicts=True)
        _look_after_commit()


def withdraw(*abouts: str, to: User | None = None, but_cancellations: bool = False) -> int:
    """Take back every letter about these things that could still go; return how many that was.

    Called in the transaction that cancels or moves the thing, before the new letters are written;
    or, with `to`, when one person should hear no more of it. What failed is taken back too: tried
    again, it would tell of what is no longer so.

    With `but_cancellations`, what takes an entry out of a diary goes all the same: nothing else
    ever would.
    """
    letters = Message.objects.may_still_go().filter(about__in=abouts)
    if but_cancellations:
        letters = letters.exclude(calendar_method="CANCEL")
    if to is not None:
        letters = letters.filter(user=to)
    return letters.put_aside(Message.State.WITHDRAWN)


def forget_addresses(*abouts: str) -> int:
    """Take the address out of every letter about these things; those that still wait go no more.

    For people without an account whose address is kept no longer. Returns how many letters.
    """
    withdraw(*abouts)
    return Message.objects.filter(about__in=abouts).update(address="")


def already_told(letters: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these pairs of address and `once` have been written, whatever became of them.

    For work that comes round every minute: it need not write again what would be ignored.
    """
    wanted = set(letters)
    return wanted & set(Message.objects.written_as(wanted).values_list("address", "once"))


def told_until(earliest: datetime, latest: datetime) -> set[tuple[str, str]]:
    """Address and `once` of every letter that stays true until a moment in this time, the last one
    included.

    Like `already_told`, for work that is about thousands of things: read as one stretch of an index.
    """
    letters = Message.objects.filter(valid_until__gt=earliest, valid_until__lte=latest)
    return set(letters.values_list("address", "once"))


@transaction.atomic
def try_again(message: Message, *, by: User, now: datetime) -> None:
    """Put a letter back among the waiting that could not be sent, or may never have left.

    Raises ValidationError when it is not one of those, or when it would come too late.
    """
    message = Message.objects.select_for_update().get(pk=message.pk)
    if not message.can_be_tried_again:
        raise ValidationError(_("Only a message that could not be sent can be tried again."))
    if message.valid_until is not None and message.valid_until <= now:
        raise ValidationError(_("It is too late to send this message: what it is about is over."))

    message.state = Message.State.WAITING
    message.attempts = 0
    message.next_try_at = now
    message.sent_at, message.last_problem = None, ""
    message.save(
        update_fields=["state", "attempts", "next_try_at", "sent_at", "last_problem", "updated_at"]
    )

    record("notifications.message_tried_again", message, by=by)
    _look_after_commit()


@transaction.atomic
def assume_sent(*, now: datetime) -> list[Message]:
    """Count every letter that waits and is due as sent, without sending it, and give them back.

    For the time after a backup was restored: what waited then has most likely left since.
    """
    letters = list(Message.objects.due(now).select_for_update().order_by("created_at", "pk"))
    these = Message.objects.filter(pk__in=[letter.pk for letter in letters])
    these.put_aside(Message.State.SENT, sent_at=now, last_problem=ASSUMED_SENT)
    for letter in letters:
        record("notifications.message_assumed_sent", letter, by=None)
    return letters


def note_beat(*, now: datetime) -> None:
    """Write down when the timetable last ticked."""
    Beat.objects.update_or_create(pk=1, defaults={"ticked_at": now})


def _look_after_commit() -> None:
    """Say "look now" after the commit, once for a transaction, however many letters it wrote."""
    pending = transaction.get_connection().run_on_commit
    if not any(function is _say_look_now for _savepoints, function, _robust in pending):
        transaction.on_commit(_say_look_now, robust=True)


_quiet_until = 0.0


def _say_look_now() -> None:
    # The one door that the domain knocks on. It is only a poke: while Redis is away the letters wait
    # in Postgres until the timetable looks by itself, and nobody's page waits for a dead server.
    from notifications.tasks import send_waiting

    global _quiet_until
    if time.monotonic() < _quiet_until:
        return
    try:
        send_waiting.delay()
    except (OperationalError, OSError):
        _quiet_until = time.monotonic() + REDIS_IS_LEFT_ALONE_FOR
        logger.warning("Redis is away: letters wait until the timetable looks for them.")
