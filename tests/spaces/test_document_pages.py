"""The pages of papers: who sees them, what comes back, what they cost."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from anchors.models import Mandate
from audit.models import AuditRecord
from home.services.waiting import waiting_for
from notifications.models import Message
from spaces import services
from spaces.models import HirerDocument, PeopleCheck
from spaces.services import documents
from spaces.services.documents import accept_document
from tests.factories.accounts import UserFactory
from tests.factories.spaces import (
    A_PDF,
    NOW,
    BookingFactory,
    HirerDocumentFactory,
    HirerFactory,
    a_manager_of,
    a_member_of,
    a_programme_worker,
    a_site_manager_of,
)
from tests.racing import at_once

pytestmark = pytest.mark.django_db

TODAY = NOW.date()


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def page(name, paper):
    return reverse(f"spaces:{name}", args=[paper.uuid])


def add_page(hirer, kind="insurance"):
    return reverse("spaces:add_document", args=[hirer.organisation.slug, kind])


def typed(**changed):
    return {
        "insurer": "Thames Mutual (demo)",
        "cover_pounds": "£5,000,000",
        "valid_from_day": "1",
        "valid_from_month": "11",
        "valid_from_year": "2026",
        "valid_until_day": "31",
        "valid_until_month": "10",
        "valid_until_year": "2027",
        "file": SimpleUploadedFile("insurance.pdf", A_PDF),
    } | changed


@pytest.mark.parametrize(
    ("changed", "errors"),
    [
        ({"insurer": ""}, ["insurer", "file"]),
        ({"file": SimpleUploadedFile("insurance.pdf", b"MZ")}, ["file"]),
        ({"valid_until_year": "2020"}, ["valid_until", "file"]),
    ],
    ids=["a blank", "the file itself", "refused later"],
)
def test_a_file_is_asked_for_again_because_no_browser_keeps_it(client, changed, errors):
    hirer = HirerFactory()
    client.force_login(a_manager_of(hirer))

    answer = client.post(add_page(hirer), typed(**changed))

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == errors
    asked_again = "Choose the file again. The browser does not keep it."
    assert (asked_again in answer.content.decode()) == (len(errors) == 2)


def test_a_manager_sends_an_insurance_and_sees_it_wait(client):
    hirer = HirerFactory()
    client.force_login(a_manager_of(hirer))

    answer = client.post(add_page(hirer), typed(), follow=True)

    paper = HirerDocument.objects.get()
    assert answer.redirect_chain == [(paper.get_absolute_url(), 302)]
    assert (paper.cover_pounds, paper.valid_from, paper.valid_until) == (
        5_000_000,
        date(2026, 11, 1),
        date(2027, 10, 31),
    )
    words = answer.content.decode()
    assert "Programme staff check it and write to the group." in words
    assert "£5,000,000" in words
    assert "Paper added" in words


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"insurer": ""}, "insurer"),
        ({"cover_pounds": "a lot"}, "cover_pounds"),
        ({"cover_pounds": "0"}, "cover_pounds"),
        ({"cover_pounds": "9" * 30}, "cover_pounds"),
        ({"valid_until_year": ""}, "valid_until"),
        ({"valid_until_year": "2025"}, "valid_until"),
        ({"valid_from_year": "2028"}, "valid_until"),
        ({"file": ""}, "file"),
    ],
)
def test_a_bad_paper_comes_back_with_422_and_everything_typed(client, changed, field):
    hirer = HirerFactory()
    client.force_login(a_manager_of(hirer))
    sent = typed(**changed)

    answer = client.post(add_page(hirer), sent)

    form = answer.context["form"]
    assert answer.status_code == 422
    assert list(form.errors) == [field, *(["file"] if field != "file" else [])]
    assert form["insurer"].value() == sent["insurer"]
    assert form["cover_pounds"].value() == sent["cover_pounds"]
    assert sent["valid_until_day"] in answer.content.decode()
    assert not HirerDocument.objects.exists()


def test_a_kind_that_does_not_exist_is_no_page(client):
    hirer = HirerFactory()
    client.force_login(a_manager_of(hirer))

    assert client.get(add_page(hirer, "dbs-certificate")).status_code == 404


def somebody(who, paper):
    hirer = paper.hirer
    booking = BookingFactory(
        hirer=hirer, state="cancelled_by_hirer" if "cancelled" in who else "approved"
    )
    if "last week" in who:
        booking.starts_at, booking.ends_at = NOW - timedelta(days=7), NOW - timedelta(days=6.9)
        booking.requested_at = NOW - timedelta(days=9)
        booking.save()
    if who == "member":
        return a_member_of(hirer)
    if who == "manager":
        return a_manager_of(hirer)
    if who == "staff":
        return a_programme_worker()
    if who.startswith("site"):
        return a_site_manager_of(booking.space.site)
    if who == "another site":
        return a_site_manager_of(BookingFactory().space.site)
    if who == "another group":
        return a_manager_of(HirerFactory())
    return UserFactory()


@pytest.mark.parametrize(
    ("who", "facts", "status"),
    [
        ("member", {}, 200),
        ("manager", {}, 200),
        ("staff", {}, 200),
        ("staff", {"state": "waiting"}, 200),
        ("member", {"state": "waiting"}, 200),
        ("site with a live booking", {}, 200),
        ("site with a live booking", {"state": "waiting"}, 404),
        ("site with a live booking", {"state": "refused"}, 404),
        ("site with a live booking", {"hirer__is_sensitive": True}, 404),
        ("member", {"hirer__is_sensitive": True}, 200),
        ("site with a cancelled booking", {}, 404),
        ("site with a booking last week", {}, 404),
        ("another site", {}, 404),
        ("another group", {}, 404),
        ("nobody", {}, 404),
    ],
)
def test_a_file_goes_to_these_people_and_to_nobody_else(client, who, facts, status):
    paper = HirerDocumentFactory(**facts)
    person = somebody(who, paper)
    client.force_login(person)
    before = AuditRecord.objects.count()

    shown, file = client.get(paper.get_absolute_url()), client.post(page("document_file", paper))

    assert (shown.status_code, file.status_code) == (status, status)
    downloads = AuditRecord.objects.filter(verb="spaces.document_downloaded")
    if status == 200:
        assert file.content == A_PDF
        assert [(one.actor, one.subject) for one in downloads] == [
            (person, f"spaces.hirerdocument:{paper.pk}")
        ]
    else:
        assert AuditRecord.objects.count() == before


def test_a_person_who_has_left_the_group_gets_nothing_from_the_next_request_on(client):
    paper = HirerDocumentFactory()
    member = a_member_of(paper.hirer)
    client.force_login(member)
    before = client.post(page("document_file", paper)).status_code

    member.mandates.update(ends_on=TODAY - timedelta(days=1))

    assert (before, client.post(page("document_file", paper)).status_code) == (200, 404)


def test_a_visitor_is_asked_to_sign_in_before_a_file(client):
    answer = client.post(page("document_file", HirerDocumentFactory()))

    assert answer.status_code == 302
    assert "/accounts/login/" in answer["Location"]


def test_looking_at_a_file_by_its_address_alone_does_nothing(client):
    paper = HirerDocumentFactory()
    client.force_login(a_manager_of(paper.hirer))

    assert client.get(page("document_file", paper)).status_code == 405
    assert not AuditRecord.objects.filter(verb="spaces.document_downloaded").exists()


@pytest.mark.parametrize("facts", [{"file_deleted_on": TODAY, "content": None}])
def test_a_file_that_is_gone_is_no_page(client, facts):
    paper = HirerDocumentFactory(**facts)
    client.force_login(a_manager_of(paper.hirer))

    assert client.post(page("document_file", paper)).status_code == 404
    assert "Deleted on 24 November 2026" in client.get(paper.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("name", "who", "status"),
    [
        ("check_document", "manager", 403),
        ("check_document", "another group", 404),
        ("check_document", "another site", 404),
        ("remove_document", "member", 403),
        ("remove_document", "staff", 403),
        ("remove_document", "another group", 404),
        ("replace_document", "member", 403),
        ("replace_document", "staff", 403),
        ("replace_document", "another group", 404),
    ],
)
def test_whoever_may_not_is_refused_and_nothing_changes(client, name, who, status):
    paper = HirerDocumentFactory(state="accepted" if name == "replace_document" else "waiting")
    client.force_login(somebody(who, paper))
    before = HirerDocument.objects.values().get()

    looked = client.get(page(name, paper)).status_code
    done = client.post(page(name, paper), typed(outcome="accept")).status_code

    assert (looked, done) == (status, status)
    assert HirerDocument.objects.values().get() == before


def test_staff_check_a_paper_once(client):
    paper = HirerDocumentFactory(state="waiting")
    a_manager_of(paper.hirer)
    client.force_login(a_programme_worker())

    asked = client.get(page("check_document", paper)).content.decode()
    first = client.post(page("check_document", paper), {"outcome": "accept"}, follow=True)
    second = client.post(page("check_document", paper), {"outcome": "refuse", "reason": "No."})

    # A question without a no in it, so that nobody answers the other way round.
    assert "Does it say anything about one person’s health or record? If it does, do not" in asked
    assert "Checked. The group has been told." in first.content.decode()
    assert second.status_code == 409
    assert "before you answered" in second.content.decode()
    paper.refresh_from_db()
    assert (paper.state, Message.objects.count()) == ("accepted", 1)


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"outcome": "refuse", "reason": ""}, "reason"),
        ({"outcome": "refuse", "reason": "r" * 401}, "reason"),
        ({"outcome": "maybe"}, "outcome"),
        ({}, "outcome"),
    ],
)
def test_a_check_without_an_answer_comes_back_with_422(client, sent, field):
    paper = HirerDocumentFactory(state="waiting")
    client.force_login(a_programme_worker())

    answer = client.post(page("check_document", paper), sent)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert answer.context["form"]["reason"].value() == sent.get("reason")


def test_replacing_a_paper_that_was_replaced_meanwhile_answers_409_with_what_was_typed(client):
    old = HirerDocumentFactory()
    client.force_login(a_manager_of(old.hirer))
    HirerDocumentFactory(hirer=old.hirer, replaces=old, state="waiting")

    answer = client.post(page("replace_document", old), typed(insurer="Typed Mutual (demo)"))

    assert answer.status_code == 409
    assert "Take it back first" in answer.content.decode()
    assert answer.context["form"]["insurer"].value() == "Typed Mutual (demo)"


def test_staff_write_down_what_they_saw_and_take_it_back(client):
    hirer = HirerFactory()
    client.force_login(a_programme_worker())
    slug = hirer.organisation.slug
    day = {"seen_on_day": "24", "seen_on_month": "11", "seen_on_year": "2026"}

    client.post(
        reverse("spaces:note_people_check", args=[slug]),
        {"level": "enhanced", "people": "3", "name": "Ada", "number": "001234"} | day,
    )

    check = PeopleCheck.objects.get()
    shown = client.get(reverse("spaces:documents", args=[slug])).content.decode()
    assert "Enhanced: of 3 people, seen 24 November 2026" in shown
    assert "001234" not in str(AuditRecord.objects.values_list("detail", flat=True))
    client.post(reverse("spaces:take_back_people_check", args=[slug, check.pk]))
    assert not PeopleCheck.objects.counting().exists()
    again = client.get(reverse("spaces:documents", args=[slug])).content.decode()
    assert "Enhanced: of 3 people" not in again


def blank_of(client, address):
    return {"form_id": client.get(address).context["form"]["form_id"].value()}


def test_a_paper_is_sent_once_however_often_the_button_is_pressed(client):
    hirer, other = HirerFactory(), HirerFactory()
    manager = a_manager_of(hirer)
    Mandate.objects.create(
        user=manager, organisation=other.organisation, kind="manager", starts_on="2020-01-01"
    )
    client.force_login(manager)
    blank = blank_of(client, add_page(hirer))

    def press(address=None, **changed):
        file = SimpleUploadedFile("insurance.pdf", A_PDF)
        return client.post(address or add_page(hirer), typed(**(blank | {"file": file} | changed)))

    first, second = press(), press()

    assert (first.status_code, second.status_code, first.url) == (302, 302, second.url)
    assert HirerDocument.objects.count() == 1
    # With other words, as another kind, or of another group it is another paper.
    press(insurer="Typed Mutual (demo)")
    press(add_page(hirer, "risk"))
    press(add_page(other))
    assert [HirerDocument.objects.filter(hirer=one).count() for one in (hirer, other)] == [3, 1]


def test_a_newer_paper_is_sent_once_too(client):
    old = HirerDocumentFactory()
    client.force_login(a_manager_of(old.hirer))
    blank = blank_of(client, page("replace_document", old))

    answers = [
        client.post(page("replace_document", old), typed(**blank, file=file))
        for file in (SimpleUploadedFile("new.pdf", A_PDF), SimpleUploadedFile("new.pdf", A_PDF))
    ]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert old.replacements.count() == 1


def test_a_paper_that_was_seen_is_written_down_once(client):
    hirer = HirerFactory()
    a_manager_of(hirer)
    client.force_login(a_programme_worker())
    blank = blank_of(client, add_page(hirer, "risk"))

    answers = [client.post(add_page(hirer, "risk"), typed(**blank)) for _press in range(2)]

    assert [answer.url for answer in answers] == [
        HirerDocument.objects.get().get_absolute_url()
    ] * 2
    assert Message.objects.count() == 1
    client.post(add_page(hirer, "risk"), typed())
    assert HirerDocument.objects.count() == 2


def test_certificates_are_noted_once_however_often_the_button_is_pressed(client):
    hirer = HirerFactory()
    client.force_login(a_programme_worker())
    address = reverse("spaces:note_people_check", args=[hirer.organisation.slug])
    day = {"seen_on_day": "24", "seen_on_month": "11", "seen_on_year": "2026"}

    for people in ("3", "3", "4"):
        answer = client.post(address, {"level": "enhanced", "people": people} | day)
        assert answer.status_code == 302
    with time_machine.travel(NOW + timedelta(minutes=11), tick=False):
        client.post(address, {"level": "enhanced", "people": "3"} | day)

    assert sorted(PeopleCheck.objects.values_list("people", flat=True)) == [3, 3, 4]
    assert AuditRecord.objects.filter(verb="spaces.people_check_noted").count() == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["paper", "seen", "certificates", "words"])
def test_two_presses_at_one_moment_count_once(what):
    hirer = HirerFactory(is_sensitive=what == "words")
    manager, worker, form_id = a_manager_of(hirer), a_programme_worker(), uuid4()
    booking = BookingFactory(hirer=hirer)
    keeper = a_site_manager_of(booking.space.site)
    press = {
        "paper": lambda: documents.add_document(
            hirer, by=manager, now=NOW, kind="risk", file=A_PDF, file_name="a.pdf", form_id=form_id
        ),
        "seen": lambda: documents.note_document_seen(
            hirer, by=worker, now=NOW, kind="risk", form_id=form_id
        ),
        "certificates": lambda: documents.note_people_check(
            hirer, by=worker, now=NOW, level="basic", people=2, seen_on=TODAY
        ),
        "words": lambda: services.write_to_group(
            booking, by=keeper, now=NOW, words="Hello", form_id=form_id
        ),
    }[what]

    assert at_once(press, press, press) == ["done"] * 3

    verbs = ["document_added", "document_seen", "people_check_noted", "group_written_to"]
    done = AuditRecord.objects.filter(verb__in=[f"spaces.{verb}" for verb in verbs])
    assert done.count() == 1


def test_a_check_of_another_group_is_not_taken_back_through_this_one(client):
    check = PeopleCheck.objects.create(hirer=HirerFactory(), level="basic", people=1, seen_on=TODAY)
    client.force_login(a_programme_worker())
    address = reverse(
        "spaces:take_back_people_check", args=[HirerFactory().organisation.slug, check.pk]
    )

    assert client.post(address).status_code == 404
    assert PeopleCheck.objects.exists()


def test_the_page_asks_groups_not_to_send_certificates_about_people(client):
    hirer = HirerFactory()
    client.force_login(a_manager_of(hirer))

    listed = client.get(reverse("spaces:documents", args=[hirer.organisation.slug]))
    form = client.get(add_page(hirer))

    assert "Do not send DBS certificates" in listed.content.decode()
    assert "Do not send DBS certificates" in form.content.decode()


def cost(client, address):
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


@pytest.mark.parametrize("state", ["waiting", "accepted"])
def test_pages_of_papers_cost_the_same_for_one_as_for_many(client, state):
    hirer = HirerFactory()
    client.force_login(a_programme_worker())
    addresses = [
        reverse("spaces:documents", args=[hirer.organisation.slug]),
        reverse("spaces:papers_to_check"),
        reverse("home:waiting"),
    ]
    soon = {"state": state, "valid_until": TODAY + timedelta(days=9)}
    HirerDocumentFactory(hirer=hirer, **soon)
    before = [cost(client, address) for address in addresses]

    HirerDocumentFactory.create_batch(3, hirer=hirer, **soon)
    HirerDocumentFactory.create_batch(3, **soon)

    assert [cost(client, address) for address in addresses] == before


def lines_of(person, title):
    found = waiting_for(person, now=NOW, today=TODAY)
    return [
        (line.title, line.text)
        for section in found
        if section.title == title
        for line in section.lines
    ]


def test_what_is_to_check_and_what_runs_out_waits_for_staff():
    waiting = HirerDocumentFactory(kind="risk", state="waiting")
    ending = HirerDocumentFactory(valid_until=TODAY + timedelta(days=12))
    HirerDocumentFactory(valid_until=TODAY + timedelta(days=31))

    assert lines_of(a_programme_worker(), "Papers of groups") == [
        ("Risk assessment", str(waiting.hirer)),
        (
            "Public liability insurance",
            f"{ending.hirer}: Soon: runs out on 6 December 2026",
        ),
    ]


def test_staff_are_not_shown_papers_that_they_may_not_check():
    mine = HirerDocumentFactory(kind="risk", state="waiting")
    worker = a_programme_worker()
    mine.hirer.organisation.mandates.create(user=worker, kind="member", starts_on=date(2020, 1, 1))

    assert lines_of(worker, "Papers of groups") == []


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (31, None),
        (30, "Runs out on 24 December 2026"),
        (14, "Soon: runs out on 8 December 2026"),
        (3, "Last days: runs out on 27 November 2026"),
        (-1, "Ran out on 23 November 2026"),
    ],
)
def test_a_manager_is_warned_before_and_after(left, words):
    paper = HirerDocumentFactory(valid_until=TODAY + timedelta(days=left))

    told = lines_of(a_manager_of(paper.hirer), "Papers to renew")

    assert told == ([("Public liability insurance", words)] if words else [])
    assert lines_of(a_member_of(paper.hirer), "Papers to renew") == []


def test_a_refused_paper_says_why_and_leads_to_sending_another(client):
    hirer = HirerFactory()
    paper = HirerDocumentFactory(hirer=hirer, state="refused", reason="The last page is missing.")
    client.force_login(a_manager_of(hirer))

    own = client.get(paper.get_absolute_url()).content.decode()
    shelf = client.get(reverse("spaces:documents", args=[hirer.organisation.slug]))

    assert "Send another" in own
    assert f'href="{add_page(hirer)}"' in own
    assert "The last page is missing." in shelf.content.decode()
    assert "Holds" not in own + shelf.content.decode()


def test_what_is_sent_after_a_refusal_still_takes_the_place_of_the_earlier_one(client):
    earlier = HirerDocumentFactory()
    refused = HirerDocumentFactory(
        hirer=earlier.hirer, replaces=earlier, state="refused", reason="Page 2 is missing."
    )
    client.force_login(a_manager_of(earlier.hirer))

    assert f'href="{page("replace_document", earlier)}"' in (
        client.get(refused.get_absolute_url()).content.decode()
    )


@pytest.mark.parametrize("state", ["waiting", "accepted"])
def test_another_is_asked_for_in_place_of_a_refused_paper_alone(client, state):
    paper = HirerDocumentFactory(state=state)
    client.force_login(a_manager_of(paper.hirer))

    assert "Send another" not in client.get(paper.get_absolute_url()).content.decode()


def test_only_a_manager_sends_another(client):
    paper = HirerDocumentFactory(state="refused", reason="It is blank.")
    client.force_login(a_member_of(paper.hirer))

    assert "Send another" not in client.get(paper.get_absolute_url()).content.decode()


def test_an_accepted_insurance_says_up_to_what_it_counts(client):
    hirer = HirerFactory()
    manager = a_manager_of(hirer)
    paper = HirerDocumentFactory(hirer=hirer, state="waiting", cover_pounds=1_000_000)
    words = "It counts for up to £1,000,000. A site may ask for more:"
    client.force_login(manager)
    assert words not in client.get(paper.get_absolute_url()).content.decode()

    accept_document(paper, by=a_programme_worker(), now=NOW)

    assert words in client.get(paper.get_absolute_url()).content.decode()
    assert words in Message.objects.get().body


def test_of_another_paper_no_sum_is_said(client):
    paper = HirerDocumentFactory(kind="risk", state="waiting")
    client.force_login(a_manager_of(paper.hirer))

    accept_document(paper, by=a_programme_worker(), now=NOW)

    assert "counts for up to" not in client.get(paper.get_absolute_url()).content.decode()
    assert "counts for up to" not in Message.objects.get().body
