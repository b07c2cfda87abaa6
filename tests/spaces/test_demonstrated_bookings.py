"""The demonstration's bookings: every state, a quiet Mailbox, and one reminder at once."""

from datetime import UTC, datetime

import pytest
import time_machine

from audit.models import AuditRecord
from core.clock import at_minute
from home.demonstration import anchors, bookings, opening, people, spaces
from home.demonstration.world import World
from notifications.models import Message
from spaces import services
from spaces.models import Booking, DayException, Hirer
from spaces.rules.hirers import is_same_name
from spaces.services.opening import outside_hours

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 11, 23, 3, 30, tzinfo=UTC),
        datetime(2026, 11, 23, 14, 20, tzinfo=UTC),
        datetime(2026, 12, 24, 22, 30, tzinfo=UTC),
        datetime(2027, 3, 27, 9, 0, tzinfo=UTC),
    ],
    ids=["in the night", "afternoon", "before a bank holiday", "before the clocks change"],
)
def test_it_is_in_every_state_and_reminds_one_group_at_once(now):
    world = World(now=now, today=now.date())
    with time_machine.travel(now, tick=False):
        for part in (people, anchors, spaces, bookings):
            part.load(world)

    assert set(Booking.objects.values_list("state", flat=True)) == set(Booking.State)
    assert set(Hirer.objects.values_list("state", flat=True)) == {
        "registered",
        "stopped",
        "approved",
        "declined",
    }
    letters = Message.objects.count()
    assert letters <= 8
    # Whoever tries to hand the group over reads that it then asks who answers for it.
    amina = world.people["hirer_manager"]
    assert is_same_name(Hirer.objects.managed_by(amina).get().responsible_adult, amina.name)
    acts = AuditRecord.objects.filter(verb__startswith="spaces.")
    assert not acts.filter(at__gt=now).exists()

    services.send_reminders(now=now)

    tomorrow = world.things["booking:tomorrow"]
    reminders = Message.objects.order_by("pk")[letters:]
    about = {letter.about for letter in reminders}
    assert f"spaces.booking:{tomorrow.pk}" in about
    assert {
        letter.address for letter in reminders if letter.about == f"spaces.booking:{tomorrow.pk}"
    } == {"hirer.manager@example.org", "hirer.member@example.org"}
    _nothing_lies_where_it_is_shut(world, now)
    # The Mailbox stays calm: others were reminded in their time, or are later.
    assert len(about) <= 4


def _nothing_lies_where_it_is_shut(world, now):
    """The days with other hours and the closure of the demonstration leave no booking outside."""
    before = Message.objects.count()
    with time_machine.travel(now, tick=False):
        opening.load(world)
    for said in DayException.objects.select_related("site"):
        assert outside_hours(said.site, said.day, said.day, now=now) == []
        assert at_minute(said.day, 0) > now
    assert Message.objects.count() == before
