"""Load everything, once, in the order in which the parts point at one another."""

from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from anchors.models import Organisation
from core.clock import monday_of
from home.demonstration import (
    agreements,
    anchors,
    bookings,
    demand,
    events,
    housing,
    invitations,
    listening,
    offers,
    opening,
    papers,
    people,
    photographs,
    pledges,
    reports,
    spaces,
)
from home.demonstration.world import World
from home.models import DemonstrationLoad

PARTS = (
    people,
    anchors,
    events,
    listening,
    pledges,
    housing,
    spaces,
    photographs,
    offers,
    agreements,
    bookings,
    opening,
    papers,
    reports,
    demand,
    invitations,
)
OLD_AFTER = timedelta(days=7)


@transaction.atomic
def load(*, now: datetime, today: date) -> str:
    """Load the demonstration into an empty database and say what was done, in a sentence.

    Where the marker row is there, nothing is touched. Raises ValidationError when the database
    holds something else: the demonstration never mixes with real data.
    """
    marker = DemonstrationLoad.objects.first()
    if marker is not None:
        if now - marker.loaded_at > OLD_AFTER:
            return (
                f"The demonstration data is laid out for the week of {marker.monday:%d %B %Y}. "
                "`make demo-reset` lays it out for this week."
            )
        return ""
    if User.objects.exists() or Organisation.objects.exists():
        raise ValidationError(
            "This database is not empty and was not filled by the demonstration, "
            "so the demonstration data stays out of it."
        )
    world = World(now=now, today=today)
    for part in PARTS:
        part.load(world)
    DemonstrationLoad.objects.create(loaded_at=now, monday=monday_of(today))
    return "The demonstration data is loaded."
