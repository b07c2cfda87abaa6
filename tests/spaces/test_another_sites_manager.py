"""Scenario 18: who runs one site, or acts for one group, gets nowhere with another's; page by page.

Every address of the rooms is in one of the tables below. A new one fails the first test until somebody
has said what it is.
"""

import datetime
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.apps import apps
from django.test import Client
from django.urls import reverse

from anchors.models import Mandate
from audit.models import AuditRecord
from notifications.models import Message
from spaces import services
from spaces.models import Booking, DayException, HirerDraft, Reference, SiteManager, SiteRequirement
from spaces.services import documents
from tests.addresses import every_address
from tests.factories.spaces import (
    NOW,
    AgreementVersionFactory,
    BookingFactory,
    ChargeFactory,
    ClosureFactory,
    HirerDocumentFactory,
    HirerFactory,
    SpaceFactory,
    a_manager_of,
    a_member_of,
    a_programme_worker,
    a_site_manager_of,
    with_second_factor,
)
from tests.spaces.test_offers import a_full_offer
from tests.spaces.test_photographs import added
from tests.spaces.test_reports import a_report

pytestmark = pytest.mark.django_db

PUBLIC = {
    "spaces": {},
    "space": {"slug": "their-hall"},
    "space_rules": {"slug": "their-hall"},
    "space_feed": {"slug": "their-hall"},
    "report_fact": {"slug": "their-hall"},
    "fact_reported": {"slug": "their-hall"},
    "insurance": {},
    "picture": {"fingerprint": "0" * 64, "size": "small"},
    "agreement_version": {},
}
"""Anybody may open these, signed in or not."""

BY_SECRET = {"answer_reference", "group_feed", "invitation", "hirer_invitation"}
"""Whoever has the secret of the link; a guessed one opens nothing."""

ONES_OWN = {
    "bookings",
    "find_bookings",
    "hirers",
    "register_hirer",
    "register_step",
    "invitations",
    "invite_hirer",
    "offers",
    "offer_space",
    "papers_to_check",
    "fact_reports",
    "unmet_demand",
    "hire_registers",
    "keep_insurance_route",
    "hold_space",
    "sites",
    "agreements",
}
"""They name nothing of anybody's: what they show is what the reader may see, or nothing."""

OF_A_BOOKING = [
    "booking",
    "approve_booking",
    "decline_booking",
    "cancel_booking",
    "booking_calendar",
    "write_to_group",
    "booking_papers",
    "ask_question",
    "answer_question",
    "change_booking",
    "change_what_was_asked",
    "reinstate_booking",
    "hire_agreement",
    "accept_agreement",
    "confirm_despite",
]
OF_A_HOLD = ["request_booking", "let_go"]
OF_A_SITE = [
    "site",
    "change_address",
    "describe_site",
    "set_rules_of_asking",
    "site_access",
    "change_hours",
    "bookings_outside",
    "days",
    "add_day",
    "close_bank_holidays",
    "add_closure",
    "set_price",
    "site_arrival",
    "site_papers",
    "ask_for_paper",
]
OF_A_SPACE_OF_THE_SITE = ["change_space_hours", "follow_site_hours", "change_room", "space_access"]
OF_CONDITIONS = ["write_agreement", "publish_agreement"]
OF_A_GROUP = [
    "hirer",
    "hirer_needs",
    "decide_hirer",
    "stop_hirer",
    "group_calendar",
    "stop_group_calendar",
    "ask_again",
    "appeal",
    "decide_appeal",
    "hirer_facts",
    "hirer_name",
    "invite",
    "hand_over",
    "take_over",
    "leave_group",
    "documents",
    "note_people_check",
    "references",
    "ask_reference",
]
OF_A_PERSON = ["change_kind", "appoint_manager", "end_membership"]
OF_A_PAPER = [
    "document",
    "document_file",
    "replace_document",
    "remove_document",
    "check_document",
    "find_wrong",
]
OF_AN_OFFER = [
    "offer",
    "offer_building",
    "offer_rooms",
    "add_offered_room",
    "offer_photographs",
    "offer_hours",
    "offer_access",
    "offer_terms",
    "send_offer",
    "withdraw_offer",
    "decide_offer",
]
OF_AN_OFFERED_ROOM = ["change_offered_room", "remove_offered_room", "preview_offered_room"]
OF_A_PHOTOGRAPH = ["describe_photograph", "remove_photograph", "move_photograph"]

