"""Thousands of requests for few rooms, at times by chance: what was promised is what stands in the tables.

They go to the service, from many threads with a connection each: over HTTP a tenth of them would take
as long. Whoever loses over HTTP is the matter of `test_booking_race.py`.
"""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from accounts.models import User
from core.clock import at, today
from spaces import services
from spaces.models import Booking, Hirer, Occupancy, Space
from tests.factories.spaces import (
    HirerFactory,
    RoomFactory,
    SiteFactory,
    SpaceFactory,
    a_member_of,
)

pytestmark = [pytest.mark.prove, pytest.mark.django_db(transaction=True)]

TRIES = 10_000
TRIES_FOR_ONE_TIME = 1_000
AT_ONCE = 12
DAYS = 20
HALF_HOUR = timedelta(minutes=30)

Wish = tuple[Space, datetime, datetime]


@pytest.fixture
def groups(settings):
    """Groups with somebody who asks for them, as often as they like."""
    settings.MOST_UNDECIDED_REQUESTS = TRIES
    return [(hirer, a_member_of(hirer)) for hirer in HirerFactory.create_batch(AT_ONCE)]


def a_hall_of_two_rooms() -> list[Space]:
    """Two rooms, each by itself with time to clear away, and both as a hall."""
    site = SiteFactory()
    one, two = RoomFactory(site=site), RoomFactory(site=site)
    return [
        SpaceFactory(site=site, rooms=[two, one]),
        SpaceFactory(site=site, rooms=[one], turnaround_minutes=15),
        SpaceFactory(site=site, rooms=[two]),
    ]


def wishes_by_chance(spaces: list[Space]) -> list[Wish]:
    chance = random.Random(7)
    found = []
    for _number in range(TRIES):
        day = today() + timedelta(days=7 + chance.randrange(DAYS))
        starts_at = at(day, time(8)) + chance.randrange(20) * HALF_HOUR
        length = chance.randrange(2, 7) * HALF_HOUR
        found.append((chance.choice(spaces), starts_at, starts_at + length))
    return found


def answers_to(groups: list[tuple[Hirer, User]], wishes: list[Wish]) -> list[str]:
    """What each was told: "yes", or the code of the refusal."""

    def ask_one_after_the_other(number: int) -> list[str]:
        hirer, person = groups[number]
        try:
            return [answer(hirer, person, wish) for wish in wishes[number :: len(groups)]]
        finally:
            connection.close()

    with ThreadPoolExecutor(len(groups)) as people:
        told = people.map(ask_one_after_the_other, range(len(groups)))
        return [one for answers in told for one in answers]


def answer(hirer: Hirer, person: User, wish: Wish) -> str:
    space, starts_at, ends_at = wish
    try:
        services.request_booking(
            space,
            by=person,
            hirer=hirer,
            now=timezone.now(),
            form_id=uuid4(),
            starts_at=starts_at,
            ends_at=ends_at,
            attendance=5,
            purpose="Tea and talk",
            ages=["26_to_64"],
        )
    except ValidationError as refusal:
        return str(refusal.code)
    return "yes"


def overlapping_pairs() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) FROM spaces_occupancy one JOIN spaces_occupancy other
            ON one.room_id = other.room_id AND one.id < other.id
            AND one.starts_at < other.ends_at AND other.starts_at < one.ends_at
            WHERE one.status <> 'released' AND other.status <> 'released'
            """
        )
        [number] = cursor.fetchone()
    return int(number)


def test_ten_thousand_requests_by_chance_overlap_nowhere_and_each_yes_stands_in_the_table(groups):
    told = answers_to(groups, wishes_by_chance(a_hall_of_two_rooms()))

    assert overlapping_pairs() == 0
    assert set(told) <= {"yes", "just_taken", "too_close"}
    assert len(told) == TRIES
    assert 0 < told.count("yes") == Booking.objects.alive().count() == Booking.objects.count()


def test_a_thousand_requests_for_one_time_are_one_booking(groups):
    space, starts_at = SpaceFactory(), at(today() + timedelta(days=7), time(10))

    wish = (space, starts_at, starts_at + 4 * HALF_HOUR)
    told = answers_to(groups, [wish] * TRIES_FOR_ONE_TIME)

    assert sorted(told) == ["just_taken"] * (TRIES_FOR_ONE_TIME - 1) + ["yes"]
    assert Booking.objects.count() == Occupancy.objects.taken().count() == 1
