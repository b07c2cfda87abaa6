"""What must be known before somebody can decide: the question, and what the group answers."""

from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from spaces import permissions, rules
from spaces.models import Booking, BookingQuestion
from spaces.services import bookings, telling

State = Booking.State


@transaction.atomic
def ask_question(booking: Booking, *, by: User, now: datetime, question: str) -> BookingQuestion:
    """Ask the group something; the clocks of all who decide stand still until it answers.

    Raises ValidationError "not_from_here" if the booking is past deciding or a question waits,
    and "too_often" if the group is asked without end.
    """
    booking = bookings.locked(booking)
    permissions.check_decides(by, booking, list(booking.decisions.current()))
    rules.states.check_may_become(booking, State.INFORMATION_NEEDED)
    rules.bookings.check_not_begun(booking, now=now)
    bookings.check_not_too_often(booking, "ask", now=now)

    made = BookingQuestion.objects.create(
        booking=booking, question=question, asked_by=by, asked_at=now
    )
    bookings.move_to(booking, State.INFORMATION_NEEDED)
    telling.take_back(booking)
    record("spaces.question_asked", booking, by=by, question=made.pk)
    telling.tell_group(booking, "booking_question", now=now, again=f":{made.pk}", question=made)
    return made


@transaction.atomic
def answer_question(booking: Booking, *, by: User, now: datetime, answer: str) -> BookingQuestion:
    """Answer for the group, or write down what it said on the telephone; the clocks start anew.

    Raises ValidationError "answered" if no question waits, and "begun" once its time has come.
    """
    booking = bookings.locked(booking)
    permissions.check_answers(by, booking, list(booking.decisions.current()))
    waiting = booking.questions.open().first()
    if waiting is None or booking.state != State.INFORMATION_NEEDED:
        raise ValidationError(_("This question is answered already."), code="answered")
    rules.bookings.check_not_begun(booking, now=now)
    waiting.answer, waiting.answered_by, waiting.answered_at = answer, by, now
    waiting.save(update_fields=["answer", "answered_by", "answered_at"])
    bookings.move_to(booking, State.REQUESTED)
    due_on = rules.deciding.due_on(
        booking, now, working_days=settings.DECIDE_BOOKINGS_WITHIN_WORKING_DAYS
    )
    still_asked = booking.decisions.current().filter(outcome="")
    still_asked.update(asked_at=now, due_on=due_on, escalated_at=None, updated_at=now)

    telling.take_back(booking)
    record("spaces.question_answered", booking, by=by, question=waiting.pk)
    telling.tell_of_answer(
        booking,
        list(still_asked.values_list("step", flat=True)),
        due_on,
        waiting,
        now=now,
        apart_from=by,
    )
    return waiting


def questions_for(user: User, booking: Booking) -> list[BookingQuestion]:
    """What was asked about a booking, oldest first. What a private group was asked, and answered, is
    for whoever asked and who knows the group.
    """
    knows = not booking.hirer.is_sensitive or permissions.knows_group(user, booking.hirer)
    asked = booking.questions.select_related("asked_by", "answered_by").order_by("pk")
    return [one for one in asked if knows or one.asked_by_id == user.pk]