GUARDED = {
    *OF_A_BOOKING,
    *OF_A_HOLD,
    *OF_A_SITE,
    *OF_A_SPACE_OF_THE_SITE,
    *OF_CONDITIONS,
    "change_day",
    "remove_day",
    "change_closure",
    "end_closure",
    "end_price",
    "stop_asking_for_paper",
    "hold_space_for_group",
    *OF_A_GROUP,
    *OF_A_PERSON,
    *OF_A_PAPER,
    *OF_AN_OFFER,
    *OF_AN_OFFERED_ROOM,
    *OF_A_PHOTOGRAPH,
    "withdraw_invitation",
    "add_document",
    "take_back_people_check",
    "withdraw_reference",
    "note_reference",
    "withdraw_hirer_invitation",
    "fact_report",
    "photographs",
    "space_arrival",
    "hire_register",
}
"""They name something of another site or group."""

KNOWN_TO_ALL = {"hold_space_for_group"}
"""Their room is public, so a refusal says nothing that is not known."""

TYPED = {
    "reason": "safety",
    "reason_note": "Mine now.",
    "note": "Mine now.",
    "outcome": "accept",
    "answer": "yes",
    "words": "Mine now.",
    "name": "Mine now",
    "email": "mine@example.org",
    "kind": "member",
    "group_name": "Mine now",
    "alternative_text": "Mine now",
    "caption": "",
    "direction": "up",
    "who_opens": "key",
    "door": "Mine now.",
    "call_name": "Mine",
    "call_phone": "020 7946 0623",
    "contact_name": "Mine now",
    "contact_email": "mine@example.org",
    "getting_there": "Mine now",
    "purpose": "Mine now",
    "message": "Mine now",
    "holds_circle": "5",
    "summary": "Mine now",
    "cost": "free",
    "notice_days": "1",
    "cancel_notice_working_days": "1",
    "opens_0": "9am",
    "closes_0": "5pm",
}
"""Enough for what each page asks, so that a page that does not look who sends it does something."""


