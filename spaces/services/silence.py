"""Requests that nobody answers: the group hears of it, once, so that none ends in silence."""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from core.clock import london
from notifications.services import already_told
from spaces import rules
from spaces.models import Booking, BookingQuestion
from spaces.services import audience, telling

State = Booking.State

logger = logging.getLogger(__name__)

Silent = tuple[Booking, BookingQuestion | None]
"""A request whose time has come undecided; or one that is still to come, and the question in its way."""


def tell_of_silence(*, now: datetime) -> int:
    """Tell groups that nobody decided before the time came, and ask once more for an answer that
    is missing; return of how many requests was written.

    Run it late and nobody is missed, for a week; run it twice and nobody is told twice. A request
    that cannot be told of holds up no other; what went wrong is raised after the last.
    """
    written, problems = 0, []
    for booking, question in _untold([*_undecided(now), *_unanswered(now)], now=now):
        try:
            written += _tell(booking, question, now=now)
        except Exception as problem:  # raised again below
            logger.error("The group was not told of %s.", booking)
            problems.append(problem)
    if problems:
        raise ExceptionGroup("Some groups could not be told of their requests.", problems)
    return written


def _undecided(now: datetime) -> list[Silent]:
    earliest = now - rules.bookings.TELL_OF_SILENCE_FOR
    missed = Booking.objects.undecided().starting_between(earliest, now)
    return [(one, None) for one in missed.with_people().order_by("starts_at", "pk")]


def _unanswered(now: datetime) -> list[Silent]:
    asked = BookingQuestion.objects.open().filter(
        booking__state=State.INFORMATION_NEEDED, booking__starts_at__gt=now
    )
    return [
        (one.booking, one)
        for one in asked.select_related("booking__hirer").order_by("asked_at", "pk")
        if rules.bookings.ask_again_at(one.asked_at, one.booking.starts_at) <= now
    ]


def _untold(silent: Sequence[Silent], *, now: datetime) -> list[Silent]:
    """Those of which nobody of the group has been told: whoever joins it later need not be."""
    people = audience.people_of_groups([one for one, _ in silent], london(now).date())
    told = already_told((one.address, _once(*of)) for of in silent for one in people[of[0].pk])
    known = {once for _address, once in told}
    return [of for of in silent if people[of[0].pk] and _once(*of) not in known]


def _once(booking: Booking, question: BookingQuestion | None) -> str:
    if question is None:
        return telling.once_of(booking, "booking_not_decided")
    return telling.once_of(booking, "booking_question_again", f":{question.pk}")


@transaction.atomic
def _tell(seen: Booking, question: BookingQuestion | None, *, now: datetime) -> bool:
    # Held and asked again: somebody may decide or answer at this moment.
    held = Booking.objects.with_people().select_for_update(no_key=True, of=("self",))
    booking = held.undecided().filter(pk=seen.pk).first()
    if booking is None:
        return False
    if question is None:
        telling.tell_group(
            booking,
            "booking_not_decided",
            now=now,
            valid_until=booking.starts_at + rules.bookings.TELL_OF_SILENCE_FOR,
            is_asked=booking.state == State.INFORMATION_NEEDED,
        )
        return True
    if not booking.questions.open().filter(pk=question.pk).exists():
        return False
    telling.tell_group(
        booking,
        "booking_question_again",
        now=now,
        valid_until=booking.starts_at,
        again=f":{question.pk}",
        question=question,
    )
    return True
