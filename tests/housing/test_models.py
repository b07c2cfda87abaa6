import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from housing.models import Action, ActionPlan, ActionStatusChange
from tests.factories.accounts import UserFactory
from tests.factories.housing import (
    ActionFactory,
    ActionPlanFactory,
    ActionStatusChangeFactory,
    ActionUpdateFactory,
    PriorityAreaFactory,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("make", "sql"),
    [
        (ActionUpdateFactory, "UPDATE housing_actionupdate SET what_changed = 'All is well'"),
        (ActionUpdateFactory, "DELETE FROM housing_actionupdate"),
        (ActionStatusChangeFactory, "UPDATE housing_actionstatuschange SET status = 'delivered'"),
        (ActionStatusChangeFactory, "DELETE FROM housing_actionstatuschange"),
    ],
)
def test_postgres_lets_nobody_rewrite_the_record(make, sql):
    row = make()

    with pytest.raises(DatabaseError, match=r"Cannot (update|delete) rows"), transaction.atomic():
        connection.cursor().execute(sql)

    assert type(row).objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize(
    ("second", "evidence", "refusal"),
    [
        ("nobody", "Minutes", "an_action_ends_with_a_second_person"),
        ("the same", "Minutes", "an_action_ends_with_a_second_person"),
        ("somebody else", "", "an_action_ends_with_evidence"),
        ("somebody else", "Minutes", None),
    ],
)
def test_postgres_refuses_an_end_without_evidence_and_a_second_person(second, evidence, refusal):
    first = UserFactory()
    approvers = {"nobody": None, "the same": first, "somebody else": UserFactory()}
    change = ActionStatusChange(
        action=ActionFactory(),
        status="delivered",
        reason="All of it is done.",
        effective_on="2026-11-20",
        source_title=evidence,
        by=first,
        approved_by=approvers[second],
    )

    if refusal is None:
        change.save()
    else:
        with pytest.raises(IntegrityError, match=refusal), transaction.atomic():
            change.save()

    assert ActionStatusChange.objects.count() == (refusal is None)


def test_one_plan_is_in_force():
    ActionPlanFactory(version=1)

    with pytest.raises(IntegrityError, match="one_plan_is_in_force"), transaction.atomic():
        ActionPlanFactory(version=2)


def test_a_reference_leads_to_the_newest_public_version_of_the_plan():
    states = [ActionPlan.State.SUPERSEDED, ActionPlan.State.ENGAGEMENT, ActionPlan.State.DRAFT]
    _old, new, _draft = (
        ActionFactory(
            reference="A1.1",
            priority=PriorityAreaFactory(plan=ActionPlanFactory(version=version, state=state)),
        )
        for version, state in enumerate(states, start=1)
    )

    assert list(Action.objects.shown_as("A1.1")) == [new]
