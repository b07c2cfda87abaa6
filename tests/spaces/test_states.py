"""The table of states: what it allows, and that the page in docs shows it as it is."""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from notifications.models import Message
from spaces import services
from spaces.models import Booking
from spaces.rules import states
from tests.factories.spaces import BookingFactory, a_manager_of

State = Booking.State
PAGE = Path(__file__).parents[2] / "docs" / "bookings.md"


def test_the_page_in_docs_shows_the_table_as_it_is():
    written = PAGE.read_text().partition("<!-- written from the table -->\n")[2]

    assert written.partition("\n<!-- end -->")[0] == states.in_markdown()


WAYS = {
    "requested": ["approved", "information_needed", "declined", "cancelled_by_hirer"],
    "information_needed": ["requested", "declined", "cancelled_by_hirer"],
    "approved": ["confirmed", "requested", "cancelled_by_hirer", "cancelled_by_site"],
    "confirmed": ["requested", "cancelled_by_hirer", "cancelled_by_site"],
    "declined": ["requested"],
    "cancelled_by_hirer": ["requested"],
    "cancelled_by_site": ["requested"],
}
"""Written down here once more, so that a way that slips into the table, or out of it, is seen."""


@pytest.mark.parametrize("before", State.values)
def test_a_booking_goes_these_ways_and_no_others(before):
    booking, went = Booking(state=before), []
    for after in State:
        with suppress(ValidationError):
            states.check_may_become(booking, after)
            went.append(after.value)

    assert sorted(went) == sorted(WAYS[before])


def test_every_state_can_be_come_to_and_no_way_stands_there_twice():
    ways = [(one.before, one.after) for one in states.TRANSITIONS]

    assert {after for _before, after in ways} | {State.REQUESTED} == set(State)
    assert len(ways) == len(set(ways))


def test_whatever_ends_a_booking_has_a_reason():
    """As the constraint `an_end_has_a_reason` has it, for rows that come by another door."""
    with_reason = {one.after for one in states.TRANSITIONS if one.needs_reason}

    assert with_reason == {state for state in State if state not in Booking.ALIVE}
    assert not any(one.needs_reason != (one.after in with_reason) for one in states.TRANSITIONS)


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "is_told"), [("approved", False), ("confirmed", True)])
def test_how_to_get_in_is_told_of_confirmed_bookings_only(client, state, is_told):
    now = timezone.now()
    booking = BookingFactory(
        state=state,
        starts_at=now + timedelta(hours=20),
        requested_at=now - timedelta(days=20),
        space__site__getting_in="Ring the bell at the side door.",
    )
    manager = a_manager_of(booking.hirer)
    client.force_login(manager)

    page = client.get(booking.get_absolute_url()).content.decode()
    services.send_reminders(now=now)

    assert ("Ring the bell" in page) == is_told
    assert ("Ring the bell" in Message.objects.get(address=manager.email).body) == is_told
