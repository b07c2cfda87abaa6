"""Rooms that another system books: found here, linked out, never bookable here."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from spaces import services
from spaces.models import Booking, Hold, Occupancy, Site
from tests.factories.spaces import NOW, HirerFactory, SpaceFactory, a_manager_of
from tests.spaces.test_space_page import a_tuesday_ahead, page, words

pytestmark = pytest.mark.django_db

AT_SIX = {"from": "18:00", "to": "20:00"}


def a_room_elsewhere(**facts):
    return SpaceFactory(
        site__booking_authority=Site.BookingAuthority.ELSEWHERE,
        site__external_url="https://example.org/rooms",
        **facts,
    )


def find(client, **blanks):
    return client.get(reverse("spaces:spaces"), blanks)


def test_without_a_time_it_stands_among_the_others_and_links_out(client):
    there = a_room_elsewhere(name="Conference room")

    found = find(client, people="2")

    [offer] = found.context["offers"]
    assert (offer["space"], offer["ask_url"]) == (there, "")
    assert "Booked somewhere else" in words(found)
    assert 'href="https://example.org/rooms"' in found.content.decode()


def test_with_a_time_it_stands_apart_and_is_not_said_to_be_free(client):
    here, there = SpaceFactory(), a_room_elsewhere()
    a_room_elsewhere(capacity=5)

    found = find(client, people="10", day=a_tuesday_ahead().isoformat(), **AT_SIX)

    assert [offer["space"] for offer in found.context["offers"]] == [here]
    assert [offer["space"] for offer in found.context["elsewhere"]] == [there]
    said = words(found).partition("We cannot see when these are free.")
    assert said[1]
    assert "Free then" in said[0]
    assert "Free then" not in said[2]
    assert "Ask for this room" not in said[2]
    assert "Go to where it is booked" in said[2]


def test_it_costs_the_same_for_one_as_for_many(client):
    counted = []
    for how_many in (1, 3):
        while Site.objects.count() < how_many:
            a_room_elsewhere()
        find(client, day=a_tuesday_ahead().isoformat(), **AT_SIX)  # what is not found is noted once
        with CaptureQueriesContext(connection) as queries:
            found = find(client, day=a_tuesday_ahead().isoformat(), **AT_SIX)
        assert len(found.context["elsewhere"]) == how_many
        counted.append(len(queries))

    assert counted[0] == counted[1]


def test_its_page_leaves_no_dead_parts(client):
    there = a_room_elsewhere(site__opening=False, price_text="From £25 an hour.")

    answer = page(client, there, day=a_tuesday_ahead().isoformat(), **AT_SIX)

    said = words(answer)
    assert "This room is booked somewhere else" in said
    assert 'href="https://example.org/rooms"' in answer.content.decode()
    assert "From £25 an hour." in said
    for ours in (
        "When is it free?",
        "Ask for this room",
        "Who decides",
        "Opening hours",
        "How to get in",
        "approved here",
        "The site tells you how to pay",
    ):
        assert ours not in said


def test_a_forged_request_is_refused_and_takes_nothing(client):
    hirer = HirerFactory()
    person = a_manager_of(hirer)
    here, there = SpaceFactory(), a_room_elsewhere()
    day = a_tuesday_ahead()
    form = {
        "form_id": str(uuid4()),
        "hirer": hirer.pk,
        "day_day": day.day,
        "day_month": day.month,
        "day_year": day.year,
        "starts": "6pm",
        "ends": "8pm",
        "attendance": 12,
        "setup_minutes": 0,
        "cleardown_minutes": 0,
    }
    client.force_login(person)

    forged = client.post(reverse("spaces:hold_space", args=[there.slug]), form)

    assert forged.status_code == 404
    assert not Hold.objects.exists()
    assert not Occupancy.objects.exists()
    # The very same form is taken where rooms are booked here.
    assert client.post(reverse("spaces:hold_space", args=[here.slug]), form).status_code == 302
    assert Hold.objects.get().space == here


def test_the_service_refuses_it_too():
    hirer = HirerFactory()
    start = NOW + timedelta(days=7, hours=9)

    with pytest.raises(ValidationError):
        services.request_booking(
            a_room_elsewhere(),
            hirer=hirer,
            by=a_manager_of(hirer),
            now=NOW,
            form_id=uuid4(),
            starts_at=start,
            ends_at=start + timedelta(hours=2),
            attendance=12,
            purpose="Tea",
            ages=["26_to_64"],
        )

    assert not Booking.objects.exists()
