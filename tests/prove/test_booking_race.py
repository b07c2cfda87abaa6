"""Many people want the same room at the same time, over real HTTP and against a real server.

What is counted is the far side: rows in the tables, letters, and the pages the losers see. The same
drill runs against a portal with its lock and its constraint taken out, and must find double
bookings there; with one of the two left, it must find none.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.urls import reverse

from audit.models import AuditRecord
from core.clock import at, london, today
from notifications.models import Message
from spaces.models import Booking, Occupancy, Space
from tests.factories.spaces import (
    BookingFactory,
    HirerFactory,
    RoomFactory,
    SiteFactory,
    SpaceFactory,
    a_manager_of,
    a_site_manager_of,
)
from tests.prove.served import Answer, Client, all_at_once, gunicorn

pytestmark = [pytest.mark.prove, pytest.mark.django_db(transaction=True)]

PORTAL = "config.wsgi:application"
WITHOUT_LOCK = "tests.prove.portal_without_lock:application"
HOURS = [8, 10, 12, 14, 16, 18, 20]
PAIRS = 200
CONSTRAINT = "room_is_taken_once_at_a_time"


def fresh_times(how_many: int) -> list[datetime]:
    """Two-hour stretches that nobody has asked for yet, from next week on."""
    first = today() + timedelta(days=7)
    return [
        at(first + timedelta(days=number // len(HOURS)), time(HOURS[number % len(HOURS)]))
        for number in range(how_many)
    ]


def groups(how_many: int, port: int) -> list[tuple[Client, str]]:
    """As many groups, each with somebody signed in and the key of the group."""
    hirers = [HirerFactory() for _number in range(how_many)]
    return [(Client(port, a_manager_of(hirer)), str(hirer.pk)) for hirer in hirers]


def time_form(hirer: str, starts_at: datetime) -> dict[str, str]:
    day = london(starts_at).date()
    hour = london(starts_at).hour
    return {
        "form_id": str(uuid4()),
        "hirer": hirer,
        "day_day": str(day.day),
        "day_month": str(day.month),
        "day_year": str(day.year),
        "starts": f"{hour}:00",
        "ends": f"{hour + 2}:00",
        "attendance": "12",
        "layout": "",
        "setup_minutes": "0",
        "cleardown_minutes": "0",
    }


WORDS = {
    "purpose": "Tea and talk",
    "ages": "26_to_64",
    "has_food": "no",
    "needs": "A hearing loop",
}


def ask_address(space: Space) -> str:
    return reverse("spaces:hold_space", args=[space.slug])


def race_for(
    space: Space, clients: list[tuple[Client, str]], times: list[datetime]
) -> dict[datetime, list[Answer]]:
    """Everybody asks for the same space at each of these times; what each was told at last."""
    address = ask_address(space)
    for client, _hirer in clients:
        assert client.open(address).status == 200
    return {
        starts_at: in_two_steps(
            [(client, address, time_form(hirer, starts_at)) for client, hirer in clients]
        )
        for starts_at in times
    }


def in_two_steps(presses: list[tuple[Client, str, dict[str, str]]]) -> list[Answer]:
    """Everybody says when at the same moment; whoever was given the room goes on, at once again."""
    answers = all_at_once(presses)
    onward = [number for number, answer in enumerate(answers) if answer.status == 302]
    if not onward:
        return answers
    asked = all_at_once([(presses[number][0], answers[number].place, WORDS) for number in onward])
    for number, answer in zip(onward, asked, strict=True):
        answers[number] = answer
    return answers


def not_won_once(space: Space, times: list[datetime]) -> dict[datetime, int]:
    """The times for which the tables do not hold exactly one booking and one room taken, and how
    many times it is taken.
    """
    wrong = {}
    for starts_at in times:
        bookings = Booking.objects.filter(space=space, starts_at=starts_at).count()
        taken = Occupancy.objects.taken().filter(starts_at=starts_at).count()
        if (bookings, taken) != (1, 1):
            wrong[starts_at] = taken
    return wrong


@contextmanager
def constraint_taken_out() -> Iterator[None]:
    """The law is gone from the test's own database, and back at the end."""
    (law,) = (one for one in Occupancy._meta.constraints if one.name == CONSTRAINT)
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE spaces_occupancy DROP CONSTRAINT {CONSTRAINT}")
    try:
        yield
    finally:
        Occupancy.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Occupancy, law)


