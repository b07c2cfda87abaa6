"""Rooms that make up bigger ones, and the time kept free between two uses, over the real constraint."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from django.core.exceptions import ValidationError

from core.clock import at, london
from spaces import services
from spaces.models import Booking, Occupancy, Space
from spaces.rules.deciding import Use
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    HirerFactory,
    RoomFactory,
    SiteFactory,
    SpaceFactory,
    a_manager_of,
    a_site_manager_of,
)
from tests.racing import at_once

pytestmark = pytest.mark.django_db

TUESDAY = date(2026, 12, 1)
HOUR = timedelta(hours=1)


@pytest.fixture
def hall():
    """A hall of two rooms, which can be had one by one as well; and a kitchen that goes with both."""
    site = SiteFactory()
    a, b, kitchen = (RoomFactory(site=site, name=name) for name in ("A", "B", "Kitchen"))
    for name, rooms in (
        ("A", [a]),
        ("B", [b]),
        ("Hall", [a, b]),
        ("Floor", [a, b, kitchen]),
        ("Kitchen", [kitchen]),
    ):
        SpaceFactory(site=site, name=name, rooms=rooms, start_step_minutes=15)
    return {space.name: space for space in site.spaces.all()}


def ask(space, starts=time(10), hours=2, *, group=None, **aside):
    hirer = group or HirerFactory()
    starts_at = at(TUESDAY, starts)
    return services.request_booking(
        space,
        by=a_manager_of(hirer),
        hirer=hirer,
        now=NOW,
        form_id=f"00000000-0000-0000-0000-{hirer.pk:012}",
        starts_at=starts_at,
        ends_at=starts_at + hours * HOUR,
        attendance=5,
        purpose="Tea",
        ages=["26_to_64"],
        **aside,
    )


def free_names(starts=time(10)):
    starts_at = at(TUESDAY, starts)
    found = Space.objects.free_between(starts_at, starts_at + HOUR, now=NOW)
    return sorted(space.name for space in found)


@pytest.mark.parametrize(
    ("taken", "free"),
    [
        ("A", ["B", "Kitchen"]),
        ("B", ["A", "Kitchen"]),
        ("Hall", ["Kitchen"]),
        ("Kitchen", ["A", "B", "Hall"]),
        ("Floor", []),
    ],
)
def test_a_space_is_free_while_all_its_rooms_are(hall, taken, free):
    ask(hall[taken])

    assert free_names() == free
    for name in hall:
        if name not in free:
            with pytest.raises(ValidationError) as refused:
                ask(hall[name])
            assert refused.value.code == services.JUST_TAKEN
    assert Booking.objects.count() == 1
    assert free_names(time(12)) == sorted(hall)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(6))
def test_a_hall_and_its_halves_asked_for_at_once_are_never_had_together(hall, turn):
    wanted = [(hall[name], HirerFactory()) for name in ("Hall", "A", "B")]
    deeds = [lambda space=space, group=group: ask(space, group=group) for space, group in wanted]

    done = at_once(*deeds[turn % 3 :], *deeds[: turn % 3])

    had = set(Booking.objects.values_list("space__name", flat=True))
    assert had in ({"Hall"}, {"A"}, {"B"}, {"A", "B"})
    assert done == sorted(["done"] * len(had) + [services.JUST_TAKEN] * (3 - len(had)))
    taken = sorted(Occupancy.objects.taken().values_list("room__name", flat=True))
    assert taken == (["A", "B"] if had == {"Hall"} else sorted(had))


@pytest.mark.parametrize(
    ("turnaround", "starts", "aside", "is_had"),
    [
        (30, time(12), {}, False),
        (30, time(12, 15), {}, False),
        (30, time(12, 30), {}, True),
        (30, time(12, 30), {"setup_minutes": 15}, False),
        (30, time(12, 45), {"setup_minutes": 15}, True),
        (0, time(12), {}, True),
        (0, time(11, 45), {}, False),
        (0, time(12), {"setup_minutes": 15}, False),
    ],
)
def test_the_time_between_two_uses_is_kept_free(turnaround, starts, aside, is_had):
    """A use until midday; turnaround comes after it, and setting up is part of the next."""
    space = SpaceFactory(turnaround_minutes=turnaround, start_step_minutes=15)
    ask(space)

    if is_had:
        ask(space, starts, **aside)
    else:
        with pytest.raises(ValidationError) as refused:
            ask(space, starts, **aside)
        assert refused.value.code == services.JUST_TAKEN
    assert Booking.objects.count() == 1 + is_had


@pytest.mark.parametrize(("turnaround", "is_had"), [(30, False), (0, True)])
def test_turnaround_fits_before_the_next_use_too(turnaround, is_had):
    space = SpaceFactory(turnaround_minutes=turnaround, start_step_minutes=15)
    ask(space, time(12))

    if is_had:
        ask(space, time(10))
    else:
        with pytest.raises(ValidationError):
            ask(space, time(10))
        ask(space, time(9, 30))
    assert Booking.objects.count() == 2


def test_each_space_brings_its_own_turnaround_to_a_room_they_share(hall):
    """The hall is swept for half an hour after a use, a half of it for a quarter."""
    Space.objects.filter(name="Hall").update(turnaround_minutes=30)
    Space.objects.filter(name="A").update(turnaround_minutes=15)
    hall = {space.name: space for space in Space.objects.all()}
    ask(hall["A"])

    with pytest.raises(ValidationError):
        ask(hall["Hall"], time(12))
    ask(hall["Hall"], time(12, 15), hours=1)
    with pytest.raises(ValidationError):
        ask(hall["B"], time(13, 30))
    ask(hall["B"], time(13, 45))
    assert Booking.objects.count() == 3


# --- Rooms that are added or taken away later -----------------------------------------------------


def move(booking, by, starts=time(14), ends=time(16)):
    now_at = {"starts_at": at(TUESDAY, starts), "ends_at": at(TUESDAY, ends)}
    booking = Booking.objects.get(pk=booking.pk)
    wanted = replace(Use.of(booking), **now_at)
    return services.change_booking(booking, wanted, by=by, now=NOW, seen_at=booking.updated_at)


def rows_of(booking):
    """Which rooms a booking has, when, and how."""
    rows = booking.occupancies.all().taken().order_by("room__name")
    hours = [(london(one.starts_at).hour, london(one.ends_at).hour) for one in rows]
    return [(one.room.name, *hour, one.status) for one, hour in zip(rows, hours, strict=True)]


@pytest.mark.parametrize(
    ("state", "rooms", "status"),
    [
        ("requested", ["A", "B", "Kitchen"], "pending"),
        ("confirmed", ["A", "B", "Kitchen"], "pending"),
        ("confirmed", ["A"], "pending"),
        ("confirmed", ["Kitchen"], "pending"),
        ("confirmed", ["A", "B"], "pending"),
    ],
)
def test_a_booking_that_is_asked_for_anew_takes_the_rooms_of_its_space_today(
    hall, state, rooms, status
):
    booking = BookingFactory(space=hall["Hall"], state=state, starts_at=at(TUESDAY, time(10)))
    keeper = a_site_manager_of(hall["Hall"].site)
    hall["Hall"].rooms.set(hall["Hall"].site.rooms.filter(name__in=rooms))

    move(booking, keeper)

    assert rows_of(booking) == [(name, 14, 16, status) for name in rooms]
    services.approve_booking(booking, by=keeper, now=NOW)
    assert rows_of(booking) == [(name, 14, 16, "confirmed") for name in rooms]
    assert free_names(time(10)) == sorted(hall)
    # Nobody else has any of them then, and whatever is left out can be had.
    for name in ("A", "B", "Kitchen"):
        assert (name in free_names(time(14))) == (name not in rooms)


def test_less_of_a_booking_keeps_its_rooms_whoever_is_in_one_that_was_added(hall):
    booking = BookingFactory(
        space=hall["Hall"],
        state="confirmed",
        starts_at=at(TUESDAY, time(9)),
        ends_at=at(TUESDAY, time(12)),
    )
    Space.objects.filter(name="Kitchen").update(turnaround_minutes=60)
    cooks = ask(Space.objects.get(name="Kitchen"), time(8))
    hall["Hall"].rooms.add(*hall["Kitchen"].rooms.all())

    move(booking, a_site_manager_of(hall["Hall"].site), time(10), time(11))

    assert rows_of(booking) == [(name, 10, 11, "confirmed") for name in ("A", "B")]
    # What is kept free after their use is theirs.
    assert rows_of(cooks) == [("Kitchen", 8, 11, "pending")]


def test_a_booking_moves_into_a_room_that_was_added_only_where_that_is_free(hall):
    booking = BookingFactory(space=hall["Hall"], state="confirmed", starts_at=at(TUESDAY, time(10)))
    ask(hall["Kitchen"], time(15))
    hall["Hall"].rooms.add(*hall["Kitchen"].rooms.all())

    with pytest.raises(ValidationError) as refused:
        move(booking, a_site_manager_of(hall["Hall"].site))

    assert refused.value.code == services.JUST_TAKEN
    assert rows_of(booking) == [(name, 10, 12, "confirmed") for name in ("A", "B")]
