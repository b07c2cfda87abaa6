"""The demonstration never says anything of a real body that no source says."""

import pytest
from django.utils import timezone

from anchors.models import Borough, Network, NetworkMembership, Organisation, OrganisationFact
from core.clock import today
from core.templatetags.dates import as_told
from events.models import Event
from housing.models import (
    Action,
    ActionPlan,
    ActionStatusChange,
    ActionUpdate,
    HousingFact,
    PriorityArea,
    Seat,
)
from housing.rules import MeetingState, meeting_state
from pledges import rules
from pledges.models import Pledge, PledgeStatusChange, PledgeUpdate

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demonstration")]

DEMO = "(demo)"


def is_made_up(organisation):
    return organisation.name.endswith(DEMO)


def owners_of(commitment):
    return [owner.organisation for owner in commitment.owners.select_related("organisation")]


@pytest.mark.parametrize(
    "model",
    [
        Borough,
        Organisation,
        OrganisationFact,
        Network,
        Pledge,
        PledgeStatusChange,
        ActionPlan,
        PriorityArea,
        Action,
        ActionStatusChange,
        HousingFact,
        Seat,
    ],
)
def test_every_fact_has_a_source(model):
    assert model.objects.exists()
    listed = {"is_listed": True} if model is Organisation else {}

    assert list(model.objects.filter(source_title="", **listed)) == []


def test_a_membership_is_confirmed_only_by_a_source():
    confirmed = NetworkMembership.objects.filter(standing="confirmed")

    assert confirmed.exists()
    assert list(confirmed.filter(source_title="")) == []


def test_made_up_pledges_belong_to_made_up_bodies_alone():
    for pledge in Pledge.objects.filter(confidence="demonstration"):
        assert pledge.title.endswith(DEMO)
        assert [is_made_up(owner) for owner in owners_of(pledge)] == [True]


def test_nothing_made_up_is_said_of_a_pledge_of_a_real_body():
    facts = Pledge.objects.exclude(confidence="demonstration")
    assert facts.count() == 13

    changes = PledgeStatusChange.objects.filter(pledge__in=facts)
    updates = PledgeUpdate.objects.filter(pledge__in=facts)

    assert [owner for pledge in facts for owner in owners_of(pledge) if is_made_up(owner)] == []
    assert list(changes.filter(confidence="demonstration")) == []
    assert list(updates.filter(link_title="")) == []
    assert list(updates.exclude(by=None)) == []


DATED = {
    "Anchor System programme": "2024",  # between July and November 2024
    "leaders act on housing and health": "7 February 2025",
    "health equity in South London": "autumn 2025",
    "1,000 South London Citizens": "autumn 2025",
}


def test_each_status_is_dated_by_its_source():
    changes = PledgeStatusChange.objects.exclude(confidence="demonstration")
    wrong = [
        (change.pledge.reference, as_told(change.effective_on, change.date_text))
        for change in changes.select_related("pledge")
        if as_told(change.effective_on, change.date_text)
        != (
            "21 November 2026"  # when we looked and found nothing
            if change.status == "not_known"
            else next(day for title, day in DATED.items() if title in change.source_title)
        )
    ]

    assert wrong == []


def test_no_status_is_older_than_its_promise_or_than_the_one_before():
    for pledge in Pledge.objects.exclude(status_changes=None):
        days = list(pledge.status_changes.order_by("pk").values_list("effective_on", flat=True))
        assert [pledge.made_on, *days] == sorted([pledge.made_on, *days]), pledge


def test_every_action_is_made_up_and_says_so():
    for action in Action.objects.all():
        assert action.title.endswith(DEMO)
        assert [is_made_up(owner) for owner in owners_of(action)] == [True]
        assert list(action.pledges.exclude(confidence="demonstration")) == []
    assert ActionUpdate.objects.exists()


def test_there_is_one_of_every_case_that_a_visitor_should_see():
    standings = {
        pledge.reference: rules.standing(pledge, today=today())
        for pledge in Pledge.objects.with_standing()
    }

    assert standings["PL-91"].days_quiet == 97
    assert standings["PL-91"].is_stale
    assert not Pledge.objects.get(reference="PL-92").owners.get().accepted_on
    assert PledgeUpdate.objects.get(corrects__pledge__reference="PL-93").pledge.reference == "PL-93"
    assert (standings["PL-94"].status, standings["PL-94"].has_ended) == ("withdrawn", True)
    assert standings["PL-02"].is_unknown
    assert standings["PL-02"].is_late


def test_a_meeting_that_nobody_recorded_is_not_called_held():
    march = Event.objects.get(kind=Event.Kind.COALITION, date_text__contains="March 2025")

    assert meeting_state(march, now=timezone.now()) == MeetingState.NOT_RECORDED
