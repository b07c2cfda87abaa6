"""The way of a small group: its rules, or two people outside it who know it."""

import re
from datetime import date, time, timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from anchors.models import Mandate
from audit.models import AuditRecord
from core.clock import at
from notifications.models import Message
from spaces import rules, services
from spaces.models import Hirer, Reference
from spaces.services import documents, references
from spaces.services.people import give
from spaces.services.route import route_of
from tests.factories.accounts import UserFactory
from tests.factories.spaces import (
    CHECKED,
    NOW,
    TICKED,
    HirerDocumentFactory,
    HirerFactory,
    a_manager_of,
    a_member_of,
    a_programme_worker,
    a_site_manager_of,
)
from tests.racing import at_once

pytestmark = pytest.mark.django_db

Answer = Reference.Answer


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def group():
    return HirerFactory(state="registered", group_kind="tenants")


def asked(hirer, by=None, **changed):
    facts = {
        "name": "Mina Okoro",
        "part": "Caretaker",
        "how_known": "She opens the yard.",
        "email": "mina@example.org",
    }
    by = by or a_manager_of(hirer)
    return references.ask_reference(hirer, by=by, now=NOW, **(facts | changed))


def said_yes(reference, **facts):
    return references.answer_reference(
        reference, now=NOW, says_yes=True, words="I know them.", **facts
    )


def link_to(address):
    letter = Message.objects.get(address=address)
    return re.search(r"/spaces/references/[\w-]+/", letter.body)[0]


def subjects(address):
    return [letter.subject for letter in Message.objects.filter(address=address)]


@pytest.mark.parametrize(
    ("facts", "complete", "missing"),
    [
        ({"is_small": False}, True, 2),
        ({"is_small": True}, False, 2),
        ({"is_small": True, "has_rules": True}, True, 2),
        ({"is_small": True, "rules_wait": True}, False, 2),
        ({"is_small": True, "said_yes": 1, "asked": 1}, False, 0),
        ({"is_small": True, "said_yes": 1}, False, 1),
        ({"is_small": True, "said_yes": 2}, True, 0),
        ({"is_small": True, "asked": 3}, False, 0),
    ],
)
def test_a_small_group_shows_its_rules_or_two_people_who_know_it(facts, complete, missing):
    route = rules.route.Route(**facts)

    assert (route.is_complete, route.missing_references) == (complete, missing)


def test_a_person_who_is_named_is_written_to_and_the_secret_is_not_kept(group):
    reference = asked(group)

    letter = Message.objects.get(address="mina@example.org")
    secret = link_to("mina@example.org").split("/")[3]
    assert letter.is_private
    assert len(secret) >= 43
    assert secret not in str(Reference.objects.values())
    assert secret not in str(AuditRecord.objects.values())
    assert references.find_reference(secret, now=NOW) == reference


def test_a_person_with_a_telephone_alone_is_not_written_to(group):
    asked(group, email="", phone="020 7946 0321")

    assert not Message.objects.exists()


@pytest.mark.parametrize("who", ["member", "stranger", "staff"])
def test_only_a_manager_names_somebody(group, who):
    person = {
        "member": lambda: a_member_of(group),
        "stranger": UserFactory,
        "staff": a_programme_worker,
    }[who]()

    with pytest.raises(PermissionDenied):
        asked(group, by=person)

    assert not Reference.objects.exists()


def test_nobody_vouches_for_their_own_group(group):
    a_member_of(group, email="own@example.org")

    with pytest.raises(ValidationError, match="belongs to the group"):
        asked(group, email="OWN@example.org")

    assert not Message.objects.exists()


def of_the_group(group, how, person):
    """Somebody joins or is invited; the address that is theirs beside their own."""
    if how == "invited":
        services.invite(
            group, email="mina@example.org", kind="member", by=a_manager_of(group), now=NOW
        )
    elif how == "second address":
        EmailAddress.objects.create(user=person, email="mina@example.org", verified=True)
        give(group, person, Mandate.Kind.MEMBER, today=NOW.date())
    else:
        person.email = "Mina@example.org"
        person.save()
        give(group, person, Mandate.Kind.MEMBER, today=NOW.date())
    if how == "left again":
        mandate = Mandate.objects.get(user=person)
        services.end_membership(mandate, hirer=group, by=person, now=NOW)


