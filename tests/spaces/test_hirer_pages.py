"""The pages of groups: who sees them, what is kept, what they cost."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from anchors.models import Mandate
from spaces.models import Hirer
from tests.factories.accounts import UserFactory
from tests.factories.anchors import BoroughFactory
from tests.factories.spaces import (
    NOW,
    TICKED,
    HirerFactory,
    SpaceFactory,
    a_manager_of,
    a_member_of,
    a_programme_worker,
    a_site_manager_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def page_of(name, hirer, *more):
    return reverse(f"spaces:{name}", args=[hirer.organisation.slug, *more])


PAGES = ["hirer", "decide_hirer"]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("who", ["another group", "site manager", "nobody"])
def test_others_get_404_on_every_page_of_a_group(client, page, who):
    hirer = HirerFactory(state="registered")
    client.force_login(
        {
            "another group": lambda: a_manager_of(HirerFactory()),
            "site manager": a_site_manager_of,
            "nobody": UserFactory,
        }[who]()
    )

    assert client.get(page_of(page, hirer)).status_code == 404
    assert (
        client.post(page_of("decide_hirer", hirer), {"outcome": "approve", **TICKED}).status_code
        == 404
    )


def test_a_group_does_not_decide_about_itself(client):
    hirer = HirerFactory(state="registered")
    client.force_login(a_manager_of(hirer))

    answer = client.post(page_of("decide_hirer", hirer), {"outcome": "approve", **TICKED})

    hirer.refresh_from_db()
    assert answer.status_code == 403
    assert hirer.state == Hirer.State.REGISTERED


def test_programme_staff_see_who_waits_and_decide(client):
    waiting = HirerFactory(state="registered")
    decided = HirerFactory()
    client.force_login(a_programme_worker())

    listed = client.get(reverse("spaces:hirers"))
    response = client.post(
        page_of("decide_hirer", waiting), {"outcome": "approve", **TICKED}, follow=True
    )

    assert list(listed.context["waiting"]) == [waiting]
    assert list(listed.context["page"]) == [decided]
    waiting.refresh_from_db()
    assert waiting.state == Hirer.State.APPROVED
    assert "Decided. The group has been told." in response.content.decode()


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"outcome": "", "reason": "Because"}, "outcome"),
        ({"outcome": "maybe", "reason": "Because"}, "outcome"),
        ({"outcome": "decline", "reason": ""}, "reason"),
        ({"outcome": "decline", "reason": "r" * 401}, "reason"),
    ],
)
def test_a_bad_decision_comes_back_with_422_and_everything_typed(client, sent, field):
    hirer = HirerFactory(state="registered")
    client.force_login(a_programme_worker())

    response = client.post(page_of("decide_hirer", hirer), sent)

    form = response.context["form"]
    assert response.status_code == 422
    assert field in form.errors
    assert {name: form[name].value() for name in sent} == sent


def test_the_second_to_decide_sees_calmly_who_did_it(client):
    hirer = HirerFactory(state="registered")
    client.force_login(a_programme_worker(name="Ben"))
    client.post(page_of("decide_hirer", hirer), {"outcome": "approve", **TICKED})
    client.force_login(a_programme_worker())

    answer = client.post(
        page_of("decide_hirer", hirer), {"outcome": "decline", "reason": "Too late"}
    )

    hirer.refresh_from_db()
    assert answer.status_code == 409
    assert "Ben decided about this group on" in answer.content.decode()
    assert hirer.state == Hirer.State.APPROVED


def test_a_decision_stands_until_the_group_appeals(client):
    hirer = HirerFactory(state="declined", decision_reason="No adult.")
    client.force_login(a_programme_worker())

    assert "Decide" not in client.get(hirer.get_absolute_url()).content.decode()
    answer = client.post(page_of("decide_hirer", hirer), {"outcome": "approve", **TICKED})

    hirer.refresh_from_db()
    assert (answer.status_code, hirer.state) == (409, Hirer.State.DECLINED)


def test_a_manager_takes_somebody_out_after_a_page_that_says_what_it_means(client):
    hirer = HirerFactory()
    manager, member = a_manager_of(hirer), a_member_of(hirer, name="Tom")
    mandate = Mandate.objects.get(user=member)
    client.force_login(manager)

    asked = client.get(page_of("end_membership", hirer, mandate.pk))
    done = client.post(page_of("end_membership", hirer, mandate.pk))

    assert "can no longer see or change anything of the group" in asked.content.decode()
    assert done.status_code == 302
    assert client.get(page_of("end_membership", hirer, mandate.pk)).status_code == 404
    client.force_login(member)
    assert client.get(page_of("hirer", hirer)).status_code == 404


@pytest.mark.parametrize(("who", "status"), [("member", 403), ("another group", 404)])
def test_nobody_but_a_manager_takes_people_out(client, who, status):
    hirer = HirerFactory()
    manager = a_manager_of(hirer)
    client.force_login(a_member_of(hirer) if who == "member" else a_manager_of(HirerFactory()))
    page = page_of("end_membership", hirer, Mandate.objects.get(user=manager).pk)

    assert client.post(page).status_code == status
    assert Mandate.objects.get(user=manager).ends_on is None


def test_a_mandate_of_another_group_is_out_of_reach(client):
    hirer, other = HirerFactory(), HirerFactory()
    client.force_login(a_manager_of(hirer))
    stranger = a_member_of(other)
    mandate = Mandate.objects.get(user=stranger)

    assert client.post(page_of("end_membership", hirer, mandate.pk)).status_code == 404


def weight(client, address):
    """How many queries a page costs, once the session is warm."""
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


@pytest.mark.parametrize("who", ["manager", "programme staff"])
def test_the_list_costs_the_same_for_one_as_for_three(client, who):
    person = UserFactory() if who == "manager" else a_programme_worker()
    client.force_login(person)
    weights = []
    for number in range(3):
        hirer = HirerFactory()
        HirerFactory(state="registered")
        hirer.organisation.boroughs.set([BoroughFactory(name=f"Borough {number}")])
        Mandate.objects.create(
            user=person, organisation=hirer.organisation, kind="manager", starts_on="2020-01-01"
        )
        weights.append(weight(client, reverse("spaces:hirers")))

    assert weights[0] == weights[2]
    assert len(client.get(reverse("spaces:hirers")).context["page"]) == 3


def test_the_page_of_a_group_costs_the_same_for_one_member_as_for_three(client):
    hirer = HirerFactory()
    client.force_login(a_manager_of(hirer))
    weights = []
    for _number in range(3):
        a_member_of(hirer)
        weights.append(weight(client, page_of("hirer", hirer)))

    assert weights[0] == weights[2]
    assert len(client.get(page_of("hirer", hirer)).context["people"]) == 4


@pytest.mark.parametrize(
    ("group_kind", "heading"),
    [
        ("unregistered", "We still need something from your group"),
        ("charity", "Your group is waiting for a decision"),
    ],
)
def test_whoever_asks_for_a_room_too_early_reads_whose_turn_it_is(client, group_kind, heading):
    hirer = HirerFactory(state="registered", group_kind=group_kind)
    client.force_login(a_manager_of(hirer))

    page = client.get(reverse("spaces:hold_space", args=[SpaceFactory().slug]))

    words = page.content.decode()
    assert heading in words
    assert (f'href="{hirer.get_absolute_url()}#needed"' in words) == (group_kind != "charity")
