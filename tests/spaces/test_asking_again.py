"""A group that was not approved puts it right and asks again."""

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from audit.models import AuditRecord
from notifications.models import Message
from spaces import services
from tests.factories.spaces import (
    CHECKED,
    NOW,
    HirerDocumentFactory,
    HirerFactory,
    a_manager_of,
    a_member_of,
    a_programme_worker,
)
from tests.racing import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def page_of(name, hirer):
    return reverse(f"spaces:{name}", args=[hirer.organisation.slug])


def a_declined_group(**facts):
    return HirerFactory(state="declined", decision_reason="Your number is not found.", **facts)


def letters():
    return [(letter.address, letter.subject) for letter in Message.objects.order_by("pk")]


def test_a_group_that_has_put_it_right_waits_for_a_decision_as_a_new_one(client):
    staff = a_programme_worker()
    hirer = a_declined_group(group_kind="charity")
    manager = a_manager_of(hirer)
    client.force_login(manager)
    assert (
        f'href="{page_of("ask_again", hirer)}"'
        in client.get(page_of("hirer", hirer)).content.decode()
    )

    answer = client.post(page_of("ask_again", hirer), {"confirm": "yes"}, follow=True)

    hirer.refresh_from_db()
    assert hirer.state == "registered"
    assert "We look at your group again." in answer.content.decode()
    assert letters() == [(staff.email, "Please decide about a new group")]
    asked = AuditRecord.objects.get(verb="spaces.hirer_asked_again")
    assert asked.actor == manager

    client.force_login(staff)
    assert (
        "Your number is not found." in client.get(page_of("decide_hirer", hirer)).content.decode()
    )
    services.approve_hirer(hirer, by=staff, now=NOW, checked=CHECKED)
    hirer.refresh_from_db()
    assert (hirer.state, hirer.decision_reason) == ("approved", "")


def test_a_small_group_that_asks_again_still_shows_its_rules_first():
    a_programme_worker()
    hirer = a_declined_group(group_kind="unregistered")

    services.ask_again(hirer, by=a_manager_of(hirer), now=NOW)
    assert letters() == []

    paper = HirerDocumentFactory(hirer=hirer, kind="constitution", state="waiting")
    services.documents.accept_document(paper, by=a_programme_worker(), now=NOW)
    assert "Please decide about a new group" in [subject for _address, subject in letters()]


@pytest.mark.parametrize("state", ["registered", "approved"])
def test_only_a_declined_group_asks_again(client, state):
    hirer = HirerFactory(state=state)
    manager = a_manager_of(hirer)

    with pytest.raises(ValidationError):
        services.ask_again(hirer, by=manager, now=NOW)

    client.force_login(manager)
    assert client.get(page_of("ask_again", hirer)).url == hirer.get_absolute_url()


def test_a_group_that_appeals_waits_for_that_answer():
    hirer = a_declined_group()
    manager = a_manager_of(hirer)
    services.appeal(hirer, by=manager, now=NOW, words="The number is right.")

    with pytest.raises(ValidationError):
        services.ask_again(hirer, by=manager, now=NOW)


def test_a_member_or_staff_does_not_ask_for_it():
    hirer = a_declined_group()

    for person in (a_member_of(hirer), a_programme_worker()):
        with pytest.raises(PermissionDenied):
            services.ask_again(hirer, by=person, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_ask_again_at_once_one_does():
    hirer = a_declined_group()
    managers = [a_manager_of(hirer), a_manager_of(hirer)]

    at_once(*(lambda by=by: services.ask_again(hirer, by=by, now=NOW) for by in managers))

    assert AuditRecord.objects.filter(verb="spaces.hirer_asked_again").count() == 1
