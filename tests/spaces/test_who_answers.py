"""Whoever answers for a group leaves or hands over: its managers are asked who does now."""

import pytest
import time_machine
from django.urls import reverse

from anchors.models import Mandate
from home.services.waiting import waiting_for
from spaces import services
from tests.factories.accounts import whose_address_is_verified
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    HirerFactory,
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


def asked(user):
    sections = waiting_for(user, now=NOW, today=NOW.date())
    titles = [line.title for section in sections for line in section.lines]
    return [title for title in titles if title.startswith("Who answers")]


def mandate_of(user, hirer):
    return Mandate.objects.get(user=user, organisation=hirer.organisation)


def leave(user, hirer):
    services.end_membership(mandate_of(user, hirer), hirer=hirer, by=user, now=NOW)


@pytest.mark.parametrize("then", ["leaves", "member"])
def test_who_hands_over_and_answered_for_the_group_is_missed_until_somebody_is_named(client, then):
    hirer = HirerFactory(responsible_adult="Ada  example")
    ada = a_manager_of(hirer, name="Ada Example")
    bola = whose_address_is_verified(a_member_of(hirer, name="Bola"))
    hands = {"hirer": hirer, "sender_then": then, "by": ada, "now": NOW}
    services.offer_hand_over(mandate_of(bola, hirer), **hands)
    request = BookingFactory(hirer=hirer, decisions=["site", "programme"])
    group, booking = hirer.get_absolute_url(), request.get_absolute_url()
    approve = reverse("spaces:approve_booking", args=[request.uuid])
    deciders = [a_site_manager_of(request.space.site), a_programme_worker()]
    assert asked(ada) == []

    services.accept_invitation(services.hand_over_to(bola, hirer, now=NOW), by=bola, now=NOW)

    assert asked(bola) == [f"Who answers for {hirer} now?"]
    client.force_login(bola)
    assert "Say who answers for the group" in client.get(group).content.decode()
    for person in deciders:
        client.force_login(person)
        for page in (booking, approve):
            told = client.get(page).content.decode()
            assert "Nobody answers for the group at the moment" in told

    # The managers say that it is still Ada: then that is so.
    hirer.refresh_from_db()
    names = ("responsible_adult", "responsible_phone", "deputy_name", "deputy_phone")
    facts = {name: getattr(hirer, name) for name in (*names, "is_sensitive")}
    version = services.version_of(hirer)
    services.keep_facts(hirer, by=bola, now=NOW, seen=version, boroughs=(), **facts)
    assert asked(bola) == []
    client.force_login(deciders[0])
    assert "Nobody answers" not in client.get(booking).content.decode()


def test_with_a_deputy_the_group_is_still_answered_for_until_both_have_left(client):
    hirer = HirerFactory(responsible_adult="Ada", deputy_name="Bola", deputy_phone="020 7946 0124")
    manager = a_manager_of(hirer, name="Cleo")
    ada, bola = a_member_of(hirer, name="Ada"), a_member_of(hirer, name="bola")
    request = BookingFactory(hirer=hirer)
    client.force_login(a_site_manager_of(request.space.site))

    leave(ada, hirer)
    told = client.get(request.get_absolute_url()).content.decode()
    assert "Somebody who answered for the group left" in told
    leave(bola, hirer)
    told = client.get(request.get_absolute_url()).content.decode()
    assert "Nobody answers for the group at the moment" in told
    assert asked(manager) == [f"Who answers for {hirer} now?"]


def test_who_answers_for_nothing_leaves_without_a_word():
    hirer = HirerFactory(responsible_adult="Ada")
    manager = a_manager_of(hirer, name="Ada")

    leave(a_member_of(hirer, name="Bola"), hirer)

    assert asked(manager) == []
