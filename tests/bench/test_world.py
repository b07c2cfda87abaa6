"""The made-up bookings: as many as asked for, the same each time, and never two in one room."""

from collections import defaultdict
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from bench.world import Sizes, World

SMALL = Sizes(sites=6, spaces=40, bookings=3000, days=56, hirers=20, drill_groups=2)
MONDAY = date(2026, 11, 2)
NOW = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def world():
    return World(SMALL, MONDAY, NOW)


@pytest.fixture(scope="module")
def bookings(world):
    return list(world.bookings())


def test_there_are_as_many_bookings_as_asked_for(bookings):
    assert len(bookings) == SMALL.bookings
    cancelled = sum(one["state"] == "cancelled_by_hirer" for one, _taken in bookings)
    assert 0.04 < cancelled / len(bookings) < 0.08


def test_no_room_is_taken_twice_at_a_time(bookings):
    of_room = defaultdict(list)
    for _booking, taken in bookings:
        for one in taken:
            if one["status"] != "released":
                of_room[one["room_id"]].append((one["starts_at"], one["ends_at"]))

    overlaps = [
        (room, earlier, later)
        for room, times in of_room.items()
        for earlier, later in pairwise(sorted(times))
        if later[0] < earlier[1]
    ]

    assert overlaps == []
    assert len(of_room) > 30


def test_a_hall_takes_both_its_rooms_and_set_up_lies_inside(world, bookings):
    assert max(len(taken) for _booking, taken in bookings) == 2
    for booking, taken in bookings:
        for one in taken:
            before = (booking["starts_at"] - one["starts_at"]).total_seconds() / 60
            after = (one["ends_at"] - booking["ends_at"]).total_seconds() / 60
            assert before == booking["setup_minutes"] >= 0
            assert after == booking["cleardown_minutes"] + booking["turnaround_minutes"]


def test_the_same_seed_makes_the_same_world_and_another_seed_another(bookings):
    again = list(World(SMALL, MONDAY, NOW).bookings())
    other = list(World(Sizes(**{**SMALL.__dict__, "seed": 8}), MONDAY, NOW).bookings())

    assert again == bookings
    assert other != bookings


def test_more_bookings_than_fit_are_refused():
    crowded = Sizes(sites=1, spaces=2, bookings=500, days=7, hirers=2, drill_groups=1)

    with pytest.raises(ValueError, match="do not fit"):
        list(World(crowded, MONDAY, NOW).bookings())
