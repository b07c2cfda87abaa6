"""What waits for one person when they sign in: what they can do now, longest waiting first."""

from datetime import timedelta

import pytest
from django.urls import reverse

from home.services.waiting import waiting_for
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    HirerFactory,
    SpaceFactory,
    a_site_manager_of,
)

pytestmark = pytest.mark.django_db


def requests_for(person):
    """The lines under the first heading of a site manager's page."""
    section = waiting_for(person, now=NOW, today=NOW.date())[0]
    assert section.title == "Requests for a room"
    return [(line.when, line.text) for line in section.lines]


def test_a_request_whose_time_has_passed_keeps_nobody_from_a_real_one():
    space = SpaceFactory()
    manager = a_site_manager_of(space.site)
    for days in range(1, 7):
        BookingFactory(space=space, starts_at=NOW - timedelta(days=days))
    real = BookingFactory(space=space)

    assert requests_for(manager) == [(real.starts_at, str(real.hirer))]


def test_who_has_waited_longest_comes_first():
    space = SpaceFactory()
    manager = a_site_manager_of(space.site)
    late = BookingFactory(space=space, requested_at=NOW - timedelta(days=1))
    early = BookingFactory(
        space=space,
        requested_at=NOW - timedelta(days=3),
        starts_at=late.starts_at + timedelta(days=7),
    )

    assert requests_for(manager) == [
        (early.starts_at, str(early.hirer)),
        (late.starts_at, str(late.hirer)),
    ]


def test_a_group_that_asks_for_privacy_is_not_named():
    booking = BookingFactory(hirer=HirerFactory(is_sensitive=True))
    manager = a_site_manager_of(booking.space.site)

    assert requests_for(manager) == [(booking.starts_at, "A group that asks for privacy")]


@pytest.mark.parametrize("how_many", [1, 3])
def test_the_page_costs_the_same_for_one_request_as_for_many(
    client, django_assert_num_queries, how_many
):
    space = SpaceFactory()
    manager = a_site_manager_of(space.site)
    for days in range(how_many):
        BookingFactory(space=space, starts_at=NOW + timedelta(days=900 + days))
    client.force_login(manager)

    with django_assert_num_queries(7):
        answer = client.get(reverse("home:waiting"))

    assert len(answer.context["sections"][0].lines) == how_many
