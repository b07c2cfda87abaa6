"""No request ends in silence: nobody decided in time, or a question was never answered."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import OperationalError, connection, connections
from django.test.utils import CaptureQueriesContext

from notifications.models import Message
from spaces import services
from spaces.models import Booking
from spaces.rules.bookings import ask_again_at
from spaces.tasks import tell_of_silence
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    HirerFactory,
    SpaceFactory,
    a_manager_of,
    a_member_of,
    a_site_manager_of,
)
from tests.racing import at_once, while_not_committed

pytestmark = pytest.mark.django_db

State = Booking.State
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def booking():
    """A request for six to eight on Tuesday in a week, by Tom of a group that Ada manages."""
    hirer = HirerFactory()
    a_manager_of(hirer, email="ada@example.org")
    return BookingFactory(
        space=SpaceFactory(name="Hall"),
        hirer=hirer,
        requested_by=a_member_of(hirer, email="tom@example.org"),
    )


@pytest.fixture
def keeper(booking):
    return a_site_manager_of(booking.space.site)


def told(subject):
    letters = Message.objects.filter(subject__startswith=subject)
    return sorted(letter.address for letter in letters)


NOT_DECIDED = "Not decided in time: Hall on Tuesday 1 December 2026"


# --- Nobody decided -------------------------------------------------------------------------------


def test_a_group_is_told_once_that_nobody_decided_before_its_time_came(booking):
    a_member_of(booking.hirer)  # neither asked for it nor manages the group
    a_site_manager_of(booking.space.site)

    assert services.tell_of_silence(now=booking.starts_at - MINUTE) == 0
    assert services.tell_of_silence(now=booking.starts_at) == 1
    assert services.tell_of_silence(now=booking.starts_at + 5 * MINUTE) == 0

    assert told(NOT_DECIDED) == ["ada@example.org", "tom@example.org"]
    assert Message.objects.count() == 2
    letter = Message.objects.get(address="tom@example.org")
    assert "We are sorry. Your group asked for a room, and nobody decided" in letter.body
    assert "The room was not yours:" in letter.body
    assert f"ask again:\n{services.telling.spaces_address()}" in letter.body
    booking.refresh_from_db()
    assert booking.state == State.REQUESTED


def test_a_run_that_was_missed_is_made_good_and_old_requests_are_let_rest(booking):
    assert services.tell_of_silence(now=booking.starts_at + 8 * DAY) == 0
    assert services.tell_of_silence(now=booking.starts_at + 6 * DAY) == 1

    assert len(told(NOT_DECIDED)) == 2


def test_whoever_joins_the_group_afterwards_is_not_told_of_it(booking):
    services.tell_of_silence(now=booking.starts_at)
    a_manager_of(booking.hirer)

    assert services.tell_of_silence(now=booking.starts_at + DAY) == 0
    assert len(told(NOT_DECIDED)) == 2


@pytest.mark.parametrize("state", ["confirmed", "approved", "declined", "cancelled_by_hirer"])
def test_of_a_request_that_was_decided_or_taken_back_nothing_is_told(state):
    booking = BookingFactory(state=state)
    a_manager_of(booking.hirer)

    assert services.tell_of_silence(now=booking.starts_at) == 0
    assert not Message.objects.exists()


def test_the_page_says_from_that_moment_on_that_nobody_decided(client, booking):
    missed = "The time came, and nobody had decided. The room was not yours."

    with time_machine.travel(booking.starts_at - MINUTE):
        client.force_login(booking.requested_by)
        before = client.get(booking.get_absolute_url()).content.decode()
    with time_machine.travel(booking.starts_at + MINUTE):
        after = client.get(booking.get_absolute_url()).content.decode()
        listed = client.get("/spaces/bookings/").content.decode()

    assert missed not in before
    assert missed in after
    assert "Find another time or another room" in after
    for page in (after, listed):
        assert "not decided in time" in page.lower()
        assert "waiting for a decision" not in page.lower()


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_tell_once():
    booking = BookingFactory()
    person = a_manager_of(booking.hirer)

    assert at_once(*[lambda: services.tell_of_silence(now=booking.starts_at)] * 4) == ["done"] * 4

    assert [letter.address for letter in Message.objects.all()] == [person.email]


@pytest.mark.django_db(transaction=True)
def test_a_no_of_the_last_moment_is_not_followed_by_a_letter_that_nobody_decided():
    booking = BookingFactory()
    a_manager_of(booking.hirer)
    keeper = a_site_manager_of(booking.space.site)
    start = booking.starts_at

    while_not_committed(
        lambda: services.decline_booking(booking, by=keeper, now=start - MINUTE, reason="safety"),
        lambda: services.tell_of_silence(now=start),
    )

    assert not Message.objects.filter(subject__startswith="Not decided").exists()


@pytest.mark.django_db(transaction=True)
def test_a_request_that_cannot_be_told_of_holds_up_no_other_and_is_told_by_the_next_run():
    first, second = BookingFactory(), BookingFactory()
    for one in (first, second):
        a_manager_of(one.hirer)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '50ms'")

    with closing(connections.create_connection("default")) as rival:
        with rival.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT FROM spaces_booking WHERE id = %s FOR UPDATE", [first.pk])
        with pytest.raises(ExceptionGroup, match="could not be told") as failure:
            services.tell_of_silence(now=first.starts_at)

    assert [type(problem) for problem in failure.value.exceptions] == [OperationalError]
    assert {letter.about for letter in Message.objects.all()} == {f"spaces.booking:{second.pk}"}
    assert services.tell_of_silence(now=first.starts_at) == 1
    assert Message.objects.count() == 2
    connection.close()


def test_a_run_with_nothing_new_costs_the_same_for_one_as_for_many():
    costs = []
    for _round in range(2):
        for _number in range(1 + 2 * len(costs)):
            missed, asked = BookingFactory(), BookingFactory(starts_at=NOW + 9 * DAY)
            keeper = a_site_manager_of(asked.space.site)
            for one in (missed, asked):
                a_manager_of(one.hirer)
            services.ask_question(asked, by=keeper, now=NOW, question="Will you cook?")
        services.tell_of_silence(now=missed.starts_at)
        with CaptureQueriesContext(connection) as queries:
            assert services.tell_of_silence(now=missed.starts_at) == 0
        costs.append(len(queries))

    assert costs == [4, 4]  # missed, asked, their people, what they were told


def test_the_timetable_reads_the_clock(booking):
    with time_machine.travel(booking.starts_at, tick=False):
        assert tell_of_silence() == 1


# --- Nobody answered ------------------------------------------------------------------------------


def moment(month, day, hour, minute=0):
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked_at", "starts_at", "expected"),
    [
        (moment(11, 24, 9), moment(12, 24, 18), moment(11, 26, 9)),
        (moment(11, 27, 9), moment(12, 24, 18), moment(12, 1, 9)),
        (moment(12, 24, 9), moment(2, 1, 18).replace(year=2027), moment(12, 30, 9)),
        (moment(10, 23, 9), moment(12, 24, 18), moment(10, 27, 10)),
        (moment(11, 24, 9), moment(11, 25, 9), moment(11, 24, 21)),
        (moment(11, 27, 9), moment(11, 30, 9), moment(11, 28, 21)),
    ],
    ids=["two days", "a weekend", "bank holidays", "the clocks change", "tomorrow", "Monday"],
)
def test_a_question_is_asked_again_after_two_working_days_or_half_way(
    asked_at, starts_at, expected
):
    assert ask_again_at(asked_at, starts_at) == expected


def test_a_question_that_is_not_answered_is_asked_once_more(booking, keeper):
    services.ask_question(booking, by=keeper, now=NOW, question="Will you cook?")

    assert services.tell_of_silence(now=NOW + 2 * DAY - MINUTE) == 0
    assert services.tell_of_silence(now=NOW + 2 * DAY) == 1
    assert services.tell_of_silence(now=NOW + 3 * DAY) == 0

    asked_again = f"Please answer: a question about your request for Hall ({booking.reference})"
    assert told(asked_again) == ["ada@example.org", "tom@example.org"]
    letter = Message.objects.filter(subject=asked_again)[0]
    assert "We asked on Tuesday 24 November 2026:\nWill you cook?" in letter.body
    assert (
        f"another group can have the room:\n{services.telling.full_address(booking)}" in letter.body
    )
    assert letter.valid_until == booking.starts_at


def test_what_was_answered_is_not_asked_again_and_a_letter_that_waits_is_taken_back(
    booking, keeper
):
    by = booking.requested_by
    services.ask_question(booking, by=keeper, now=NOW, question="Will you cook?")
    services.tell_of_silence(now=NOW + 2 * DAY)

    services.answer_question(booking, by=by, now=NOW + 2 * DAY + HOUR, answer="No.")

    again = Message.objects.filter(subject__startswith="Please answer")
    assert {letter.state for letter in again} == {Message.State.WITHDRAWN}
    assert services.tell_of_silence(now=NOW + 3 * DAY) == 0
    # Another question is another matter.
    services.ask_question(booking, by=keeper, now=NOW + 3 * DAY, question="And sing?")
    assert services.tell_of_silence(now=NOW + 5 * DAY) == 0
    assert services.tell_of_silence(now=NOW + 5 * DAY + 5 * HOUR) == 1
    assert again.filter(state=Message.State.WAITING, body__contains="And sing?").count() == 2


def test_a_question_never_answered_ends_with_the_same_word_that_says_why(client, booking, keeper):
    services.ask_question(booking, by=keeper, now=NOW, question="Will you cook?")
    services.tell_of_silence(now=NOW + 2 * DAY)

    assert services.tell_of_silence(now=booking.starts_at) == 1
    assert services.tell_of_silence(now=booking.starts_at + HOUR) == 0

    letters = Message.objects.filter(subject=NOT_DECIDED)
    assert len(letters) == 2
    assert "There was no answer before the time came" in letters[0].body
    with time_machine.travel(booking.starts_at + MINUTE):
        client.force_login(booking.requested_by)
        page = client.get(booking.get_absolute_url()).content.decode()
    assert "our question was not answered, so nobody could decide" in page
