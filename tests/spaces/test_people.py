"""Who acts for a group: inviting, accepting, handing over, changing, leaving."""

import re
from datetime import date, time, timedelta
from functools import partial

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from anchors.models import Mandate
from audit.models import AuditRecord
from core.clock import at
from notifications.models import Message
from spaces import services
from spaces.models import Booking, Hirer, Invitation
from spaces.services import references
from spaces.services.people import give
from tests.factories.accounts import UserFactory, whose_address_is_verified
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    HirerFactory,
    a_manager_of,
    a_member_of,
    a_programme_worker,
)
from tests.racing import at_once

END_OF_8_DECEMBER, SECOND = at(date(2026, 12, 8), time(23, 59, 59)), timedelta(seconds=1)
"""Two weeks after, when a letter says "until 8 December"."""

pytestmark = pytest.mark.django_db

TODAY = NOW.date()


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def people(hirer, day=TODAY):
    return {one.user: str(one.kind) for one in services.people_of(hirer, today=day)}


def invite(hirer, by, email="nadia@example.org", kind="member", now=NOW):
    return services.invite(hirer, email=email, kind=kind, by=by, now=now)


def a_person(email="nadia@example.org"):
    return whose_address_is_verified(UserFactory(email=email))


def hand_over(hirer, by, to, sender_then="leaves"):
    mandate = Mandate.objects.get(user=to, organisation=hirer.organisation)
    return services.offer_hand_over(mandate, hirer=hirer, sender_then=sender_then, by=by, now=NOW)


def letters():
    return sorted((letter.address, letter.subject) for letter in Message.objects.all())


def verbs(hirer):
    return [entry.verb for entry in AuditRecord.objects.about(hirer).order_by("pk")]


def test_a_colleague_is_invited_by_a_letter_whose_link_is_a_secret_and_nothing_else():
    hirer = HirerFactory(organisation__name="Loud Choir (demo)")
    invitation = invite(hirer, a_manager_of(hirer), email="Nadia@Example.org")

    letter = Message.objects.get()
    assert (letter.address, letter.subject) == (
        "nadia@example.org",
        "You are invited to act for Loud Choir (demo)",
    )
    (secret,) = re.findall(r"/spaces/join/([\w-]+)/", letter.body)
    assert len(secret) == 43  # 256 bits
    assert secret not in str(Invitation.objects.values().get())
    assert services.find_invitation(secret, now=NOW) == invitation
    assert services.find_invitation("x" + secret, now=NOW) is None
    assert (letter.is_private, letter.valid_until) == (True, END_OF_8_DECEMBER)
    assert AuditRecord.objects.about(hirer).get().detail == {"kind": "member"}


def test_the_letter_of_a_group_that_asks_for_privacy_names_nobody():
    """It may reach the wrong person: an address is quickly mistyped."""
    hirer = HirerFactory(organisation__name="Rainbow Table (demo)", is_sensitive=True)
    invite(hirer, a_manager_of(hirer, name="Jo Ellis"))

    letter = Message.objects.get()
    assert letter.subject == "You are invited to act for a group"
    assert "Rainbow" not in letter.body
    assert "Ellis" not in letter.body


@pytest.mark.parametrize("kind", ["member", "manager"])
def test_whoever_says_yes_acts_for_the_group_at_once_and_the_sender_hears_of_it(kind):
    hirer = HirerFactory()
    manager, nadia = a_manager_of(hirer), a_person()
    invitation = invite(hirer, manager, kind=kind)
    Message.objects.all().delete()

    services.accept_invitation(invitation, by=nadia, now=NOW)

    assert people(hirer) == {manager: "manager", nadia: kind}
    assert list(Hirer.objects.visible_to(nadia)) == [hirer]
    assert letters() == [(manager.email, "Your invitation has been accepted")]
    assert verbs(hirer) == ["spaces.colleague_invited", "spaces.invitation_accepted"]
    invitation.refresh_from_db()
    # The address is not needed any more.
    assert (invitation.state, invitation.email, invitation.ended_by) == ("accepted", "", nadia)


