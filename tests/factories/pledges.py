from datetime import date
from typing import Any

import factory
from factory.django import DjangoModelFactory

from anchors.models import Organisation
from listening.models import Theme
from pledges.models import ENDS, Owner, Pledge, PledgeOwner, PledgeStatusChange, PledgeUpdate
from tests.factories.accounts import UserFactory


class ThemeFactory(DjangoModelFactory):
    class Meta:
        model = Theme
        django_get_or_create = ("slug",)

    label = "Getting around (demo)"
    slug = "getting-around"


class PledgeFactory(DjangoModelFactory):
    class Meta:
        model = Pledge

    reference = factory.Sequence(lambda number: f"PL-{number + 1000}")
    title = factory.Sequence(lambda number: f"Promise {number} (demo)")
    words = "We will open the garden on Sundays."
    made_on = date(2026, 1, 15)
    source_title = "Made up for the tests"


class PledgeUpdateFactory(DjangoModelFactory):
    class Meta:
        model = PledgeUpdate

    pledge = factory.SubFactory(PledgeFactory)
    what_changed = "The garden opened on two Sundays."
    published_on = date(2026, 2, 1)


class PledgeStatusChangeFactory(DjangoModelFactory):
    class Meta:
        model = PledgeStatusChange

    pledge = factory.SubFactory(PledgeFactory)
    status = "in_progress"
    reason = "The gate is unlocked."
    effective_on = date(2026, 1, 20)


def owned_by(
    organisation: Organisation, part: Owner.Part = Owner.Part.LEAD, **facts: Any
) -> Pledge:
    """A pledge that this organisation leads, or is a partner in."""
    pledge: Pledge = PledgeFactory(**facts)
    PledgeOwner.objects.create(pledge=pledge, organisation=organisation, part=part)
    return pledge


def it_stands(pledge: Pledge, status: str) -> None:
    """Adds a line to the log; an end comes with its evidence and its second person."""
    end = {"approved_by": UserFactory(), "source_title": "Minutes"} if status in ENDS else {}
    PledgeStatusChangeFactory(pledge=pledge, status=status, **end)
