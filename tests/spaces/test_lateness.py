"""How often a group cancelled late is told to whoever decides about it, and to the group."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from tests.factories.spaces import (
    NOW,
    BookingFactory,
    HirerFactory,
    SpaceFactory,
    a_manager_of,
    a_programme_worker,
    a_site_manager_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def cancelled(hirer, space, *, days_ago, late=True):
    when = NOW - timedelta(days=days_ago)
    return BookingFactory(
        hirer=hirer,
        space=space,
        state="cancelled_by_hirer",
        starts_at=when + timedelta(days=1),
        requested_at=when - timedelta(days=20),
        decided_at=when,
        cancelled_late=late,
    )


@pytest.mark.parametrize("is_sensitive", [False, True])
def test_a_site_reads_of_its_own_rooms_and_the_programme_of_all(client, is_sensitive):
    hirer, space, elsewhere = (
        HirerFactory(is_sensitive=is_sensitive),
        SpaceFactory(),
        SpaceFactory(),
    )
    cancelled(hirer, space, days_ago=10)
    cancelled(hirer, elsewhere, days_ago=20)
    cancelled(hirer, elsewhere, days_ago=182)
    cancelled(hirer, space, days_ago=184)
    cancelled(hirer, space, days_ago=5, late=False)
    request = BookingFactory(hirer=hirer, space=space, decisions=["site", "programme"])
    group = hirer.get_absolute_url()
    booking = request.get_absolute_url()
    approve, decline = (
        reverse(f"spaces:{name}_booking", args=[request.uuid]) for name in ("approve", "decline")
    )
    stop = reverse("spaces:stop_hirer", args=[hirer.organisation.slug])
    readers = {
        a_site_manager_of(space.site): (
            "" if is_sensitive else "1 late cancellation in",
            [booking],
        ),
        a_programme_worker(): ("3 late cancellations in", [booking, group, stop]),
    }

    for person, (words, pages) in readers.items():
        client.force_login(person)
        for page in [*pages, approve, decline]:
            told = client.get(page).content.decode()
            assert (words or "page") in told
            assert bool(words) == ("late cancellation" in told)

    # The group reads what is counted; on the page of a booking of its own it reads nothing of it.
    client.force_login(a_manager_of(hirer))
    assert "cancelled 3 bookings late in the last six months" in client.get(group).content.decode()
    assert "late cancellation" not in client.get(booking).content.decode()


def test_a_group_that_never_cancelled_late_reads_nothing_of_it(client):
    hirer = HirerFactory()
    cancelled(hirer, SpaceFactory(), days_ago=5, late=False)
    client.force_login(a_manager_of(hirer))

    assert "Late cancellations" not in client.get(hirer.get_absolute_url()).content.decode()