def test_twelve_groups_two_hundred_times_one_winner_each_and_no_error():
    space = SpaceFactory()
    SpaceFactory(site=space.site)
    times = fresh_times(200)

    with gunicorn(PORTAL) as port:
        told = race_for(space, groups(12, port), times)

    assert not_won_once(space, times) == {}
    for starts_at, answers in told.items():
        winners = [one for one in answers if one.status == 302]
        losers = [one for one in answers if one.status != 302]
        booking = Booking.objects.get(space=space, starts_at=starts_at)
        assert [one.place for one in winners] == [f"{booking.get_absolute_url()}?asked"]
        assert [one.status for one in losers] == [409] * 11
        for loser in losers:
            assert "Somebody else is asking for this room just now" in loser.page
            assert "What is free instead" in loser.page
            assert "At the time you asked for:" in loser.page
            assert 'value="12"' in loser.page
    # One letter for each winner, none for a loser.
    assert Message.objects.filter(subject__startswith="We have your request").count() == 200
    assert AuditRecord.objects.filter(verb="spaces.booking_requested").count() == 200


def test_a_hall_and_the_rooms_it_is_made_of_are_never_both_taken():
    site = SiteFactory()
    one, two = RoomFactory(site=site), RoomFactory(site=site)
    # The rooms of the hall in another order: who locks first must not matter.
    spaces = [
        SpaceFactory(site=site, rooms=[two, one]),
        SpaceFactory(site=site, rooms=[one]),
        SpaceFactory(site=site, rooms=[two]),
    ]
    times = fresh_times(20)

    with gunicorn(PORTAL) as port:
        clients = groups(12, port)
        for number, (client, _hirer) in enumerate(clients):
            client.open(ask_address(spaces[number % 3]))
        for starts_at in times:
            answers = in_two_steps(
                [
                    (client, ask_address(spaces[number % 3]), time_form(hirer, starts_at))
                    for number, (client, hirer) in enumerate(clients)
                ]
            )
            assert {one.status for one in answers} == {302, 409}

    hall, *parts = (space.pk for space in spaces)
    for starts_at in times:
        won = sorted(Booking.objects.filter(starts_at=starts_at).values_list("space", flat=True))
        assert won in ([hall], sorted(parts))
        assert Occupancy.objects.taken().filter(starts_at=starts_at).count() == 2


def test_two_approvers_at_once_make_one_approval():
    space = SpaceFactory()
    hirer = HirerFactory()
    manager = a_manager_of(hirer)
    bookings = [
        BookingFactory(space=space, hirer=hirer, starts_at=starts_at)
        for starts_at in fresh_times(PAIRS)
    ]

    with gunicorn(PORTAL) as port:
        keepers = [Client(port, a_site_manager_of(space.site, name="Kwame")) for _two in "ab"]
        for booking in bookings:
            address = reverse("spaces:approve_booking", args=[booking.uuid])
            for keeper in keepers:
                assert keeper.open(address).status == 200
            typed = {"seen_at": booking.updated_at.isoformat()}
            answers = all_at_once([(keeper, address, typed) for keeper in keepers])

            assert sorted(one.status for one in answers) == [302, 409]
            (late,) = (one for one in answers if one.status == 409)
            assert "This booking is confirmed. Kwame did that on" in " ".join(late.page.split())

    for booking in bookings:
        booking.refresh_from_db()
        assert booking.state == Booking.State.CONFIRMED
        assert [entry.verb for entry in AuditRecord.objects.about(booking)] == [
            "spaces.booking_approved"
        ]
    letters = Message.objects.filter(address=manager.email, calendar_method="REQUEST")
    assert letters.count() == PAIRS