@pytest.mark.parametrize(
    "whose", ["another address", "not verified", "verified by somebody else", "Turkish i", "closed"]
)
def test_an_invitation_is_for_the_verified_address_alone(whose):
    hirer = HirerFactory()
    invitation = invite(hirer, a_manager_of(hirer), email="iris@example.org")
    person = UserFactory(
        email="iris@example.org" if whose in ("not verified", "closed") else "x@example.org"
    )
    if whose == "not verified":
        EmailAddress.objects.create(user=person, email=person.email, verified=False)
    elif whose == "verified by somebody else":
        whose_address_is_verified(UserFactory(email="iris@example.org"))
    elif whose == "Turkish i":
        EmailAddress.objects.create(user=person, email="ırıs@example.org", verified=True)
    elif whose == "closed":
        whose_address_is_verified(person)
        person.is_active = False
        person.save()

    with pytest.raises(PermissionDenied, match="another e-mail address"):
        services.accept_invitation(invitation, by=person, now=NOW)

    invitation.refresh_from_db()
    assert invitation.state == Invitation.State.OPEN
    assert not Mandate.objects.filter(user=person).exists()


@pytest.mark.parametrize("end", ["two weeks", "withdrawn", "declined", "accepted"])
def test_an_invitation_that_is_over_lets_nobody_in(end):
    hirer = HirerFactory()
    manager, nadia, now = a_manager_of(hirer), a_person(), NOW
    invitation = invite(hirer, manager)
    if end == "two weeks":
        now = END_OF_8_DECEMBER
    elif end == "withdrawn":
        services.withdraw_invitation(invitation, by=manager, now=NOW)
    elif end == "declined":
        services.decline_invitation(invitation, by=nadia, now=NOW)
    else:
        services.accept_invitation(invitation, by=nadia, now=NOW)
        Mandate.objects.filter(user=nadia).delete()

    with pytest.raises(ValidationError) as refusal:
        services.accept_invitation(invitation, by=nadia, now=now)

    assert refusal.value.code == "not_from_here"
    assert nadia not in people(hirer)


def test_taking_an_invitation_back_stops_its_letter():
    hirer = HirerFactory()
    manager = a_manager_of(hirer)
    invitation = invite(hirer, manager)

    services.withdraw_invitation(invitation, by=manager, now=NOW)

    assert Message.objects.get().state == Message.State.WITHDRAWN


@pytest.mark.parametrize("lost", ["taken out", "made a member", "account closed"])
def test_who_lost_the_right_to_invite_has_not_kept_it_in_letters_sent_before(lost):
    hirer = HirerFactory()
    sender, other, nadia = a_manager_of(hirer), a_manager_of(hirer), a_person()
    invitation = invite(hirer, sender, kind="manager")
    mandate = Mandate.objects.get(user=sender)
    if lost == "taken out":
        services.end_membership(mandate, hirer=hirer, by=other, now=NOW)
    elif lost == "made a member":
        services.change_kind(mandate, "member", hirer=hirer, by=other, now=NOW)
    else:
        sender.is_active = False
        sender.save()

    with pytest.raises(ValidationError, match="does not hold any more"):
        services.accept_invitation(invitation, by=nadia, now=NOW)

    assert nadia not in people(hirer)


def test_an_address_is_asked_once_at_a_time_and_again_after_two_weeks():
    hirer = HirerFactory()
    manager = a_manager_of(hirer)
    first = invite(hirer, manager)

    with pytest.raises(ValidationError) as refusal:
        invite(hirer, manager, email="NADIA@example.org")
    later = END_OF_8_DECEMBER
    second = invite(hirer, manager, now=later)

    first.refresh_from_db()
    assert refusal.value.code == "invited"
    assert (first.state, first.email) == ("expired", "")
    assert list(services.open_invitations(hirer, now=later)) == [second]


