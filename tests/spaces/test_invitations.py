"""Groups are invited by name; the link holds a secret and nothing else, and works once."""

import re
from datetime import date, time, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import AuditRecord
from core.clock import at
from notifications.delivery import deliver_due
from notifications.models import Message
from spaces import services
from spaces.models import Hirer, HirerInvitation
from spaces.rules.invitations import MOST_A_DAY
from spaces.services.invitations import accept_hirer_invitation
from spaces.tasks import look_after_invitations
from tests.factories.accounts import UserFactory
from tests.factories.spaces import (
    NOW,
    HirerFactory,
    SpaceFactory,
    a_manager_of,
    a_programme_worker,
    a_site_manager_of,
)
from tests.racing import at_once
from tests.spaces.test_registering import step, typed

State = HirerInvitation.State


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def invited(by=None, *, now=NOW, name="Steelband Seniors (demo)", email="band@example.org", **more):
    """An invitation and the secret that stands in its letter."""
    invitation = services.invite_hirer(
        by=by or a_programme_worker(), now=now, group_name=name, email=email, **more
    )
    letter = Message.objects.get(once=f"spaces.hirer_invited:{invitation.uuid}")
    return invitation, re.search(r"/spaces/invited/([\w-]+)/", letter.body)[1]


def link(secret):
    return reverse("spaces:hirer_invitation", args=[secret])


def registration(secret):
    return f"{reverse('spaces:register_hirer')}?invitation={secret}"


