"""After a backup is put back nobody is told a second time, and nothing that comes later is lost."""

from datetime import timedelta
from importlib import import_module
from inspect import getsource

import pytest
import time_machine
from django.core.management import CommandError, call_command

from audit.models import AuditRecord
from config.celery import app
from events.models import SignUp
from events.services import send_reminders as send_event_reminders
from home.services.restored import PLANNERS, assume_all_sent
from notifications.delivery import deliver_due
from notifications.models import Beat, Message
from notifications.services import try_again
from spaces.models import Booking
from spaces.services import confirm_ready, send_reminders, tell_of_silence
from tests.factories.accounts import UserFactory
from tests.factories.events import EventFactory, SignUpFactory
from tests.factories.notifications import MessageFactory
from tests.factories.spaces import NOW, BookingFactory, a_manager_of

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STOPPED = NOW
"""The portal ran until now; the backup is from the day before."""

WRITES_NO_LETTER_BY_THE_CLOCK = {
    "notifications.tasks.note_beat",
    "notifications.tasks.send_waiting",
    "core.tasks.forget_expired_sessions",
    "spaces.tasks.forget_callers",
    "spaces.tasks.forget_drafts",
    "spaces.tasks.forget_holds",
    "spaces.tasks.forget_old_files",
    "spaces.tasks.forget_referees",
    "spaces.tasks.forget_reporters",
    "spaces.tasks.forget_unmet_demand",
    "spaces.tasks.look_after_invitations",
}


def a_promised_booking(*, starts_at):
    booking = BookingFactory(
        state=Booking.State.CONFIRMED, starts_at=starts_at, decided_at=NOW - 30 * DAY
    )
    a_manager_of(booking.hirer)
    return booking


def an_event_tomorrow():
    sign_up = SignUpFactory(
        event=EventFactory(starts_at=STOPPED + 20 * HOUR, ends_at=STOPPED + 22 * HOUR),
        state=SignUp.State.COMING,
        coming_since=NOW - 30 * DAY,
    )
    return sign_up.event


def test_no_reminder_is_sent_twice_after_a_restore():
    """The lost portal sent these after the backup was taken, so the backup has no row of them."""
    a_promised_booking(starts_at=STOPPED + 20 * HOUR)
    an_event_tomorrow()

    letters = assume_all_sent(stopped_at=STOPPED)

    assert len({letter.subject for letter in letters}) == 2
    later = STOPPED + HOUR
    assert (send_reminders(now=later), send_event_reminders(now=later)) == (0, 0)
    assert deliver_due(now=later) == 0


def test_without_it_they_would_be_sent_again():
    a_promised_booking(starts_at=STOPPED + 20 * HOUR)
    an_event_tomorrow()

    assert send_reminders(now=STOPPED + HOUR) + send_event_reminders(now=STOPPED + HOUR) == 2


def test_a_reminder_that_comes_due_later_is_sent_as_always():
    a_promised_booking(starts_at=STOPPED + 30 * HOUR)  # the one of a week ahead has gone

    assume_all_sent(stopped_at=STOPPED)

    later = STOPPED + 7 * HOUR
    assert send_reminders(now=later) == 1
    assert deliver_due(now=later) == 1


def test_a_group_whose_booking_was_confirmed_by_the_clock_is_not_told_so_again():
    booking = BookingFactory(state=Booking.State.APPROVED, starts_at=STOPPED + 20 * DAY)
    a_manager_of(booking.hirer)

    [letter] = assume_all_sent(stopped_at=STOPPED)

    booking.refresh_from_db()
    letter.refresh_from_db()
    assert (booking.state, letter.state) == ("confirmed", "sent")
    assert confirm_ready(now=STOPPED + HOUR) == 0
    assert deliver_due(now=STOPPED + HOUR) == 0


def test_a_group_that_was_told_that_nobody_decided_is_not_told_so_again():
    booking = BookingFactory(starts_at=STOPPED - HOUR)
    a_manager_of(booking.hirer)

    [letter] = assume_all_sent(stopped_at=STOPPED)

    letter.refresh_from_db()
    assert (letter.subject[:19], letter.state) == ("Not decided in time", "sent")
    assert tell_of_silence(now=STOPPED + HOUR) == 0


def test_letters_that_waited_in_the_backup_count_as_sent_and_each_leaves_a_record():
    waiting = MessageFactory(subject="Your booking", next_try_at=STOPPED - HOUR)
    for_later = MessageFactory(next_try_at=STOPPED + HOUR)
    failed = MessageFactory(state="failed")

    assert assume_all_sent(stopped_at=STOPPED) == [waiting]

    states = dict(Message.objects.values_list("pk", "state"))
    assert states == {waiting.pk: "sent", for_later.pk: "waiting", failed.pk: "failed"}
    record = AuditRecord.objects.get(verb="notifications.message_assumed_sent")
    assert (record.subject_id, record.actor) == (str(waiting.pk), None)


def test_a_letter_that_was_only_assumed_sent_can_be_sent_after_all():
    message = MessageFactory(next_try_at=STOPPED - HOUR)
    assume_all_sent(stopped_at=STOPPED)

    try_again(message, by=UserFactory(), now=STOPPED + HOUR)

    assert deliver_due(now=STOPPED + HOUR) == 1
    message.refresh_from_db()
    assert (message.state, message.last_problem) == ("sent", "")


def test_the_command_says_until_when_the_backup_lived_and_lists_what_it_counted(capsys):
    Beat.objects.create(pk=1, ticked_at=STOPPED - DAY)
    message = MessageFactory(subject="Your booking", next_try_at=STOPPED - HOUR)

    with time_machine.travel(STOPPED, tick=False):
        call_command("restored")

    first, letter, last = capsys.readouterr().out.splitlines()
    assert first.startswith("The backup was alive until Monday 23 November 2026")
    assert letter == f"{message.uuid}  Your booking"
    assert last.startswith("Assumed sent: 1.")
    assert message.address not in first + letter + last


@pytest.mark.parametrize("typed", ["yesterday", "2999-01-01T10:00"])
def test_the_command_refuses_a_time_it_cannot_mean(typed):
    with pytest.raises(CommandError):
        call_command("restored", stopped_at=typed)


def test_whatever_the_timetable_writes_is_planned_before_it_is_counted():
    """A new periodic letter joins PLANNERS, or it would be sent twice after a restore."""
    tasks = {line["task"] for line in app.conf.beat_schedule.values()}
    missing = set()
    for task in tasks - WRITES_NO_LETTER_BY_THE_CLOCK:
        module, _dot, name = task.rpartition(".")
        source = getsource(getattr(import_module(module), name).run)
        if not any(plan.__name__ in source and task.startswith(_app(plan)) for plan in PLANNERS):
            missing.add(task)

    assert missing == set()


def _app(plan):
    return plan.__module__.partition(".")[0]
