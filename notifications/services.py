"""Telling people: written in the transaction of the fact, sent after it commits."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from notifications.calendar import CalendarFile
from notifications.models import Message, Recipient


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

    `template` is a text template whose first line is the subject, rendered in each recipient's
    language with `recipient` added to the context. `once` names what nobody should be told twice:
    the same address and `once` is written a single time, however often this is called. `about`
    names the thing told of, so that `withdraw` can find what is still waiting. After `valid_until`
    the message is not sent. `is_private` is for codes and links: the words go once they are sent.
    """
    moment = now or timezone.now()
    with transaction.atomic():
        Message.objects.bulk_create(
            [
                _written(
                    recipient,
                    template,
                    context,
                    once=once,
                    about=about,
                    calendar=calendar,
                    valid_until=valid_until,
                    is_private=is_private,
                    now=moment,
                )
                for recipient in recipients
            ],
            ignore_conflicts=True,
        )
        transaction.on_commit(partial(_say_look_now), robust=True)


def withdraw(about: str) -> int:
    """Take back what is still waiting about something; return how many letters that was.

    Called in the transaction that cancels or moves the thing, before the new letters are written.
    """
    return Message.objects.waiting().filter(about=about).update(state=Message.State.WITHDRAWN)


def _written(
    recipient: Recipient,
    template: str,
    context: Mapping[str, object],
    *,
    once: str,
    about: str,
    calendar: CalendarFile | None,
    valid_until: datetime | None,
    is_private: bool,
    now: datetime,
) -> Message:
    with translation.override(recipient.language):
        text = render_to_string(template, {**context, "recipient": recipient})
    subject, _, body = text.strip().partition("\n")
    return Message(
        address=recipient.address,
        language=recipient.language,
        user=recipient.user,
        subject=" ".join(subject.split())[:200],
        body=body.strip() + "\n",
        calendar=calendar.text if calendar else "",
        calendar_method=calendar.method if calendar else "",
        once=once,
        about=about,
        is_private=is_private,
        valid_until=valid_until,
        next_try_at=now,
    )


def _say_look_now() -> None:
    # The one door that the domain knocks on: the task itself is only a poke, so a Redis that is
    # away costs at most the ten seconds until the timetable looks by itself.
    from notifications.tasks import send_waiting

    send_waiting.delay()
