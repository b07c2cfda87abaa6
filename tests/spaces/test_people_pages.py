"""The pages on which a group looks after its people."""

import re

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from anchors.models import Mandate
from notifications.models import Message
from spaces import services
from spaces.models import Invitation
from tests.factories.accounts import UserFactory, whose_address_is_verified
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    HirerFactory,
    a_manager_of,
    a_member_of,
    a_programme_worker,
)
from tests.racing import while_not_committed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def page_of(name, hirer, *more):
    return reverse(f"spaces:{name}", args=[hirer.organisation.slug, *more])


def mandate_of(user):
    return Mandate.objects.get(user=user, ends_on=None)


def link_in_the_letter():
    return re.search(
        r"/spaces/join/[\w-]+/", Message.objects.get(subject__contains="invited").body
    )[0]


def test_from_invitation_to_member_in_three_pages(client):
    hirer = HirerFactory()
    client.force_login(a_manager_of(hirer))
    sent = client.post(
        page_of("invite", hirer), {"email": "nadia@example.org", "kind": "member"}, follow=True
    )
    assert "nadia@example.org" in sent.content.decode()
    link = link_in_the_letter()

    client.logout()
    assert "Sign in with the address that got the e-mail" in client.get(link).content.decode()
    nadia = whose_address_is_verified(UserFactory(email="nadia@example.org"))
    client.force_login(nadia)
    assert "Yes, join the group" in client.get(link).content.decode()
    done = client.post(link, {"answer": "yes"}, follow=True)

    assert done.redirect_chain == [(hirer.get_absolute_url(), 302)]
    # Whoever opens their letter again looks for the group.
    assert client.get(link).url == hirer.get_absolute_url()
    client.force_login(whose_address_is_verified(UserFactory()))
    assert client.get(link).status_code == 404


@pytest.fixture
def pressed_yes(client):
    """Somebody who has an invitation, how they press yes to it, and its group."""
    hirer = HirerFactory()
    services.invite(
        hirer, email="nadia@example.org", kind="member", by=a_manager_of(hirer), now=NOW
    )
    link, nadia = link_in_the_letter(), UserFactory(email="nadia@example.org")
    client.force_login(whose_address_is_verified(nadia))
    return nadia, lambda answer="yes": client.post(link, {"answer": answer}), hirer


def test_whoever_presses_yes_again_is_led_to_the_group_while_they_belong(pressed_yes):
    nadia, press, hirer = pressed_yes
    press()

    again = press()

    assert (again.status_code, again.url) == (302, hirer.get_absolute_url())
    assert press("no").status_code == 404
    Mandate.objects.filter(user=nadia).update(ends_on="2026-11-23", starts_on="2026-11-22")
    assert press().status_code == 404


@pytest.mark.django_db(transaction=True)
def test_whoever_presses_yes_twice_at_once_is_led_to_the_group_both_times(pressed_yes):
    """The second press has found the invitation before the first one is written down."""
    nadia, press, hirer = pressed_yes
    answers = []

    while_not_committed(lambda: answers.append(press()), lambda: answers.append(press()))

    assert [(one.status_code, one.url) for one in answers] == [(302, hirer.get_absolute_url())] * 2
    assert Mandate.objects.filter(user=nadia, organisation=hirer.organisation).count() == 1


@pytest.mark.parametrize("signed_in", [False, True])
def test_the_link_shows_a_stranger_what_to_do_and_nothing_of_the_group(client, signed_in):
    hirer = HirerFactory(organisation__name="Loud Choir (demo)")
    services.invite(
        hirer, email="nadia@example.org", kind="member", by=a_manager_of(hirer, name="Bea"), now=NOW
    )
    link = link_in_the_letter()
    if signed_in:
        client.force_login(whose_address_is_verified(UserFactory()))

    page, posted = client.get(link), client.post(link, {"answer": "yes"})

    assert (page.status_code, posted.status_code) == (200, 403)
    for canary in ("Loud Choir", "Bea", "nadia@example.org"):
        assert canary not in page.content.decode()
    assert Invitation.objects.get().state == "open"