WAYS_IN = ["joined", "invited", "second address", "left again"]


@pytest.mark.parametrize("how", WAYS_IN)
def test_nobody_of_the_group_is_named_by_any_address(group, how):
    of_the_group(group, how, UserFactory())
    Message.objects.all().delete()

    with pytest.raises(ValidationError) as refusal:
        asked(group)

    assert refusal.value.error_dict["email"][0].code == "own_group"
    assert not Message.objects.exists()


@pytest.mark.parametrize("how", WAYS_IN)
def test_whoever_is_of_the_group_by_now_answers_nothing(client, group, how):
    reference = asked(group)
    link = link_to("mina@example.org")
    of_the_group(group, how, UserFactory())

    answer = client.post(link, {"answer": "yes", "words": "They are lovely."})
    with pytest.raises(ValidationError) as refusal:
        said_yes(reference, by=a_programme_worker())

    assert answer.status_code == 409
    assert "We can only ask people outside it" in answer.content.decode()
    assert refusal.value.code == "own_group"
    reference.refresh_from_db()
    assert reference.answer == Answer.WAITING


def test_a_member_who_is_signed_in_does_not_answer_with_the_link_of_another(client, group):
    asked(group)
    client.force_login(a_member_of(group))

    answer = client.post(link_to("mina@example.org"), {"answer": "yes", "words": "Fine folk."})

    assert answer.status_code == 409
    assert Reference.objects.get().answer == Answer.WAITING


def test_somebody_else_who_is_signed_in_answers_as_anybody(client, group):
    asked(group)
    client.force_login(UserFactory())

    client.post(link_to("mina@example.org"), {"answer": "yes", "words": "Fine folk."})

    assert Reference.objects.get().answer == Answer.YES


@pytest.mark.parametrize("how", WAYS_IN)
def test_a_yes_counts_no_more_once_they_are_of_the_group_and_staff_read_why(client, group, how):
    manager, worker = a_manager_of(group), a_programme_worker()
    said_yes(asked(group, by=manager))
    said_yes(asked(group, by=manager, email="other@example.org"))
    assert route_of(group).is_complete

    of_the_group(group, how, UserFactory())

    route = route_of(group)
    assert (route.said_yes, route.is_complete) == (1, False)
    assert route.inside == 1
    with pytest.raises(ValidationError):
        services.approve_hirer(group, by=worker, now=NOW, checked=CHECKED)
    client.force_login(worker)
    listed = client.get(reverse("spaces:references", args=[group.organisation.slug]))
    deciding = client.get(reverse("spaces:decide_hirer", args=[group.organisation.slug]))
    assert listed.content.decode().count("This does not count") == 1
    assert "1 more does not count, because they belong" in deciding.content.decode()


def test_the_same_person_is_asked_once(group):
    manager = a_manager_of(group)
    asked(group, by=manager)

    with pytest.raises(ValidationError, match="already"):
        asked(group, by=manager, email="MINA@example.org")


def test_nobody_is_written_to_without_end(group):
    manager = a_manager_of(group)
    for number in range(6):
        one = asked(group, by=manager, email=f"p{number}@example.org")
        references.withdraw_reference(one, by=manager, now=NOW)

    with pytest.raises(ValidationError, match="6 people already"):
        asked(group, by=manager, email="p7@example.org")


@pytest.mark.parametrize(
    "facts", [{"group_kind": "charity"}, {"group_kind": "tenants", "state": "approved"}]
)
def test_a_group_that_needs_none_names_nobody(facts):
    hirer = HirerFactory(**({"state": "registered"} | facts))

    with pytest.raises(ValidationError, match="needs no references"):
        asked(hirer)