@pytest.mark.django_db
class TestInviting:
    def test_programme_staff_invite_a_group_and_a_letter_leaves(self, client):
        worker, space = a_programme_worker(name="Ben Clarke"), SpaceFactory()
        client.force_login(worker)

        answer = client.post(
            reverse("spaces:invite_hirer"),
            {
                "group_name": "Steelband Seniors (demo)",
                "email": "Band@Example.org",
                "message": "Your rent went up.",
                "space": space.pk,
            },
        )

        assert answer.status_code == 302
        invitation = HirerInvitation.objects.get()
        assert (invitation.email, invitation.state) == ("band@example.org", State.SENT)
        assert invitation.expires_at == at(date(2026, 12, 24), time(23, 59, 59))
        letter = Message.objects.get()
        assert (letter.address, letter.is_private) == ("band@example.org", True)
        for words in ("Ben Clarke", "Steelband Seniors (demo)", "Your rent went up.", str(space)):
            assert words in letter.body
        record = AuditRecord.objects.get(verb="spaces.hirer_invited")
        assert (record.actor, record.detail) == (worker, {})

    def test_the_link_holds_a_secret_of_256_bits_that_is_kept_nowhere(self, settings):
        settings.DEMONSTRATION = False
        invitation, secret = invited()

        assert len(secret) == 43
        assert secret not in str(HirerInvitation.objects.values().get())
        assert secret not in str(list(AuditRecord.objects.values()))
        deliver_due(now=NOW)
        assert secret not in str(list(Message.objects.values()))
        assert len(invitation.secret_hash) == 64

    def test_the_same_address_is_not_written_to_twice_in_a_week(self, client):
        invited(email="band@example.org")
        client.force_login(a_programme_worker())
        typed_again = {"group_name": "The band", "email": "BAND@example.org", "message": "Hello"}

        again = client.post(reverse("spaces:invite_hirer"), typed_again)

        assert again.status_code == 422
        said = "Somebody invited this address during the last week. Wait for the answer."
        assert again.context["form"].errors == {"email": [said]}
        assert f'<a href="#id_email">{said}</a>' in again.content.decode()
        assert 'value="BAND@example.org"' in again.content.decode()
        assert HirerInvitation.objects.count() == Message.objects.count() == 1
        with pytest.raises(ValidationError):
            invited(now=NOW + timedelta(days=6))
        invited(now=NOW + timedelta(days=7))
        assert HirerInvitation.objects.count() == 2

    @pytest.mark.parametrize("by_another", [True, False])
    def test_a_site_does_not_learn_whom_another_site_invited(self, client, by_another):
        if by_another:
            other = SpaceFactory()
            invited(a_site_manager_of(other.site), space=other)
        own = SpaceFactory()
        client.force_login(a_site_manager_of(own.site))
        asked = {"group_name": "The band", "email": "BAND@example.org", "space": own.pk}

        answer = client.post(reverse("spaces:invite_hirer"), asked, follow=True)
        again = client.post(reverse("spaces:invite_hirer"), asked)

        page = " ".join(answer.content.decode().split())
        assert answer.redirect_chain == [(reverse("spaces:invitations"), 302)]
        assert "unless others wrote to this address during the last week." in page
        assert HirerInvitation.objects.filter(space=own).get().state == State.SENT
        # Nobody is written to twice in a week.
        assert Message.objects.get().address == "band@example.org"
        # What they did themselves they may know.
        said = "Somebody invited this address during the last week. Wait for the answer."
        assert again.context["form"].errors == {"email": [said]}

    def test_an_invitation_without_a_letter_keeps_nobody_from_writing(self):
        first, second, third = (SpaceFactory() for _space in range(3))
        invited(a_site_manager_of(first.site), space=first)
        services.invite_hirer(
            by=a_site_manager_of(second.site), now=NOW + timedelta(days=6), space=second,
            group_name="The band", email="band@example.org",
        )  # fmt: skip
        assert Message.objects.count() == 1

        invited(a_site_manager_of(third.site), space=third, now=NOW + timedelta(days=7))

        assert Message.objects.count() == 2

    def test_a_group_that_is_registered_is_not_invited_again(self, client):
        a_manager_of(HirerFactory(organisation__name="Steelband (demo)"), email="band@example.org")
        client.force_login(a_programme_worker())

        again = client.post(
            reverse("spaces:invite_hirer"),
            {"group_name": "The band", "email": "BAND@example.org", "message": "Hello"},
        )

        said = "Somebody with this address acts for Steelband (demo), which is registered already."
        assert again.status_code == 422
        assert again.context["form"].errors == {"email": [said]}
        assert not HirerInvitation.objects.exists()

    def test_who_runs_a_site_does_not_learn_that_an_address_is_of_a_group(self, client):
        a_manager_of(HirerFactory(is_sensitive=True), email="band@example.org")
        space = SpaceFactory()

        invited(a_site_manager_of(space.site), email="band@example.org", space=space)

        assert HirerInvitation.objects.get().space == space

    def test_there_is_an_end_to_the_invitations_of_a_day(self):
        worker = a_programme_worker()
        for number in range(MOST_A_DAY):
            invited(worker, email=f"group{number}@example.org")

        with pytest.raises(ValidationError, match="Go on tomorrow"):
            invited(worker, email="one.more@example.org")
        invited(a_programme_worker(), email="one.more@example.org")
        invited(worker, email="tomorrow@example.org", now=NOW + timedelta(days=1))

    def test_a_site_manager_invites_for_the_rooms_of_their_site_alone(self, client):
        own, other = SpaceFactory(), SpaceFactory()
        manager = a_site_manager_of(own.site)
        client.force_login(manager)
        page = reverse("spaces:invite_hirer")
        letter = {"group_name": "The band", "email": "band@example.org", "message": ""}

        answers = [
            client.post(page, letter | {"space": chosen}).status_code
            for chosen in ("", other.pk, own.pk)
        ]

        assert answers == [422, 422, 302]
        assert HirerInvitation.objects.get().space == own
        with pytest.raises(PermissionDenied):
            services.invite_hirer(
                by=manager, now=NOW, group_name="x", email="x@example.org", space=other
            )
        with pytest.raises(PermissionDenied):
            services.invite_hirer(by=manager, now=NOW, group_name="x", email="x@example.org")

    @pytest.mark.parametrize("who", ["visitor", "group manager"])
    def test_nobody_else_invites_or_sees_whom_we_invited(self, client, who):
        invitation, _secret = invited()
        if who != "visitor":
            client.force_login(a_manager_of(HirerFactory()))
        expected = 302 if who == "visitor" else 403

        assert client.get(reverse("spaces:invitations")).status_code == expected
        assert client.post(reverse("spaces:invite_hirer"), {}).status_code == expected
        withdrawal = reverse("spaces:withdraw_hirer_invitation", args=[invitation.uuid])
        assert client.post(withdrawal).status_code in (302, 404)
        invitation.refresh_from_db()
        assert invitation.state == State.SENT

    def test_another_site_sees_nothing_of_an_invitation(self, client):
        space = SpaceFactory()
        invitation, _secret = invited(space=space)
        invited(email="no.room@example.org", name="Without a room")
        client.force_login(a_site_manager_of(SpaceFactory().site))
        withdrawal = reverse("spaces:withdraw_hirer_invitation", args=[invitation.uuid])

        assert client.post(withdrawal).status_code == 404
        assert "example.org" not in client.get(reverse("spaces:invitations")).content.decode()
        client.force_login(a_site_manager_of(space.site))
        listed = client.get(reverse("spaces:invitations")).content.decode()
        assert ("band@example.org" in listed, "no.room" in listed) == (True, False)

    def test_the_list_costs_the_same_for_one_as_for_three(self, client):
        client.force_login(a_programme_worker())
        weights = []
        for number in range(3):
            invited(email=f"group{number}@example.org", space=SpaceFactory())
            client.get(reverse("spaces:invitations"))
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(reverse("spaces:invitations"))
            weights.append(len(queries))

        assert weights[0] == weights[2]
        assert len(answer.context["page"]) == 3


