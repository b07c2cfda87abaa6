from datetime import date
from typing import Any

import factory
from factory.django import DjangoModelFactory

from accounts.models import User
from anchors.models import Organisation
from housing.models import (
    Action,
    ActionOwner,
    ActionPlan,
    ActionStatusChange,
    ActionUpdate,
    PriorityArea,
    Seat,
)
from pledges.models import Owner
from tests.factories.accounts import UserFactory


class ActionPlanFactory(DjangoModelFactory):
    class Meta:
        model = ActionPlan
        django_get_or_create = ("version",)

    version = 1
    title = "Homes plan (demo)"
    state = ActionPlan.State.ENGAGEMENT


class PriorityAreaFactory(DjangoModelFactory):
    class Meta:
        model = PriorityArea
        django_get_or_create = ("plan", "number")

    plan = factory.SubFactory(ActionPlanFactory)
    number = 1
    slug = "land"
    title = "Land for homes (demo)"


class ActionFactory(DjangoModelFactory):
    class Meta:
        model = Action

    priority = factory.SubFactory(PriorityAreaFactory)
    reference = factory.Sequence(lambda number: f"A9.{number}")
    title = factory.Sequence(lambda number: f"Action {number} (demo)")


class ActionUpdateFactory(DjangoModelFactory):
    class Meta:
        model = ActionUpdate

    action = factory.SubFactory(ActionFactory)
    what_changed = "The list has six sites."
    published_on = date(2026, 2, 1)


class ActionStatusChangeFactory(DjangoModelFactory):
    class Meta:
        model = ActionStatusChange

    action = factory.SubFactory(ActionFactory)
    status = "in_progress"
    reason = "The list is begun."
    effective_on = date(2026, 1, 20)


def an_action_of(
    organisation: Organisation, part: Owner.Part = Owner.Part.LEAD, **facts: Any
) -> Action:
    """An action that this organisation leads, or is a partner in."""
    action: Action = ActionFactory(**facts)
    ActionOwner.objects.create(action=action, organisation=organisation, part=part)
    return action


def a_person_who_sits_as(part: Seat.Part, **facts: Any) -> User:
    """Somebody who has sat in the Coalition since long ago."""
    user: User = UserFactory()
    Seat.objects.create(
        community="Tenants (demo)", part=part, held_by=user, starts_on=date(2020, 1, 1), **facts
    )
    return user
