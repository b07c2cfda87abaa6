"""Who runs a site finds one booking among hundreds, and learns no name that the list does not show."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils.html import strip_tags

from spaces.models import SiteManager
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    HirerFactory,
    SpaceFactory,
    a_manager_of,
    a_programme_worker,
    a_site_manager_of,
    with_second_factor,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
ADDRESS = reverse("spaces:find_bookings")


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def hall():
    return SpaceFactory(name="Hall", site__name="Lee House", site__programme_decides=False)


def found(client, **asked):
    page = client.get(ADDRESS, asked)
    assert page.status_code == 200
    return list(page.context["page"])


def test_a_booking_is_found_by_room_group_state_day_and_reference(client, hall):
    attic = SpaceFactory(name="Attic", site=hall.site)
    tea = HirerFactory(organisation__name="Amina’s Tea (demo)")
    asked = BookingFactory(space=hall, starts_at=NOW + 3 * DAY, decisions=["site"])
    sure = BookingFactory(space=attic, hirer=tea, starts_at=NOW + 5 * DAY, state="confirmed")
    lacks = BookingFactory(space=hall, starts_at=NOW + 7 * DAY, state="approved")
    gone = BookingFactory(space=attic, starts_at=NOW - 9 * DAY, state="cancelled_by_hirer")
    elsewhere = BookingFactory(hirer=tea)
    keeper = a_site_manager_of(hall.site)
    client.force_login(keeper)

    assert found(client) == [lacks, sure, asked, gone]
    assert found(client, room=hall.pk) == [lacks, asked]
    assert found(client, group="amina's tea") == [sure]
    assert found(client, which="waiting") == [asked]
    assert found(client, which="group") == [lacks]
    assert found(client, which="confirmed") == [sure]
    assert found(client, which="cancelled") == [gone]
    assert found(client, first="27/11/2026", last="29 November 2026") == [sure, asked]
    assert found(client, last="23 November 2026") == [gone]
    assert found(client, reference=f" {sure.reference.lower()} ") == [sure]
    assert found(client, reference=elsewhere.reference) == []
    assert found(client, which="confirmed", room=hall.pk) == []
    page = client.get(ADDRESS, {"which": "confirmed"}).content.decode()
    assert sure.reference in strip_tags(page)
    bad = client.get(
        ADDRESS,
        {
            "which": "x", "room": elsewhere.space.pk, "first": "soonish", "reference": "XYZ",
            "last": "31/12/9999",
        },
    )  # fmt: skip
    assert bad.status_code == 422
    assert {"which", "room", "first", "reference", "last"} <= set(bad.context["form"].errors)
    assert 'value="soonish"' in bad.content.decode()
    turned = client.get(ADDRESS, {"first": "2/12/2026", "last": "1/12/2026"})
    assert turned.context["form"].errors == {"last": ["The last day must not be before the first"]}


def test_a_masked_group_is_not_found_by_its_name(client, hall):
    private = HirerFactory(is_sensitive=True, organisation__name="Kestrel Circle")
    manager = a_manager_of(private)
    booking = BookingFactory(space=hall, hirer=private, requested_by=manager)
    keeper = a_site_manager_of(hall.site)

    for person in (keeper, a_programme_worker()):
        client.force_login(person)
        assert found(client) == [booking]
        assert found(client, group="Kestrel") == found(client, group="asks for privacy") == []
        assert "Kestrel" not in client.get(ADDRESS).content.decode()
    client.force_login(manager)
    assert client.get(ADDRESS).status_code == 403
    # Who runs the site and belongs to the group sees the name there, and finds it by that.
    SiteManager.objects.create(user=with_second_factor(manager), site=hall.site, starts_on=NOW)
    client.force_login(manager)
    assert found(client, group="kestrel") == [booking]


@pytest.mark.parametrize("how_many", [1, 3])
def test_the_list_costs_the_same_for_one_as_for_many(
    client, django_assert_num_queries, hall, how_many
):
    for number in range(how_many):
        BookingFactory(space=hall, starts_at=NOW + (number + 2) * DAY, decisions=["site"])
    client.force_login(a_site_manager_of(hall.site))
    client.get(ADDRESS)

    with django_assert_num_queries(11):
        assert len(found(client, which="waiting", group="a")) in (0, how_many)