@pytest.mark.django_db
class TestFollowingIt:
    def test_the_page_behind_the_link_tells_nothing_of_the_group_and_changes_nothing(self, client):
        invitation, secret = invited(message="Your rent went up.", space=SpaceFactory())

        answer = client.get(link(secret))

        text = answer.content.decode()
        assert answer.status_code == 200
        for private in ("Steelband", "band@example.org", "Your rent", invitation.space.name):
            assert private not in text
        assert "no-store" in answer.headers["Cache-Control"]
        invitation.refresh_from_db()
        assert invitation.state == State.SENT

    def test_the_name_is_filled_in_only_after_the_sign_in_and_registering_accepts(self, client):
        invitation, secret = invited()

        before = client.get(registration(secret))
        assert before.status_code == 302
        assert f"invitation%3D{secret}" in before.headers["Location"]
        assert "Steelband" not in client.get(before.headers["Location"]).content.decode()
        person = UserFactory()
        client.force_login(person)
        begin = client.get(registration(secret)).content.decode()
        first = f"{step('group')}?invitation={secret}"
        page = client.get(first).content.decode()
        for name, fields in typed(name="Steelband and friends (demo)").items():
            client.post(first if name == "group" else step(name), fields)
        done = client.post(reverse("spaces:register_hirer"))

        assert f'href="{first}"' in begin
        assert 'value="Steelband Seniors (demo)"' in page
        assert done.status_code == 302
        invitation.refresh_from_db()
        hirer = Hirer.objects.get()
        assert (invitation.state, invitation.hirer) == (State.ACCEPTED, hirer)
        assert invitation.ended_at == NOW
        assert AuditRecord.objects.filter(verb="spaces.invitation_accepted", actor=person).exists()

    @pytest.mark.parametrize(
        ("how", "said"),
        [
            ("used", "used to register a group already"),
            ("withdrawn", "Whoever sent it took it back"),
            ("run out", "It was good for 30 days"),
            ("run out and noted", "It was good for 30 days"),
        ],
    )
    def test_a_link_that_is_over_says_so_and_what_to_do(self, client, a_tuesday_morning, how, said):
        worker = a_programme_worker()
        invitation, secret = invited(worker)
        if how == "used":
            accept_hirer_invitation(invitation, HirerFactory(), by=UserFactory(), now=NOW)
        elif how == "withdrawn":
            services.withdraw_hirer_invitation(invitation, by=worker, now=NOW)
        else:
            a_tuesday_morning.move_to(NOW + timedelta(days=31))
            if how == "run out and noted":
                look_after_invitations()

        answers = [client.get(link(secret))]
        client.force_login(UserFactory())
        answers.append(client.get(registration(secret)))

        for answer in answers:
            assert answer.status_code == 410
            assert said in answer.content.decode()
            assert "You need no invitation to register a group" in answer.content.decode()
        blank = client.get(f"{step('group')}?invitation={secret}").content.decode()
        assert "Steelband" not in blank

    def test_a_link_that_never_was_is_not_found_and_says_what_to_do(self, client):
        answer = client.get(link("x" * 43))

        assert answer.status_code == 404
        assert "We do not know this link" in answer.content.decode()

    def test_nothing_typed_is_lost_when_the_invitation_ends_meanwhile(self, client):
        worker = a_programme_worker()
        invitation, secret = invited(worker)
        client.force_login(UserFactory())
        client.get(registration(secret))
        services.withdraw_hirer_invitation(invitation, by=worker, now=NOW)

        for name, fields in typed().items():
            client.post(f"{step(name)}?invitation={secret}", fields)
        answer = client.post(registration(secret))

        assert answer.status_code == 302
        invitation.refresh_from_db()
        assert (invitation.state, Hirer.objects.count()) == (State.WITHDRAWN, 1)

    def test_withdrawing_takes_back_a_letter_that_has_not_left(self, client):
        worker = a_programme_worker()
        invitation, _secret = invited(worker)
        client.force_login(worker)
        withdrawal = reverse("spaces:withdraw_hirer_invitation", args=[invitation.uuid])

        asked, done, again = (
            client.get(withdrawal),
            client.post(withdrawal),
            client.post(withdrawal),
        )

        assert (asked.status_code, done.status_code, again.status_code) == (200, 302, 409)
        assert Message.objects.get().state == Message.State.WITHDRAWN
        assert "withdrawn" in again.content.decode()

    def test_the_name_of_a_group_that_asks_for_privacy_is_hidden_once_it_registered(self, client):
        invitation, _secret = invited()
        accept_hirer_invitation(
            invitation, HirerFactory(is_sensitive=True), by=UserFactory(), now=NOW
        )
        client.force_login(a_programme_worker())

        withdrawal = reverse("spaces:withdraw_hirer_invitation", args=[invitation.uuid])
        for page in (reverse("spaces:invitations"), withdrawal):
            assert "Steelband" not in client.get(page).content.decode()