class Theirs:
    """A site, a group and an offer, with one of everything that has an address."""

    SECRETS = ("Kestrelname", "Kestrelpurpose", "Kestreladult", "Kestrelperson", "Kestrelpaper")

    def __init__(self) -> None:
        worker = a_programme_worker()
        self.hall = SpaceFactory(slug="their-hall", site__slug="their-site")
        self.site = self.hall.site
        self.keeper = a_site_manager_of(self.site)
        self.hirer = HirerFactory(
            organisation__name="Kestrelname",
            organisation__slug="their-group",
            responsible_adult="Kestreladult",
            is_sensitive=True,
        )
        self.manager = a_manager_of(self.hirer, name="Kestrelperson")
        member = a_member_of(self.hirer)
        facts = {"space": self.hall, "hirer": self.hirer, "requested_by": self.manager}
        self.bookings = [
            BookingFactory(
                state=state,
                starts_at=NOW + timedelta(days=day),
                purpose="Kestrelpurpose",
                **facts,
            )
            for day, state in enumerate(Booking.State.values, 3)
        ]
        past = NOW - timedelta(days=30)
        BookingFactory(state="confirmed", starts_at=past, requested_at=past, **facts)
        paper = {"hirer": self.hirer, "kind": "other", "title": "Kestrelpaper"}
        papers = [HirerDocumentFactory(state=state, **paper) for state in ("waiting", "accepted")]
        reference = Reference.objects.create(
            hirer=self.hirer, name="Rita", phone="020 7946 0624", asked_at=NOW,
            asked_by=self.manager, link_hash="x",
        )  # fmt: skip
        check = documents.note_people_check(
            self.hirer, by=worker, now=NOW, level="basic", people=1, seen_on=NOW.date()
        )
        self.feed = services.make_feed(self.hirer, by=self.manager, now=NOW)
        colleague = services.invite(
            self.hirer, by=self.manager, now=NOW, email="colleague@example.org", kind="member"
        )
        invited = services.invite_hirer(
            by=self.keeper, now=NOW, group_name="Kestrelname", email="a@example.org",
            space=self.hall,
        )  # fmt: skip
        photograph = added(self.hall, by=self.keeper)
        report = a_report(self.hall)
        offer = a_full_offer()
        hold = services.hold_space(
            self.hall, by=self.manager, hirer=self.hirer, now=NOW, form_id=uuid4(), attendance=5,
            starts_at=NOW + timedelta(days=20), ends_at=NOW + timedelta(days=20, hours=2),
        )  # fmt: skip
        closure = ClosureFactory(site=self.site, starts_at=NOW + timedelta(days=40),
            ends_at=NOW + timedelta(days=41))  # fmt: skip
        charge = ChargeFactory(of=self.hall)
        asked = SiteRequirement.objects.create(site=self.site, kind="risk")
        day = DayException.objects.create(
            site=self.site, day=(NOW + timedelta(days=60)).date(), opens_minute=600,
            closes_minute=720,
        )  # fmt: skip
        self.version = AgreementVersionFactory(site=self.site)
        of_site = {"slug": "their-site"}
        room = offer.site.spaces.get()
        of_group = {"slug": "their-group"}
        self.rows = {
            **{name: [{"uuid": one.uuid} for one in self.bookings] for name in OF_A_BOOKING},
            **{name: [of_group] for name in OF_A_GROUP},
            **{
                name: [
                    of_group | {"mandate_id": Mandate.objects.get(user=person).pk}
                    for person in (member, self.manager)
                ]
                for name in OF_A_PERSON
            },
            **{name: [{"uuid": one.uuid} for one in papers] for name in OF_A_PAPER},
            **{name: [{"uuid": offer.uuid}] for name in OF_AN_OFFER},
            **{name: [{"uuid": offer.uuid, "number": room.pk}] for name in OF_AN_OFFERED_ROOM},
            **{name: [{"slug": "their-hall", "uuid": photograph.uuid}] for name in OF_A_PHOTOGRAPH},
            **{name: [{"slug": "their-hall", "uuid": hold.uuid}] for name in OF_A_HOLD},
            **{name: [of_site] for name in OF_A_SITE},
            **{name: [of_site | {"space": "their-hall"}] for name in OF_A_SPACE_OF_THE_SITE},
            **{name: [{"scope": "their-site"}] for name in OF_CONDITIONS},
            **{name: [of_site | {"number": day.pk}] for name in ("change_day", "remove_day")},
            **{
                name: [of_site | {"number": closure.pk}]
                for name in ("change_closure", "end_closure")
            },
            "end_price": [of_site | {"number": charge.pk}],
            "stop_asking_for_paper": [of_site | {"number": asked.pk}],
            "hold_space_for_group": [{"slug": "their-hall"}],
            "withdraw_invitation": [of_group | {"number": colleague.pk}],
            "add_document": [of_group | {"kind": "insurance"}],
            "take_back_people_check": [of_group | {"check_id": check.pk}],
            "withdraw_reference": [{"uuid": reference.uuid}],
            "note_reference": [{"uuid": reference.uuid}],
            "withdraw_hirer_invitation": [{"uuid": invited.uuid}],
            "fact_report": [{"uuid": report.uuid}],
            "photographs": [{"slug": "their-hall"}],
            "space_arrival": [{"slug": "their-hall"}],
            "hire_register": [{"slug": "their-site", "year": 2026}],
        }


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def theirs():
    return Theirs()


@pytest.fixture
def strangers():
    """Each with a site or a group of their own, so that they are not refused for having nothing."""
    mine = SpaceFactory(slug="my-hall", site__slug="my-site")
    return {
        "manager of another site": a_site_manager_of(mine.site),
        "member of another group": a_member_of(HirerFactory()),
        "manager of another group": a_manager_of(HirerFactory()),
    }


