"""Approved becomes confirmed when nothing is missing: what is, who is told, and who may look past it."""

from contextlib import closing
from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import ProgrammeRole
from audit.models import AuditRecord
from notifications.models import Message
from spaces import services
from spaces.models import Booking, HirersCover, InsuranceRoute, PeopleCheck, SiteRequirement
from spaces.models.insurance import ROUTE_HOLDS_FOR
from spaces.services import documents, insurance, papers
from tests.factories.accounts import a_person_with
from tests.factories.spaces import (
    NOW,
    AgreementVersionFactory,
    BookingFactory,
    HirerDocumentFactory,
    HirerFactory,
    SiteFactory,
    SpaceFactory,
    a_manager_of,
    a_member_of,
    a_programme_worker,
    a_site_manager_of,
    with_second_factor,
)
from tests.spaces.test_insurance import said

pytestmark = pytest.mark.django_db

Role = ProgrammeRole.Role


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def asks(kind, when="always", site=None, least=None):
    return SiteRequirement.objects.create(site=site, kind=kind, when=when, min_cover_pounds=least)


def missing_kinds(booking):
    return [one.kind for one in services.what_is_missing(booking)]


def letters():
    """Who was told what, in the order in which it was written."""
    return list(Message.objects.order_by("pk").values_list("address", "subject"))


def verbs(booking):
    return list(AuditRecord.objects.about(booking).order_by("pk").values_list("verb", flat=True))


def state_of(booking):
    return Booking.objects.get(pk=booking.pk).state


def approve(booking):
    return services.approve_booking(booking, by=a_site_manager_of(booking.space.site), now=NOW)


def accept(booking, by, version):
    return services.agreements.accept(
        booking, by=by, name=by.name or "Amina", role="Chair", version=version, now=NOW
    )


# --- What is missing ----------------------------------------------------------------------------


def test_a_group_of_which_nothing_is_asked_misses_nothing():
    assert services.what_is_missing(BookingFactory()) == []


def test_what_is_missing_is_said_with_where_it_is_mended():
    asks("insurance")
    AgreementVersionFactory()
    booking = BookingFactory(has_children=True)

    def add(kind):
        return reverse("spaces:add_document", args=[booking.hirer.organisation.slug, kind])

    found = services.what_is_missing(booking)

    assert [(one.kind, one.words, one.why, one.url) for one in found] == [
        (
            "agreement",
            "Conditions of hire: they are not accepted yet.",
            "Asked of every group, for each booking.",
            reverse("spaces:accept_agreement", args=[booking.uuid]),
        ),
        (
            "insurance",
            "Public liability insurance: not sent to us yet, or not accepted.",
            "Every site asks for it.",
            add("insurance"),
        ),
        (
            "safeguarding",
            "Safeguarding policy: not sent to us yet, or not accepted.",
            "Asked because children or adults at risk come.",
            add("safeguarding"),
        ),
    ]


def test_a_paper_that_is_sent_leads_to_the_papers_and_not_to_another_form():
    asks("insurance")
    paper = HirerDocumentFactory(state="waiting")
    booking = BookingFactory(hirer=paper.hirer)

    [one] = services.what_is_missing(booking)

    papers_of_group = reverse("spaces:documents", args=[booking.hirer.organisation.slug])
    assert (one.url, one.is_sent) == (papers_of_group, True)


@pytest.mark.parametrize(
    ("where", "is_missing"), [("every", True), ("this", True), ("another", False), ("none", False)]
)
def test_conditions_are_missing_only_where_some_are_published(where, is_missing):
    booking = BookingFactory()
    sites = {"every": None, "this": booking.space.site, "another": SiteFactory()}
    if where in sites:
        AgreementVersionFactory(site=sites[where])
    AgreementVersionFactory(published_at=None, number=50)

    assert missing_kinds(booking) == (["agreement"] if is_missing else [])


