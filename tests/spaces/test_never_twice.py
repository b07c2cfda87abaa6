"""Whatever people do one after the other, no room is taken twice.

The law is the exclusion constraint. So that the services are tried and not the law alone, each
story is also told with the constraint taken out.
"""

from datetime import timedelta
from itertools import combinations
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from spaces import services
from spaces.models import Booking, Closure, Occupancy, Space
from spaces.rules import times
from spaces.rules.deciding import Use
from tests.factories.spaces import (
    NOW,
    HirerFactory,
    RoomFactory,
    SiteFactory,
    SpaceFactory,
    a_member_of,
    a_site_manager_of,
)

pytestmark = pytest.mark.django_db

FIRST = NOW.replace(hour=10) + timedelta(days=14)
HALF_HOUR = timedelta(minutes=30)

halves = st.integers(0, 3)
lengths = st.integers(2, 3)
aside = st.sampled_from([0, 0, 15])
which = st.integers(0, 3)
space = st.sampled_from([0, 0, 1, 2, 3, 3])
group = st.integers(0, 2)
asks = st.tuples(st.just("ask"), space, group, halves, lengths, aside)
# Drawn in turns, so that short stories are about few bookings that meet each other.
story = st.tuples(
    st.lists(asks, min_size=2, max_size=4),
    st.lists(
        st.one_of(
            asks,
            st.tuples(st.just("approve"), which),
            st.tuples(st.just("telephone"), space, group, halves, lengths, aside),
            st.tuples(
                st.sampled_from(["change", "change by telephone"]), which, halves, lengths, aside
            ),
            st.tuples(st.sampled_from(["cancel", "take back", "decline"]), which),
            st.tuples(st.just("bring back"), which),
            st.tuples(st.just("hold"), space, group, halves, lengths, aside),
            st.tuples(st.just("close"), halves),
            st.tuples(st.just("open")),
            st.tuples(st.just("wait")),
        ),
        min_size=3,
        max_size=10,
    ),
).map(lambda parts: [*parts[0], *parts[1]])

ASKS = ("ask", 0, 0, 0, 2, 0)


class World:
    """Two rooms, each by itself, both as a hall, and one of them also where requests compete."""

    def __init__(self):
        self.now = NOW
        self.site = SiteFactory()
        one, two = RoomFactory(site=self.site), RoomFactory(site=self.site)
        self.spaces = [
            SpaceFactory(site=self.site, rooms=[one], turnaround_minutes=15),
            SpaceFactory(site=self.site, rooms=[two]),
            SpaceFactory(site=self.site, rooms=[one, two]),
            SpaceFactory(site=self.site, rooms=[two], pending_policy=Space.PendingPolicy.COMPETE),
        ]
        self.hirers = [HirerFactory() for _ in range(3)]
        self.members = [a_member_of(hirer) for hirer in self.hirers]
        self.keeper = a_site_manager_of(self.site)

    def does(self, act, *facts):
        """One step of the story; what the rules refuse did not happen."""
        try:
            with transaction.atomic():
                getattr(self, act.replace(" ", "_"))(*facts)
        except ValidationError:
            pass

    def wanted(self, half, length, minutes):
        starts_at = FIRST + half * HALF_HOUR
        return {
            "starts_at": starts_at,
            "ends_at": starts_at + length * HALF_HOUR,
            "setup_minutes": minutes,
            "cleardown_minutes": minutes,
            "attendance": 10,
        }

    def hold(self, space, hirer, *when):
        services.hold_space(
            self.spaces[space],
            by=self.members[hirer],
            hirer=self.hirers[hirer],
            now=self.now,
            form_id=uuid4(),
            **self.wanted(*when),
        )

    def ask(self, space, hirer, *when):
        services.request_booking(
            self.spaces[space],
            by=self.members[hirer],
            hirer=self.hirers[hirer],
            now=self.now,
            form_id=uuid4(),
            purpose="Tea",
            ages=["26_to_64"],
            **self.wanted(*when),
        )

    def telephone(self, space, hirer, *when):
        """Staff have a reason to keep less time free between two uses."""
        services.request_booking(
            self.spaces[space],
            by=self.keeper,
            hirer=self.hirers[hirer],
            now=self.now,
            form_id=uuid4(),
            purpose="Tea",
            ages=["26_to_64"],
            caller_name="Amina",
            less_time_free="The same people stay.",
            **self.wanted(*when),
        )

    def one(self, number):
        found = list(Booking.objects.with_people().order_by("pk"))
        if not found:
            raise ValidationError("Nothing yet.")
        return found[number % len(found)]

    def member_of(self, booking):
        return self.members[self.hirers.index(booking.hirer)]

    def approve(self, number):
        services.approve_booking(self.one(number), by=self.keeper, now=self.now)

    def decline(self, number):
        services.decline_booking(self.one(number), by=self.keeper, now=self.now, reason="safety")

    def cancel(self, number):
        booking = self.one(number)
        services.cancel_by_hirer(
            booking, by=self.member_of(booking), now=self.now, reason="few_people"
        )

    def take_back(self, number):
        services.cancel_by_site(self.one(number), by=self.keeper, now=self.now, reason="clinical")

    def change(self, number, *when):
        self._change(self.one(number), when, by=self.member_of(self.one(number)))

    def change_by_telephone(self, number, *when):
        reason = "The same people stay."
        self._change(self.one(number), when, by=self.keeper, less_time_free=reason)

    def _change(self, booking, when, **facts):
        services.change_booking(
            booking,
            Use(layout=None, **self.wanted(*when)),
            now=self.now,
            seen_at=booking.updated_at,
            **facts,
        )

    def bring_back(self, number):
        booking = self.one(number)
        own = booking.state == Booking.State.CANCELLED_BY_HIRER
        by = self.member_of(booking) if own else self.keeper
        services.reinstate_booking(booking, by=by, now=self.now)

    def close(self, half):
        starts_at = FIRST + half * HALF_HOUR
        closure = Closure(site=self.site, starts_at=starts_at, ends_at=starts_at + HALF_HOUR)
        services.close_rooms(closure, rooms=[], by=self.keeper, now=self.now)

    def open(self):
        closure = Closure.objects.first()
        if closure is not None:
            services.open_rooms(closure, by=self.keeper)

    def wait(self):
        """Until what is kept for somebody now has run out; nobody tidies up."""
        self.now += timedelta(minutes=11)

    def check(self):
        taken = list(Occupancy.objects.taken().select_related("booking__space"))
        for one, other in combinations(taken, 2):
            assert one.room_id != other.room_id or not times.overlap(
                (one.starts_at, one.ends_at), (other.starts_at, other.ends_at)
            ), "A room is taken twice."
        for booking in Booking.objects.with_people():
            held = booking.occupancies.all().taken()
            found = sorted((one.room_id, one.starts_at, one.used_until, one.status) for one in held)
            assert found == self.expected(booking), booking.state
            for one in held:
                assert one.ends_at == self.kept_free_until(one, taken), "Less than is possible."
                if one.ends_at < times.taken_by(booking)[1]:
                    after = [
                        other.booking
                        for other in taken
                        if other.room_id == one.room_id and other.starts_at == one.ends_at
                    ]
                    assert any(some.less_time_free for some in [booking, *after]), "No reason."

    def kept_free_until(self, one, taken):
        """As long as the space asks for, or until the next use of the room."""
        after = [
            other.starts_at
            for other in taken
            if other.room_id == one.room_id and other.starts_at >= one.used_until
        ]
        return min([times.taken_by(one.booking)[1], *after])

    def expected(self, booking):
        """What a booking takes, told by its state alone."""
        holds_nothing = not booking.is_alive or (
            booking.space.lets_compete and not booking.is_promised
        )
        if holds_nothing:
            return []
        status = "confirmed" if booking.is_promised else "pending"
        return sorted(
            (room.pk, *times.used_by(booking), status) for room in booking.space.rooms.all()
        )


