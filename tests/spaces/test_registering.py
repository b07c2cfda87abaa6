"""Registering a group in steps: kept as it is typed, sent once, lost never."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.urls import reverse

from spaces.models import Hirer, HirerDraft
from spaces.services import registering
from tests.factories.accounts import UserFactory
from tests.factories.anchors import BoroughFactory
from tests.factories.spaces import NOW, HirerFactory
from tests.racing import at_once

pytestmark = pytest.mark.django_db

REGISTER = "spaces:register_hirer"


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def step(name):
    return reverse("spaces:register_step", args=[name])


def typed(**changed):
    """What is typed in each step."""
    answers = {
        "group": {
            "name": "Kickabout Elders (demo)",
            "group_kind": "unregistered",
            "registered_number": "",
        },
        "work": {
            "purpose": "Walking football for people over 60.",
            "boroughs": [str(BoroughFactory().pk)],
            "usual_size": "14",
        },
        "people": {"responsible_adult": "Ada Example", "responsible_phone": "020 7946 0123"},
    }
    for name, value in changed.items():
        place = next((one for one, fields in answers.items() if name in fields), "people")
        answers[place][name] = value
    return answers


def fill_in(client, **changed):
    for name, fields in typed(**changed).items():
        client.post(step(name), fields | {"go": "on"})


def test_whoever_goes_through_the_steps_registers_a_group(client):
    person = UserFactory()
    client.force_login(person)
    answers = typed()

    went = [client.post(step(name), fields).headers["Location"] for name, fields in answers.items()]
    whole = client.get(reverse(REGISTER)).content.decode()
    sent = client.post(reverse(REGISTER), follow=True)

    hirer = Hirer.objects.get()
    assert went == [step("work"), step("people"), reverse(REGISTER)]
    assert "Register my group" in whole
    assert (hirer.organisation.name, hirer.usual_size, hirer.registered_by) == (
        "Kickabout Elders (demo)",
        14,
        person,
    )
    assert sent.redirect_chain == [(hirer.get_absolute_url(), 302)]
    assert "Group registered" in sent.content.decode()
    assert "What we still need" in sent.content.decode()
    assert not HirerDraft.objects.exists()


def test_the_name_of_a_group_adds_no_lines_to_a_letter(client):
    client.force_login(UserFactory())

    fill_in(client, name="Tea\r\n\r\nPay here:\u202e now")
    client.post(reverse(REGISTER))

    assert Hirer.objects.get().organisation.name == "Tea Pay here: now"


@pytest.mark.parametrize(
    ("changed", "place", "field"),
    [
        ({"name": ""}, "group", "name"),
        ({"group_kind": "charity"}, "group", "registered_number"),
        ({"group_kind": "charity", "registered_number": "🦉"}, "group", "registered_number"),
        ({"registered_number": "123456"}, "group", "registered_number"),
        ({"group_kind": "club"}, "group", "group_kind"),
        ({"usual_size": "0"}, "work", "usual_size"),
        ({"usual_size": "a few"}, "work", "usual_size"),
        ({"boroughs": ["0"]}, "work", "boroughs"),
        ({"purpose": "p" * 401}, "work", "purpose"),
        ({"responsible_phone": "call me"}, "people", "responsible_phone"),
    ],
)
def test_a_bad_step_comes_back_with_422_and_is_kept_as_typed(client, changed, place, field):
    client.force_login(UserFactory())
    sent = typed(**changed)[place]

    answer = client.post(step(place), sent | {"go": "on"})
    again = client.get(step(place))

    form = answer.context["form"]
    assert answer.status_code == 422
    assert list(form.errors) == [field]
    assert {name: form[name].value() for name in sent} == sent
    assert {name: again.context["form"][name].value() for name in sent} == sent


def test_who_answers_for_the_group_is_asked_for_in_the_words_of_the_question(client):
    client.force_login(UserFactory())
    sent = typed(responsible_adult="")["people"]

    form = client.post(step("people"), sent | {"go": "on"}).context["form"]

    assert form["responsible_adult"].label == "Who answers for the group on the day?"
    assert form.errors["responsible_adult"] == [
        "Enter the name of who answers for the group on the day"
    ]


def test_half_a_step_is_kept_for_later_without_a_word_of_blame(client):
    person = UserFactory()
    client.force_login(person)

    answer = client.post(step("group"), {"name": "Tea (demo)", "go": "later"}, follow=True)

    assert "Saved. Come back within 60 days to finish it." in answer.content.decode()
    assert "not finished" in answer.content.decode().lower()
    assert client.get(step("group")).context["form"]["name"].value() == "Tea (demo)"


def test_another_person_sees_nothing_of_it(client):
    client.force_login(UserFactory())
    fill_in(client)
    client.force_login(UserFactory())

    shown = client.get(reverse(REGISTER)).content.decode()

    assert client.get(step("group")).context["form"]["name"].value() in (None, "")
    assert "Register my group" not in shown


def test_what_is_not_whole_is_not_sent(client):
    client.force_login(UserFactory())
    client.post(step("group"), typed()["group"])

    answer = client.post(reverse(REGISTER))

    assert answer.status_code == 422
    assert "Nothing is lost." in answer.content.decode()
    assert not Hirer.objects.exists()
    assert HirerDraft.objects.exists()


def test_a_name_that_is_taken_is_said_and_nothing_is_lost(client):
    HirerFactory(organisation__name="Taken (demo)")
    client.force_login(UserFactory())
    fill_in(client, name="taken (DEMO)")

    answer = client.post(reverse(REGISTER))

    assert answer.status_code == 422
    assert "There is a group with this name already." in answer.content.decode()
    assert Hirer.objects.count() == 1
    assert client.get(step("group")).context["form"]["name"].value() == "taken (DEMO)"


def test_no_field_is_kept_that_the_step_does_not_ask(client):
    client.force_login(UserFactory())

    client.post(step("group"), typed()["group"] | {"state": "approved", "usual_size": "3"})

    assert set(HirerDraft.objects.get().answers) == {"name", "group_kind", "registered_number"}


def test_a_very_long_answer_does_not_fill_the_table(client):
    client.force_login(UserFactory())

    client.post(step("group"), {"name": ["n" * 9_000] * 50, "go": "later"})

    kept = HirerDraft.objects.get().answers["name"]
    assert (len(kept), len(kept[0])) == (30, 2000)


def test_a_step_that_does_not_exist_is_no_page(client):
    client.force_login(UserFactory())

    assert client.get(step("payment")).status_code == 404


def test_whoever_presses_twice_finds_the_group_that_was_made(client):
    client.force_login(UserFactory())
    fill_in(client)

    client.post(reverse(REGISTER))
    again = client.post(reverse(REGISTER), follow=True)

    assert again.redirect_chain == [(reverse("spaces:hirers"), 302)]
    assert "was sent already" in again.content.decode()
    assert Hirer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_sent_twice_at_once_a_group_is_registered_once(client):
    person = UserFactory()
    facts = {
        "name": "Once (demo)",
        "group_kind": "tenants",
        "purpose": "Tea.",
        "usual_size": 3,
        "responsible_adult": "Ada Example",
        "responsible_phone": "020 7946 0123",
    }

    registering.keep_answers(person, {"name": ["Once (demo)"]})

    done = at_once(
        *[lambda: registering.send_registration(by=person, now=NOW, **facts) for _ in range(2)]
    )

    assert done == ["done", "sent_already"]
    assert Hirer.objects.count() == 1


def test_what_was_left_for_sixty_days_is_forgotten():
    old, new = UserFactory(), UserFactory()
    for person in (old, new):
        registering.keep_answers(person, {"name": ["Tea"]})
    HirerDraft.objects.filter(user=old).update(updated_at=NOW - timedelta(days=60))

    assert registering.forget_drafts(now=NOW) == 1

    assert HirerDraft.objects.get().user == new


def test_a_refused_registration_keeps_the_draft():
    person = UserFactory()
    registering.keep_answers(person, {"name": ["Tea"]})

    with pytest.raises(ValidationError):
        registering.send_registration(
            by=person,
            now=NOW,
            name="Tea",
            group_kind="charity",
            purpose="Tea.",
            usual_size=3,
            responsible_adult="Ada",
            responsible_phone="020 7946 0123",
        )

    assert HirerDraft.objects.exists()