def test_somebody_in_the_group_is_not_invited_again():
    hirer = HirerFactory()
    member = a_member_of(hirer)

    with pytest.raises(ValidationError) as refusal:
        invite(hirer, a_manager_of(hirer), email=member.email)

    assert refusal.value.code == "belongs"


def test_a_group_writes_to_few_strangers_in_a_day(settings):
    settings.MOST_INVITATIONS_A_DAY = 2
    hirer = HirerFactory()
    manager = a_manager_of(hirer)
    withdrawn = invite(hirer, manager, "a@example.org")
    services.withdraw_invitation(withdrawn, by=manager, now=NOW)
    invite(hirer, manager, "b@example.org")

    with pytest.raises(ValidationError) as refusal:
        invite(hirer, manager, "c@example.org")
    invite(hirer, manager, "c@example.org", now=NOW + timedelta(days=1))

    assert refusal.value.code == "too_many"


@pytest.mark.parametrize(("state", "most"), [("registered", 3), ("declined", 3), ("approved", 5)])
def test_one_person_writes_to_few_strangers_for_groups_that_nobody_has_approved(
    settings, state, most
):
    settings.MOST_LETTERS_TO_STRANGERS_A_DAY = 3
    groups = [HirerFactory(state=state, decision_reason="No.", group_kind="tenants") for _ in "ab"]
    manager = a_manager_of(groups[0])
    give(groups[1], manager, Mandate.Kind.MANAGER, today=TODAY)
    if state != "approved":
        references.ask_reference(
            groups[0],
            by=manager,
            now=NOW,
            name="Mina",
            part="Nurse",
            how_known="Well",
            email="mina@example.org",
        )
    refused = set()
    for number in range(5):
        try:
            invite(groups[number % 2], manager, f"p{number}@example.org")
        except ValidationError as refusal:
            refused.add(refusal.code)

    assert Message.objects.count() == most
    assert refused == (set() if state == "approved" else {"too_many"})
    # Somebody else is not held back by it, nor this person tomorrow.
    invite(groups[0], a_manager_of(groups[0]), "q@example.org")
    invite(groups[0], manager, "r@example.org", now=NOW + timedelta(days=1))


def test_a_person_who_has_written_to_enough_strangers_names_no_referee_by_e_mail(settings):
    settings.MOST_LETTERS_TO_STRANGERS_A_DAY = 1
    hirer = HirerFactory(state="registered", group_kind="tenants")
    manager = a_manager_of(hirer)
    invite(hirer, manager)
    facts = {"by": manager, "now": NOW, "name": "Mina", "part": "Nurse", "how_known": "Well"}

    with pytest.raises(ValidationError) as refusal:
        references.ask_reference(hirer, email="mina@example.org", **facts)
    references.ask_reference(hirer, phone="020 7946 0321", **facts)

    assert refusal.value.code == "too_many"
    assert Message.objects.count() == 1


def test_a_member_invites_nobody():
    hirer = HirerFactory()
    a_manager_of(hirer)

    with pytest.raises(PermissionDenied):
        invite(hirer, a_member_of(hirer))

    assert (Invitation.objects.count(), Message.objects.count()) == (0, 0)


@pytest.mark.parametrize("sender_then", ["leaves", "member"])
def test_whoever_takes_over_is_manager_at_the_moment_the_other_ends(sender_then):
    hirer = HirerFactory()
    manager, member = a_manager_of(hirer), whose_address_is_verified(a_member_of(hirer))
    booking = BookingFactory(hirer=hirer, requested_by=manager)
    invitation = hand_over(hirer, manager, member, sender_then)
    assert people(hirer) == {manager: "manager", member: "member"}

    services.accept_invitation(invitation, by=member, now=NOW)

    stays = {manager: "member"} if sender_then == "member" else {}
    assert people(hirer) == {member: "manager"} | stays
    # Who acted for the group until yesterday can always be told.
    assert people(hirer, TODAY - timedelta(days=1)) == {manager: "manager", member: "member"}
    assert list(Booking.objects.visible_to(member)) == [booking]
    assert Booking.objects.visible_to(manager).exists() == bool(stays)
    assert verbs(hirer) == [
        "spaces.hand_over_offered",
        "spaces.invitation_accepted",
        "spaces.handed_over",
    ]
    assert letters() == sorted(
        [
            (member.email, f"You are asked to take over {hirer}"),
            (manager.email, "Your group has been taken over"),
        ]
    )


