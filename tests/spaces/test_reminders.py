"""Reminders: nobody missed, nobody told twice, nobody told of what is over."""

from contextlib import closing
from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError, connection, connections
from django.test.utils import CaptureQueriesContext

from notifications.models import Message
from spaces import services
from spaces.models import Booking
from spaces.rules.deciding import Use
from spaces.tasks import send_booking_reminders
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    HirerFactory,
    a_manager_of,
    a_member_of,
    a_site_manager_of,
)

pytestmark = pytest.mark.django_db

WEEK, DAY = timedelta(days=7), timedelta(hours=24)


def promised(start=NOW + timedelta(days=30), decided=NOW - timedelta(days=30), **facts):
    return BookingFactory(
        state=Booking.State.CONFIRMED, starts_at=start, decided_at=decided, **facts
    )


def test_a_group_is_reminded_a_week_and_a_day_ahead_and_never_twice():
    hirer = HirerFactory()
    member, manager = a_member_of(hirer), a_manager_of(hirer)
    booking = promised(hirer=hirer, requested_by=member, space__name="Hall")
    reminded = []
    # Every six hours from eight days ahead until a day after, with a run doubled and some missed.
    for hours in [192, 180, 168, 168, 162, 100, 30, 23, 22, 1, 0, -24]:
        now = booking.starts_at - timedelta(hours=hours)
        if services.send_reminders(now=now):
            reminded.append(hours)

    assert reminded == [168, 23]
    # The day is in the subject, so a letter that arrives late still says what is true.
    assert sorted((one.address, one.subject) for one in Message.objects.all()) == sorted(
        [
            (person.email, "Reminder: Hall on Thursday 24 December 2026")
            for person in (member, manager)
        ]
        * 2
    )
    letter = Message.objects.filter(address=member.email).first()
    assert letter.valid_until == booking.starts_at
    assert letter.about == f"spaces.booking:{booking.pk}"
    assert "Ring the bell at the side door." in letter.body


@pytest.mark.parametrize(
    "state", ["requested", "declined", "cancelled_by_hirer", "cancelled_by_site"]
)
def test_only_what_is_promised_is_reminded_of(state):
    hirer = HirerFactory()
    a_manager_of(hirer)
    booking = promised(hirer=hirer, start=NOW + timedelta(hours=20))
    # Decided as long ago as one that is reminded of.
    Booking.objects.filter(pk=booking.pk).update(state=state, reason="other")

    assert services.send_reminders(now=NOW) == 0
    assert Message.objects.count() == 0
    Booking.objects.filter(pk=booking.pk).update(state="confirmed")
    assert services.send_reminders(now=NOW) == 1


def test_a_booking_approved_inside_a_window_gets_its_confirmation_only():
    hirer = HirerFactory()
    a_manager_of(hirer)
    promised(hirer=hirer, start=NOW + timedelta(hours=20), decided=NOW - timedelta(hours=1))

    assert services.send_reminders(now=NOW) == 0


def test_cancelling_takes_back_a_reminder_that_still_waits():
    hirer = HirerFactory()
    member = a_member_of(hirer)
    booking = promised(hirer=hirer, requested_by=member, start=NOW + timedelta(hours=20))
    services.send_reminders(now=NOW)

    services.cancel_by_hirer(booking, by=member, now=NOW, reason="illness")
    services.send_reminders(now=NOW + timedelta(hours=1))

    states = {one.subject.split(":")[0]: one.state for one in Message.objects.all()}
    assert states == {"Reminder": Message.State.WITHDRAWN, "Cancelled": Message.State.WAITING}


def test_a_group_with_nobody_left_is_no_obstacle():
    promised(start=NOW + timedelta(hours=20))
    hirer = HirerFactory()
    a_manager_of(hirer)
    promised(hirer=hirer, start=NOW + timedelta(hours=21))

    assert services.send_reminders(now=NOW) == 1
    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_that_fails_keeps_no_other_waiting_and_is_seen(caplog):
    bookings = []
    for hours in (20, 21, 22):
        hirer = HirerFactory()
        a_manager_of(hirer)
        bookings.append(promised(hirer=hirer, start=NOW + timedelta(hours=hours)))
    of_first = [bookings[0].pk]
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '50ms'")

    with closing(connections.create_connection("default")) as rival:
        with rival.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT FROM spaces_booking WHERE id = %s FOR UPDATE", of_first)
        with pytest.raises(ExceptionGroup) as failure:
            services.send_reminders(now=NOW)

    assert [type(problem) for problem in failure.value.exceptions] == [OperationalError]
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [
        f"The reminder of booking {bookings[0].uuid} was not written."
    ]
    about = {letter.about for letter in Message.objects.all()}
    assert about == {f"spaces.booking:{booking.pk}" for booking in bookings[1:]}
    # What was missed is made good by the next run.
    assert services.send_reminders(now=NOW) == 1
    connection.close()


def test_the_timetable_reads_the_clock():
    hirer = HirerFactory()
    a_manager_of(hirer)
    promised(hirer=hirer, start=NOW + timedelta(hours=20))

    with time_machine.travel(NOW, tick=False):
        assert send_booking_reminders() == 1


@pytest.mark.parametrize("how_many", [1, 3])
def test_a_tick_with_nothing_new_costs_the_same_for_one_as_for_many(
    how_many, django_assert_num_queries
):
    for _number in range(how_many):
        hirer = HirerFactory()
        a_manager_of(hirer)
        promised(hirer=hirer, start=NOW + timedelta(hours=20))
    services.send_reminders(now=NOW)

    with django_assert_num_queries(3):  # bookings near, their people, who was told
        assert services.send_reminders(now=NOW) == 0


def test_writing_many_reminders_costs_as_many_queries_as_writing_one():
    def written(how_many):
        Message.objects.all().delete()
        Booking.objects.all().delete()
        for _number in range(how_many):
            hirer = HirerFactory(is_sensitive=True)
            a_manager_of(hirer)
            promised(hirer=hirer, start=NOW + timedelta(hours=20))
        with CaptureQueriesContext(connection) as queries:
            assert services.send_reminders(now=NOW) == how_many
        return len(queries)

    assert written(1) == written(3)


def test_a_booking_that_moves_is_reminded_of_once_at_its_new_time():
    hirer = HirerFactory()
    member = a_member_of(hirer)
    booking = promised(hirer=hirer, requested_by=member, start=NOW + timedelta(days=6, hours=9))
    keeper = a_site_manager_of(booking.space.site)
    assert services.send_reminders(now=NOW) == 1
    facts = {name: getattr(booking, name) for name in Use.__dataclass_fields__}
    later = {name: facts[name] + timedelta(days=7) for name in ("starts_at", "ends_at")}

    services.change_booking(
        booking, Use(**facts | later), by=keeper, now=NOW, seen_at=booking.updated_at
    )
    services.approve_booking(booking, by=keeper, now=NOW)
    for days in range(15):
        services.send_reminders(now=NOW + timedelta(days=days))

    reminders = Message.objects.filter(subject__startswith="Reminder").order_by("pk")
    assert [(one.state, one.subject) for one in reminders] == [
        ("withdrawn", f"Reminder: {booking.space.name} on Monday 30 November 2026"),
        ("waiting", f"Reminder: {booking.space.name} on Monday 7 December 2026"),
        ("waiting", f"Reminder: {booking.space.name} on Monday 7 December 2026"),
    ]
