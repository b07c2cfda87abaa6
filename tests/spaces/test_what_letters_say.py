"""What letters about a booking say of the time, the chairs and the money."""

from datetime import timedelta

import pytest

from notifications.models import Message
from spaces import services
from tests.factories.spaces import (
    ChargeFactory,
    HirerFactory,
    SpaceFactory,
    a_member_of,
    a_site_manager_of,
)
from tests.spaces.test_bookings import EVENING, NOW, ask

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_that_morning")]

SET_UP = {"setup_minutes": 60, "cleardown_minutes": 30}
WHOLE = "With setting up and clearing away: 5pm to 8:30pm"


@pytest.fixture
def hirer():
    return HirerFactory()


@pytest.fixture
def member(hirer):
    return a_member_of(hirer)


def letter(person, subject):
    return Message.objects.get(address=person.email, subject__startswith=subject).body


def test_whoever_opens_and_whoever_comes_read_from_when_people_are_there(client, hirer, member):
    space = SpaceFactory(name="Hall", site__programme_decides=False)
    keeper, other = a_site_manager_of(space.site), a_site_manager_of(space.site)
    booking = ask(space, member, hirer, layout=space.layouts.get(), **SET_UP)

    services.approve_booking(booking, by=keeper, now=NOW)

    to_the_site = [letter(other, subject) for subject in ("Please decide", "Hall is booked")]
    to_the_group = [letter(member, subject) for subject in ("We have your", "Hall is yours")]
    assert [WHOLE in body for body in to_the_site + to_the_group] == [True] * 4
    assert all("chairs in a circle" in body.lower() for body in to_the_site)
    client.force_login(keeper)
    for address in ("/spaces/bookings/", booking.get_absolute_url()):
        assert "5pm to 8:30pm" in client.get(address).content.decode()


def test_a_reminder_says_it_too(hirer, member):
    space = SpaceFactory(name="Hall", site__programme_decides=False)
    booking = ask(space, member, hirer, **SET_UP)
    services.approve_booking(booking, by=a_site_manager_of(space.site), now=NOW)

    services.send_reminders(now=EVENING - timedelta(hours=23))

    assert WHOLE in letter(member, "Reminder")


@pytest.mark.parametrize(
    ("pence", "wish", "answer", "told"),
    [
        (None, "", {}, "What it costs is not known here: ask the site."),
        (0, "", {}, "It is free of charge."),
        (1000, "", {}, "It costs £20 in full."),
        (1000, "We are poor.", {"is_free": True}, "yes: your group pays nothing."),
        (
            1000,
            "We are poor.",
            {"is_free": False, "why_not_free": "You have £900."},
            "It costs £20 in full. You asked to pay nothing. The answer is no:\nYou have £900.\n",
        ),
    ],
    ids=["not known", "free", "full price", "let off", "not let off"],
)
def test_a_group_reads_what_it_pays_and_what_became_of_its_wish(
    hirer, member, pence, wish, answer, told
):
    space = SpaceFactory(name="Hall", site__programme_decides=False)
    if pence is not None:
        ChargeFactory(of=space, pence=pence)
    booking = ask(space, member, hirer, free_use_reason=wish)
    asked = letter(member, "We have your request")

    services.approve_booking(booking, by=a_site_manager_of(space.site), now=NOW, **answer)

    assert told in letter(member, "Hall is yours")
    undecided = "It costs £20 in full. You asked to pay nothing. That is not decided yet."
    assert (undecided if wish else told) in asked
