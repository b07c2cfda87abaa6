"""What groups read about a site stays true after its rooms are published: whom to ask, how to get there,
and the house rules.
"""

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from audit.models import AuditRecord
from notifications.models import Message
from spaces import services
from spaces.models import Site
from tests.factories.accounts import UserFactory
from tests.factories.spaces import NOW, SiteFactory, SpaceFactory, a_site_manager_of
from tests.spaces.test_arrival import a_lead, confirmed
from tests.spaces.test_space_page import page, words

ADDRESS = "/spaces/sites/weir-house/about/"
HUB = "/spaces/sites/weir-house/"
WORDS = {
    "contact_name": "The front desk",
    "contact_email": "desk@example.org",
    "contact_phone": "020 7946 0651",
    "getting_there": "Bus 54 stops outside.\nThe ramp is on the left.",
    "house_rules": "No candles.\nTake your rubbish home.",
}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def hall():
    return SpaceFactory(
        slug="hall",
        site__slug="weir-house",
        site__name="Weir House",
        site__contact_name="The old desk",
        site__contact_email="old@example.org",
        site__getting_there="By the old bridge.",
        site__house_rules="No old shoes.",
    )


@pytest.fixture
def keeper(client, hall):
    keeper = a_site_manager_of(hall.site)
    client.force_login(keeper)
    return keeper


def typed(site, **changed):
    return {"version": services.version_of_site_words(site)} | WORDS | changed


def test_who_runs_a_site_finds_the_page_with_what_is_said_now(client, keeper, hall):
    answer = client.get(HUB)

    said = words(answer)
    for line in ["The old desk", "old@example.org", "By the old bridge.", "No old shoes."]:
        assert line in said
    assert f'href="{ADDRESS}"' in answer.content.decode()
    form = client.get(ADDRESS).context["form"]
    assert {name: form[name].value() for name in WORDS} == {
        "contact_name": "The old desk",
        "contact_email": "old@example.org",
        "contact_phone": "",
        "getting_there": "By the old bridge.",
        "house_rules": "No old shoes.",
    }


def test_what_is_written_is_read_at_once(client, keeper, hall):
    _booking, _member = confirmed(hall, days=3)

    answer = client.post(ADDRESS, typed(hall.site))

    assert (answer.status_code, answer.url) == (302, HUB)
    assert Site.objects.values(*WORDS).get() == WORDS
    said = words(page(client, hall))
    for line in ["The front desk: 020 7946 0651 or desk@example.org", "Bus 54 stops outside."]:
        assert line in said
    rules = words(client.get(reverse("spaces:space_rules", args=["hall"])))
    assert "No candles." in rules
    assert "Take your rubbish home." in rules
    assert "old" not in rules
    entry = AuditRecord.objects.get(verb="spaces.site_described")
    assert (entry.actor, entry.detail) == (keeper, {})
    # How to get in is said elsewhere, so nobody is written to.
    assert Message.objects.count() == 0


def test_house_rules_and_a_telephone_may_be_left_out(client, keeper, hall):
    client.post(ADDRESS, typed(hall.site, contact_phone="", house_rules=""))

    assert Site.objects.values_list("contact_phone", "house_rules").get() == ("", "")
    assert words(client.get(HUB)).count("Nothing is written yet.") == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"contact_name": ""}, "Enter a name or an office"),
        ({"contact_email": ""}, "Enter an e-mail address"),
        ({"contact_email": "desk"}, "Enter an e-mail address, such as name@example.org"),
        ({"contact_phone": "0123"}, "Enter a phone number, such as 020 7946 0123"),
        ({"getting_there": ""}, "Say how people get there"),
        ({"house_rules": "x" * 2001}, "Use 2,000 characters or fewer"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field_and_nothing_typed_is_lost(
    client, keeper, hall, wrong, said
):
    sent = typed(hall.site, **wrong)

    answer = client.post(ADDRESS, sent)

    form = answer.context["form"]
    assert (answer.status_code, form.errors) == (422, {name: [said] for name in wrong})
    assert {name: form[name].value() for name in sent} == sent
    assert Site.objects.get().contact_name == "The old desk"


def test_the_second_of_two_sees_what_the_first_has_said(client, keeper, hall):
    mine = typed(hall.site)
    other = a_site_manager_of(hall.site, name="Olu")
    theirs = WORDS | {"getting_there": "Over the new bridge."}
    services.describe_site(
        hall.site, by=other, version=services.version_of_site_words(hall.site), **theirs
    )

    raced = client.post(ADDRESS, mine)

    assert raced.status_code == 409
    said = words(raced)
    assert "Somebody has changed this since you opened the page." in said
    assert "Over the new bridge." in said
    assert "Olu changed it" in said
    form = raced.context["form"]
    assert form["getting_there"].value() == WORDS["getting_there"]
    assert Site.objects.get().getting_there == "Over the new bridge."

    again = client.post(ADDRESS, mine | {"version": form["version"].value()})

    assert again.status_code == 302
    assert Site.objects.get().getting_there == WORDS["getting_there"]


def test_saving_the_same_is_no_change(client, keeper, hall):
    client.post(ADDRESS, typed(hall.site))

    answer = client.post(ADDRESS, typed(hall.site), follow=True)

    assert "Nothing is different, so nothing was changed." in words(answer)
    assert AuditRecord.objects.filter(verb="spaces.site_described").count() == 1


def test_nobody_else_says_it(hall):
    for person in (UserFactory(), a_site_manager_of(SiteFactory()), a_lead()):
        with pytest.raises(PermissionDenied):
            services.describe_site(hall.site, by=person, version="", **WORDS)
