"""Those who run a site say how one gets in and around, and on which day somebody looked."""

from datetime import date

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from audit.models import AuditRecord
from spaces import services
from spaces.forms.access import TellAccessForm
from spaces.models import AccessFact
from spaces.rules.fit import Wish
from spaces.services import finding, turns
from tests.factories.accounts import UserFactory
from tests.factories.spaces import NOW, SiteFactory, SpaceFactory, a_site_manager_of
from tests.racing import at_once
from tests.spaces.test_reports import a_report
from tests.spaces.test_space_page import page, words

OF_THE_SITE = "/spaces/sites/weir-house/access/"
OF_THE_HALL = "/spaces/sites/weir-house/rooms/hall/access/"
TODAY, IN_MAY = date(2026, 11, 24), date(2026, 5, 4)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def hall():
    """In a building with a lift and a door of 82 cm, looked at in May."""
    hall = SpaceFactory(slug="hall", name="Hall", site__slug="weir-house")
    hall.site.access_facts.all().delete()
    known = {"lift": ("yes", ""), "door_width": ("yes", "82 cm"), "hoist": ("no", "")}
    for key, (value, note) in known.items():
        AccessFact.objects.create(
            site=hall.site, key=key, value=value, note=note, surveyed_on=IN_MAY
        )
    return hall


@pytest.fixture
def keeper(client, hall):
    keeper = a_site_manager_of(hall.site)
    client.force_login(keeper)
    return keeper


def sent_by(client, address, **changed):
    """What a browser sends of this page, with some of it changed."""
    form = client.get(address).context["form"]
    day = {"surveyed_on_day": "24", "surveyed_on_month": "11", "surveyed_on_year": "2026"}
    blanks = {
        name: form[name].value() or "" for name in form.fields if name not in ("surveyed_on", *day)
    }
    del blanks["checked_all"]
    return blanks | day | changed


def told(site, space=None):
    facts = site.access_facts.filter(space=space)
    return {fact.key: (fact.value, fact.note, fact.surveyed_on) for fact in facts}


def test_only_what_is_new_carries_the_new_day(client, keeper, hall):
    sent = sent_by(client, OF_THE_SITE, value_lift="no", note_lift="Out of order", value_wifi="yes")

    answer = client.post(OF_THE_SITE, sent)

    assert (answer.status_code, answer.url) == (302, reverse("spaces:site", args=["weir-house"]))
    assert told(hall.site) == {
        "lift": ("no", "Out of order", TODAY),
        "wifi": ("yes", "", TODAY),
        "door_width": ("yes", "82 cm", IN_MAY),
        "hoist": ("no", "", IN_MAY),
    }
    entry = AuditRecord.objects.get()
    assert (entry.verb, entry.actor, entry.detail) == (
        "spaces.access_told",
        keeper,
        {"facts": ["lift", "wifi"]},
    )
    said = words(page(client, hall))
    assert "Lift Out of order" in said
    assert list(finding.find(Wish(needs=("lift",)), now=NOW)) == []
    assert list(finding.find(Wish(needs=("wifi",)), now=NOW)) == [hall]


def test_all_of_it_carries_the_new_day_when_all_was_checked_again(client, keeper, hall):
    client.post(OF_THE_SITE, sent_by(client, OF_THE_SITE, checked_all="on"))

    assert {day for _value, _note, day in told(hall.site).values()} == {TODAY}
    assert len(told(hall.site)) == 3


def test_what_is_not_known_any_more_has_no_day(client, keeper, hall):
    client.post(OF_THE_SITE, sent_by(client, OF_THE_SITE, value_lift="not_checked"))

    assert told(hall.site)["lift"] == ("not_checked", "", None)


def test_a_room_says_only_what_is_not_as_in_its_building(client, keeper, hall):
    shown = words(client.get(OF_THE_HALL))
    assert "As the building: 82 cm" in shown
    assert "As the building: Not yet checked" in shown

    client.post(
        OF_THE_HALL,
        sent_by(client, OF_THE_HALL, value_hearing_loop="yes", value_lift="no"),
    )

    assert told(hall.site, hall) == {
        "hearing_loop": ("yes", "", TODAY),
        "lift": ("no", "", TODAY),
    }
    assert told(hall.site)["lift"] == ("yes", "", IN_MAY)
    assert list(finding.find(Wish(needs=("lift",)), now=NOW)) == []

    client.post(OF_THE_HALL, sent_by(client, OF_THE_HALL, value_lift="as_the_building"))

    assert list(told(hall.site, hall)) == ["hearing_loop"]
    is_open = [part["is_open"] for part in client.get(OF_THE_HALL).context["form"].parts]
    assert is_open == [False, False, False, False, True, False]
    assert list(finding.find(Wish(needs=("lift",)), now=NOW)) == [hall]