@pytest.mark.parametrize(
    ("use", "kinds"),
    [
        ({}, []),
        ({"has_children": True}, ["safeguarding", "people_check"]),
        ({"has_adults_at_risk": True}, ["safeguarding", "people_check"]),
        ({"has_food": True}, ["food"]),
    ],
)
def test_papers_are_asked_for_by_what_the_booking_is_like(use, kinds):
    asks("people_check", "at_risk")
    asks("food", "food")

    assert missing_kinds(BookingFactory(**use)) == kinds


def test_the_day_of_the_booking_in_london_counts_not_today():
    asks("insurance")
    booking = BookingFactory(starts_at=NOW.replace(month=12, day=8, hour=18))
    HirerDocumentFactory(hirer=booking.hirer, valid_until=date(2026, 12, 7))

    assert missing_kinds(booking) == ["insurance"]
    HirerDocumentFactory(hirer=booking.hirer, valid_until=date(2026, 12, 8))
    assert missing_kinds(booking) == []


def test_many_bookings_are_told_the_same_as_one_by_one():
    """`missing_for_bookings` reads for many what `missing_for` reads for one; they never disagree."""
    site, other = SiteFactory(), SiteFactory()
    for kind, when, where, least in [
        ("insurance", "always", None, 2_000_000),
        ("insurance", "always", other, 5_000_000),
        ("people_check", "at_risk", None, None),
        ("risk", "always", site, None),
        ("food", "food", None, None),
    ]:
        asks(kind, when, where, least)
    HirersCover.objects.create(
        site=site, is_offered=True, up_to_pounds=5_000_000, checked_on=NOW.date()
    )
    HirersCover.objects.create(site=other, is_offered=False, checked_on=NOW.date())
    groups = [HirerFactory() for _number in range(5)]
    _bare, insured, hosted, too_old, checked = groups
    HirerDocumentFactory(hirer=insured, cover_pounds=2_000_000)
    HirerDocumentFactory(hirer=insured, kind="safeguarding", state="waiting")
    day = NOW.date() + timedelta(days=7)  # of every booking of the factory
    for hirer, chosen in [(hosted, day - ROUTE_HOLDS_FOR), (too_old, day - ROUTE_HOLDS_FOR)]:
        for where in (site, other):
            InsuranceRoute.objects.create(
                hirer=hirer,
                site=where,
                route="host",
                chosen_on=chosen - timedelta(days=hirer == too_old),
            )
    PeopleCheck.objects.create(hirer=checked, level="basic", people=2, seen_on=date(2024, 1, 1))
    PeopleCheck.objects.create(hirer=checked, level="basic", people=2, seen_on=date(2020, 1, 1))
    spaces = [SpaceFactory(site=site), SpaceFactory(site=other)]
    bookings = [
        BookingFactory(hirer=hirer, space=space, occupancies=False, **use)
        for hirer in groups
        for space in spaces
        for use in (
            {},
            {"has_children": True},
            {"has_food": True, "has_adults_at_risk": True},
            {"attendance": 101},
        )
    ]

    at_once = papers.missing_for_bookings(bookings)

    assert len({tuple(found) for found in at_once.values()}) > 8
    for booking in bookings:
        assert at_once[booking.pk] == papers.missing_for(
            booking.hirer,
            booking.space.site,
            booking.starts_at.date(),
            children=booking.has_children,
            adults_at_risk=booking.has_adults_at_risk,
            food=booking.has_food,
            people=booking.attendance,
        )


def test_a_booking_page_says_why_the_insurance_of_the_site_does_not_count(client):
    asks("insurance")
    booking = BookingFactory(attendance=101, state="approved")
    site = booking.space.site
    HirersCover.objects.create(
        site=site, is_offered=True, up_to_pounds=5_000_000, checked_on=NOW.date()
    )
    InsuranceRoute.objects.create(
        hirer=booking.hirer, site=site, route="host", chosen_on=NOW.date()
    )
    client.force_login(a_manager_of(booking.hirer))

    page = client.get(booking.get_absolute_url()).content.decode()

    assert "The site’s own insurance does not count here: More than 100 people come." in page