@pytest.mark.parametrize("how", ["handed over", "made a member", "left"])
def test_what_a_manager_asked_ends_when_they_manage_no_more(how):
    """Or it waits for an answer that nobody can give, and keeps the address from being asked anew."""
    hirer = HirerFactory()
    manager, other = a_manager_of(hirer), a_manager_of(hirer)
    tom, bea = (whose_address_is_verified(a_member_of(hirer)) for _number in range(2))
    hand_over(hirer, manager, tom)
    invite(hirer, manager)
    kept = invite(hirer, other, email="kept@example.org")
    mandate = Mandate.objects.get(user=manager)

    if how == "handed over":
        services.accept_invitation(hand_over(hirer, manager, bea, "member"), by=bea, now=NOW)
    elif how == "made a member":
        services.change_kind(mandate, "member", hirer=hirer, by=other, now=NOW)
    else:
        services.end_membership(mandate, hirer=hirer, by=manager, now=NOW)

    assert services.hand_over_to(tom, hirer, now=NOW) is None
    assert list(services.open_invitations(hirer, now=NOW)) == [kept]
    assert not Message.objects.filter(address="nadia@example.org").exists()
    invite(hirer, other)


def test_who_declines_to_take_over_leaves_everything_as_it_is():
    hirer = HirerFactory()
    manager, member = a_manager_of(hirer), whose_address_is_verified(a_member_of(hirer))
    invitation = hand_over(hirer, manager, member)

    services.decline_invitation(invitation, by=member, now=NOW)

    assert people(hirer) == {manager: "manager", member: "member"}
    assert services.hand_over_to(member, hirer, now=NOW) is None


def test_who_left_the_group_since_does_not_take_over():
    hirer = HirerFactory()
    manager, member = a_manager_of(hirer), whose_address_is_verified(a_member_of(hirer))
    invitation = hand_over(hirer, manager, member)
    services.end_membership(Mandate.objects.get(user=member), hirer=hirer, by=manager, now=NOW)

    with pytest.raises(ValidationError):
        services.accept_invitation(invitation, by=member, now=NOW)

    assert people(hirer) == {manager: "manager"}


def test_only_a_member_is_asked_to_take_over():
    hirer = HirerFactory()
    manager, other = a_manager_of(hirer), a_manager_of(hirer)

    with pytest.raises(ValidationError) as refusal:
        hand_over(hirer, manager, other)

    assert refusal.value.code == "not_from_here"


def test_a_member_becomes_a_manager_and_back_and_is_told():
    hirer = HirerFactory()
    manager, member = a_manager_of(hirer), a_member_of(hirer)

    services.change_kind(
        Mandate.objects.get(user=member), "manager", hirer=hirer, by=manager, now=NOW
    )
    assert people(hirer) == {manager: "manager", member: "manager"}
    tomorrow = NOW + timedelta(days=1)
    current = Mandate.objects.get(user=member, ends_on=None)
    services.change_kind(current, "member", hirer=hirer, by=manager, now=tomorrow)

    assert people(hirer, tomorrow.date()) == {manager: "manager", member: "member"}
    assert [one.kind for one in Mandate.objects.filter(user=member).order_by("pk")] == [
        "member",
        "manager",
        "member",
    ]
    assert letters() == [
        (member.email, "You are a manager of your group now"),
        (member.email, "You are a member of your group now"),
    ]


