"""Sending what waits. Postgres holds the queue; Celery and the timetable only say "look now".

A letter is claimed in a short transaction, sent outside any, and marked afterwards. A worker that
dies in between leaves the letter waiting: it goes again when its lease ends, so nothing is lost and
at most the one letter in flight is repeated, under the same Message-ID.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from notifications.models import Message
from notifications.senders import Away, opened

logger = logging.getLogger(__name__)

STEPS_OF_A_LETTER = 18
"""How often one letter may wait for the mail server: two addresses to dial, the greeting, EHLO,
STARTTLS and its handshake, EHLO again, signing in, sender, recipient, DATA, the words and the answer
make about fifteen. `EMAIL_TIMEOUT` bounds each of them, not their sum."""
LEASE = timedelta(seconds=settings.EMAIL_TIMEOUT * STEPS_OF_A_LETTER)
"""How long a claimed letter is left alone; then its worker is taken for dead. Longer than the
slowest server can take over one letter, or a living worker's letter would go a second time."""
MOST_ATTEMPTS = 8
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
LONGEST_RUN = timedelta(seconds=60)


def drain(*, clock: Callable[[], datetime]) -> int:
    """Send until nothing is due or a minute has passed; return how many letters left."""
    started = clock()
    sent = 0
    with opened() as sender:
        while (now := clock()) - started < LONGEST_RUN:
            message = claim(now=now)
            if message is None:
                break
            if not is_wanted(message, now=now):
                continue
            try:
                sender.send(message)
            except Away as problem:
                put_back(message, problem, now=clock())
                break
            except Exception as problem:
                # Whatever is wrong with one letter must not keep the others from leaving.
                note_problem(message, problem, now=clock())
                sender.close()
                if isinstance(problem, TimeoutError):
                    break
            else:
                mark_sent(message, now=clock())
                sent += 1
    return sent


def deliver_due(*, now: datetime) -> int:
    """Send everything that is due at one moment; return how many letters left."""
    return drain(clock=lambda: now)


@transaction.atomic
def claim(*, now: datetime) -> Message | None:
    """Take the letter that has waited longest, for the time of a lease; None when none is due.

    Workers pass over what another is just claiming, so none waits for another.
    """
    message = (
        Message.objects.due(now)
        .select_for_update(skip_locked=True)
        .order_by("next_try_at", "pk")
        .first()
    )
    if message is None:
        return None
    message.attempts += 1
    message.next_try_at = now + LEASE
    message.save(update_fields=["attempts", "next_try_at", "updated_at"])
    return message


def is_wanted(message: Message, *, now: datetime) -> bool:
    """Decide again, at the last moment; what is too late or tried too often is put aside."""
    letter = Message.objects.waiting().filter(pk=message.pk)
    if message.valid_until is not None and message.valid_until <= now:
        letter.put_aside(Message.State.EXPIRED)
        return False
    if message.attempts > MOST_ATTEMPTS:
        # Every attempt was counted before it was made, so a letter that kills its worker ends here.
        letter.update(state=Message.State.FAILED, last_problem="WorkerLost", attempts=MOST_ATTEMPTS)
        logger.error("Message %s could not be sent: its worker was lost each time.", message.uuid)
        return False
    return letter.exists()


def mark_sent(message: Message, *, now: datetime) -> None:
    """Write down that a letter left."""
    letter = Message.objects.filter(pk=message.pk)
    if not letter.waiting().put_aside(Message.State.SENT, sent_at=now, last_problem=""):
        # Taken back while it was leaving: it stays withdrawn, and says honestly that it had left.
        letter.filter(state=Message.State.WITHDRAWN).update(last_problem="LeftBeforeWithdrawn")


def note_problem(message: Message, problem: Exception, *, now: datetime) -> None:
    """After a failed try: again later, each time after a longer wait, or aside for staff to see."""
    # The class alone: the words of a mail server carry addresses.
    name = type(problem).__name__
    waiting = Message.objects.waiting().filter(pk=message.pk)
    if message.attempts >= MOST_ATTEMPTS:
        waiting.update(state=Message.State.FAILED, last_problem=name, updated_at=now)
        logger.error("Message %s could not be sent: %s.", message.uuid, name)
    else:
        waiting.update(
            next_try_at=now + wait_after(message.attempts), last_problem=name, updated_at=now
        )
        logger.warning("Message %s was not sent, will try again: %s.", message.uuid, name)


def put_back(message: Message, problem: Away, *, now: datetime) -> None:
    """Nobody took letters: this one did nothing wrong, so the try does not count."""
    Message.objects.waiting().filter(pk=message.pk).update(
        attempts=Greatest(F("attempts") - 1, 0),
        next_try_at=now + FIRST_WAIT,
        last_problem=type(problem.__cause__ or problem).__name__,
        updated_at=now,
    )
    logger.warning("Nobody takes letters at the moment: %s.", type(problem.__cause__).__name__)


def wait_after(attempts: int) -> timedelta:
    """30 seconds, doubled with every attempt, an hour at most."""
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << attempts))