def test_what_is_missing_costs_the_same_for_one_as_for_many():
    asks("insurance")
    AgreementVersionFactory()
    bookings = [BookingFactory() for _number in range(5)]
    costs = []
    for some in (bookings[:1], bookings):
        with CaptureQueriesContext(connection) as queries:
            found = services.missing_of(some)
        costs.append(len(queries))
        assert [[one.kind for one in missing] for missing in found.values()] == [
            ["agreement", "insurance"]
        ] * len(some)

    assert costs == [7, 7]


# --- Approving ----------------------------------------------------------------------------------


def test_with_nothing_missing_one_approval_confirms_and_one_letter_tells_how_to_get_in():
    booking = BookingFactory(space__name="Hall")
    manager = a_manager_of(booking.hirer)

    approve(booking)

    assert state_of(booking) == "confirmed"
    assert verbs(booking) == ["spaces.booking_approved"]
    assert letters() == [(manager.email, "Hall is yours on Tuesday 1 December 2026")]
    letter = Message.objects.get()
    assert "Your booking is confirmed:" in letter.body
    assert "Ring the bell at the side door." in letter.body
    assert letter.calendar_method == "REQUEST"


def test_with_something_missing_the_group_has_the_room_and_is_told_what_to_do():
    asks("insurance")
    booking = BookingFactory(space__name="Hall")
    manager = a_manager_of(booking.hirer)

    approve(booking)

    assert state_of(booking) == "approved"
    assert set(booking.occupancies.values_list("status", flat=True)) == {"confirmed"}
    assert verbs(booking) == ["spaces.booking_approved"]
    subject = "Hall on Tuesday 1 December 2026: approved, something is still missing"
    assert letters() == [(manager.email, subject)]
    letter = Message.objects.get()
    assert "- Public liability insurance: not sent to us yet, or not accepted." in letter.body
    assert booking.get_absolute_url() in letter.body
    assert f"/spaces/insurance/?site={booking.space.site.slug}" in letter.body
    assert "Ring the bell" not in letter.body
    assert letter.calendar_method == "REQUEST"


def test_letters_about_what_is_missing_name_nobody_of_a_private_group():
    asks("insurance")
    AgreementVersionFactory()
    booking = BookingFactory(
        hirer__is_sensitive=True,
        hirer__organisation__name="Kestrelname",
        hirer__organisation__slug="a-group-9",
        purpose="Kestrelfor",
    )
    a_manager_of(booking.hirer)
    member = a_member_of(booking.hirer, name="Kestrelperson")

    approve(booking)
    accept(booking, member, services.agreements.in_force_at(booking.space.site))
    HirerDocumentFactory(hirer=booking.hirer)
    services.confirm_ready(now=NOW)

    assert state_of(booking) == "confirmed"
    bodies = [letter.subject + letter.body + letter.calendar for letter in Message.objects.all()]
    assert len(bodies) == 2
    assert not any("Kestrel" in body for body in bodies)
    assert booking.code_words not in bodies[0]
    assert booking.code_words in bodies[1]


# --- Confirming later ---------------------------------------------------------------------------


def test_accepting_the_conditions_confirms_at_once_when_that_was_all():
    version = AgreementVersionFactory()
    booking = BookingFactory(space__name="Hall")
    manager = a_manager_of(booking.hirer)
    approve(booking)

    accept(booking, manager, version)

    assert state_of(booking) == "confirmed"
    assert verbs(booking) == [
        "spaces.booking_approved",
        "spaces.agreement_accepted",
        "spaces.booking_confirmed",
    ]
    assert AuditRecord.objects.get(verb="spaces.booking_confirmed").actor is None
    assert [subject for _address, subject in letters()] == [
        "Hall on Tuesday 1 December 2026: approved, something is still missing",
        "Hall is yours on Tuesday 1 December 2026",
    ]
    letter = Message.objects.order_by("pk").last()
    assert "Ring the bell at the side door." in letter.body
    assert (letter.calendar_method, letter.address) == ("REQUEST", manager.email)


