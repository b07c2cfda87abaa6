"""Rooms instead of a room: they keep its access facts, or say which they lack."""

from datetime import date, time, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core.clock import at
from notifications.models import Message
from spaces import services
from spaces.models import AccessFact, Booking
from spaces.rules.fit import Wish
from spaces.services import finding
from tests.factories.anchors import BoroughFactory
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    HirerFactory,
    RoomFactory,
    SpaceFactory,
    a_manager_of,
    a_site_manager_of,
)

pytestmark = pytest.mark.django_db

TUESDAY = date(2026, 12, 1)
SIX, EIGHT = at(TUESDAY, time(18)), at(TUESDAY, time(20))
Key = AccessFact.Key


def a_space(name, *yes, no=(), **facts):
    """A space with these access facts of its own."""
    space = SpaceFactory(name=name, **facts)
    for keys, value in ((yes, "yes"), (no, "no")):
        for key in keys:
            AccessFact.objects.create(
                site=space.site,
                space=space,
                key=key,
                value=value,
                note="Measured",
                surveyed_on=date(2026, 9, 14),
            )
    return space


def alike(space, **wish):
    facts = finding.access_of([space])[space.pk]
    return [other.name for other in finding.alike(space, Wish(**wish), facts, now=NOW)]


def test_a_room_like_this_one_has_every_access_fact_that_is_a_yes_here():
    hall = a_space("Hall", Key.LIFT, Key.HEARING_LOOP, no=[Key.PRAYER_ROOM])
    a_space("Same", Key.LIFT, Key.HEARING_LOOP)
    a_space("More", Key.LIFT, Key.HEARING_LOOP, Key.WIFI)
    a_space("Less", Key.LIFT)
    a_space("Not checked")
    a_space("Says no", Key.LIFT, no=[Key.HEARING_LOOP])

    assert sorted(alike(hall)) == ["More", "Same"]


def test_how_wide_a_door_is_makes_no_room_unlike():
    hall = a_space("Hall", Key.LIFT, Key.DOOR_WIDTH)
    a_space("Other", Key.LIFT)

    assert alike(hall) == ["Other"]


@pytest.mark.parametrize(("capacity", "found"), [(15, []), (16, ["Other"]), (60, ["Other"])])
def test_a_room_like_this_one_is_roughly_as_large_or_larger(capacity, found):
    hall = a_space("Hall", capacity=20)
    a_space("Other", capacity=capacity)

    assert alike(hall) == found


def test_who_says_how_many_they_are_sees_rooms_that_hold_them():
    hall = a_space("Hall", capacity=60)
    a_space("Small", capacity=12)

    assert alike(hall) == []
    assert alike(hall, people=12) == ["Small"]


def test_rooms_of_the_same_site_and_borough_come_first_and_three_at_most():
    lewisham, bexley = BoroughFactory(name="Lewisham"), BoroughFactory(name="Bexley")
    hall = a_space("Hall", site__borough=lewisham)
    a_space("Far", site__borough=bexley, capacity=18)
    a_space("Near", site__borough=lewisham, capacity=40)
    a_space("Same site", site=hall.site, capacity=50)
    a_space("Also far", site__borough=bexley)

    assert alike(hall) == ["Same site", "Near", "Far"]


def test_a_part_of_the_room_is_no_other_room():
    hall = a_space("Hall")
    other = RoomFactory(site=hall.site)
    a_space("Both", site=hall.site, rooms=[hall.rooms.get(), other], capacity=40)

    assert alike(hall) == []


def test_with_a_time_only_rooms_that_are_free_then_are_alike():
    hall, taken = a_space("Hall"), a_space("Taken")
    a_space("Free")
    BookingFactory(space=taken, starts_at=SIX, ends_at=EIGHT)
    BookingFactory(space=taken, starts_at=EIGHT, ends_at=EIGHT + timedelta(hours=1))

    assert sorted(alike(hall)) == ["Free", "Taken"]
    assert alike(hall, starts_at=SIX, ends_at=EIGHT) == ["Free"]


