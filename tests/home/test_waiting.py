"""What waits for one person when they sign in: what they can do now, longest waiting first."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import ProgrammeRole
from anchors.models import Mandate
from home.services.waiting import waiting_for
from spaces.models import HirerAppeal
from tests.factories.accounts import UserFactory, a_person_with
from tests.factories.anchors import OrganisationFactory, a_person_for
from tests.factories.spaces import (
    NOW,
    AgreementVersionFactory,
    BookingFactory,
    HirerDocumentFactory,
    HirerFactory,
    SpaceFactory,
    a_manager_of,
    a_member_of,
    a_site_manager_of,
)

pytestmark = pytest.mark.django_db


def requests_for(person):
    """The lines under the first heading of a site manager's page."""
    section = waiting_for(person, now=NOW, today=NOW.date())[0]
    assert section.title == "Requests for a room"
    return [(line.when, line.text) for line in section.lines]


def test_a_request_whose_time_has_passed_keeps_nobody_from_a_real_one():
    space = SpaceFactory()
    manager = a_site_manager_of(space.site)
    for days in range(1, 7):
        BookingFactory(space=space, starts_at=NOW - timedelta(days=days))
    real = BookingFactory(space=space)

    assert requests_for(manager) == [(real.starts_at, str(real.hirer))]


def test_what_is_to_be_decided_soonest_comes_first_and_says_by_when():
    space = SpaceFactory()
    manager = a_site_manager_of(space.site)
    recent = BookingFactory(space=space, requested_at=NOW - timedelta(days=1))
    long_ago = BookingFactory(
        space=space,
        requested_at=NOW - timedelta(days=10),
        starts_at=recent.starts_at + timedelta(days=7),
    )
    tomorrow = BookingFactory(
        space=space, requested_at=NOW, starts_at=NOW + timedelta(days=1, hours=8)
    )

    [section] = waiting_for(manager, now=NOW, today=NOW.date())

    assert [(line.url, line.due, line.is_late) for line in section.lines] == [
        (long_ago.get_absolute_url(), date(2026, 11, 20), True),
        (tomorrow.get_absolute_url(), date(2026, 11, 24), False),
        (recent.get_absolute_url(), date(2026, 11, 30), False),
    ]


def test_when_there_are_more_than_fit_the_page_says_how_many():
    space = SpaceFactory()
    manager = a_site_manager_of(space.site)
    for days in range(7):
        BookingFactory(space=space, starts_at=NOW + timedelta(days=20 + days))

    [section] = waiting_for(manager, now=NOW, today=NOW.date())

    assert (len(section.lines), section.more_label) == (5, "See all 7 requests")


def test_how_a_booking_stands_begins_with_a_capital():
    booking = BookingFactory(state="information_needed", starts_at=NOW + timedelta(days=3))

    sections = waiting_for(a_member_of(booking.hirer), now=NOW, today=NOW.date())

    [mine] = [one for one in sections if one.title == "Your group’s next bookings"]
    assert [line.text for line in mine.lines] == ["More information needed"]


@pytest.mark.parametrize(
    ("kind", "asked"), [(Mandate.Kind.EDITOR, True), (Mandate.Kind.APPROVER, False)]
)
def test_only_who_may_write_an_update_is_asked_for_one(kind, asked):
    person = a_person_for(OrganisationFactory(), kind)

    sections = waiting_for(person, now=NOW, today=NOW.date())

    assert ("Promises that need an update" in [one.title for one in sections]) == asked


def test_an_administrator_is_shown_where_roles_are_given():
    person = a_person_with(ProgrammeRole.Role.ADMINISTRATOR)

    [section] = waiting_for(person, now=NOW, today=NOW.date())

    assert section.title == "Roles and accounts"


def test_everybody_finds_the_way_to_their_account(client):
    person = UserFactory(email="amina@example.org")
    client.force_login(person)

    landed = client.get(reverse("home:waiting")).content.decode()
    account = client.get(reverse("home:account")).content.decode()

    assert f'href="{reverse("home:account")}"' in landed
    for name in ("account_email", "account_change_password", "mfa_index", "usersessions_list"):
        assert f'href="{reverse(name)}"' in account