def test_opening_the_link_answers_nothing(client):
    """Mail scanners open every link."""
    hirer = HirerFactory()
    services.invite(
        hirer, email="nadia@example.org", kind="member", by=a_manager_of(hirer), now=NOW
    )
    client.force_login(whose_address_is_verified(UserFactory(email="nadia@example.org")))

    client.get(link_in_the_letter())

    assert Invitation.objects.get().state == "open"


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"email": "", "kind": "member"}, "email"),
        ({"email": "not an address", "kind": "member"}, "email"),
        ({"email": "n@example.org", "kind": "editor"}, "kind"),
        ({"email": "n@example.org", "kind": ""}, "kind"),
    ],
)
def test_a_bad_invitation_comes_back_with_422_and_everything_typed(client, sent, field):
    hirer = HirerFactory()
    client.force_login(a_manager_of(hirer))

    answer = client.post(page_of("invite", hirer), sent)

    form = answer.context["form"]
    assert (answer.status_code, list(form.errors)) == (422, [field])
    assert {name: form[name].value() for name in sent} == sent
    assert not Invitation.objects.exists()


def test_who_was_asked_already_is_said_beside_the_address(client):
    hirer = HirerFactory()
    client.force_login(a_manager_of(hirer))
    sent = {"email": "nadia@example.org", "kind": "member"}
    client.post(page_of("invite", hirer), sent)

    answer = client.post(page_of("invite", hirer), sent)

    assert answer.status_code == 409
    assert list(answer.context["form"].errors) == ["email"]


def test_a_manager_hands_over_and_the_member_finds_it_waiting(client):
    hirer = HirerFactory()
    manager, member = a_manager_of(hirer), whose_address_is_verified(a_member_of(hirer))
    client.force_login(manager)
    client.post(
        page_of("hand_over", hirer), {"person": mandate_of(member).pk, "sender_then": "leaves"}
    )

    client.force_login(member)
    assert page_of("take_over", hirer) in client.get(reverse("home:waiting")).content.decode()
    assert page_of("take_over", hirer) in client.get(hirer.get_absolute_url()).content.decode()
    client.post(page_of("take_over", hirer), {"answer": "yes"})
    twice = client.post(page_of("take_over", hirer), {"answer": "yes"})

    assert twice.status_code == 200
    assert "You have taken this over already" in twice.content.decode()
    assert mandate_of(member).kind == "manager"
    client.force_login(manager)
    assert client.get(hirer.get_absolute_url()).status_code == 404
    assert page_of("take_over", hirer) not in client.get(reverse("home:waiting")).content.decode()


def test_nobody_takes_over_who_was_not_asked(client):
    hirer = HirerFactory()
    manager, member = a_manager_of(hirer), whose_address_is_verified(a_member_of(hirer))
    bystander = whose_address_is_verified(a_member_of(hirer))
    services.offer_hand_over(
        mandate_of(member), hirer=hirer, sender_then="leaves", by=manager, now=NOW
    )
    client.force_login(bystander)

    assert client.post(page_of("take_over", hirer), {"answer": "yes"}).status_code == 404
    assert mandate_of(bystander).kind == "member"


