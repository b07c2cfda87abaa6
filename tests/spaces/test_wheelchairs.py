"""How many people using wheelchairs a room takes: told of each layout, searched for, and kept to."""

from itertools import product

import pytest
import time_machine
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from spaces.models import Booking, Hold, Space
from spaces.rules.fit import Wish, differences
from spaces.services import finding
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    HirerFactory,
    SpaceFactory,
    a_member_of,
    a_programme_worker,
    a_site_manager_of,
)
from tests.forms import forms_of
from tests.spaces.test_booking_pages import first_page, typed, written
from tests.spaces.test_offers import a_sent_offer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def a_room(name, *holds):
    """`holds`: kind, how many, and how many of them may use a wheelchair."""
    space = SpaceFactory(name=name, capacity=None)
    space.layouts.all().delete()
    for kind, capacity, wheelchairs in holds:
        space.layouts.create(kind=kind, capacity=capacity, wheelchair_spaces=wheelchairs)
    return space


def browser(person):
    client = Client()
    client.force_login(person)
    return client


def shown(page):
    return " ".join(page.content.decode().split())


@pytest.fixture
def rooms():
    return [
        a_room("Unknown", ("circle", 20, None)),
        a_room("None", ("circle", 20, 0)),
        a_room("Three", ("circle", 20, 3)),
        a_room("Rows", ("circle", 30, 1), ("rows", 12, 4)),
        a_room("Half", ("circle", 10, 5), ("rows", 40, None)),
    ]


def test_python_and_postgres_agree_on_which_rooms_take_the_wheelchairs(rooms):
    wishes = [
        Wish(people=people, layout=layout, wheelchairs=wheelchairs)
        for people, layout, wheelchairs in product(
            (None, 10, 11, 40), ("", "circle", "rows"), (None, 1, 3, 5)
        )
    ]
    for wish in wishes:
        fits = {
            space.name
            for space in Space.objects.with_site()
            if not differences(
                space, list(space.layouts.all()), {}, "", wish, equipment=(), is_free=True
            )
        }

        assert {space.name for space in finding.fitting(wish, now=NOW)} == fits, wish


def test_a_search_finds_rooms_that_are_known_to_take_them_and_says_why_others_are_not(
    client, rooms
):
    address = "/spaces/?people=20&day=2026-12-01&from=18:00&to=20:00"
    with CaptureQueriesContext(connection) as without:
        not_asked = client.get(address)
    with CaptureQueriesContext(connection) as asking:
        found = client.get(f"{address}&wheelchairs=2")

    nothing = shown(client.get(f"{address}&wheelchairs=4"))
    assert [offer["space"].name for offer in found.context["offers"]] == ["Three"]
    assert "wheelchairs=2" in found.context["offers"][0]["ask_url"]
    assert "More: it must have or be: places for 2 wheelchairs" in shown(found)
    assert "How many people using wheelchairs it takes: not yet checked." in nothing
    assert "It has no place for a wheelchair." in nothing
    assert "It takes 3 people using wheelchairs." in shown(found)
    assert not any(offer["wheelchairs"] for offer in not_asked.context["offers"])
    assert len([one for one in asking if "spaces_layout" in one["sql"]]) <= 1 + len(
        [one for one in without if "spaces_layout" in one["sql"]]
    )
    assert client.get("/spaces/?wheelchairs=none").status_code == 422


def test_a_room_that_comes_near_says_once_how_many_wheelchairs_it_takes(client, rooms):
    def near(blanks):
        return [
            (miss["space"].name, miss["differs"], miss["holds"], miss["wheelchairs"])
            for miss in client.get(f"/spaces/?{blanks}").context["misses"]
        ]

    not_checked = "How many people using wheelchairs it takes: not yet checked."
    rows, three, half = (
        f"It holds {how_many}."
        for how_many in (
            "30 people, chairs in a circle",
            "20 people, chairs in a circle",
            "40 people, chairs in rows",
        )
    )
    assert near("people=50&wheelchairs=1") == [
        ("Rows", [rows], "", "It takes 1 person using a wheelchair."),
        ("Three", [three], "", "It takes 3 people using wheelchairs."),
        ("Half", [half], "", not_checked),
    ]
    assert near("people=30&wheelchairs=4")[0] == (
        "Rows",
        ["It takes 1 person using a wheelchair."],
        "30 people, chairs in a circle",
        "",
    )


