"""Groups that book: registering, deciding, and who belongs to them."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from anchors.models import Mandate, Organisation
from audit.models import AuditRecord
from notifications.models import Message
from spaces import services
from spaces.models import Booking, Hirer
from spaces.services import references
from tests.factories.accounts import UserFactory, whose_address_is_verified
from tests.factories.anchors import BoroughFactory, OrganisationFactory
from tests.factories.spaces import (
    CHECKED,
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


def register(person, **changed):
    facts = {
        "name": "Tea and Tenants (demo)",
        "group_kind": Hirer.GroupKind.CHARITY,
        "registered_number": "DEMO-0009",
        "purpose": "Tea for tenants.",
        "usual_size": 22,
        "responsible_adult": "Ada Example",
        "responsible_phone": "020 7946 0123",
        "now": NOW,
    }
    return services.register_hirer(by=person, **(facts | changed))


def letters():
    return sorted((letter.address, letter.subject) for letter in Message.objects.all())


def test_registering_makes_a_group_with_its_manager_and_tells_programme_staff():
    person, worker = UserFactory(), a_programme_worker()
    lewisham = BoroughFactory()

    hirer = register(person, boroughs=[lewisham])

    organisation = hirer.organisation
    assert (organisation.kind, organisation.is_listed) == ("community_group", False)
    assert organisation.slug == "tea-and-tenants-demo"
    assert list(organisation.boroughs.all()) == [lewisham]
    assert hirer.state == Hirer.State.REGISTERED
    mandate = Mandate.objects.get()
    assert (mandate.user, mandate.organisation, mandate.kind) == (person, organisation, "manager")
    assert list(Hirer.objects.visible_to(person)) == [hirer]
    (entry,) = AuditRecord.objects.about(hirer)
    assert (entry.verb, entry.actor, entry.detail) == ("spaces.hirer_registered", person, {})
    assert letters() == sorted(
        [
            (person.email, "Your group is registered"),
            (worker.email, "Please decide about a new group"),
        ]
    )


def test_one_person_has_two_groups_that_wait_for_a_decision():
    person = UserFactory()
    first = register(person, name="Tea (demo)")
    register(person, name="Talk (demo)")

    with pytest.raises(ValidationError) as refusal:
        register(person, name="Tales (demo)")
    register(UserFactory(), name="Tales (demo)")
    services.approve_hirer(first, by=a_programme_worker(), now=NOW, checked=CHECKED)
    register(person, name="Tunes (demo)")

    assert refusal.value.code == "too_many"
    assert Hirer.objects.filter(registered_by=person).count() == 3


def test_no_subject_bears_the_name_of_a_group_that_nobody_has_approved():
    person, worker = UserFactory(), a_programme_worker()
    hirer = register(person, name="You are owed £500 - claim at evil.example", group_kind="tenants")
    services.invite(hirer, email="stranger@example.org", kind="member", by=person, now=NOW)
    references.ask_reference(
        hirer,
        by=person,
        now=NOW,
        name="Mina",
        part="Nurse",
        how_known="Well",
        email="mina@example.org",
    )
    member = whose_address_is_verified(a_member_of(hirer))
    mandate = Mandate.objects.get(user=member)
    services.offer_hand_over(mandate, hirer=hirer, sender_then="leaves", by=person, now=NOW)
    services.end_membership(mandate, hirer=hirer, by=person, now=NOW)
    services.decline_hirer(hirer, by=worker, now=NOW, reason="No.")

    subjects = {letter.subject for letter in Message.objects.all()}
    assert len(subjects) == 6
    assert "evil.example" not in " ".join(subjects)


def test_a_group_has_no_public_page():
    hirer = register(UserFactory())

    assert not Organisation.objects.public().filter(pk=hirer.organisation_id).exists()


@pytest.mark.parametrize(
    "name",
    # The last K is the sign of kelvin: small letters of it are an ordinary k, capitals are not.
    ["Tea in Kew (demo)", "TEA IN KEW (demo)", "Tea in \N{KELVIN SIGN}ew (demo)"]
    # Full-width letters, and signs that nobody sees.
    + ["Ｔea in Ｋew (demo)", "Te\u00ada in\u200b Kew (demo)\ufeff"],
)
def test_a_name_is_taken_once_and_the_words_say_what_to_do(name):
    OrganisationFactory(name="Tea in Kew (demo)")

    with pytest.raises(ValidationError) as refusal:
        register(UserFactory(), name=name)

    assert "There is a group with this name already." in refusal.value.message_dict["name"][0]
    assert (Hirer.objects.count(), Mandate.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Register", "register-2"),
        ("Tea & Talk", "tea-talk-2"),
        ("茶会", "group"),
    ],
)
def test_every_group_has_an_address_of_its_own(name, slug):
    OrganisationFactory(name="Tea Talk", slug="tea-talk")

    assert register(UserFactory(), name=name).organisation.slug == slug


def test_the_address_of_a_group_that_asks_for_privacy_does_not_name_it():
    hirer = register(UserFactory(), name="Rainbow Table (demo)", is_sensitive=True)

    assert hirer.get_absolute_url() == "/spaces/groups/group/"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("name", "is_private", "outcome"),
    [
        ("Second (demo)", True, "group-2"),
        ("First (demo)", True, "group-2"),
        ("FIRST (demo)", False, "name"),
        ("First demo", False, "first-demo-2"),
    ],
    ids=["another name", "the same private name", "the same name", "the same address"],
)
def test_two_who_register_at_once_have_an_address_each_and_a_name_once(name, is_private, outcome):
    one, other, second = UserFactory(), UserFactory(), []

    def register_second():
        try:
            hirer = register(other, name=name, is_sensitive=is_private)
        except ValidationError as refusal:
            second.extend(refusal.message_dict)
        else:
            second.append(hirer.organisation.slug)

    while_not_committed(
        lambda: register(one, name="First (demo)", is_sensitive=is_private), register_second
    )

    assert second == [outcome]


def test_a_name_tried_out_does_not_tell_that_a_private_group_has_it():
    hidden = register(UserFactory(), name="Rainbow Table (demo)", is_sensitive=True)

    other = register(UserFactory(), name="rainbow table (demo)")

    assert other.organisation != hidden.organisation
    with pytest.raises(ValidationError):
        register(UserFactory(), name="Rainbow Table (demo)")
    # A private group may have the name of any other.
    assert register(UserFactory(), name="Rainbow Table (demo)", is_sensitive=True).pk


@pytest.mark.parametrize("kind", ["charity", "cic"])
def test_a_charity_has_a_number(kind):
    with pytest.raises(ValidationError) as refusal:
        register(UserFactory(), group_kind=kind, registered_number="")

    assert list(refusal.value.message_dict) == ["registered_number"]
    assert register(UserFactory(), group_kind=kind, registered_number="DEMO-0001").pk


@pytest.mark.parametrize(
    ("kind", "number"),
    [("charity", "🦉"), ("charity", "not yet"), ("faith", "123"), ("unregistered", "1123456")],
)
def test_what_is_no_number_or_of_a_group_that_has_none_is_refused(kind, number):
    with pytest.raises(ValidationError) as refusal:
        register(UserFactory(), group_kind=kind, registered_number=number)

    assert list(refusal.value.message_dict) == ["registered_number"]


@pytest.mark.parametrize("number", ["1123456", "SC012345", "NIC 100123", "1123456-1", "IP/30123R"])
def test_numbers_of_every_register_are_taken(number):
    assert register(UserFactory(), registered_number=number).registered_number == number


def test_of_a_group_with_a_number_we_do_not_say_that_it_has_none(client):
    person = UserFactory()
    hirer = register(person, group_kind="faith", registered_number="1123456")
    client.force_login(person)

    shown = client.get(hirer.get_absolute_url()).content.decode()

    assert "What we still need" in shown
    assert "1123456" in shown
    assert "has no charity or company number" not in shown


def test_approving_tells_the_managers_once_and_lets_them_book():
    hirer = register(UserFactory())
    Message.objects.all().delete()
    worker = a_programme_worker()

    services.approve_hirer(hirer, by=worker, now=NOW, checked=CHECKED)

    hirer.refresh_from_db()
    assert (hirer.state, hirer.decided_by, hirer.decided_at) == ("approved", worker, NOW)
    assert letters() == [(hirer.registered_by.email, "Tea and Tenants (demo) may book rooms")]
    assert AuditRecord.objects.about(hirer).newest_first()[0].verb == "spaces.hirer_approved"


def test_declining_tells_the_managers_why():
    hirer = register(UserFactory())
    Message.objects.all().delete()

    services.decline_hirer(
        hirer, by=a_programme_worker(), now=NOW, reason="Name an adult of 18 or over."
    )

    hirer.refresh_from_db()
    assert (hirer.state, hirer.decision_reason) == ("declined", "Name an adult of 18 or over.")
    assert "Reason: Name an adult of 18 or over." in Message.objects.get().body
    # The reason is somebody's words: it stays out of the record of what happened.
    assert AuditRecord.objects.about(hirer).newest_first()[0].detail == {}


@pytest.mark.parametrize("who", ["nobody", "own group"])
def test_only_programme_staff_decide_and_never_about_their_own_group(who):
    hirer = HirerFactory(state="registered")
    person = UserFactory()
    if who == "own group":
        person = a_programme_worker()
        Mandate.objects.create(
            user=person,
            organisation=hirer.organisation,
            kind="member",
            starts_on=date(2020, 1, 1),
        )

    with pytest.raises(PermissionDenied):
        services.approve_hirer(hirer, by=person, now=NOW, checked=CHECKED)

    hirer.refresh_from_db()
    assert hirer.state == Hirer.State.REGISTERED


def test_a_group_is_decided_once():
    hirer = HirerFactory(state="registered")
    services.approve_hirer(hirer, by=a_programme_worker(), now=NOW, checked=CHECKED)

    with pytest.raises(ValidationError) as refusal:
        services.decline_hirer(hirer, by=a_programme_worker(), now=NOW, reason="No")

    hirer.refresh_from_db()
    assert refusal.value.code == "not_from_here"
    assert hirer.state == Hirer.State.APPROVED


def test_a_refusal_that_nobody_has_read_is_not_overruled():
    """Both look at the new group; one declines it while the other is about to approve it."""
    hirer = HirerFactory(state="registered")
    services.decline_hirer(hirer, by=a_programme_worker(), now=NOW, reason="No adult.")

    with pytest.raises(ValidationError) as refusal:
        services.approve_hirer(hirer, by=a_programme_worker(), now=NOW, checked=CHECKED)

    hirer.refresh_from_db()
    assert refusal.value.code == "not_from_here"
    assert hirer.state == Hirer.State.DECLINED


@pytest.mark.parametrize(
    ("facts", "constraint"),
    [
        ({"state": "approved"}, "a_hirer_decision_has_a_person_and_a_time"),
        ({"state": "declined"}, "a_hirer_decision_has_a_person_and_a_time"),
        ({"state": "declined", "decided_at": NOW}, "a_refused_hirer_is_told_why"),
    ],
)
def test_postgres_refuses_a_decision_without_a_person_or_a_reason(facts, constraint):
    hirer = HirerFactory(state="registered")
    person = UserFactory() if "decided_at" in facts else None

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Hirer.objects.filter(pk=hirer.pk).update(decided_by=person, **facts)


def test_who_is_taken_out_of_a_group_sees_nothing_of_it_from_the_next_request_on():
    hirer = HirerFactory(organisation__name="Loud Choir (demo)")
    manager, member = a_manager_of(hirer), a_member_of(hirer)
    booking = BookingFactory(hirer=hirer, requested_by=member)
    mandate = Mandate.objects.get(user=member)

    services.end_membership(mandate, hirer=hirer, by=manager, now=NOW)

    assert not Hirer.objects.visible_to(member).exists()
    assert not Booking.objects.visible_to(member).exists()
    assert list(Booking.objects.visible_to(manager)) == [booking]
    mandate.refresh_from_db()
    assert mandate.ends_on == NOW.date() - timedelta(days=1)
    assert letters() == [(member.email, "You no longer act for Loud Choir (demo)")]
    (entry,) = AuditRecord.objects.about(hirer)
    assert (entry.verb, entry.detail) == ("spaces.membership_ended", {"user": member.pk})


def test_letters_that_wait_for_somebody_taken_out_are_taken_back():
    hirer = HirerFactory()
    manager, member = a_manager_of(hirer), a_member_of(hirer)
    BookingFactory(
        hirer=hirer,
        requested_by=member,
        state=Booking.State.APPROVED,
        starts_at=NOW + timedelta(hours=20),
        decided_at=NOW - timedelta(days=9),
    )
    services.send_reminders(now=NOW)

    services.end_membership(Mandate.objects.get(user=member), hirer=hirer, by=manager, now=NOW)

    reminders = Message.objects.filter(subject__startswith="Reminder")
    assert {(one.user, one.state) for one in reminders} == {
        (manager, Message.State.WAITING),
        (member, Message.State.WITHDRAWN),
    }
    assert Message.objects.waiting().filter(user=member).count() == 1


def test_no_subject_names_a_group_that_asks_for_privacy():
    """Subjects are read over a shoulder, and on a locked telephone."""
    a_programme_worker()
    hirer = register(UserFactory(), name="Rainbow Table (demo)", is_sensitive=True)
    hirer = services.decline_hirer(hirer, by=a_programme_worker(), now=NOW, reason="No adult.")
    appeal = services.appeal(hirer, by=hirer.registered_by, now=NOW, words="We have one.")
    services.decide_appeal(
        appeal,
        by=a_programme_worker(),
        now=NOW,
        outcome="overturned",
        reason="True.",
        checked=CHECKED,
    )
    member = a_member_of(hirer)
    mandate = Mandate.objects.get(user=member)
    services.end_membership(mandate, hirer=hirer, by=hirer.registered_by, now=NOW)

    subjects = {letter.subject for letter in Message.objects.all()}
    assert subjects == {
        "Please decide about a new group",
        "Your group is registered",
        "Your group may not book rooms for now",
        "We have your group’s appeal",
        "Please decide about an appeal",
        "Your group may book rooms",
        "You no longer act for a group",
    }


def test_somebody_who_joined_today_leaves_at_once_too():
    hirer = HirerFactory()
    manager, member = a_manager_of(hirer), UserFactory()
    mandate = Mandate.objects.create(
        user=member, organisation=hirer.organisation, kind="member", starts_on=NOW.date()
    )

    services.end_membership(mandate, hirer=hirer, by=manager, now=NOW)

    assert [one.user for one in services.people_of(hirer, today=NOW.date())] == [manager]


def test_a_group_is_never_left_without_a_manager():
    hirer = HirerFactory()
    manager = a_manager_of(hirer)
    a_member_of(hirer)
    mandate = Mandate.objects.get(user=manager)

    with pytest.raises(ValidationError) as refusal:
        services.end_membership(mandate, hirer=hirer, by=manager, now=NOW)
    colleague = a_manager_of(hirer)
    services.end_membership(mandate, hirer=hirer, by=manager, now=NOW)

    assert refusal.value.code == "last_manager"
    managers = [one.user for one in services.people_of(hirer, today=NOW.date())]
    assert managers[0] == colleague


def test_a_member_takes_nobody_out():
    hirer = HirerFactory()
    manager, member = a_manager_of(hirer), a_member_of(hirer)

    with pytest.raises(PermissionDenied):
        services.end_membership(Mandate.objects.get(user=manager), hirer=hirer, by=member, now=NOW)