@pytest.mark.parametrize("lost", ["taken out", "left", "made a member", "handed over"])
def test_loss_of_a_right_takes_effect_on_the_very_next_request(client, lost):
    hirer = HirerFactory()
    manager, other = a_manager_of(hirer), a_manager_of(hirer)
    booking = BookingFactory(hirer=hirer, requested_by=manager)
    mandate = mandate_of(manager)
    client.force_login(manager)
    assert client.get(page_of("invite", hirer)).status_code == 200
    if lost == "taken out":
        services.end_membership(mandate, hirer=hirer, by=other, now=NOW)
    elif lost == "left":
        services.end_membership(mandate, hirer=hirer, by=manager, now=NOW)
    elif lost == "made a member":
        services.change_kind(mandate, "member", hirer=hirer, by=other, now=NOW)
    else:
        heir = whose_address_is_verified(a_member_of(hirer))
        offered = services.offer_hand_over(
            mandate_of(heir), hirer=hirer, sender_then="leaves", by=manager, now=NOW
        )
        services.accept_invitation(offered, by=heir, now=NOW)

    keeps = lost == "made a member"
    expected = {"invite": 403, "hand_over": 403, "hirer": 200} if keeps else {}
    for name in ("invite", "hand_over", "hirer"):
        assert client.get(page_of(name, hirer)).status_code == expected.get(name, 404)
    assert client.get(booking.get_absolute_url()).status_code == (200 if keeps else 404)
    answer = client.post(page_of("invite", hirer), {"email": "x@example.org", "kind": "manager"})
    assert answer.status_code == (403 if keeps else 404)
    assert not Invitation.objects.filter(email="x@example.org").exists()


def test_the_only_manager_is_shown_how_to_hand_over_instead_of_leaving(client):
    hirer = HirerFactory()
    manager = a_manager_of(hirer)
    client.force_login(manager)

    page, posted = (
        client.get(page_of("leave_group", hirer)),
        client.post(page_of("leave_group", hirer)),
    )

    assert "Hand over to somebody else first." in page.content.decode()
    assert posted.status_code == 409
    assert mandate_of(manager).ends_on is None


def test_a_member_leaves_the_group(client):
    hirer = HirerFactory()
    a_manager_of(hirer)
    member = a_member_of(hirer)
    client.force_login(member)

    done = client.post(page_of("leave_group", hirer), follow=True)

    assert done.redirect_chain == [(reverse("spaces:hirers"), 302)]
    assert client.get(hirer.get_absolute_url()).status_code == 404


def test_programme_staff_see_a_group_without_a_manager_and_give_it_one(client):
    hirer = HirerFactory(organisation__name="Lost Choir (demo)")
    member = a_member_of(hirer)
    client.force_login(a_programme_worker())
    page = page_of("appoint_manager", hirer, mandate_of(member).pk)

    assert "Lost Choir (demo)" in client.get(reverse("home:waiting")).content.decode()
    assert page in client.get(hirer.get_absolute_url()).content.decode()
    assert client.post(page, {"why": "because"}).status_code == 422
    client.post(page, {"why": "no_manager"})

    assert mandate_of(member).kind == "manager"
    assert "Groups that need help" not in client.get(reverse("home:waiting")).content.decode()


@pytest.mark.parametrize("name", ["change_kind", "appoint_manager", "end_membership"])
def test_the_people_of_another_group_are_out_of_reach(client, name):
    hirer, other = HirerFactory(), HirerFactory()
    client.force_login(a_programme_worker() if name == "appoint_manager" else a_manager_of(hirer))
    stranger = mandate_of(a_member_of(other))

    assert client.post(page_of(name, hirer, stranger.pk), {"why": "asked_us"}).status_code == 404
    assert mandate_of(stranger.user).kind == "member"


def test_an_invitation_of_another_group_is_not_taken_back(client):
    hirer, other = HirerFactory(), HirerFactory()
    theirs = services.invite(
        other, email="n@example.org", kind="member", by=a_manager_of(other), now=NOW
    )
    client.force_login(a_manager_of(hirer))

    assert client.post(page_of("withdraw_invitation", hirer, theirs.pk)).status_code == 404
    assert Invitation.objects.get().state == "open"


def test_the_page_of_a_group_costs_the_same_for_one_invitation_as_for_three(client):
    hirer = HirerFactory()
    manager = a_manager_of(hirer)
    client.force_login(manager)
    weights = []
    for number in range(3):
        services.invite(hirer, email=f"p{number}@example.org", kind="member", by=manager, now=NOW)
        client.get(hirer.get_absolute_url())
        with CaptureQueriesContext(connection) as queries:
            page = client.get(hirer.get_absolute_url())
        weights.append(len(queries))

    assert weights[0] == weights[2]
    assert len(page.context["invitations"]) == 3