def test_accepted_while_it_is_requested_the_approval_confirms_it():
    version = AgreementVersionFactory()
    booking = BookingFactory()
    manager = a_manager_of(booking.hirer)

    accept(booking, manager, version)
    assert (state_of(booking), letters()) == ("requested", [])
    approve(booking)

    assert state_of(booking) == "confirmed"
    assert len(letters()) == 1


def test_accepting_does_not_confirm_while_a_paper_is_missing():
    asks("insurance")
    version, booking = AgreementVersionFactory(), BookingFactory()
    manager = a_manager_of(booking.hirer)
    approve(booking)

    accept(booking, manager, version)

    assert state_of(booking) == "approved"
    assert missing_kinds(booking) == ["insurance"]
    assert verbs(booking)[1:] == ["spaces.agreement_accepted"]


@pytest.mark.parametrize("way", ["paper", "route", "requirement"])
def test_the_timetable_notices_what_is_mended_whichever_way_it_came(way):
    demand = asks("insurance")
    booking = BookingFactory(space__name="Hall")
    manager = a_manager_of(booking.hirer)
    approve(booking)
    assert services.confirm_ready(now=NOW) == 0

    if way == "paper":
        HirerDocumentFactory(hirer=booking.hirer)
    elif way == "requirement":
        demand.delete()
    else:
        site = booking.space.site
        HirersCover.objects.create(
            site=site, is_offered=True, up_to_pounds=5_000_000, checked_on=NOW.date()
        )
        InsuranceRoute.objects.create(
            hirer=booking.hirer, site=site, route="host", chosen_on=NOW.date()
        )

    assert [services.confirm_ready(now=NOW) for _time in range(3)] == [1, 0, 0]
    assert state_of(booking) == "confirmed"
    assert verbs(booking) == ["spaces.booking_approved", "spaces.booking_confirmed"]
    assert letters()[1:] == [(manager.email, "Hall is yours on Tuesday 1 December 2026")]


@pytest.mark.parametrize("way", ["checked", "seen", "people", "insured by the site"])
def test_the_last_paper_confirms_at_once(django_capture_on_commit_callbacks, way):
    asks("people_check" if way == "people" else "insurance")
    booking, elsewhere = BookingFactory(space__name="Hall"), BookingFactory()
    hirer, site = booking.hirer, booking.space.site
    a_manager_of(elsewhere.hirer)
    manager, worker = a_manager_of(hirer), a_programme_worker()
    paper = HirerDocumentFactory(hirer=hirer, added_by=manager, state="waiting")
    HirersCover.objects.create(
        site=site, is_offered=True, up_to_pounds=5_000_000, checked_on=NOW.date()
    )
    for one in (booking, elsewhere):
        approve(one)
    assert state_of(booking) == "approved"

    with django_capture_on_commit_callbacks(execute=True):
        if way == "checked":
            documents.accept_document(paper, by=worker, now=NOW)
        elif way == "people":
            documents.note_people_check(
                hirer, by=worker, now=NOW, level="enhanced", people=2, seen_on=NOW.date()
            )
        elif way == "seen":
            facts = {"insurer": "Thames Mutual (demo)", "cover_pounds": 5_000_000}
            documents.note_document_seen(
                hirer, by=worker, now=NOW, kind="insurance", valid_until=date(2027, 5, 24), **facts
            )
        else:
            insurance.keep_insurance_route(hirer, site, said(), by=manager, now=NOW)
        # Nobody waits for rooms while a paper is checked.
        assert state_of(booking) == "approved"

    assert (state_of(booking), state_of(elsewhere)) == ("confirmed", "approved")


@pytest.mark.parametrize(
    ("facts", "is_confirmed"),
    [
        ({"state": "approved"}, True),
        ({"state": "approved", "starts_at": NOW}, False),
        ({"state": "requested"}, False),
        ({"state": "cancelled_by_hirer"}, False),
        ({"state": "declined"}, False),
    ],
)
def test_the_timetable_confirms_what_is_approved_and_still_to_come(facts, is_confirmed):
    booking = BookingFactory(**facts)

    assert services.confirm_ready(now=NOW) == is_confirmed

    assert state_of(booking) == ("confirmed" if is_confirmed else facts["state"])