def test_a_room_without_layouts_has_rooms_like_it_too():
    assert alike(a_space("Bare", capacity=0)) == []
    a_space("Other")
    assert alike(a_space("Bare too", capacity=0)) == ["Other"]


# --- Instead of what was lost or refused ---------------------------------------------------------


def others(space, attendance=12):
    found = finding.alternatives(space, SIX, EIGHT, attendance, now=NOW)
    return [(other.space.name, other.lacks, other.has_the_same) for other in found.others]


def test_alternatives_with_the_same_access_facts_come_first_and_others_say_what_they_lack():
    lewisham, bexley = BoroughFactory(name="Lewisham"), BoroughFactory(name="Bexley")
    hall = a_space("Hall", Key.LIFT, Key.HEARING_LOOP, site__borough=lewisham)
    a_space("Near", Key.LIFT, site__borough=lewisham)
    a_space("Far", Key.LIFT, Key.HEARING_LOOP, site__borough=bexley)
    a_space("Next door", site=hall.site, no=[Key.HEARING_LOOP])
    a_space("Fourth", site__borough=bexley)
    BookingFactory(space=hall, starts_at=SIX, ends_at=EIGHT)

    assert others(hall) == [
        ("Far", [], True),
        ("Next door", ["Lift", "Hearing loop"], False),
        ("Near", ["Hearing loop"], False),
    ]


def test_what_the_group_needs_goes_before_what_the_lost_room_had():
    hall = a_space("Hall", Key.LIFT, Key.CHANGING_PLACES)
    a_space("Next door", Key.LIFT, Key.CHANGING_PLACES, site=hall.site)
    a_space("Loop", Key.HEARING_LOOP)
    hirer = HirerFactory(access_needs=["hearing_loop"])
    manager = a_manager_of(hirer)
    booking = BookingFactory(
        space=hall, hirer=hirer, starts_at=SIX, ends_at=EIGHT, state="confirmed"
    )

    found = finding.instead_of(booking, now=NOW)
    services.cancel_by_site(booking, by=a_site_manager_of(hall.site), now=NOW, reason="safety")

    assert [(other.space.name, other.lacks) for other in found.others] == [
        ("Loop", []),
        ("Next door", ["Hearing loop"]),
    ]
    letter = Message.objects.get(address=manager.email, subject__startswith="Cancelled")
    loop, door = (letter.body.index(f"- {name}") for name in ("Loop", "Next door"))
    assert loop < letter.body.index("It has all that your group needs.") < door
    assert door < letter.body.index("Not there, or not yet checked: Hearing loop.")


def test_what_a_room_lacks_of_the_groups_needs_is_said_before_it_asks_and_to_who_decides(client):
    hall = a_space("Hall", Key.LIFT, no=[Key.HEARING_LOOP])
    hirer = HirerFactory(access_needs=["lift", "hearing_loop", "wifi"])
    keeper, manager = a_site_manager_of(hall.site), a_manager_of(hirer)
    said = "not there or not yet checked: Hearing loop, Wi-Fi."
    with time_machine.travel(NOW, tick=False):
        client.force_login(manager)
        held = services.hold_space(
            hall,
            by=manager,
            hirer=hirer,
            now=NOW,
            form_id=uuid4(),
            starts_at=SIX,
            ends_at=EIGHT,
            attendance=5,
        )
        second = client.get(held.get_absolute_url()).content.decode()
        sent = client.post(
            held.get_absolute_url(), {"purpose": "Tea", "ages": "26_to_64", "has_food": "no"}
        )
        assert sent.status_code == 302
        booking = Booking.objects.get()
        client.force_login(keeper)
        to_decide = [
            client.get(f"{booking.get_absolute_url()}{end}").content.decode()
            for end in ("", "approve/", "decline/")
        ]

    assert f"Your group needs this, and it is {said}" in second
    assert [f"Not there, or {said[13:]}" in page for page in to_decide] == [True] * 3


