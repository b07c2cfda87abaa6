"""A paper that was accepted is found wrong."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import AuditRecord
from home.services.waiting import waiting_for
from notifications.models import Message
from spaces import services
from spaces.models import Booking, HirerDocument, PeopleCheck, SiteRequirement
from spaces.services import documents, found_wrong
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    HirerDocumentFactory,
    HirerFactory,
    a_manager_of,
    a_member_of,
    a_programme_worker,
    a_site_manager_of,
)

pytestmark = pytest.mark.django_db

WHY = {"found_wrong": "not_real", "reason": "The insurer does not know it. Send the real one."}


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def paper():
    SiteRequirement.objects.create(kind="insurance")
    return HirerDocumentFactory()


def booked(paper, state="confirmed", days=7, **facts):
    start = NOW.replace(hour=18) + timedelta(days=days)
    return BookingFactory(hirer=paper.hirer, state=state, starts_at=start, **facts)


def page(paper):
    return reverse("spaces:find_wrong", args=[paper.uuid])


def find_wrong(paper, by=None):
    return found_wrong.find_wrong(paper, by=by or a_programme_worker(), now=NOW, **WHY)


def titles(user):
    sections = waiting_for(user, now=NOW, today=NOW.date())
    return {section.title: section.lines for section in sections if section.lines}


def test_staff_read_what_relies_on_a_paper_and_then_it_counts_for_nothing(client, paper):
    confirmed, approved = booked(paper), booked(paper, "approved", days=8)
    over = booked(paper, days=-8)
    manager, worker = a_manager_of(paper.hirer, email="amina@example.org"), a_programme_worker()
    client.force_login(worker)

    assert page(paper) in client.get(paper.get_absolute_url()).content.decode()
    asked = client.get(page(paper)).content.decode()
    told = client.post(page(paper), WHY, follow=True).content.decode()
    again = client.post(page(paper), WHY)

    assert "2 bookings rely on it" in asked
    assert confirmed.get_absolute_url() in asked
    assert over.get_absolute_url() not in asked
    assert "It is not real, or was changed" in told
    assert again.status_code == 409
    letter = Message.objects.get()
    assert (letter.address, WHY["reason"] in letter.body) == ("amina@example.org", True)
    verbs = AuditRecord.objects.filter(actor=worker, verb="spaces.document_found_wrong")
    assert verbs.count() == 2
    history = client.get(paper.hirer.get_absolute_url()).content.decode()
    assert "Paper found wrong" in history
    assert "It is not real, or was changed" in history

    # Nothing is cancelled, nothing more is confirmed, and whoever decides finds what is left.
    services.confirm_ready(now=NOW)
    for booking, state in ((confirmed, "confirmed"), (approved, "approved")):
        booking.refresh_from_db()
        assert booking.state == state
    site_manager = a_site_manager_of(confirmed.space.site)
    [line] = titles(site_manager)["Bookings that no longer fit"]
    assert line.url == confirmed.get_absolute_url()
    assert "not sent to us yet, or not accepted" in line.text
    client.force_login(site_manager)
    outside = reverse("spaces:bookings_outside", args=[confirmed.space.site.slug])
    assert confirmed.get_absolute_url() in client.get(outside).content.decode()
    assert "Since then a paper" in client.get(confirmed.get_absolute_url()).content.decode()

    # The group sees what to do, on the page where its work stands and on that of the booking.
    [asked_of_group] = titles(manager)["What your group must do"]
    assert asked_of_group.title == "Send another: Public liability insurance"
    assert WHY["reason"] in asked_of_group.text
    client.force_login(manager)
    assert "Send this paper" in client.get(confirmed.get_absolute_url()).content.decode()

    # A good one, and all is as it was.
    HirerDocumentFactory(hirer=paper.hirer)
    services.confirm_ready(now=NOW)
    approved.refresh_from_db()
    assert approved.state == "confirmed"
    assert "Bookings that no longer fit" not in titles(site_manager)


def test_a_note_about_certificates_is_taken_back_with_what_relies_on_it_in_sight(client):
    SiteRequirement.objects.create(kind="people_check")
    hirer, worker = HirerFactory(), a_programme_worker()
    manager = a_manager_of(hirer, email="amina@example.org")
    check, older = (
        PeopleCheck.objects.create(hirer=hirer, level="basic", people=2, seen_on=NOW.date() - ago)
        for ago in (timedelta(0), timedelta(days=3 * 365 - 8))
    )
    check_of = SimpleNamespace(hirer=hirer)
    still_covered = booked(check_of, days=5)
    confirmed, approved = booked(check_of, days=12), booked(check_of, "approved", days=13)
    page = reverse("spaces:take_back_people_check", args=[hirer.organisation.slug, check.pk])
    client.force_login(worker)

    asked = client.get(page).content.decode()
    done = client.post(page, follow=True).content.decode()
    again = client.post(page)

    assert "2 bookings rely on it" in asked
    assert confirmed.get_absolute_url() in asked
    assert still_covered.get_absolute_url() not in asked
    assert "Taken back." in done
    assert again.status_code == 404
    assert list(PeopleCheck.objects.counting()) == [older]
    letter = Message.objects.get()
    assert letter.address == "amina@example.org"
    assert confirmed.reference in letter.body
    assert still_covered.reference not in letter.body

    # As with a paper: nothing is cancelled or confirmed, and whoever decides finds what is left.
    assert services.confirm_ready(now=NOW) == 0
    site_manager = a_site_manager_of(confirmed.space.site)
    [line] = titles(site_manager)["Bookings that no longer fit"]
    assert line.url == confirmed.get_absolute_url()
    for person in (site_manager, manager):
        client.force_login(person)
        told = client.get(confirmed.get_absolute_url()).content.decode()
        assert "our note about DBS certificates" in told

    documents.note_people_check(
        hirer, by=worker, now=NOW, level="enhanced", people=2, seen_on=NOW.date()
    )
    services.confirm_ready(now=NOW)
    approved.refresh_from_db()
    assert approved.state == "confirmed"
    assert "Bookings that no longer fit" not in titles(site_manager)


def test_what_a_wrong_paper_had_replaced_counts_again():
    old = HirerDocumentFactory(replaced_on=NOW.date())
    new = HirerDocumentFactory(hirer=old.hirer, replaces=old)

    find_wrong(new)

    old.refresh_from_db()
    assert old.replaced_on is None


def test_only_who_may_check_papers_finds_one_wrong_and_only_an_accepted_one(client, paper):
    left = a_programme_worker()
    paper.hirer.registered_by = left
    paper.hirer.save()
    site = booked(paper).space.site
    refused = {
        a_manager_of(paper.hirer): 403,
        a_member_of(paper.hirer): 403,
        left: 403,
        a_site_manager_of(site): 403,
        a_manager_of(HirerFactory()): 404,
    }

    for person, status in refused.items():
        client.force_login(person)
        assert client.post(page(paper), WHY).status_code == status
        with pytest.raises(PermissionDenied):
            find_wrong(paper, by=person)
    with pytest.raises(ValidationError, match="nothing to take back"):
        find_wrong(HirerDocumentFactory(state="waiting"))

    assert not HirerDocument.objects.found_wrong().exists()


@pytest.mark.parametrize("missing", ["found_wrong", "reason"])
def test_a_paper_is_not_found_wrong_without_saying_why(client, paper, missing):
    client.force_login(a_programme_worker())

    answer = client.post(page(paper), WHY | {missing: ""})

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [missing]
    kept = "reason" if missing == "found_wrong" else "found_wrong"
    assert WHY[kept] in answer.content.decode()


@pytest.mark.parametrize("how_many", [1, 3])
def test_bookings_on_lost_papers_cost_the_same_for_one_as_for_many(how_many):
    SiteRequirement.objects.create(kind="insurance")
    for day in range(how_many):
        paper = HirerDocumentFactory()
        booked(paper, days=7 + day)
        find_wrong(paper)

    with CaptureQueriesContext(connection) as queries:
        found = services.confirmed_on_lost_papers(Booking.objects.all(), now=NOW)

    assert (len(found), len(queries)) == (how_many, 9)


def test_a_paper_that_is_wrong_and_being_replaced_lets_the_new_one_count(paper):
    new = HirerDocument.objects.get(
        pk=HirerDocumentFactory(hirer=paper.hirer, state="waiting", replaces=paper).pk
    )
    find_wrong(paper)

    documents.accept_document(new, by=a_programme_worker(), now=NOW)

    assert not services.papers.missing_for(paper.hirer, booked(paper).space.site, NOW.date())
