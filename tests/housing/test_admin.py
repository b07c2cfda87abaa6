"""What administrators change of the housing plan leaves a trace."""

import pytest
from django.contrib import admin

from audit.recorded import RecordedAdmin
from housing.models import Action, ActionPlan, HousingFact
from tests.factories.anchors import OrganisationFactory
from tests.factories.housing import PriorityAreaFactory, an_action_of
from tests.pledges.test_admin import administrator, page_of, records

__all__ = ["administrator"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("administrator")]


def test_a_changed_action_and_its_owner_stand_in_its_history(client):
    action = an_action_of(OrganisationFactory())
    owner = action.owners.get()
    address, held = page_of(client, action)

    answer = client.post(
        address, held | {"due_on": "2027-01-31", "owners-0-accepted_on": "2026-11-20"}
    )

    assert answer.status_code == 302
    here = f"housing.action:{action.pk}"
    assert records() == [
        ("housing.action_changed", here, {"fields": "due_on"}),
        ("housing.action_owner_changed", here, {"part": owner.pk, "fields": "accepted_on"}),
    ]


def test_a_changed_plan_and_its_priority_are_recorded(client):
    priority = PriorityAreaFactory()
    address, held = page_of(client, priority.plan)

    answer = client.post(
        address, held | {"summary": "Three priorities.", "priorities-0-title": "Land (demo)"}
    )

    assert answer.status_code == 302
    assert [(verb, detail.get("fields")) for verb, _subject, detail in records()] == [
        ("housing.action_plan_changed", "summary"),
        ("housing.priority_area_changed", "title"),
    ]


@pytest.mark.parametrize("model", [Action, ActionPlan, HousingFact])
def test_every_table_of_the_plan_that_is_edited_leaves_records(model):
    assert isinstance(admin.site._registry[model], RecordedAdmin)