def test_the_timetable_looks_at_many_for_the_price_of_one():
    asks("insurance")
    costs = []
    for _round in range(2):
        for _number in range(1 + 3 * len(costs)):
            BookingFactory(state="approved")
        with CaptureQueriesContext(connection) as queries:
            assert services.confirm_ready(now=NOW) == 0
        costs.append(len(queries))

    assert costs == [8, 8]  # the bookings, and what is missing of them


@pytest.mark.django_db(transaction=True)
def test_a_booking_that_cannot_be_confirmed_holds_up_no_other():
    first, second = BookingFactory(state="approved"), BookingFactory(state="approved")
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '50ms'")

    with closing(connections.create_connection("default")) as rival:
        with rival.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT FROM spaces_booking WHERE id = %s FOR UPDATE", [first.pk])
        with pytest.raises(ExceptionGroup, match="could not be confirmed") as failure:
            services.confirm_ready(now=NOW)

    assert [problem.code for problem in failure.value.exceptions] == ["crowded"]
    assert (state_of(first), state_of(second)) == ("approved", "confirmed")


# --- Scenario 17 --------------------------------------------------------------------------------


def everybody_who_could_try(booking):
    return {
        "administrator": with_second_factor(a_person_with(Role.ADMINISTRATOR)),
        "programme lead": with_second_factor(a_person_with(Role.PROGRAMME_LEAD)),
        "site manager": a_site_manager_of(booking.space.site),
        "group manager": a_manager_of(booking.hirer),
    }


@pytest.mark.parametrize("use", ["has_children", "has_adults_at_risk"])
def test_without_a_safeguarding_policy_nobody_confirms_a_booking_for_under_18s_or_adults_at_risk(
    use,
):
    """Scenario 17: not by approving, not by the clock, not by an administrator, only by override."""
    booking = BookingFactory(**{use: True})
    others = everybody_who_could_try(booking)

    approve(booking)
    services.confirm_ready(now=NOW)
    for person in others.values():
        with pytest.raises(PermissionDenied):
            services.confirm_despite(
                booking, by=person, now=NOW, reason="Because.", shown=["safeguarding"]
            )

    assert state_of(booking) == "approved"
    assert missing_kinds(booking) == ["safeguarding"]

    lead = with_second_factor(a_person_with(Role.SAFEGUARDING_LEAD))
    services.confirm_despite(
        booking, by=lead, now=NOW, reason="I know their policy.", shown=["safeguarding"]
    )

    booking.refresh_from_db()
    assert (booking.state, booking.confirmed_despite, booking.confirmed_despite_by) == (
        "confirmed",
        "I know their policy.",
        lead,
    )
    record = AuditRecord.objects.about(booking).order_by("pk").last()
    assert (record.verb, record.actor, record.detail) == (
        "spaces.booking_confirmed_despite",
        lead,
        {"missing": "safeguarding"},
    )


def test_administrators_find_no_way_around_it_in_the_tables(client):
    booking = BookingFactory(state="approved", has_children=True)
    administrator = with_second_factor(a_person_with(Role.ADMINISTRATOR))
    client.force_login(administrator)

    answers = [
        client.post(
            reverse("spaces:confirm_despite", args=[booking.uuid]),
            {"reason": "x", "shown": "safeguarding"},
        ),
        client.post(
            reverse("admin:spaces_booking_change", args=[booking.pk]), {"state": "confirmed"}
        ),
    ]

    assert [answer.status_code for answer in answers] == [404, 403]
    assert state_of(booking) == "approved"