def client_of(person):
    client = Client()
    client.force_login(person)
    return client


def everything():
    """Every row of every table of the rooms, and what was recorded, said and allowed.

    What somebody has begun to type about a group of their own (a draft) is theirs.
    """
    tables = [
        *apps.get_app_config("spaces").get_models(include_auto_created=True),
        AuditRecord,
        Message,
        Mandate,
    ]
    return {
        table.__name__: sorted((repr(row) for row in table.objects.values_list()), key=str)
        for table in tables
        if table is not HirerDraft
    }


def both_ways(client, name, arguments):
    address = reverse(f"spaces:{name}", kwargs=arguments)
    return {"GET": client.get(address), "POST": client.post(address, TYPED)}


def statuses(answers):
    """Without the method that the page does not have."""
    return {how: one.status_code for how, one in answers.items() if one.status_code != 405}


def says(answer):
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return body.decode(errors="replace")


def test_every_address_of_the_rooms_is_told_apart():
    known = [set(PUBLIC), BY_SECRET, ONES_OWN, GUARDED]
    names = {name.partition(":")[2] for name in every_address() if name.startswith("spaces:")}

    assert set().union(*known) == names
    assert sum(len(some) for some in known) == len(names)  # each in one table


def test_there_is_one_of_theirs_for_every_guarded_address(theirs):
    assert set(theirs.rows) == GUARDED


def test_nobody_sees_or_changes_anything_of_another_site_or_group(theirs, strangers):
    before, wrong = everything(), {}

    for who, person in strangers.items():
        client = client_of(person)
        for name, rows in theirs.rows.items():
            for arguments in rows:
                answers = both_ways(client, name, arguments)
                seen = statuses(answers)
                if not seen or not set(seen.values()) <= {403, 404}:
                    wrong[who, name] = seen
                for how, answer in answers.items():
                    if told := [one for one in Theirs.SECRETS if one in says(answer)]:
                        wrong[who, name, how] = told

    assert wrong == {}
    assert everything() == before


def test_a_guessed_address_opens_nothing(theirs, strangers):
    """The same answer as for what is there, so that nobody learns what is there."""
    guesses = {"uuid": uuid4(), "slug": "no-such-thing", "scope": "no-such-thing"}
    numbers = {"number": 10**9, "mandate_id": 10**9, "check_id": 10**9}
    wrong = {}

    client = client_of(strangers["manager of another site"])
    for name, [arguments, *_others] in theirs.rows.items():
        if name in KNOWN_TO_ALL:
            continue
        guessed = arguments | {
            key: value for key, value in (guesses | numbers).items() if key in arguments
        }
        seen = statuses(both_ways(client, name, guessed))
        there = statuses(both_ways(client, name, arguments))
        if set(seen.values()) != {404} or there != seen:
            wrong[name] = seen, there

    assert wrong == {}


@pytest.mark.parametrize("name", sorted(BY_SECRET))
def test_a_guessed_secret_opens_nothing(theirs, strangers, name):
    for person in strangers.values():
        seen = statuses(both_ways(client_of(person), name, {"secret": "a-guessed-secret"}))
        assert set(seen.values()) == {404}


def test_pages_of_ones_own_show_and_change_nothing_of_theirs(theirs, strangers):
    before = everything()
    arguments = {"register_step": {"step": "group"}, "hold_space": {"slug": "their-hall"}}
    wrong = {}

    for who, person in strangers.items():
        client = client_of(person)
        for name in ONES_OWN:
            address = reverse(f"spaces:{name}", kwargs=arguments.get(name, {}))
            answers = [client.get(address), client.post(address, {"hirer": "their-group"})]
            for answer in answers:
                if told := [one for one in Theirs.SECRETS if one in says(answer)]:
                    wrong[who, name] = told
                if any(one.reference in says(answer) for one in theirs.bookings):
                    wrong[who, name] = "a booking"

    assert wrong == {}
    assert everything() == before