def test_a_referee_answers_through_their_own_link_without_an_account(client, group):
    asked(group)
    link = link_to("mina@example.org")

    looked = client.get(link)
    bad = client.post(link, {"answer": "yes", "words": ""})
    sent = client.post(link, {"answer": "yes", "words": "I open the yard for them."}, follow=True)

    reference = Reference.objects.get()
    assert (looked.status_code, bad.status_code) == (200, 422)
    assert str(group) in looked.content.decode()
    assert (reference.answer, reference.words, reference.answered_at, reference.taken_by) == (
        Answer.YES,
        "I open the yard for them.",
        NOW,
        None,
    )
    assert "We have your answer." in sent.content.decode()


def test_looking_at_the_link_answers_nothing(client, group):
    asked(group)
    before = Reference.objects.values().get()

    for _again in range(3):
        client.get(link_to("mina@example.org"))

    assert Reference.objects.values().get() == before
    assert not AuditRecord.objects.filter(verb="spaces.reference_answered").exists()


def test_an_answer_is_given_once(client, group):
    asked(group)
    link = link_to("mina@example.org")
    client.post(link, {"answer": "no"})

    again = client.post(link, {"answer": "no"})
    other = client.post(link, {"answer": "yes", "words": "After all."})

    assert Reference.objects.get().answer == Answer.NO
    assert (again.status_code, other.status_code) == (200, 409)
    assert "What you sent now was not kept." in other.content.decode()


def test_the_link_of_a_name_that_was_taken_back_is_dead_and_its_letter_stays(client, group):
    manager = a_manager_of(group)
    reference = asked(group, by=manager)
    link = link_to("mina@example.org")

    references.withdraw_reference(reference, by=manager, now=NOW)

    assert client.get(link).status_code == 404
    assert client.post(link, {"answer": "yes", "words": "x"}).status_code == 404
    assert Message.objects.get(address="mina@example.org").state == "withdrawn"


def test_a_link_that_nobody_has_is_no_page(client):
    assert client.get("/spaces/references/not-a-secret/").status_code == 404


@pytest.mark.parametrize("end", ["approved", "declined", "contact removed", "weeks"])
def test_the_link_of_a_referee_ends_and_the_page_says_so(client, group, end):
    reference = asked(group)
    link, worker = link_to("mina@example.org"), a_programme_worker()
    later = NOW + timedelta(hours=1)
    if end == "approved":
        services.approve_hirer(group, by=worker, now=later, despite="We met them.", checked=CHECKED)
    elif end == "declined":
        services.decline_hirer(group, by=worker, now=later, reason="No adult.")
    elif end == "contact removed":
        Reference.objects.update(email="", contact_removed_on=NOW.date())
    else:
        Reference.objects.update(asked_at=NOW - timedelta(days=31))

    looked = client.get(link)
    sent = client.post(link, {"answer": "yes", "words": "I know them."})
    with pytest.raises(ValidationError, match="does not hold any more"):
        said_yes(Reference.objects.get())

    assert (looked.status_code, sent.status_code) == (404, 404)
    assert "This link does not hold any more" in looked.content.decode()
    assert str(group) not in looked.content.decode()
    reference.refresh_from_db()
    assert reference.answer == Answer.WAITING


@pytest.mark.parametrize("when", ["the last of 30 days", "named after a no"])
def test_until_then_the_link_opens_the_question(client, group, when):
    if when == "named after a no":
        services.decline_hirer(group, by=a_programme_worker(), now=NOW, reason="No adult.")
    asked(group)
    link = link_to("mina@example.org")
    if when == "the last of 30 days":
        Reference.objects.update(asked_at=NOW - timedelta(days=30, hours=8))

    assert client.get(link).status_code == 200
    client.post(link, {"answer": "yes", "words": "I know them."})

    assert Reference.objects.get().answer == Answer.YES