def test_programme_staff_look_past_anything_the_safeguarding_lead_past_safeguarding_alone():
    asks("insurance")
    lead = with_second_factor(a_person_with(Role.SAFEGUARDING_LEAD))
    first = BookingFactory(state="approved", has_children=True)
    second = BookingFactory(state="approved", has_children=True)
    HirerDocumentFactory(hirer=second.hirer)

    with pytest.raises(PermissionDenied):
        services.confirm_despite(first, by=lead, now=NOW, reason="Yes.", shown=missing_kinds(first))
    services.confirm_despite(second, by=lead, now=NOW, reason="Yes.", shown=missing_kinds(second))
    services.confirm_despite(
        first, by=a_programme_worker(), now=NOW, reason="Yes.", shown=missing_kinds(first)
    )

    assert (state_of(first), state_of(second)) == ("confirmed", "confirmed")


def test_nobody_looks_past_what_is_missing_of_their_own_group():
    booking = BookingFactory(state="approved", has_children=True)
    for role in (Role.PROGRAMME_STAFF, Role.SAFEGUARDING_LEAD):
        member = a_member_of(booking.hirer)
        ProgrammeRole.objects.create(user=member, role=role, starts_on=date(2020, 1, 1))
        with pytest.raises(PermissionDenied):
            services.confirm_despite(
                booking, by=member, now=NOW, reason="Ours.", shown=["safeguarding"]
            )

    assert state_of(booking) == "approved"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"state": "requested"}, "not_from_here"),
        ({"state": "confirmed"}, "not_from_here"),
        ({"state": "cancelled_by_site"}, "not_from_here"),
        ({"state": "approved", "starts_at": NOW}, "begun"),
    ],
)
def test_only_an_approved_booking_that_is_to_come_is_confirmed_by_override(facts, code):
    booking = BookingFactory(has_children=True, **facts)

    with pytest.raises(ValidationError) as refusal:
        services.confirm_despite(
            booking, by=a_programme_worker(), now=NOW, reason="Yes.", shown=["safeguarding"]
        )

    assert refusal.value.code == code
    assert state_of(booking) == facts["state"]


def test_when_nothing_is_missing_any_more_no_override_is_kept():
    booking = BookingFactory(state="approved")

    services.confirm_despite(
        booking, by=a_programme_worker(), now=NOW, reason="Yes.", shown=["safeguarding"]
    )

    booking.refresh_from_db()
    assert (booking.state, booking.confirmed_despite) == ("confirmed", "")
    assert verbs(booking) == ["spaces.booking_confirmed"]


@pytest.mark.parametrize("facts", [{"confirmed_despite": "Why"}, {"confirmed_despite_by": 0}])
def test_postgres_keeps_the_reason_and_the_person_together(facts):
    if "confirmed_despite_by" in facts:
        facts = {"confirmed_despite_by": a_programme_worker()}

    with pytest.raises(IntegrityError, match="confirming_despite_has_a_person_and_a_reason"):
        BookingFactory(**facts)


# --- Pages --------------------------------------------------------------------------------------


def words_for(client, person, address):
    client.force_login(person)
    return " ".join(client.get(address).content.decode().split())


def test_the_page_says_to_the_group_and_to_those_who_decide_what_is_missing(client):
    AgreementVersionFactory()
    booking = BookingFactory(state="approved", has_children=True)
    link = reverse("spaces:accept_agreement", args=[booking.uuid])
    override = reverse("spaces:confirm_despite", args=[booking.uuid])
    people = {
        "group": a_member_of(booking.hirer),
        "site": a_site_manager_of(booking.space.site),
        "staff": a_programme_worker(),
        "safeguarding": with_second_factor(a_person_with(Role.SAFEGUARDING_LEAD)),
    }

    pages = {
        who: words_for(client, person, booking.get_absolute_url()) for who, person in people.items()
    }

    assert all("What is still missing" in page for page in pages.values())
    assert all("Safeguarding policy: not sent" in page for page in pages.values())
    assert [who for who in pages if link in pages[who]] == ["group"]
    assert [who for who in pages if override in pages[who]] == ["staff"]


@pytest.mark.parametrize("page", ["booking", "booking_papers"])
def test_a_small_group_is_led_to_whether_it_needs_insurance_of_its_own(client, page):
    asks("insurance")
    booking = BookingFactory()
    address = reverse(f"spaces:{page}", args=[booking.uuid])
    find_out = f'href="{reverse("spaces:insurance")}?site={booking.space.site.slug}"'

    assert find_out in words_for(client, a_member_of(booking.hirer), address)
    assert find_out not in words_for(client, a_site_manager_of(booking.space.site), address)