def test_the_last_manager_neither_becomes_a_member_nor_leaves():
    """A colleague whose account is closed manages nothing."""
    hirer = HirerFactory()
    manager = a_manager_of(hirer)
    a_manager_of(hirer, is_active=False)
    mandate = Mandate.objects.get(user=manager)
    for deed in (
        lambda: services.change_kind(mandate, "member", hirer=hirer, by=manager, now=NOW),
        lambda: services.end_membership(mandate, hirer=hirer, by=manager, now=NOW),
    ):
        with pytest.raises(ValidationError) as refusal:
            deed()
        assert refusal.value.code == "last_manager"

    assert people(hirer)[manager] == "manager"


def test_a_member_leaves_by_themselves_and_sees_nothing_from_the_next_request_on():
    hirer = HirerFactory()
    a_manager_of(hirer)
    member = a_member_of(hirer)
    # Somebody may hold both; leaving ends both.
    Mandate.objects.create(
        user=member, organisation=hirer.organisation, kind="manager", starts_on=TODAY
    )

    services.end_membership(
        Mandate.objects.filter(user=member).first(), hirer=hirer, by=member, now=NOW
    )

    assert member not in people(hirer)
    assert not Hirer.objects.visible_to(member).exists()
    assert letters() == []


def test_who_leaves_on_the_day_they_joined_belongs_on_no_day_and_is_not_forgotten():
    hirer, guest = HirerFactory(), UserFactory()
    give(hirer, guest, Mandate.Kind.MEMBER, today=TODAY)
    mandate = Mandate.objects.get(user=guest)

    services.end_membership(mandate, hirer=hirer, by=guest, now=NOW)

    mandate.refresh_from_db()
    assert mandate.ends_on == TODAY - timedelta(days=1)
    for days in (-1, 0, 1):
        assert guest not in people(hirer, TODAY + timedelta(days=days))
    with (
        pytest.raises(IntegrityError, match="a_mandate_does_not_end_before_it_starts"),
        transaction.atomic(),
    ):
        Mandate.objects.update(ends_on=TODAY - timedelta(days=2))


@pytest.mark.parametrize("gone", ["closed", "left"])
def test_programme_staff_give_a_group_without_a_manager_one(gone):
    hirer, worker = HirerFactory(), a_programme_worker()
    member = a_member_of(hirer)
    if gone == "closed":
        a_manager_of(hirer, is_active=False)
    assert list(Hirer.objects.without_a_manager(TODAY)) == [hirer]

    services.appoint_manager(
        Mandate.objects.get(user=member), hirer=hirer, by=worker, now=NOW, why="no_manager"
    )

    assert people(hirer)[member] == "manager"
    assert not Hirer.objects.without_a_manager(TODAY).exists()
    (entry,) = AuditRecord.objects.about(hirer)
    assert (entry.verb, entry.actor, entry.detail) == (
        "spaces.manager_appointed",
        worker,
        {"user": member.pk, "why": "no_manager"},
    )
    assert letters() == [(member.email, "Your group has a new manager")]


def test_programme_staff_invite_for_a_group_only_while_it_has_no_manager():
    hirer, worker = HirerFactory(), a_programme_worker()
    invitation = invite(hirer, worker, kind="manager")
    nadia = a_person()
    services.accept_invitation(invitation, by=nadia, now=NOW)

    assert people(hirer) == {nadia: "manager"}
    with pytest.raises(PermissionDenied):
        invite(hirer, worker, email="omar@example.org")