def test_a_group_that_asks_for_privacy_is_not_named():
    booking = BookingFactory(hirer=HirerFactory(is_sensitive=True))
    manager = a_site_manager_of(booking.space.site)

    assert requests_for(manager) == [(booking.starts_at, "A group that asks for privacy")]


@pytest.mark.parametrize("how_many", [1, 3])
def test_the_page_costs_the_same_for_one_request_as_for_many(
    client, django_assert_num_queries, how_many
):
    space = SpaceFactory()
    manager = a_site_manager_of(space.site)
    for days in range(how_many):
        BookingFactory(space=space, starts_at=NOW + timedelta(days=900 + days))
    client.force_login(manager)

    with django_assert_num_queries(15):
        answer = client.get(reverse("home:waiting"))

    assert len(answer.context["sections"][0].lines) == how_many


# --- Bookings that miss something ---------------------------------------------------------------


def lines_under(person, title):
    sections = waiting_for(person, now=NOW, today=NOW.date())
    return [
        (line.url, line.text)
        for section in sections
        if section.title == title
        for line in section.lines
    ]


def test_a_group_is_told_which_of_its_promised_rooms_need_something_of_it():
    hirer = HirerFactory()
    member = a_member_of(hirer)
    title = "Before your group can come in"
    later = BookingFactory(
        hirer=hirer, state="approved", has_children=True, starts_at=NOW + timedelta(days=9)
    )
    sooner = BookingFactory(
        hirer=hirer, state="approved", has_children=True, starts_at=NOW + timedelta(days=8)
    )
    for facts in (
        {"state": "approved"},
        {"state": "confirmed", "has_children": True},
        {"state": "requested", "has_children": True},
        {"state": "approved", "has_children": True, "starts_at": NOW - timedelta(days=1)},
    ):
        BookingFactory(hirer=hirer, **facts)
    BookingFactory(state="approved", has_children=True)  # of another group

    words = "Safeguarding policy: not sent to us yet, or not accepted."
    assert lines_under(member, title) == [
        (sooner.get_absolute_url(), words),
        (later.get_absolute_url(), words),
    ]
    HirerDocumentFactory(hirer=hirer, kind="safeguarding")
    assert lines_under(member, title) == []


def test_the_safeguarding_lead_finds_the_bookings_that_only_safeguarding_holds_up():
    lead = a_person_with(ProgrammeRole.Role.SAFEGUARDING_LEAD)
    title = "Bookings without safeguarding papers"
    booking = BookingFactory(state="approved", has_children=True)
    also_more = BookingFactory(state="approved", has_children=True)
    AgreementVersionFactory(site=also_more.space.site)
    BookingFactory(state="approved", has_food=True)

    assert [url for url, _text in lines_under(lead, title)] == [booking.get_absolute_url()]


def test_what_is_missing_costs_the_same_for_one_booking_as_for_three():
    costs = []
    for how_many in (1, 3):
        hirer = HirerFactory()
        member = a_member_of(hirer)
        for _number in range(how_many):
            BookingFactory(hirer=hirer, state="approved", has_children=True)
        with CaptureQueriesContext(connection) as queries:
            waiting_for(member, now=NOW, today=NOW.date())
        costs.append(len(queries))

    assert costs[0] == costs[1]


# --- What a group itself must do ----------------------------------------------------------------

TO_DO = "What your group must do"
RULES_OR_TWO = (
    "Send its rules, or name 2 people outside the group who know it. We cannot decide before."
)