def test_where_nothing_is_known_no_room_lacks_anything_or_has_the_same():
    hall = a_space("Hall")
    a_space("Other")

    assert others(hall) == [("Other", [], False)]


def test_the_page_after_a_lost_race_says_what_each_room_lacks(client):
    hall = a_space("Hall", Key.LIFT)
    a_space("Same", Key.LIFT)
    a_space("Less")
    BookingFactory(space=hall, starts_at=SIX, ends_at=EIGHT)
    hirer = HirerFactory()
    client.force_login(a_manager_of(hirer))
    typed = {
        "hirer": hirer.pk,
        "day_day": "1",
        "day_month": "12",
        "day_year": "2026",
        "starts": "6pm",
        "ends": "8pm",
        "attendance": "12",
        "purpose": "Tea",
    }

    with time_machine.travel(NOW, tick=False):
        response = client.post(reverse("spaces:hold_space", args=[hall.slug]), typed)

    page = response.content.decode()
    assert response.status_code == 409
    same, less = page.index("Same,"), page.index("Less,")
    assert same < page.index("It has the same access facts.") < less
    assert less < page.index("Not there, or not yet checked: Lift.")


def test_the_letter_of_refusal_says_what_each_room_lacks():
    hall = a_space("Hall", Key.LIFT)
    same, less = a_space("Same", Key.LIFT), a_space("Less")
    booking = BookingFactory(space=hall, starts_at=SIX, ends_at=EIGHT)
    a_manager_of(booking.hirer, email="amina@example.org")

    services.decline_booking(
        booking, by=a_site_manager_of(hall.site), now=NOW, reason=Booking.Reason.CLOSED
    )

    [letter] = Message.objects.filter(address="amina@example.org")
    assert (
        f"- {same}: Tuesday 1 December 2026, 6pm to 8pm\n"
        "  It has the same access facts.\n"
        f"- {less}: Tuesday 1 December 2026, 6pm to 8pm\n"
        "  Not there, or not yet checked: Lift.\n"
    ) in letter.body


# --- The page of a room --------------------------------------------------------------------------


def test_the_page_of_a_room_shows_rooms_like_it_and_carries_the_time_along(client):
    hall = a_space("Hall", Key.LIFT)
    other = a_space("Other", Key.LIFT)
    query = {"day": "2026-12-01", "from": "18:00", "to": "20:00", "people": "5"}

    with time_machine.travel(NOW, tick=False):
        response = client.get(hall.get_absolute_url(), query)

    page = response.content.decode()
    assert "Rooms like this one" in page
    assert (
        "They are free on Tuesday 1 December 2026, 6pm to 8pm. Like this one they have: Lift."
        in page
    )
    [offer] = response.context["alike"]
    assert offer["space"] == other
    assert offer["url"].endswith("?day=2026-12-01&from=18%3A00&to=20%3A00&people=5")


def test_rooms_like_one_of_which_nothing_is_known_promise_no_access(client):
    """A floor is no fact that a search asks for, so others need not have it and are not said to."""
    a_space("Other")

    page = client.get(a_space("Hall", Key.SIGNS).get_absolute_url()).content.decode()

    assert "They are about as large or larger.</p>" in page


def test_a_room_like_no_other_says_nothing_about_others(client):
    page = client.get(a_space("Hall").get_absolute_url()).content.decode()

    assert "Rooms like this one" not in page


def test_rooms_like_this_one_cost_the_same_for_one_as_for_many(client):
    hall = a_space("Hall", Key.LIFT)
    counted = []

    for _number in range(3):
        a_space("Other", Key.LIFT)
        with CaptureQueriesContext(connection) as queries:
            client.get(hall.get_absolute_url(), {"week": timezone.localdate().isoformat()})
        counted.append(len(queries))

    assert counted == [20, 20, 20]