def test_a_referee_whose_link_has_ended_can_be_rung_up(client, group):
    reference = asked(group)
    letter = Message.objects.get(address="mina@example.org")
    Reference.objects.update(asked_at=NOW - timedelta(days=31))
    worker = a_programme_worker()
    client.force_login(worker)

    shown = client.get(reverse("spaces:references", args=[group.organisation.slug]))
    said_yes(reference, by=worker)

    assert "The link in their letter has ended." in shown.content.decode()
    assert letter.valid_until == at(date(2026, 12, 24), time(23, 59, 59))
    assert "until Thursday 24 December 2026" in letter.body


def test_staff_write_down_what_is_said_on_the_telephone(client, group):
    reference = asked(group, email="", phone="020 7946 0321")
    worker = a_programme_worker()
    client.force_login(worker)

    client.post(
        reverse("spaces:note_reference", args=[reference.uuid]),
        {"answer": "yes", "words": "A nurse knows them."},
    )

    reference.refresh_from_db()
    assert (reference.answer, reference.taken_by) == (Answer.YES, worker)


@pytest.mark.parametrize(
    ("page", "who", "status"),
    [
        ("note_reference", "manager", 403),
        ("note_reference", "staff of the group", 403),
        ("note_reference", "another group", 404),
        ("note_reference", "site", 404),
        ("withdraw_reference", "member", 403),
        ("withdraw_reference", "staff", 403),
        ("withdraw_reference", "another group", 404),
    ],
)
def test_whoever_may_not_is_refused_and_nothing_changes(client, group, page, who, status):
    reference = asked(group)
    person = {
        "manager": lambda: a_manager_of(group),
        "member": lambda: a_member_of(group),
        "another group": lambda: a_manager_of(HirerFactory()),
        "site": a_site_manager_of,
    }.get(who, a_programme_worker)()
    if who == "staff of the group":
        group.organisation.mandates.create(user=person, kind="member", starts_on=date(2020, 1, 1))
    client.force_login(person)
    before = Reference.objects.values().get()

    answer = client.post(
        reverse(f"spaces:{page}", args=[reference.uuid]), {"answer": "yes", "words": "Me."}
    )

    assert answer.status_code == status
    assert Reference.objects.values().get() == before


def test_what_a_referee_wrote_is_read_by_staff_and_not_by_the_group(client, group):
    said_yes(asked(group))
    address = reverse("spaces:references", args=[group.organisation.slug])
    client.force_login(a_manager_of(group))
    own = client.get(address).content.decode()
    client.force_login(a_programme_worker())

    staff = client.get(address).content.decode()

    assert ("I know them." in own, "I know them." in staff) == (False, True)
    assert "Said yes" in own


def test_staff_are_asked_to_decide_once_the_second_person_has_said_yes(group):
    manager = a_manager_of(group)
    a_programme_worker(email="worker@example.org")
    first, second, third = (
        asked(group, by=manager, email=f"p{number}@example.org") for number in range(3)
    )

    said_yes(first)
    before = subjects("worker@example.org")
    said_yes(second)
    said_yes(third)

    assert (before, subjects("worker@example.org")) == ([], ["Please decide about a new group"])


def test_staff_are_asked_to_decide_once_the_rules_of_the_group_are_accepted(group):
    paper = HirerDocumentFactory(hirer=group, kind="constitution", state="waiting")
    worker = a_programme_worker(email="worker@example.org")

    documents.accept_document(paper, by=worker, now=NOW)

    assert subjects("worker@example.org") == ["Please decide about a new group"]


def test_a_small_group_that_registers_keeps_staff_waiting_until_there_is_something_to_read():
    a_programme_worker(email="worker@example.org")

    services.register_hirer(
        by=UserFactory(),
        now=NOW,
        name="Tea (demo)",
        group_kind="tenants",
        purpose="Tea.",
        usual_size=5,
        responsible_adult="Ada",
        responsible_phone="020 7946 0123",
    )

    assert subjects("worker@example.org") == []


def test_a_no_is_told_to_the_managers_who_can_name_somebody_else(group):
    manager = a_manager_of(group, email="manager@example.org")
    reference = asked(group, by=manager)

    references.answer_reference(reference, now=NOW, says_yes=False)

    assert subjects("manager@example.org") == ["Please name somebody else who knows your group"]
    assert not route_of(group).is_complete