def test_public_pages_say_nothing_of_who_books_and_change_nothing(theirs, strangers):
    before, wrong = everything(), {}
    clients = [Client(), *(client_of(person) for person in strangers.values())]

    for client in clients:
        for name, arguments in (
            PUBLIC | {"agreement_version": {"uuid": theirs.version.uuid}}
        ).items():
            answer = client.get(reverse(f"spaces:{name}", kwargs=arguments))
            if answer.status_code != (404 if name == "picture" else 200):
                wrong[name] = answer.status_code
            if told := [one for one in Theirs.SECRETS if one in says(answer)]:
                wrong[name] = told

    assert wrong == {}
    assert everything() == before


def test_the_register_of_ones_own_site_holds_nothing_of_theirs(theirs, strangers):
    client = client_of(strangers["manager of another site"])
    mine = BookingFactory(
        space__slug="mine-too", space__site=SiteManager.objects.get(site__slug="my-site").site,
        state="confirmed", starts_at=NOW - timedelta(days=3),
        requested_at=NOW - timedelta(days=9),
    )  # fmt: skip

    file = says(client.get(reverse("spaces:hire_register", args=["my-site", 2026])))

    assert mine.reference in file
    assert len(file.splitlines()) == 2


def test_who_runs_a_site_no_more_is_a_stranger(theirs):
    SiteManager.objects.filter(user=theirs.keeper).update(
        starts_on=NOW.date() - timedelta(days=9), ends_on=NOW.date() - timedelta(days=1)
    )
    before, client = everything(), client_of(theirs.keeper)
    names = [*OF_A_BOOKING, *OF_A_PHOTOGRAPH, "site_arrival", "space_arrival", "hire_register"]

    seen = {
        name: statuses(both_ways(client, name, arguments))
        for name in names
        for arguments in theirs.rows[name]
    }

    assert {name: set(some.values()) for name, some in seen.items()} == {
        key: {404} for key in names
    }
    assert everything() == before


# --- Scenario 19 ----------------------------------------------------------------------------------


def a_keeper_who_belongs(state):
    """Whoever runs the site is a member of the group that asks for its room."""
    booking = BookingFactory(state=state)
    keeper = with_second_factor(a_member_of(booking.hirer))
    SiteManager.objects.create(
        user=keeper, site=booking.space.site, starts_on=datetime.date(2020, 1, 1)
    )
    return booking, keeper


@pytest.mark.parametrize("name", ["approve_booking", "decline_booking"])
def test_an_approver_who_belongs_to_the_group_does_not_decide_about_it(name):
    booking, keeper = a_keeper_who_belongs("requested")
    before, client = everything(), client_of(keeper)

    seen = statuses(both_ways(client, name, {"uuid": booking.uuid}))
    page = says(client.get(booking.get_absolute_url()))

    assert seen == {"GET": 403, "POST": 403}
    assert everything() == before
    assert reverse(f"spaces:{name}", args=[booking.uuid]) not in page


@pytest.mark.parametrize("state", ["approved", "confirmed"])
def test_an_approver_who_belongs_to_the_group_cancels_for_the_group_and_never_as_the_site(state):
    booking, keeper = a_keeper_who_belongs(state)

    address = reverse("spaces:cancel_booking", args=[booking.uuid])
    as_the_site = client_of(keeper).post(address, {"reason": "safety"})
    answer = client_of(keeper).post(address, {"reason": "few_people"})

    booking.refresh_from_db()
    assert (as_the_site.status_code, answer.status_code) == (422, 302)
    assert (booking.state, booking.reason) == ("cancelled_by_hirer", "few_people")


def test_somebody_else_who_runs_the_site_decides():
    """The refusals above are about belonging, not about these pages."""
    booking, _keeper = a_keeper_who_belongs("requested")
    other = a_site_manager_of(booking.space.site)

    answer = client_of(other).post(
        reverse("spaces:approve_booking", args=[booking.uuid]),
        {"seen_at": booking.updated_at.isoformat()},
    )

    booking.refresh_from_db()
    assert (answer.status_code, booking.is_promised) == (302, True)
