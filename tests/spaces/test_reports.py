"""Reports of wrong facts: told by anybody, read by few, answered once, and soon without an address."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import AuditRecord
from home.services.waiting import waiting_for
from notifications.models import Message
from spaces import services
from spaces.models import AccessFact, FactReport, Space
from spaces.services.reports import doubted
from tests.factories.spaces import (
    NOW,
    HirerFactory,
    SpaceFactory,
    a_manager_of,
    a_programme_worker,
    a_site_manager_of,
)
from tests.racing import while_not_committed
from tests.spaces.test_space_page import page, words

pytestmark = pytest.mark.django_db

State = FactReport.State
TOLD = {"fact": "step_free", "words": "There are two steps.", "email": "Reader@Example.org"}
THE_OTHER_DAY = date(2026, 9, 14)


@pytest.fixture(autouse=True)
def nobody_was_here_before():
    cache.clear()


@pytest.fixture
def hall():
    return SpaceFactory(site__contact_email="office@example.org")


def form_of(space):
    return reverse("spaces:report_fact", args=[space.slug])


def a_report(space, fact="step_free", *, email="", words="There are two steps.", now=NOW):
    return services.report_fact(
        space, fact=fact, words=words, email=email, form_id=uuid4(), now=now
    )


def a_fact(space, key="step_free", *, own=False, **facts):
    return AccessFact.objects.create(
        site=space.site,
        space=space if own else None,
        key=key,
        value=facts.pop("value", "yes"),
        surveyed_on=THE_OTHER_DAY,
        **facts,
    )


# --- Telling -------------------------------------------------------------------------------------


def test_anybody_reports_a_fact_and_is_thanked(client, hall):
    answer = client.post(form_of(hall), TOLD)

    report = FactReport.objects.get()
    assert answer.status_code == 302
    assert answer.url == reverse("spaces:fact_reported", args=[hall.slug])
    assert (report.space, report.fact, report.words, report.email, report.state) == (
        hall,
        "step_free",
        "There are two steps.",
        "reader@example.org",
        State.OPEN,
    )
    happened = AuditRecord.objects.get(verb="spaces.fact_reported")
    assert (happened.actor, happened.detail) == (None, {"fact": "step_free"})
    assert "Thank you for telling us" in words(client.get(answer.url))
    assert "the page says there that it may be wrong, until somebody answers." in words(
        client.get(answer.url)
    )


def test_the_people_of_the_site_and_programme_staff_hear_without_words_or_address(hall):
    a_site_manager_of(hall.site, email="runs@example.org")
    a_site_manager_of(SpaceFactory().site, email="elsewhere@example.org")
    a_programme_worker(email="staff@example.org")

    report = a_report(hall, email="reader@example.org")

    letters = Message.objects.order_by("address")
    assert [letter.address for letter in letters] == [
        "office@example.org",
        "runs@example.org",
        "staff@example.org",
    ]
    for letter in letters:
        assert report.get_absolute_url() in letter.body
        assert "Step-free way in" in letter.body
        assert "reader@example.org" not in letter.subject + letter.body
        assert "two steps" not in letter.subject + letter.body


def test_a_form_that_is_sent_twice_reports_once(client, hall):
    form_id = str(uuid4())

    for _time in range(2):
        assert client.post(form_of(hall), TOLD | {"form_id": form_id}).status_code == 302

    assert FactReport.objects.count() == 1
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"fact": ""}, "Choose what it is about"),
        ({"fact": "the moon"}, "Choose from the list what it is about"),
        ({"words": ""}, "Say what is true instead"),
        ({"words": "x" * 401}, "Use 400 characters or fewer"),
        ({"email": "me at home"}, "Enter an e-mail address like name@example.org, or none"),
        ({"email": "zoë@example.org"}, "Enter an e-mail address like name@example.org, or none"),
        ({"website": "https://example.org"}, "Something filled in a box that people do not see."),
    ],
)
def test_a_bad_report_keeps_nothing_but_what_was_typed(client, hall, change, said):
    answer = client.post(form_of(hall), TOLD | change)

    assert answer.status_code == 422
    assert said in words(answer)
    assert (change.get("words") or "There are two steps.") in answer.content.decode() or (
        change.get("words") == ""
    )
    assert not FactReport.objects.exists()
    assert not Message.objects.exists()


def test_one_network_cannot_flood_a_site(client, hall):
    answers = [client.post(form_of(hall), TOLD).status_code for _time in range(6)]

    assert answers == [302] * 5 + [429]
    assert FactReport.objects.count() == 5


def test_opening_the_page_does_nothing_and_a_space_not_on_offer_has_none(client, hall):
    assert client.get(form_of(hall), {"fact": "lift"}).status_code == 200
    hidden = SpaceFactory(status=Space.Status.DRAFT)

    assert client.get(form_of(hidden)).status_code == 404
    assert client.post(form_of(hidden), TOLD).status_code == 404
    assert not FactReport.objects.exists()


# --- Beside the fact -----------------------------------------------------------------------------


def test_a_reported_fact_is_doubted_until_it_is_answered(client, hall):
    a_fact(hall)
    by = a_programme_worker()
    doubt = "Somebody told us this may be wrong"
    report = a_report(hall)

    assert f"Step-free way in {doubt} Yes" in words(page(client, hall))
    services.leave_fact(report, by=by, now=NOW, answer="There are none.")
    assert doubt not in words(page(client, hall))


@pytest.mark.parametrize("about", ["price", "hours", "people", "equipment", "getting_there"])
def test_what_is_told_beside_the_access_facts_is_doubted_too(client, hall, about):
    hall.equipment.create(kind="piano")
    assert "may be wrong" not in words(page(client, hall))

    a_report(hall, about)

    assert words(page(client, hall)).count("Somebody told us this may be wrong") == 1


def test_whoever_tells_us_something_else_is_not_promised_a_line_on_the_page(client, hall):
    a_report(hall, "other")

    thanks = words(client.get(reverse("spaces:fact_reported", args=[hall.slug])))

    assert "may be wrong" not in words(page(client, hall))
    assert "About “Something else” it has no such line." in thanks


def test_a_doubt_is_shared_by_the_rooms_that_show_the_very_same_fact(hall):
    neighbour, with_its_own = SpaceFactory(site=hall.site), SpaceFactory(site=hall.site)
    shared = {"step_free": a_fact(hall)}
    own = {"step_free": a_fact(with_its_own, own=True)}
    a_report(hall)
    a_report(hall, "price")

    assert doubted(hall, shared) == {"step_free", "price"}
    assert doubted(neighbour, shared) == {"step_free"}
    assert doubted(with_its_own, own) == set()
    assert doubted(SpaceFactory(), shared) == set()


# --- Answering -----------------------------------------------------------------------------------


def test_mending_changes_the_fact_where_it_is_told_and_writes_to_whoever_told_us(client, hall):
    fact = a_fact(hall, note="Level")
    report = a_report(hall, email="reader@example.org")
    by = a_site_manager_of(hall.site)
    client.force_login(by)

    answer = client.post(
        report.get_absolute_url(),
        {"outcome": "mended", "value": "no", "note": "Two steps", "answer": "Thank you."},
    )

    assert answer.status_code == 302
    fact.refresh_from_db()
    report.refresh_from_db()
    assert (fact.value, fact.note) == ("no", "Two steps")
    assert fact.surveyed_on > THE_OTHER_DAY
    assert AccessFact.objects.count() == 1
    assert (report.state, report.decided_by, report.answer) == (State.MENDED, by, "Thank you.")
    [letter] = Message.objects.filter(address="reader@example.org")
    assert "It is mended." in letter.body
    assert "Thank you." in letter.body
    verbs = set(AuditRecord.objects.values_list("verb", flat=True))
    assert {"spaces.access_fact_mended", "spaces.fact_report_mended"} <= verbs


def test_a_fact_that_nobody_told_before_is_then_told_of_the_space(hall):
    report = a_report(hall, "lift")

    services.mend_fact(report, by=a_programme_worker(), now=NOW, value="yes", note="To all floors")

    fact = AccessFact.objects.get()
    assert (fact.space, fact.key, fact.value, fact.surveyed_on) == (hall, "lift", "yes", NOW.date())


def test_a_fact_of_the_space_itself_is_mended_there_alone(hall):
    of_site, own = a_fact(hall), a_fact(hall, own=True)

    services.mend_fact(a_report(hall), by=a_programme_worker(), now=NOW, value="no")

    of_site.refresh_from_db()
    own.refresh_from_db()
    assert (of_site.value, own.value) == ("yes", "no")


@pytest.mark.parametrize(
    ("fact", "typed", "said"),
    [
        ("step_free", {}, "Choose what you did"),
        ("step_free", {"outcome": "left"}, "Say why it stays as it is"),
        ("step_free", {"outcome": "mended"}, "Choose what is true now"),
        ("door_width", {"outcome": "mended", "value": "yes"}, "Say in the note what was found"),
    ],
)
def test_an_answer_that_says_too_little_changes_nothing(client, hall, fact, typed, said):
    report = a_report(hall, fact, email="reader@example.org")
    client.force_login(a_site_manager_of(hall.site))

    answer = client.post(report.get_absolute_url(), typed | {"note": ""})

    report.refresh_from_db()
    assert answer.status_code == 422
    assert said in words(answer)
    assert report.state == State.OPEN
    assert not AccessFact.objects.exists()
    assert not Message.objects.filter(address="reader@example.org").exists()


def test_what_is_not_about_access_is_only_answered(client, hall):
    report = a_report(hall, "price")
    client.force_login(a_site_manager_of(hall.site))

    answer = client.post(report.get_absolute_url(), {"outcome": "mended", "value": "no"})

    report.refresh_from_db()
    assert (answer.status_code, report.state) == (302, State.MENDED)
    assert not AccessFact.objects.exists()


def test_whoever_comes_second_is_told_and_changes_nothing(client, hall):
    a_fact(hall)
    report = a_report(hall, email="reader@example.org")
    services.leave_fact(report, by=a_programme_worker(), now=NOW, answer="It is level.")
    client.force_login(a_site_manager_of(hall.site))

    answer = client.post(report.get_absolute_url(), {"outcome": "mended", "value": "no"})

    report.refresh_from_db()
    assert answer.status_code == 409
    assert "Somebody was faster" in words(answer)
    assert (report.state, report.answer) == (State.NOT_CHANGED, "It is level.")
    assert AccessFact.objects.get().value == "yes"
    assert Message.objects.filter(address="reader@example.org").count() == 1
    with pytest.raises(ValidationError):
        services.mend_fact(report, by=a_programme_worker(), now=NOW, value="no")


@pytest.mark.django_db(transaction=True)
def test_two_reports_of_one_fact_answered_at_once_tell_it_once(hall):
    reports, worker = [a_report(hall, "lift"), a_report(hall, "lift")], a_programme_worker()

    second = while_not_committed(
        *(
            lambda report=report: services.mend_fact(report, by=worker, now=NOW, value="yes")
            for report in reports
        )
    )

    assert second == "changed_meanwhile"
    assert AccessFact.objects.get().value == "yes"
    states = FactReport.objects.values_list("state", flat=True)
    assert sorted(states) == [State.MENDED, State.OPEN]


# --- Who may --------------------------------------------------------------------------------------


def test_only_those_who_look_after_the_site_see_and_answer_a_report(client, hall):
    report = a_report(hall)
    elsewhere = a_site_manager_of(SpaceFactory().site)

    for person, status in ((elsewhere, 404), (a_manager_of(HirerFactory()), 404)):
        client.force_login(person)
        assert client.get(report.get_absolute_url()).status_code == status
        sent = client.post(report.get_absolute_url(), {"outcome": "left", "answer": "No."})
        assert sent.status_code == status
        with pytest.raises(PermissionDenied):
            services.leave_fact(report, by=person, now=NOW, answer="No.")

    report.refresh_from_db()
    assert report.state == State.OPEN


def test_the_address_of_whoever_told_us_is_on_no_page(client, hall):
    report = a_report(hall, email="reader@example.org")
    client.force_login(a_site_manager_of(hall.site))

    read = client.get(report.get_absolute_url()).content.decode()

    assert "There are two steps." in read
    assert "Whoever told us left an address." in words(client.get(report.get_absolute_url()))
    assert "reader@example.org" not in read


def test_the_worklist_shows_my_sites_alone_and_costs_the_same_for_one_as_for_many(client, hall):
    by = a_site_manager_of(hall.site)
    others = a_report(SpaceFactory())
    client.force_login(by)
    counted = []
    for how_many in (1, 3):
        while FactReport.objects.filter(space=hall).open().count() < how_many:
            a_report(hall)
            services.leave_fact(a_report(hall), by=by, now=NOW, answer="No.")
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(reverse("spaces:fact_reports"))
        counted.append(len(queries))

    assert counted[0] == counted[1]
    assert len(answer.context["waiting"]) == 3
    assert others not in answer.context["waiting"]


def test_what_waits_for_an_answer_waits_for_whoever_runs_the_site(hall):
    report = a_report(hall)
    answered = a_report(hall, "price")
    services.leave_fact(answered, by=a_programme_worker(), now=NOW, answer="No.")

    def waits(person):
        sections = waiting_for(person, now=NOW, today=NOW.date())
        return [
            line.url
            for section in sections
            if section.title == "Reports of wrong facts"
            for line in section.lines
        ]

    assert waits(a_site_manager_of(hall.site)) == [report.get_absolute_url()]
    assert waits(a_site_manager_of(SpaceFactory().site)) == []


@pytest.mark.parametrize(
    ("fact", "pages"),
    [
        ("hours", {"site"}),
        ("price", {"site"}),
        ("people", {"change_room"}),
        ("equipment", {"change_room"}),
        ("getting_there", {"describe_site", "change_address"}),
        ("other", {"site"}),
        ("lift", set()),
    ],
)
def test_whoever_answers_is_sent_to_where_the_fact_is_changed(client, hall, fact, pages):
    report = a_report(hall, fact=fact)
    client.force_login(a_site_manager_of(hall.site))

    answer = client.get(report.get_absolute_url())

    site, room = [hall.site.slug], [hall.site.slug, hall.slug]
    addresses = {
        name: reverse(f"spaces:{name}", args=room if name == "change_room" else site)
        for name in ("site", "change_room", "describe_site", "change_address")
    }
    led = {name for name, url in addresses.items() if f'href="{url}"' in answer.content.decode()}
    assert led == pages
    assert {client.get(addresses[name]).status_code for name in pages} <= {200}
    # Nobody but an administrator has them.
    assert "under Tables" not in words(answer)
    assert ("an administrator must change it" in words(answer)) == (fact == "other")


# --- Forgetting -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "is_kept"), [(89, True), (91, False)])
def test_the_address_goes_90_days_after_the_answer(hall, days, is_kept):
    report = a_report(hall, email="reader@example.org")
    waiting = a_report(hall, email="waits@example.org")
    services.leave_fact(report, by=a_programme_worker(), now=NOW, answer="No.")

    forgotten = services.forget_reporters(now=NOW + timedelta(days=days))

    report.refresh_from_db()
    waiting.refresh_from_db()
    assert (report.email != "", forgotten) == (is_kept, int(not is_kept))
    assert report.words == "There are two steps."
    assert waiting.email == "waits@example.org"
    letters = Message.objects.filter(once__startswith="spaces.fact_report_answered")
    assert [bool(letter.address) for letter in letters] == [is_kept]