@pytest.mark.parametrize("law", ["with the constraint", "without it"])
@settings(
    max_examples=40,
    # A story that fails is short enough to read; making it shorter takes minutes.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=story)
@example(story=[ASKS, ("ask", 0, 1, 4, 2, 0), ("change", 0, 3, 2, 0)])
@example(story=[ASKS, ("approve", 0), ("ask", 2, 1, 4, 2, 0), ("change", 0, 3, 3, 0)])
@example(story=[ASKS, ("cancel", 0), ("ask", 2, 1, 1, 2, 0), ("bring back", 0)])
@example(story=[ASKS, ("telephone", 2, 1, 2, 2, 0), ("cancel", 0)])
@example(story=[ASKS, ("telephone", 2, 1, 2, 2, 0), ("take back", 1), ("decline", 1)])
@example(story=[("ask", 2, 1, 2, 2, 0), ("telephone", 0, 0, 0, 2, 0), ("change", 0, 3, 2, 0)])
@example(story=[ASKS, ("telephone", 0, 1, 2, 3, 0), ("change by telephone", 1, 3, 2, 0)])
@example(story=[ASKS, ("take back", 0), ("approve", 0), ("hold", 0, 1, 0, 2, 0)])
@example(story=[("hold", 0, 1, 0, 2, 0), ("wait",), ASKS, ("hold", 2, 1, 2, 2, 0), ("wait",)])
@example(story=[("hold", 2, 1, 2, 2, 0), ("wait",), ("telephone", 0, 0, 0, 2, 15), ("cancel", 0)])
@example(story=[("ask", 3, 0, 0, 2, 0), ("ask", 3, 1, 1, 2, 0), ("approve", 0), ("approve", 1)])
@example(story=[("ask", 3, 0, 0, 2, 0), ("ask", 1, 1, 0, 2, 0), ("approve", 0), ("approve", 1)])
def test_no_story_leaves_a_room_taken_twice(law, story):
    with transaction.atomic():
        if law == "without it":
            with connection.cursor() as cursor:
                cursor.execute(
                    "ALTER TABLE spaces_occupancy DROP CONSTRAINT room_is_taken_once_at_a_time"
                )
        world = World()
        for act in story:
            world.does(*act)
            world.check()
        transaction.set_rollback(True)