@pytest.mark.django_db
def test_an_address_is_forgotten_ninety_days_after_the_end_and_no_earlier(a_tuesday_morning):
    worker = a_programme_worker()
    used, _secret = invited(worker, email="used@example.org", message="Hello")
    accept_hirer_invitation(used, HirerFactory(), by=UserFactory(), now=NOW)
    invited(worker, email="late@example.org")

    def kept(days):
        a_tuesday_morning.move_to(NOW + timedelta(days=days))
        look_after_invitations()
        addresses = HirerInvitation.objects.order_by("pk").values_list("email", flat=True)
        return list(addresses), sorted(Message.objects.values_list("address", flat=True))

    both = ["late@example.org", "used@example.org"]
    assert kept(29) == (both[::-1], both)
    assert list(HirerInvitation.objects.values_list("state", flat=True).order_by("pk")) == [
        "accepted",
        "sent",
    ]
    assert kept(89) == (both[::-1], both)
    assert kept(90) == (["", "late@example.org"], ["late@example.org"])
    # It ran out when that was first noticed, on day 89.
    assert kept(89 + 90) == (["", ""], [])


@pytest.mark.django_db(transaction=True)
def test_of_two_sites_that_invite_one_address_at_once_one_letter_goes():
    spaces = [SpaceFactory(), SpaceFactory()]
    people = [a_site_manager_of(space.site) for space in spaces]

    done = at_once(
        *(
            lambda person=person, space=space: services.invite_hirer(
                by=person, now=NOW, group_name="The band", email="band@example.org", space=space
            )
            for person, space in zip(people, spaces, strict=True)
        )
    )

    assert done == ["done", "done"]
    assert (HirerInvitation.objects.count(), Message.objects.count()) == (2, 1)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_invite_one_address_at_once_one_is_refused():
    workers = [a_programme_worker(), a_programme_worker()]

    done = at_once(
        *(
            lambda worker=worker: services.invite_hirer(
                by=worker, now=NOW, group_name="The band", email="band@example.org"
            )
            for worker in workers
        )
    )

    assert done == ["done", "invited_lately"]
    assert HirerInvitation.objects.count() == Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_register_with_one_link_at_once_one_accepts():
    invitation, _secret = invited()
    boroughs = [int(one) for one in typed()["work"]["boroughs"]]

    def register(name):
        asked = typed(name=name, usual_size=14, boroughs=boroughs)
        facts = {key: value for part in asked.values() for key, value in part.items()}
        services.register_hirer(by=UserFactory(), now=NOW, invitation=invitation, **facts)

    done = at_once(lambda: register("One (demo)"), lambda: register("Two (demo)"))

    assert done == ["done", "done"]
    assert Hirer.objects.count() == 2
    assert AuditRecord.objects.filter(verb="spaces.invitation_accepted").count() == 1