@pytest.mark.parametrize("page", ["booking", "booking_papers"])
def test_a_manager_adds_a_missing_paper_in_one_step(client, page):
    asks("insurance")
    booking = BookingFactory()
    address = reverse(f"spaces:{page}", args=[booking.uuid])
    add = reverse("spaces:add_document", args=[booking.hirer.organisation.slug, "insurance"])

    assert f'href="{add}"' in words_for(client, a_manager_of(booking.hirer), address)
    assert f'href="{add}"' not in words_for(client, a_member_of(booking.hirer), address)


@pytest.mark.parametrize("page", ["booking", "booking_papers"])
def test_a_group_reads_how_to_show_certificates_that_are_never_sent(client, settings, page):
    settings.CONTACT_PHONE, settings.CONTACT_EMAIL = "020 7946 0123", "show@example.org"
    asks("people_check", when="at_risk")
    booking = BookingFactory(has_children=True)

    words = words_for(
        client, a_manager_of(booking.hirer), reverse(f"spaces:{page}", args=[booking.uuid])
    )

    assert "Show the certificates to programme staff." in words
    assert "papers/add/people_check" not in words
    assert 'href="tel:02079460123"' in words
    assert 'href="mailto:show@example.org"' in words


def test_the_letter_says_how_to_show_certificates(settings):
    settings.CONTACT_PHONE, settings.CONTACT_EMAIL = "020 7946 0123", "show@example.org"
    asks("people_check", when="at_risk")
    booking = BookingFactory(has_children=True)
    a_manager_of(booking.hirer)

    approve(booking)

    letter = Message.objects.get()
    assert "Show the certificates to programme staff." in letter.body
    assert "020 7946 0123 show@example.org" in letter.body


def test_who_has_said_yes_is_not_told_that_they_can_decide(client):
    AgreementVersionFactory()
    booking = BookingFactory(decisions=["site", "programme"], has_children=True)
    keeper = a_site_manager_of(booking.space.site)
    can, later = "You can decide all the same.", "when everybody who decides has said yes"

    before = words_for(client, keeper, booking.get_absolute_url())
    services.approve_booking(booking, by=keeper, now=NOW)
    after = words_for(client, keeper, booking.get_absolute_url())

    booking.refresh_from_db()
    assert booking.state == "requested"
    assert [can in page for page in (before, after)] == [True, False]
    assert [later in page for page in (before, after)] == [False, True]


@pytest.mark.parametrize("state", ["confirmed", "declined", "cancelled_by_hirer"])
def test_nothing_is_said_to_be_missing_where_it_does_not_matter_any_more(client, state):
    AgreementVersionFactory()
    booking = BookingFactory(state=state, has_children=True)

    page = words_for(client, a_member_of(booking.hirer), booking.get_absolute_url())

    assert "What is still missing" not in page


def test_a_booking_that_misses_nothing_any_more_says_when_it_is_confirmed(client):
    demand = asks("insurance")
    booking = BookingFactory()
    manager = a_manager_of(booking.hirer)
    approve(booking)
    client.force_login(manager)
    words = "Nothing is missing any more. The booking is confirmed by itself in a few minutes."
    assert words not in client.get(booking.get_absolute_url()).content.decode()

    demand.delete()

    assert words in client.get(booking.get_absolute_url()).content.decode()


def test_an_override_asks_for_a_reason_and_shows_it_to_all(client):
    booking = BookingFactory(state="approved", has_children=True)
    lead = with_second_factor(a_person_with(Role.SAFEGUARDING_LEAD, name="Grace Lead"))
    address = reverse("spaces:confirm_despite", args=[booking.uuid])
    client.force_login(lead)

    shown = client.get(address).context["form"]["shown"].value()
    answers = [
        client.post(address, {"reason": words, "shown": shown})
        for words in ("", "x" * 401, "I know it.")
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 302]
    assert "x" * 401 in answers[1].content.decode()
    for person in (lead, a_member_of(booking.hirer), a_site_manager_of(booking.space.site)):
        page = words_for(client, person, booking.get_absolute_url())
        assert "I know it." in page
        assert "Grace Lead decided this." in page