def test_where_requests_compete_two_approvers_at_once_promise_the_room_to_one_group():
    space = SpaceFactory(pending_policy=Space.PendingPolicy.COMPETE)
    times = fresh_times(PAIRS)
    wishes = [
        [
            BookingFactory(
                space=space, hirer=HirerFactory(), starts_at=starts_at, occupancies=False
            )
            for _two in "ab"
        ]
        for starts_at in times
    ]
    told = [a_manager_of(booking.hirer).email for pair in wishes for booking in pair]

    with gunicorn(PORTAL) as port:
        keepers = [Client(port, a_site_manager_of(space.site)) for _two in "ab"]
        for pair in wishes:
            presses = []
            for keeper, booking in zip(keepers, pair, strict=True):
                address = reverse("spaces:approve_booking", args=[booking.uuid])
                assert keeper.open(address).status == 200
                presses.append((keeper, address, {"seen_at": booking.updated_at.isoformat()}))
            answers = all_at_once(presses)

            assert sorted(one.status for one in answers) == [302, 409]

    assert not_won_once_of_two(times) == []
    letters = Message.objects.filter(address__in=told)
    assert letters.filter(calendar_method="REQUEST").count() == PAIRS
    assert letters.filter(subject__contains="declined").count() == PAIRS


def not_won_once_of_two(times: list[datetime]) -> list[datetime]:
    """The times at which there is anything but one promise, one no and one room taken."""
    return [
        starts_at
        for starts_at in times
        if sorted(Booking.objects.filter(starts_at=starts_at).values_list("state", flat=True))
        != ["confirmed", "declined"]
        or Occupancy.objects.taken().filter(starts_at=starts_at).count() != 1
    ]


def test_who_moves_a_booking_and_who_asks_for_that_time_never_both_have_it():
    space, hirer = SpaceFactory(), HirerFactory()
    times = fresh_times(2 * PAIRS)
    moved = [
        BookingFactory(space=space, hirer=hirer, starts_at=starts_at) for starts_at in times[:PAIRS]
    ]

    with gunicorn(PORTAL) as port:
        mover = Client(port, a_manager_of(hirer))
        ((asker, key),) = groups(1, port)
        asker.open(ask_address(space))
        for booking, wanted in zip(moved, times[PAIRS:], strict=True):
            change = reverse("spaces:change_booking", args=[booking.uuid])
            mover.open(change)
            another = time_form("", wanted) | {
                "seen_at": booking.updated_at.isoformat(),
                "price_seen": "unknown",
            }
            answers = all_at_once(
                [
                    (mover, change, another),
                    (asker, ask_address(space), time_form(key, wanted)),
                ]
            )

            assert sorted(one.status for one in answers) == [302, 409]
            # Asked at once: whoever keeps the next room lets this one go.
            assert Occupancy.objects.taken().filter(starts_at=wanted).count() == 1


def test_who_approves_and_who_asks_for_that_room_under_another_name_never_both_have_it():
    room = RoomFactory()
    hall = SpaceFactory(site=room.site, rooms=[room], pending_policy=Space.PendingPolicy.COMPETE)
    studio = SpaceFactory(site=room.site, rooms=[room])
    times = fresh_times(PAIRS)
    hirer = HirerFactory()
    # Where requests compete they take nothing, so the room can still be asked for as the studio.
    wishes = [
        BookingFactory(space=hall, hirer=hirer, starts_at=starts_at, occupancies=False)
        for starts_at in times
    ]

    with gunicorn(PORTAL) as port:
        keeper = Client(port, a_site_manager_of(room.site))
        ((asker, key),) = groups(1, port)
        asker.open(ask_address(studio))
        for number, booking in enumerate(wishes):
            approve = reverse("spaces:approve_booking", args=[booking.uuid])
            assert keeper.open(approve).status == 200
            answers = all_at_once(
                [
                    (keeper, approve, {"seen_at": booking.updated_at.isoformat()}),
                    (asker, ask_address(studio), time_form(key, booking.starts_at)),
                ],
                # To approve takes longer until it looks at the room: by turns either comes first.
                last_waits=number % 12 * 0.002,
            )

            assert sorted(one.status for one in answers) == [302, 409]
            assert Occupancy.objects.taken().filter(starts_at=booking.starts_at).count() == 1