@pytest.mark.parametrize(
    ("address", "wrong", "field", "said"),
    [
        (
            OF_THE_SITE,
            {"value_threshold": "yes"},
            "note_threshold",
            "Write it down, or choose “Not yet checked”",
        ),
        (OF_THE_SITE, {"value_lift": "perhaps"}, "value_lift", "Choose one of the answers"),
        (OF_THE_SITE, {"note_lift": "x" * 201}, "note_lift", "Use 200 characters or fewer"),
        (
            OF_THE_SITE,
            {"value_wifi": "yes", "surveyed_on_day": "", "surveyed_on_month": "",
             "surveyed_on_year": ""},
            "surveyed_on",
            "Enter the day on which this was checked",
        ),
        (
            OF_THE_SITE,
            {"surveyed_on_day": "25"},
            "surveyed_on",
            "Enter a day that is not in the future",
        ),
        (
            OF_THE_HALL,
            {"note_lift": "By the garden"},
            "note_lift",
            "Choose an answer for this room, or leave this empty",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_beside_its_field_and_nothing_is_lost(
    client, keeper, hall, address, wrong, field, said
):
    before = told(hall.site), told(hall.site, hall)
    sent = sent_by(client, address, **wrong)

    answer = client.post(address, sent)

    form = answer.context["form"]
    assert answer.status_code == 422
    assert list(form.errors) == [field]
    for part in form.parts:
        wrong_here = [box.name for box in part["questions"] if box.name == field]
        assert part["is_open"] or not wrong_here
    assert said in str(form.errors[field])
    kept = {name: form[name].value() for name in sent if not name.startswith("surveyed_on")}
    assert kept == {name: sent[name] for name in kept}
    assert (told(hall.site), told(hall.site, hall)) == before


def test_the_second_of_two_sees_what_the_first_has_said(client, keeper, hall):
    mine = sent_by(client, OF_THE_SITE, value_wifi="yes")
    AccessFact.objects.filter(key="lift").update(value="no")

    raced = client.post(OF_THE_SITE, mine)

    assert raced.status_code == 409
    assert "Lift: No" in words(raced)
    assert "wifi" not in told(hall.site)
    again = mine | {"version": raced.context["form"]["version"].value(), "value_lift": "no"}

    assert client.post(OF_THE_SITE, again).status_code == 302
    assert told(hall.site)["wifi"] == ("yes", "", TODAY)


def tell(hall, keeper, **changed):
    facts = {"wifi": ("yes", "")}
    asked = {"version": turns.version_of(), "surveyed_on": TODAY, "checked_all": False}
    return services.tell_access(hall.site, space=hall, by=keeper, facts=facts, **(asked | changed))


def test_saving_the_same_is_no_change(keeper, hall):
    assert (tell(hall, keeper), tell(hall, keeper, version="of another day")) == (1, 0)
    assert AuditRecord.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_fact_told_here_and_answered_to_a_report_at_once_is_told_once(keeper, hall):
    report = a_report(hall, fact="wifi")

    done = at_once(
        lambda: tell(hall, keeper),
        lambda: services.mend_fact(report, by=keeper, now=NOW, value="no"),
    )

    assert done in (["done", "done"], ["changed_meanwhile", "done"])
    assert AccessFact.objects.filter(key="wifi").count() == 1


def test_an_answer_that_the_page_would_not_offer_is_not_lost(hall):
    """An administrator may have said no to a measure."""
    no_stop = AccessFact(site=hall.site, key="transport", value="no")

    form = TellAccessForm(today=TODAY, told=[no_stop])

    assert form["value_transport"].value() == "no"
    assert ("no", "No") in form.fields["value_transport"].choices


def test_the_page_of_the_site_says_how_much_is_known_and_leads_there(client, keeper, hall):
    hub = client.get(reverse("spaces:site", args=["weir-house"]))

    assert "3 of 35 facts about getting in and around are known." in words(hub)
    assert "Most were checked on 4 May 2026." in words(hub)
    for address in (OF_THE_SITE, OF_THE_HALL):
        assert f'href="{address}"' in hub.content.decode()


def test_nobody_else_says_it(hall):
    for person in (UserFactory(), a_site_manager_of(SiteFactory())):
        with pytest.raises(PermissionDenied):
            services.tell_access(
                hall.site, space=None, by=person, version="", facts={}, surveyed_on=None,
                checked_all=False,
            )  # fmt: skip