@pytest.mark.parametrize("who", ["member", "manager", "own group", "stranger"])
def test_only_programme_staff_from_outside_appoint_a_manager(who):
    hirer = HirerFactory()
    manager, member = a_manager_of(hirer), a_member_of(hirer)
    by = {"member": member, "manager": manager}.get(who) or UserFactory()
    if who == "own group":
        by = a_programme_worker()
        Mandate.objects.create(
            user=by, organisation=hirer.organisation, kind="member", starts_on=TODAY
        )

    with pytest.raises(PermissionDenied):
        services.appoint_manager(
            Mandate.objects.get(user=member), hirer=hirer, by=by, now=NOW, why="asked_us"
        )

    assert people(hirer)[member] == "member"


def test_addresses_of_people_who_did_not_answer_are_forgotten():
    hirer = HirerFactory()
    invitation = invite(hirer, a_manager_of(hirer))

    assert services.forget_unanswered(now=END_OF_8_DECEMBER - SECOND) == 0
    assert services.forget_unanswered(now=END_OF_8_DECEMBER) == 1

    invitation.refresh_from_db()
    assert (invitation.state, invitation.email) == ("expired", "")
    assert Message.objects.get().address == ""


def test_the_address_goes_from_the_letter_when_an_invitation_is_taken_back():
    hirer = HirerFactory()
    manager = a_manager_of(hirer)
    invitation = invite(hirer, manager)
    assert Message.objects.get().address != ""

    services.withdraw_invitation(invitation, by=manager, now=NOW)

    assert Message.objects.get().address == ""


@pytest.mark.parametrize(
    ("facts", "constraint"),
    [
        ({"email": ""}, "an_invitation_is_addressed_while_it_is_open"),
        ({"state": "expired"}, "an_invitation_is_addressed_while_it_is_open"),
        ({"state": "accepted", "email": ""}, "an_answered_invitation_says_who_and_when"),
        ({"sender_then": "leaves"}, "only_a_manager_is_handed_over"),
    ],
)
def test_postgres_refuses_an_invitation_that_cannot_be(facts, constraint):
    hirer = HirerFactory()
    invitation = invite(hirer, a_manager_of(hirer))

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Invitation.objects.filter(pk=invitation.pk).update(**facts)


ROUNDS = 5


@pytest.mark.django_db(transaction=True)
def test_an_invitation_accepted_and_taken_back_at_once_is_one_or_the_other():
    for number in range(ROUNDS):
        hirer = HirerFactory()
        manager, nadia = a_manager_of(hirer), a_person(f"nadia{number}@example.org")
        invitation = invite(hirer, manager, email=nadia.email)

        outcome = at_once(
            partial(services.accept_invitation, invitation, by=nadia, now=NOW),
            partial(services.withdraw_invitation, invitation, by=manager, now=NOW),
            partial(services.accept_invitation, invitation, by=nadia, now=NOW),
        )

        invitation.refresh_from_db()
        assert outcome == ["done", "not_from_here", "not_from_here"]
        assert (nadia in people(hirer)) == (invitation.state == "accepted")


@pytest.mark.django_db(transaction=True)
def test_two_who_invite_the_same_person_at_once_ask_them_once():
    for _round in range(ROUNDS):
        hirer = HirerFactory()
        one, other = a_manager_of(hirer), a_manager_of(hirer)

        outcome = at_once(partial(invite, hirer, one), partial(invite, hirer, other))

        assert outcome == ["done", "invited"]
        assert hirer.invitations.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_group_has_a_manager_whatever_its_people_do_at_once():
    """One manager hands over and leaves while the other leaves and is made a member."""
    for _round in range(ROUNDS):
        hirer = HirerFactory()
        one, other = a_manager_of(hirer), a_manager_of(hirer)
        theirs, others = Mandate.objects.get(user=one), Mandate.objects.get(user=other)

        outcome = at_once(
            partial(services.end_membership, theirs, hirer=hirer, by=one, now=NOW),
            partial(services.end_membership, others, hirer=hirer, by=other, now=NOW),
            partial(services.change_kind, others, "member", hirer=hirer, by=other, now=NOW),
        )

        assert services.has_manager(services.people_of(hirer, today=TODAY)), outcome