def test_a_group_is_not_approved_before_its_way_is_complete(client, group):
    worker = a_programme_worker()
    client.force_login(worker)
    address = reverse("spaces:decide_hirer", args=[group.organisation.slug])

    refused = client.post(address, {"outcome": "approve", **TICKED})
    group.refresh_from_db()
    before = group.state
    client.post(
        address, {**TICKED, "outcome": "approve", "despite": "I have met them at their hall."}
    )

    group.refresh_from_db()
    assert (refused.status_code, before) == (422, Hirer.State.REGISTERED)
    assert list(refused.context["form"].errors) == ["despite"]
    assert (group.state, group.approved_despite) == (
        Hirer.State.APPROVED,
        "I have met them at their hall.",
    )
    entry = AuditRecord.objects.about(group).get(verb="spaces.hirer_approved")
    assert (entry.actor, entry.detail) == (worker, {"incomplete": True})


def test_whoever_decides_reads_that_somebody_said_no(client, group):
    said_yes(asked(group)), said_yes(asked(group, email="two@example.org"))
    references.answer_reference(asked(group, email="no@example.org"), now=NOW, says_yes=False)
    client.force_login(a_programme_worker())

    shown = client.get(reverse("spaces:decide_hirer", args=[group.organisation.slug]))

    assert "1 could not say yes." in shown.content.decode()


def test_a_group_whose_way_is_complete_is_approved_without_a_word(client, group):
    HirerDocumentFactory(hirer=group, kind="constitution", valid_until=None)
    client.force_login(a_programme_worker())
    address = reverse("spaces:decide_hirer", args=[group.organisation.slug])

    shown = client.get(address)
    client.post(address, {**TICKED, "outcome": "approve", "despite": "Forged."})

    group.refresh_from_db()
    assert "despite" not in shown.context["form"].fields
    assert (group.state, group.approved_despite) == (Hirer.State.APPROVED, "")


def test_a_group_may_be_declined_at_any_time(client, group):
    client.force_login(a_programme_worker())

    client.post(
        reverse("spaces:decide_hirer", args=[group.organisation.slug]),
        {"outcome": "decline", "reason": "It is a business."},
    )

    group.refresh_from_db()
    assert group.state == Hirer.State.DECLINED


@pytest.mark.django_db(transaction=True)
def test_a_referee_who_answers_twice_at_once_is_heard_once(group):
    reference = asked(group)

    done = at_once(
        lambda: said_yes(reference),
        lambda: references.answer_reference(reference, now=NOW, says_yes=False),
    )

    assert done == ["done", "not_from_here"]
    assert AuditRecord.objects.filter(verb="spaces.reference_answered").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_last_answers_at_once_ask_staff_once(group):
    manager = a_manager_of(group)
    a_programme_worker(email="worker@example.org")
    first, second = (asked(group, by=manager, email=f"p{n}@example.org") for n in range(2))

    assert at_once(lambda: said_yes(first), lambda: said_yes(second)) == ["done", "done"]

    assert subjects("worker@example.org") == ["Please decide about a new group"]


@pytest.mark.parametrize(
    ("facts", "kept"),
    [
        ({"decided_at": NOW - timedelta(days=90)}, False),
        ({"decided_at": NOW - timedelta(days=89)}, True),
        ({"decided_at": None}, True),
    ],
)
def test_how_a_referee_is_reached_goes_ninety_days_after_the_decision(group, facts, kept):
    reference = asked(group, phone="020 7946 0321")
    said_yes(reference)
    Hirer.objects.filter(pk=group.pk).update(**facts)

    references.forget_referees(now=NOW)
    references.forget_referees(now=NOW)

    reference.refresh_from_db()
    assert bool(reference.email) == bool(reference.phone) == kept
    assert Message.objects.filter(address="mina@example.org").exists() == kept
    assert (reference.name, reference.words) == ("Mina Okoro", "I know them.")


