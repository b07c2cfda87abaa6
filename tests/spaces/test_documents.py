"""Papers of a group: sent, checked, replaced, warned of and forgotten."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from audit.models import AuditRecord
from notifications.models import Message
from spaces.models import HirerDocument, PeopleCheck
from spaces.rules import papers as rules
from spaces.services import documents, papers
from tests.factories.accounts import UserFactory
from tests.factories.spaces import (
    A_PDF,
    NOW,
    HirerDocumentFactory,
    HirerFactory,
    a_manager_of,
    a_member_of,
    a_programme_worker,
)
from tests.racing import at_once

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
Kind, State = HirerDocument.Kind, HirerDocument.State


def sent(hirer, by, **changed):
    facts = {
        "kind": Kind.INSURANCE,
        "file": A_PDF,
        "file_name": "insurance.pdf",
        "insurer": "Thames Mutual (demo)",
        "cover_pounds": 5_000_000,
        "valid_until": TODAY + timedelta(days=200),
    }
    return documents.add_document(hirer, by=by, now=NOW, **(facts | changed))


def letters():
    return sorted(Message.objects.values_list("address", "subject"))


def test_a_paper_that_a_manager_sends_waits_to_be_checked():
    hirer = HirerFactory()
    manager = a_manager_of(hirer)

    paper = sent(hirer, manager)

    paper.refresh_from_db()
    assert (paper.state, paper.added_by, bytes(paper.content)) == (State.WAITING, manager, A_PDF)
    entry = AuditRecord.objects.about(paper).get()
    assert (entry.verb, entry.actor) == ("spaces.document_added", manager)


@pytest.mark.parametrize("who", ["member", "stranger", "staff"])
def test_only_a_manager_sends_papers(who):
    hirer = HirerFactory()
    person = {
        "member": lambda: a_member_of(hirer),
        "stranger": UserFactory,
        "staff": a_programme_worker,
    }[who]()

    with pytest.raises(PermissionDenied):
        sent(hirer, person)

    assert not HirerDocument.objects.exists()


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"valid_until": None}, "valid_until", "required"),
        ({"valid_until": TODAY - timedelta(days=1)}, "valid_until", "over"),
        ({"valid_from": TODAY + timedelta(days=300)}, "valid_until", "reversed"),
        ({"file_name": "DBS_Ada.pdf"}, "file", "about_people"),
        ({"kind": Kind.OTHER, "title": "Enhanced dbs"}, "file", "about_people"),
        ({"file": b""}, "file", "empty"),
    ],
)
def test_a_paper_that_will_not_do_is_refused_beside_its_field(changed, field, code):
    hirer = HirerFactory()

    with pytest.raises(ValidationError) as refusal:
        sent(hirer, a_manager_of(hirer), **changed)

    assert [error.code for error in refusal.value.error_dict[field]] == [code]
    assert not HirerDocument.objects.exists()


def test_an_insurance_that_ends_today_still_holds_today():
    hirer = HirerFactory()

    assert sent(hirer, a_manager_of(hirer), valid_until=TODAY).state == State.WAITING


def test_accepting_a_paper_tells_the_managers_alone():
    paper = HirerDocumentFactory(state="waiting")
    a_manager_of(paper.hirer, email="manager@example.org")
    a_member_of(paper.hirer, email="member@example.org")
    worker = a_programme_worker()

    documents.accept_document(paper, by=worker, now=NOW)

    paper.refresh_from_db()
    assert (paper.state, paper.checked_by, paper.checked_at) == (State.ACCEPTED, worker, NOW)
    assert letters() == [("manager@example.org", "Your paper is accepted")]
    assert AuditRecord.objects.about(paper).get().verb == "spaces.document_accepted"


def test_turning_a_paper_down_says_why():
    paper = HirerDocumentFactory(state="waiting")
    a_manager_of(paper.hirer, email="manager@example.org")

    documents.refuse_document(paper, by=a_programme_worker(), now=NOW, reason="It is not signed.")

    paper.refresh_from_db()
    assert (paper.state, paper.reason) == (State.NOT_ACCEPTED, "It is not signed.")
    [letter] = Message.objects.all()
    assert (letter.address, letter.subject) == (
        "manager@example.org",
        "We need another paper from you",
    )
    assert "It is not signed." in letter.body


@pytest.mark.parametrize("who", ["of the group", "who sent it", "not staff"])
def test_nobody_checks_a_paper_of_their_own(who):
    paper = HirerDocumentFactory(state="waiting")
    person = {"of the group": a_programme_worker, "who sent it": a_programme_worker}.get(
        who, UserFactory
    )()
    if who == "of the group":
        paper.hirer.organisation.mandates.create(
            user=person, kind="member", starts_on=date(2020, 1, 1)
        )
    if who == "who sent it":
        HirerDocument.objects.filter(pk=paper.pk).update(added_by=person)

    with pytest.raises(PermissionDenied):
        documents.accept_document(paper, by=person, now=NOW)

    paper.refresh_from_db()
    assert paper.state == State.WAITING
    assert not Message.objects.exists()


def test_postgres_too_lets_nobody_check_what_they_sent():
    paper = HirerDocumentFactory(state="waiting")

    with pytest.raises(IntegrityError, match="nobody_checks_a_paper_they_added"):
        HirerDocument.objects.filter(pk=paper.pk).update(
            state="accepted", checked_by=paper.added_by, checked_at=NOW
        )


@pytest.mark.django_db(transaction=True)
def test_two_who_check_one_paper_at_once_leave_one_answer():
    paper = HirerDocumentFactory(state="waiting")
    a_manager_of(paper.hirer)
    first, second = a_programme_worker(), a_programme_worker()

    done = at_once(
        lambda: documents.accept_document(paper, by=first, now=NOW),
        lambda: documents.refuse_document(paper, by=second, now=NOW, reason="No."),
    )

    assert done == ["done", "not_from_here"]
    assert AuditRecord.objects.about(paper).count() == 1
    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_paper_is_taken_back_or_checked_but_not_both():
    paper = HirerDocumentFactory(state="waiting")
    manager, worker = a_manager_of(paper.hirer), a_programme_worker()

    done = at_once(
        lambda: documents.accept_document(paper, by=worker, now=NOW),
        lambda: documents.remove_document(paper, by=manager),
    )

    assert done == ["done", "not_from_here"]
    accepted = HirerDocument.objects.filter(state=State.ACCEPTED).count()
    taken_back = AuditRecord.objects.filter(verb="spaces.document_taken_back").count()
    assert accepted + taken_back == 1


@pytest.mark.django_db(transaction=True)
def test_a_paper_is_replaced_once_however_many_send_a_newer_one():
    old = HirerDocumentFactory()
    first, second = a_manager_of(old.hirer), a_manager_of(old.hirer)

    done = at_once(
        lambda: sent(old.hirer, first, replaces=old), lambda: sent(old.hirer, second, replaces=old)
    )

    assert done == ["done", "not_from_here"]
    assert old.replacements.count() == 1


def test_taking_a_paper_back_deletes_it_and_is_remembered():
    paper = HirerDocumentFactory(state="waiting")
    manager = a_manager_of(paper.hirer)

    documents.remove_document(paper, by=manager)

    assert not HirerDocument.objects.exists()
    entry = AuditRecord.objects.about(paper.hirer).get()
    assert (entry.verb, entry.detail) == (
        "spaces.document_taken_back",
        {"document": str(paper.uuid)},
    )


def test_a_checked_paper_is_not_taken_back():
    paper = HirerDocumentFactory()

    with pytest.raises(ValidationError, match="checked already"):
        documents.remove_document(paper, by=a_manager_of(paper.hirer))

    assert HirerDocument.objects.exists()


def test_the_earlier_paper_counts_until_the_newer_one_is_accepted():
    old = HirerDocumentFactory()
    new = sent(old.hirer, a_manager_of(old.hirer), replaces=old)
    old.refresh_from_db()
    before = rules.standing(old, today=TODAY)

    documents.accept_document(new, by=a_programme_worker(), now=NOW)

    old.refresh_from_db()
    assert (before, rules.standing(old, today=TODAY)) == ("good", "replaced")
    assert old.replaced_on == TODAY
    assert rules.holds_on(old, TODAY)


def test_a_paper_turned_down_may_be_sent_again_in_the_place_of_the_same_one():
    old = HirerDocumentFactory()
    manager = a_manager_of(old.hirer)
    bad = sent(old.hirer, manager, replaces=old)
    documents.refuse_document(bad, by=a_programme_worker(), now=NOW, reason="Not signed.")

    again = sent(old.hirer, manager, replaces=old)

    assert again.replaces == old


def test_a_group_has_no_more_than_twenty_papers_waiting():
    hirer = HirerFactory()
    manager = a_manager_of(hirer)
    HirerDocumentFactory.create_batch(20, hirer=hirer, state="waiting")

    with pytest.raises(ValidationError, match="wait to be checked"):
        sent(hirer, manager)


def test_staff_write_down_a_paper_that_they_saw_and_no_file_is_kept():
    hirer = HirerFactory()
    a_manager_of(hirer, email="manager@example.org")
    worker = a_programme_worker()

    paper = documents.note_document_seen(hirer, by=worker, now=NOW, kind=Kind.CONSTITUTION)

    assert (paper.state, paper.checked_by, paper.content, paper.has_file) == (
        State.ACCEPTED,
        worker,
        None,
        False,
    )
    assert letters() == [("manager@example.org", "Your paper is accepted")]


@pytest.mark.parametrize(
    ("left", "stands"),
    [
        (None, "good"),
        (31, "good"),
        (30, "soon"),
        (15, "soon"),
        (14, "urgent"),
        (4, "urgent"),
        (3, "last_call"),
        (0, "last_call"),
        (-1, "over"),
    ],
)
def test_how_a_paper_stands_as_its_last_day_comes_near(left, stands):
    until = None if left is None else TODAY + timedelta(days=left)
    paper = HirerDocumentFactory.build(kind=Kind.RISK, valid_until=until, checked_by=None)

    assert rules.standing(paper, today=TODAY) == stands


@pytest.mark.parametrize(
    ("facts", "holds"),
    [
        ({}, True),
        ({"valid_until": TODAY}, True),
        ({"valid_until": TODAY - timedelta(days=1)}, False),
        ({"valid_from": TODAY}, True),
        ({"valid_from": TODAY + timedelta(days=1)}, False),
        ({"state": "waiting"}, False),
        ({"state": "refused"}, False),
        ({"replaced_on": TODAY, "valid_until": TODAY}, True),
    ],
)
def test_a_paper_holds_on_its_first_and_its_last_day(facts, holds):
    facts = {"kind": Kind.RISK, "checked_by": None, "checked_at": None} | facts
    paper = HirerDocumentFactory.build(**facts)

    assert rules.holds_on(paper, TODAY) == holds


@pytest.mark.parametrize(
    ("left", "told"), [(31, 0), (30, 1), (12, 1), (0, 1), (-1, 0)], ids=lambda days: f"{days}"
)
def test_managers_are_warned_within_thirty_days_once(left, told):
    paper = HirerDocumentFactory(valid_until=TODAY + timedelta(days=left))
    a_manager_of(paper.hirer)

    for day in range(3):
        documents.warn_of_expiry(now=NOW + timedelta(days=day) * (left == 12))

    assert Message.objects.count() == told


def test_nobody_is_warned_of_a_paper_that_another_goes_on_after():
    old = HirerDocumentFactory(valid_until=TODAY + timedelta(days=5))
    a_manager_of(old.hirer)
    HirerDocumentFactory(hirer=old.hirer, valid_until=TODAY + timedelta(days=370))
    other = HirerDocumentFactory(hirer=old.hirer, kind=Kind.RISK)
    HirerDocument.objects.filter(pk=other.pk).update(valid_until=TODAY + timedelta(days=5))

    assert documents.warn_of_expiry(now=NOW) == 1

    assert "Risk assessment" in Message.objects.get().body


def test_a_warning_does_not_leave_after_the_last_day():
    paper = HirerDocumentFactory(valid_until=TODAY)
    a_manager_of(paper.hirer)

    documents.warn_of_expiry(now=NOW)

    # Midnight that closes the day, in London, which is on UTC in November.
    assert Message.objects.get().valid_until.isoformat() == "2026-11-25T00:00:00+00:00"


A_YEAR = timedelta(days=365)


@pytest.mark.parametrize(
    ("facts", "goes"),
    [
        ({"valid_until": TODAY - A_YEAR}, True),
        ({"valid_until": TODAY - A_YEAR + timedelta(days=1)}, False),
        ({"replaced_on": TODAY - A_YEAR}, True),
        ({"replaced_on": TODAY - timedelta(days=30), "valid_until": TODAY - A_YEAR}, False),
        ({"state": "refused", "added_at": NOW - A_YEAR - timedelta(days=9)}, True),
        ({"state": "refused", "added_at": NOW - timedelta(days=9)}, False),
        ({}, False),
    ],
)
def test_the_file_of_an_old_paper_goes_and_its_row_stays(facts, goes):
    paper = HirerDocumentFactory(**({"kind": Kind.RISK} | facts))

    assert documents.forget_old_files(now=NOW) == goes
    assert documents.forget_old_files(now=NOW) == 0

    paper = HirerDocument.objects.get()
    assert (paper.content is None, paper.file_deleted_on) == (goes, TODAY if goes else None)
    # The page and the nightly work agree on the day.
    on = rules.file_goes_on(paper)
    assert (on is not None and on <= TODAY) == goes


def test_what_staff_saw_of_dbs_certificates_names_nobody():
    hirer = HirerFactory()
    worker = a_programme_worker()

    check = documents.note_people_check(
        hirer, by=worker, now=NOW, level="enhanced", people=3, seen_on=TODAY
    )

    assert {field.name for field in PeopleCheck._meta.concrete_fields} == {
        "id",
        "created_at",
        "updated_at",
        "hirer",
        "level",
        "people",
        "seen_on",
        "seen_by",
        "taken_back_at",
    }
    entry = AuditRecord.objects.about(hirer).get()
    assert entry.detail == {"check": check.pk, "level": "enhanced", "people": 3}


@pytest.mark.parametrize("who", ["manager", "stranger", "staff of the group"])
def test_only_staff_of_no_group_write_down_such_a_check(who):
    hirer = HirerFactory()
    person = {"manager": lambda: a_manager_of(hirer), "stranger": UserFactory}.get(
        who, a_programme_worker
    )()
    if who == "staff of the group":
        hirer.organisation.mandates.create(user=person, kind="member", starts_on=date(2020, 1, 1))

    with pytest.raises(PermissionDenied):
        documents.note_people_check(
            hirer, by=person, now=NOW, level="basic", people=1, seen_on=TODAY
        )

    assert not PeopleCheck.objects.exists()


def test_a_check_is_not_seen_in_the_future():
    with pytest.raises(ValidationError, match="in the future"):
        documents.note_people_check(
            HirerFactory(),
            by=a_programme_worker(),
            now=NOW,
            level="basic",
            people=1,
            seen_on=TODAY + timedelta(days=1),
        )


@pytest.mark.parametrize("how_many", [1, 5])
def test_the_papers_of_a_group_cost_one_query_and_never_read_a_file(how_many):
    hirer = HirerFactory()
    HirerDocumentFactory.create_batch(how_many, hirer=hirer)

    with CaptureQueriesContext(connection) as asked:
        shelves = papers.shelves(HirerDocument.objects.filter(hirer=hirer), today=TODAY)

    assert sum(len(shelf.now) for shelf in shelves) == how_many
    assert len(asked) == 1
    assert '"content"' not in asked[0]["sql"]


@pytest.mark.parametrize(
    ("facts", "promise"),
    [
        ({"insurer": ""}, "an_insurance_says_who_how_much_and_until_when"),
        ({"valid_until": None}, "an_insurance_says_who_how_much_and_until_when"),
        ({"valid_from": date(2028, 1, 1)}, "a_paper_ends_after_it_starts"),
        ({"state": "refused", "reason": ""}, "a_paper_turned_down_says_why"),
        ({"content": None}, "a_paper_has_a_file_or_was_seen"),
        ({"is_seen_only": True}, "a_paper_has_a_file_or_was_seen"),
        ({"kind": "risk", "cover_pounds": 5}, "only_an_insurance_has_a_cover"),
        ({"kind": "other", "title": ""}, "another_paper_says_what_it_is"),
    ],
)
def test_postgres_keeps_the_promises_of_a_paper(facts, promise):
    with pytest.raises(IntegrityError, match=promise), transaction.atomic():
        HirerDocumentFactory(**facts)