def test_a_small_group_reads_first_what_we_still_need_before_anybody_decides():
    hirer = HirerFactory(state="registered", group_kind="unregistered")
    manager, member = a_manager_of(hirer), a_member_of(hirer)

    first = waiting_for(manager, now=NOW, today=NOW.date())[0]

    assert (first.title, [line.title for line in first.lines]) == (
        TO_DO,
        [f"What we still need of {hirer}"],
    )
    assert lines_under(manager, TO_DO) == [(f"{hirer.get_absolute_url()}#needed", RULES_OR_TWO)]
    assert lines_under(member, TO_DO) == []  # only a manager can do it

    rules = HirerDocumentFactory(hirer=hirer, kind="constitution", state="waiting")
    assert lines_under(manager, TO_DO) == []  # somebody checks them

    rules.delete()
    HirerDocumentFactory(hirer=hirer, kind="constitution", state="refused", reason="Page 2 is cut.")
    why = "We could not accept the rules you sent. Reason: Page 2 is cut."
    assert lines_under(manager, TO_DO) == [
        (f"{hirer.get_absolute_url()}#needed", f"{why} {RULES_OR_TWO}")
    ]


def test_a_group_with_a_number_that_waits_has_nothing_to_do():
    manager = a_manager_of(HirerFactory(state="registered", group_kind="charity"))

    assert lines_under(manager, TO_DO) == []


def test_nobody_is_told_to_ask_for_a_room_before_their_group_is_approved():
    waits, may = HirerFactory(state="registered"), HirerFactory()

    def nothing(hirer):
        return waiting_for(a_member_of(hirer), now=NOW, today=NOW.date())[-1].nothing

    assert nothing(waits) == "You can ask for a room as soon as your group is approved."
    assert nothing(may) == "Nothing is booked. Find a room and ask for it."


def test_a_refused_paper_waits_for_the_group_until_another_is_there():
    hirer = HirerFactory()
    manager = a_manager_of(hirer)
    for days, reason in ((3, "It is blank."), (2, "It ended.")):
        HirerDocumentFactory(
            hirer=hirer, state="refused", reason=reason, added_at=NOW - timedelta(days=days)
        )
    add = reverse("spaces:add_document", args=[hirer.organisation.slug, "insurance"])

    assert lines_under(manager, TO_DO) == [
        (add, f"{hirer}: we could not accept the last one. Reason: It ended.")
    ]
    HirerDocumentFactory(hirer=hirer, state="waiting")
    assert lines_under(manager, TO_DO) == []


def test_a_refused_paper_that_nobody_needed_is_not_told_of_for_ever():
    hirer = HirerFactory()
    HirerDocumentFactory(
        hirer=hirer, state="refused", reason="Blank.", added_at=NOW - timedelta(days=70)
    )

    assert lines_under(a_manager_of(hirer), TO_DO) == []


def test_a_declined_group_is_led_to_why_and_what_it_can_do():
    hirer = HirerFactory(state="declined", decision_reason="We need the rules.")
    manager = a_manager_of(hirer)

    for person in (manager, a_member_of(hirer)):
        assert lines_under(person, TO_DO) == [
            (
                hirer.get_absolute_url(),
                "Read why, and what your group can do now.",
            )
        ]
    HirerAppeal.objects.create(
        hirer=hirer,
        declined_by=hirer.decided_by,
        words="We sent them.",
        appealed_by=manager,
        appealed_at=NOW,
    )
    assert lines_under(manager, TO_DO) == []  # somebody else looks


def test_what_groups_must_do_costs_the_same_for_one_group_as_for_three():
    costs = []
    for how_many in (1, 3):
        first = HirerFactory(state="registered", group_kind="tenants")
        manager = a_manager_of(first)
        for number in range(how_many):
            hirer = first if number == 0 else HirerFactory(state="registered", group_kind="other")
            if hirer != first:
                Mandate.objects.create(
                    user=manager,
                    organisation=hirer.organisation,
                    kind=Mandate.Kind.MANAGER,
                    starts_on=date(2020, 1, 1),
                )
            HirerDocumentFactory(hirer=hirer, state="refused", reason="Blank.")
        with CaptureQueriesContext(connection) as queries:
            lines = lines_under(manager, TO_DO)
        assert len(lines) == 2 * how_many
        costs.append(len(queries))

    assert costs[0] == costs[1]