def test_while_nobody_decides_it_goes_after_a_year(group):
    reference = asked(group)
    Reference.objects.update(asked_at=NOW - timedelta(days=365))

    assert references.forget_referees(now=NOW) == 1

    reference.refresh_from_db()
    assert (reference.email, reference.contact_removed_on) == ("", NOW.date())


@pytest.mark.parametrize("how_many", [1, 4])
def test_the_page_of_references_costs_the_same_for_one_as_for_many(
    client, group, django_assert_max_num_queries, how_many
):
    manager = a_manager_of(group)
    for number in range(how_many):
        said_yes(asked(group, by=manager, email=f"p{number}@example.org"))
    client.force_login(manager)

    with django_assert_max_num_queries(14):
        page = client.get(reverse("spaces:references", args=[group.organisation.slug]))

    assert len(page.context["references"]) == how_many


def test_the_page_of_the_group_lists_what_we_still_need(client, group):
    client.force_login(a_manager_of(group))

    page = client.get(group.get_absolute_url()).content.decode()

    assert "What we still need" in page
    assert "Before we can decide, we need something more from you" in page
    assert "You need not do anything" not in page
    assert reverse("spaces:add_document", args=[group.organisation.slug, "constitution"]) in page
    assert "0 of 2 said yes" in page


@pytest.mark.parametrize("what", ["rules", "two people"])
def test_a_group_that_has_sent_it_is_not_asked_for_more(client, group, what):
    manager = a_manager_of(group)
    if what == "rules":
        HirerDocumentFactory(hirer=group, kind="constitution", state="waiting")
    else:
        for name in ("Mo", "Ida"):
            asked(group, manager, name=name, email=f"{name.lower()}@example.org")
    client.force_login(manager)

    page = client.get(group.get_absolute_url()).content.decode()

    assert "We look at what you sent, or wait for those you named." in page
    assert "we need something more from you" not in page


def test_a_charity_is_asked_for_neither(client):
    hirer = HirerFactory(state="registered")
    client.force_login(a_manager_of(hirer))

    page = client.get(hirer.get_absolute_url()).content.decode()
    people = client.get(reverse("spaces:references", args=[hirer.organisation.slug]))

    assert "Nobody needs to be named for this group now." in people.content.decode()

    assert "What we still need" not in page
    assert "You need not do anything" in page


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": ""}, "name"),
        ({"email": "", "phone": ""}, "email"),
        ({"email": "not an address"}, "email"),
        ({"phone": "ring me"}, "phone"),
        ({"how_known": "h" * 201}, "how_known"),
    ],
)
def test_a_bad_name_comes_back_with_422_and_everything_typed(client, group, changed, field):
    client.force_login(a_manager_of(group))
    sent = {
        "name": "Mina",
        "part": "Caretaker",
        "how_known": "Yard",
        "email": "m@example.org",
        "phone": "020 7946 0321",
    } | changed

    answer = client.post(reverse("spaces:ask_reference", args=[group.organisation.slug]), sent)

    form = answer.context["form"]
    assert answer.status_code == 422
    assert list(form.errors) == [field]
    assert {name: form[name].value() for name in sent} == sent
    assert not Reference.objects.exists()


@pytest.mark.parametrize("is_sensitive", [True, False])
def test_the_page_says_whom_a_referee_speaks_for_and_the_letter_only_if_that_is_no_secret(
    client, group, is_sensitive
):
    """A letter may be forwarded, or go to a mistyped address. The page is behind the link."""
    Hirer.objects.filter(pk=group.pk).update(is_sensitive=is_sensitive)
    group.refresh_from_db()
    asked(group, email="olu@example.org")

    letter = Message.objects.get(address="olu@example.org")
    link = re.search(r"https?://[^/]+(/\S+)", letter.body)[1]
    page = client.get(link).content.decode()

    assert (str(group) in letter.subject + letter.body) != is_sensitive
    assert "It is one question" in letter.body
    assert str(group) in page