def test_two_clicks_book_once_and_are_told_the_same():
    space, times = SpaceFactory(), fresh_times(PAIRS)

    with gunicorn(PORTAL) as port:
        ((client, key),) = groups(1, port)
        client.open(ask_address(space))
        for starts_at in times:
            form = time_form(key, starts_at)
            kept = all_at_once([(client, ask_address(space), form)] * 2)
            assert {one.status for one in kept} == {302}
            assert len({one.place for one in kept}) == 1
            asked = all_at_once([(client, kept[0].place, WORDS)] * 2)
            assert {one.status for one in asked} == {302}
            assert len({one.place for one in asked}) == 1

    assert not_won_once(space, times) == {}


def test_one_approves_while_another_declines_and_one_of_them_has_done_it():
    space = SpaceFactory()
    hirer = HirerFactory()
    manager = a_manager_of(hirer)
    bookings = [
        BookingFactory(space=space, hirer=hirer, starts_at=starts_at)
        for starts_at in fresh_times(PAIRS)
    ]

    with gunicorn(PORTAL) as port:
        yes, no = (Client(port, a_site_manager_of(space.site)) for _two in "ab")
        for booking in bookings:
            approve, decline = (
                reverse(f"spaces:{verb}_booking", args=[booking.uuid])
                for verb in ("approve", "decline")
            )
            yes.open(approve)
            no.open(decline)
            seen = {"seen_at": booking.updated_at.isoformat()}
            refusal = {"reason": "clinical", "reason_note": ""}
            answers = all_at_once([(yes, approve, seen), (no, decline, refusal)])

            assert sorted(one.status for one in answers) == [302, 409]

    for booking in bookings:
        booking.refresh_from_db()
        kept, done = {
            "confirmed": (Occupancy.Status.CONFIRMED, "spaces.booking_approved"),
            "declined": (Occupancy.Status.RELEASED, "spaces.booking_declined"),
        }[booking.state]
        assert [one.status for one in booking.occupancies.all()] == [kept]
        assert AuditRecord.objects.about(booking).get().verb == done
    assert Message.objects.filter(address=manager.email).count() == PAIRS


@pytest.mark.parametrize("left", ["the lock", "the constraint"])
def test_either_the_lock_or_the_constraint_alone_still_gives_one_winner(left):
    space, times = SpaceFactory(), fresh_times(15)

    if left == "the lock":
        with constraint_taken_out(), gunicorn(PORTAL) as port:
            race_for(space, groups(12, port), times)
            wrong = not_won_once(space, times)
    else:
        with gunicorn(WITHOUT_LOCK) as port:
            told = race_for(space, groups(12, port), times)
            wrong = not_won_once(space, times)
        assert {one.status for answers in told.values() for one in answers} == {302, 409}

    assert wrong == {}


def test_the_drill_finds_double_bookings_where_lock_and_constraint_are_taken_out():
    space, times = SpaceFactory(), fresh_times(15)

    with constraint_taken_out(), gunicorn(WITHOUT_LOCK) as port:
        race_for(space, groups(12, port), times)
        wrong = not_won_once(space, times)

    # The same drill, the planted fault, and rooms kept for two people and more.
    assert any(taken > 1 for taken in wrong.values())