def test_a_request_is_refused_where_too_few_are_known_to_fit_and_not_where_nobody_knows(rooms):
    hirer = HirerFactory()
    client = browser(a_member_of(hirer))
    _unknown, _none, three, *_rest = rooms
    asked = {"attendance": "12", "wheelchair_users": "4"}

    refused = client.post(first_page(three), typed(hirer, **asked))
    unknown = client.post(first_page(rooms[0]), typed(hirer, **asked))
    few = client.post(first_page(three), typed(hirer, attendance="3", wheelchair_users="4"))

    assert refused.status_code == few.status_code == 422
    assert refused.context["form"].errors == {
        "wheelchair_users": [
            "Laid out for so many people, this room has places for 3 people using a wheelchair."
        ]
    }
    assert few.context["form"].errors == {
        "attendance": ["Enter at least as many people as use a wheelchair."]
    }
    assert Hold.objects.get().wheelchair_users == 4
    assert "4 of them use wheelchairs" in shown(client.get(unknown.url))
    client.post(unknown.url, written())
    booking = Booking.objects.get()
    assert (booking.wheelchair_users, booking.attendance) == (4, 12)
    keeper = browser(a_site_manager_of(booking.space.site))
    assert "4 of them use wheelchairs" in shown(keeper.get(booking.get_absolute_url()))


def test_more_people_using_wheelchairs_are_agreed_to_again(rooms):
    hirer = HirerFactory()
    member = a_member_of(hirer)
    booking = BookingFactory(
        space=rooms[2], hirer=hirer, requested_by=member, state="confirmed", wheelchair_users=1
    )
    client = browser(member)
    address = reverse("spaces:change_what_was_asked", args=[booking.uuid])
    [form] = [one for one in forms_of(shown(client.get(address))) if "has_food" in one.fields]

    more = client.post(address, form.held() | {"wheelchair_users": "2"})
    less = client.post(address, form.held() | {"wheelchair_users": ""})
    too_many = client.post(address, form.held() | {"wheelchair_users": "4"})
    held = forms_of(too_many.content.decode())[0].held()
    held.pop("again", None)

    assert "A person must agree again" in shown(more)
    assert "This holds at once" in shown(less)
    assert client.post(address, held).context["form"].errors["wheelchair_users"]


def test_whoever_runs_the_site_says_how_many_and_everybody_reads_what_is_not_checked(client):
    space = a_room("Hall", ("circle", 20, None), ("rows", 30, None))
    keeper = browser(a_site_manager_of(space.site))
    address = reverse("spaces:change_room", args=[space.site.slug, space.slug])
    [form] = [one for one in forms_of(shown(keeper.get(address))) if "name" in one.fields]

    wrong = keeper.post(address, form.held() | {"wheelchairs_circle": "21", "summary": "A hall."})
    kept = keeper.post(address, form.held() | {"wheelchairs_circle": "2", "summary": "A hall."})

    assert wrong.context["form"].errors == {
        "wheelchairs_circle": ["Enter no more than the room holds laid out like this"]
    }
    assert kept.status_code == 302, kept.context["form"].errors
    told = dict(space.layouts.values_list("kind", "wheelchair_spaces"))
    assert told == {"circle": 2, "rows": None}
    page = shown(client.get(space.get_absolute_url()))
    assert "2 of them using wheelchairs" in page
    assert "Wheelchairs: Not yet checked" in page
    with pytest.raises(IntegrityError, match="people_using_wheelchairs_are_among_those_who_fit"):
        space.layouts.update(wheelchair_spaces=21)


def test_staff_read_how_many_before_they_publish_an_offer(client):
    offer = a_sent_offer()
    Space.objects.get(site=offer.site).layouts.filter(kind="rows").update(wheelchair_spaces=3)
    client.force_login(a_programme_worker())

    asked = shown(client.get(reverse("spaces:decide_offer", args=[offer.uuid])))

    assert "20 people, chairs in a circle (wheelchairs: not yet checked)" in asked
    assert "30 people, chairs in rows (wheelchairs: 3)" in asked