def test_the_safeguarding_lead_sees_bookings_to_which_people_at_risk_come_and_no_others(client):
    lead = with_second_factor(a_person_with(Role.SAFEGUARDING_LEAD))
    theirs = BookingFactory(has_adults_at_risk=True, hirer__is_sensitive=True)
    BookingFactory(has_food=True)

    assert list(Booking.objects.visible_to(lead)) == [theirs]
    page = words_for(client, lead, theirs.get_absolute_url())
    # Who brings people at risk is known to the lead, though not to the site.
    assert str(theirs.hirer) in page


def test_a_reason_for_one_thing_does_not_look_past_another_that_is_missing_by_now(client):
    AgreementVersionFactory()
    booking = BookingFactory(state="approved", has_children=True)
    policy = HirerDocumentFactory(hirer=booking.hirer, kind="safeguarding")
    address = reverse("spaces:confirm_despite", args=[booking.uuid])
    client.force_login(a_programme_worker())
    mine = {"reason": "They signed.", "shown": client.get(address).context["form"]["shown"].value()}
    assert mine["shown"] == "agreement"
    policy.delete()

    raced = client.post(address, mine)

    assert raced.status_code == 409
    form = raced.context["form"]
    assert form.non_field_errors() == [
        "Something else is missing by now, so nothing was confirmed. Read the list again."
    ]
    assert (form["reason"].value(), form["shown"].value()) == (
        "They signed.",
        "agreement safeguarding",
    )
    assert "Safeguarding policy: not sent" in raced.content.decode()
    assert (state_of(booking), verbs(booking)) == ("approved", [])

    again = client.post(address, mine | {"shown": form["shown"].value()})

    assert again.status_code == 302
    assert state_of(booking) == "confirmed"
    record = AuditRecord.objects.about(booking).order_by("pk").last()
    assert record.detail == {"missing": "agreement, safeguarding"}


def test_a_lead_who_was_shown_less_than_is_missing_is_told_who_can(client):
    booking = BookingFactory(state="approved", has_children=True)
    client.force_login(with_second_factor(a_person_with(Role.SAFEGUARDING_LEAD)))
    asks("insurance")

    answer = client.post(
        reverse("spaces:confirm_despite", args=[booking.uuid]),
        {"reason": "I know it.", "shown": "safeguarding"},
        follow=True,
    )

    assert answer.redirect_chain == [(booking.get_absolute_url(), 302)]
    assert "Only programme staff can confirm it like that." in answer.content.decode()
    assert state_of(booking) == "approved"


@pytest.mark.parametrize("by_the_clock", [False, True])
def test_what_was_mended_meanwhile_is_confirmed_calmly_for_whoever_had_the_page(
    client, by_the_clock
):
    booking = BookingFactory(state="approved", has_children=True)
    lead = with_second_factor(a_person_with(Role.SAFEGUARDING_LEAD))
    address = reverse("spaces:confirm_despite", args=[booking.uuid])
    client.force_login(lead)
    mine = {"reason": "I know it.", "shown": client.get(address).context["form"]["shown"].value()}
    HirerDocumentFactory(hirer=booking.hirer, kind="safeguarding")
    if by_the_clock:
        services.confirm_ready(now=NOW)

    answer = client.post(address, mine, follow=True)

    assert answer.redirect_chain == [(booking.get_absolute_url(), 302)]
    said = "confirmed already" if by_the_clock else "Nothing was missing any more. It is confirmed"
    assert said in answer.content.decode()
    booking.refresh_from_db()
    assert (booking.state, booking.confirmed_despite) == ("confirmed", "")
    assert verbs(booking) == ["spaces.booking_confirmed"]
