"""A group that asks for privacy: who reads its name, what it does, and who it is, wherever they look."""

import re
from datetime import date, timedelta
from uuid import UUID

import pytest
import time_machine
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import ProgrammeRole
from anchors.models import Mandate
from audit.models import AuditRecord
from audit.services import record
from notifications.models import Message
from spaces import services
from spaces.models import Booking, Hirer, Reference
from spaces.models.arrival import code_words
from spaces.services import documents, references
from spaces.services.people import give
from tests.addresses import every_address
from tests.factories.accounts import UserFactory, a_person_with
from tests.factories.spaces import (
    CHECKED,
    NOW,
    AgreementVersionFactory,
    BookingFactory,
    HirerDocumentFactory,
    HirerFactory,
    SpaceFactory,
    a_manager_of,
    a_member_of,
    a_programme_worker,
    a_site_manager_of,
    with_second_factor,
)
from tests.spaces.test_changing import change, use

pytestmark = pytest.mark.django_db

NAME, PURPOSE, FOR, WHY, CALLER, ADULT, DEPUTY, PHONE, PERSON, PART = (
    "Kestrelname",
    "Kestrelpurpose",
    "Kestrelfor",
    "Kestrelwhy",
    "Kestrelcaller",
    "Kestreladult",
    "Kestreldeputy",
    "020 7946 0999",
    "Kestrelperson",
    "Kestrelpart",
)
EMAIL = "kestrel.mail@example.org"
SECRETS = {NAME, PURPOSE, FOR, WHY, CALLER, ADULT, DEPUTY, PHONE, PERSON, PART, EMAIL}
OF_A_BOOKING = {
    name
    for name, arguments in every_address().items()
    if arguments == {"uuid"} and reverse(name, args=[UUID(int=0)]).startswith("/spaces/bookings/")
}
OF_THE_GROUP = SECRETS - {PERSON, EMAIL}
"""Administrators keep the accounts of people, with names and addresses, and do not see the group."""


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


class World:
    """A private group with a booking in every state at one site, and everybody who could look."""

    def __init__(self) -> None:
        self.worker = a_programme_worker(name="Worker")
        self.own = UserFactory(name=PERSON, email=EMAIL)
        self.hirer = services.register_hirer(
            by=self.own,
            now=NOW,
            name=NAME,
            group_kind="other",
            purpose=PURPOSE,
            usual_size=12,
            responsible_adult=ADULT,
            responsible_phone=PHONE,
            is_sensitive=True,
        )
        Hirer.objects.filter(pk=self.hirer.pk).update(deputy_name=DEPUTY, deputy_phone=PHONE)
        self.hirer = services.approve_hirer(
            self.hirer, by=self.worker, now=NOW, despite="We know them.", checked=CHECKED
        )
        self.space = SpaceFactory(site__contact_email="site@example.org")
        self.site = self.space.site
        self.keeper = a_site_manager_of(self.site, name="Keeper")
        self.bookings = {state: self.asked(day) for day, state in enumerate(Booking.State, 3)}
        version = AgreementVersionFactory()
        for booking in self.bookings.values():
            services.agreements.accept(
                booking, by=self.own, name=PERSON, role=PART, version=version, now=NOW
            )
        facts = {"by": self.keeper, "now": NOW}
        for state in ("confirmed", "cancelled_by_site"):
            self.bookings[state] = services.approve_booking(
                self.bookings[state], is_free=True, **facts
            )
        self.bookings["declined"] = services.decline_booking(
            self.bookings["declined"], reason="safety", **facts
        )
        services.cancel_by_site(self.bookings["cancelled_by_site"], reason="safety", **facts)
        services.cancel_by_hirer(
            self.bookings["cancelled_by_hirer"], by=self.own, now=NOW, reason="illness"
        )
        self.readers = {
            "visitor": None,
            "another group": a_manager_of(HirerFactory()),
            "site": self.keeper,
            "another site": a_site_manager_of(SpaceFactory().site),
            "programme staff": self.worker,
            "administrator": with_second_factor(
                a_person_with(ProgrammeRole.Role.ADMINISTRATOR, name="Admin")
            ),
            "own group": self.own,
        }

    def asked(self, day):
        booking = BookingFactory(
            space=self.space,
            hirer=self.hirer,
            requested_by=self.own,
            purpose=FOR,
            free_use_reason=WHY,
            caller_name=CALLER,
            price_pence=2000,
            starts_at=NOW + timedelta(days=day, hours=2),
        )
        record("spaces.booking_requested", booking, by=self.own, space=self.space.pk)
        services.deciding.ask_everybody(booking, now=NOW)
        return booking

    def client(self, reader):
        client = Client(raise_request_exception=False)
        if self.readers[reader]:
            client.force_login(self.readers[reader])
        return client

    def addresses(self):
        """Every page of ours that can be opened with something of the group, and all without arguments."""
        mandate = self.own.mandates.get()
        letters = [letter.uuid for letter in Message.objects.all()]
        bookings = [one.uuid for one in self.bookings.values()]
        for name, arguments in every_address().items():
            known = {
                "slug": [self.hirer.organisation.slug, self.space.slug],
                # The identifier of a booking opens nothing else: one is enough to see that.
                "uuid": letters if name.startswith("notifications:") else bookings[:1],
                "mandate_id": [mandate.pk],
                "number": [1],
            }
            if name.startswith(("account_logout", "admin:", "home:readyz")):
                continue
            if not set(arguments) <= set(known):
                continue
            if name in OF_A_BOOKING:
                known["uuid"] = bookings
            sets = [{}]
            for argument in arguments:
                sets = [one | {argument: value} for one in sets for value in known[argument]]
            for kwargs in sets:
                yield reverse(name, kwargs=kwargs)

    def tables(self):
        """Every list, blank form and row of the administrators' tables."""
        for model in admin.site._registry:
            base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            yield reverse(f"{base}_changelist")
            yield reverse(f"{base}_changelist") + f"?q={NAME.lower()}"
            yield reverse(f"{base}_add")
            for row in model._base_manager.all()[:40]:
                yield reverse(f"{base}_change", args=[row.pk])
                yield reverse(f"{base}_history", args=[row.pk])


def read(client, address):
    answer = client.get(address)
    assert answer.status_code < 500, address
    if answer.streaming or 300 <= answer.status_code < 400:
        return ""
    return answer.content.decode(errors="replace")


def found(client, addresses, canaries):
    return {
        (address, canary)
        for address in addresses
        for page in [read(client, address)]
        for canary in canaries
        if canary in page
    }


@pytest.mark.parametrize("reader", ["visitor", "another group", "site", "another site"])
def test_nobody_outside_finds_a_word_of_a_private_group(reader, settings):
    world = World()

    assert found(world.client(reader), set(world.addresses()), SECRETS) == set()


def test_an_administrator_finds_people_but_no_word_of_the_group():
    world = World()
    client = world.client("administrator")

    assert found(client, set(world.addresses()), OF_THE_GROUP) == set()
    assert found(client, set(world.tables()), OF_THE_GROUP) == set()


@pytest.mark.parametrize("reader", ["programme staff", "own group"])
def test_the_group_and_programme_staff_find_everything(reader):
    """Were nothing found by anybody, the tests above would hold by themselves."""
    world = World()

    seen = found(world.client(reader), set(world.addresses()), SECRETS)

    assert {canary for _address, canary in seen} >= SECRETS - {EMAIL}


def test_no_letter_says_a_word_of_a_private_group():
    """Its own people know it; a letter is read over a shoulder, forwarded, and kept by the portal."""
    world = World()
    booking = world.bookings["confirmed"]
    services.send_reminders(now=booking.starts_at - timedelta(hours=20))
    services.write_to_group(booking, by=world.keeper, now=NOW, words="Use the side door.")
    appealing = services.register_hirer(
        by=world.own, now=NOW, name=NAME, group_kind="other", purpose=PURPOSE, usual_size=3,
        responsible_adult=ADULT, responsible_phone=PHONE, is_sensitive=True,
    )  # fmt: skip
    appealing = services.decline_hirer(appealing, by=world.worker, now=NOW, reason="Not yet.")
    appeal = services.appeal(appealing, by=world.own, now=NOW, words="We differ.")
    services.decide_appeal(
        appeal, by=a_programme_worker(), now=NOW, outcome="upheld", reason="Not yet."
    )
    services.invite(world.hirer, email="n@example.org", kind="member", by=world.own, now=NOW)
    services.ask_to_confirm(now=NOW + timedelta(days=400))
    for outcome in ("accepted", "refused"):
        paper = HirerDocumentFactory(
            hirer=world.hirer, kind="risk", state="waiting", valid_until=date(2026, 12, 10)
        )
        if outcome == "accepted":
            documents.accept_document(paper, by=world.worker, now=NOW)
        else:
            documents.refuse_document(paper, by=world.worker, now=NOW, reason="Not signed.")
    documents.warn_of_expiry(now=NOW)
    referee = Reference.objects.create(
        hirer=world.hirer, name="Olu", part="Librarian", phone="020 7946 0123", how_known="Next door",
        asked_at=NOW, link_hash="x" * 64,
    )  # fmt: skip
    references.answer_reference(referee, now=NOW, says_yes=False, by=world.worker)
    Hirer.objects.filter(pk=appealing.pk).update(state="registered", group_kind="tenants")
    references.ask_reference(
        appealing, by=world.own, now=NOW, name="Olu", part="Librarian", how_known="Next door",
        email="olu@example.org",
    )  # fmt: skip

    letters = Message.objects.all()
    texts = {letter: letter.subject + letter.body + letter.calendar for letter in letters}
    assert len(texts) > 15
    assert {one.once.split(":")[0] for one in texts} >= {
        "spaces.document_accepted",
        "spaces.document_refused",
        "spaces.document_expiring",
        "spaces.reference_said_no",
        "spaces.reference_asked",
    }
    assert {
        (letter.subject, canary)
        for letter, text in texts.items()
        for canary in OF_THE_GROUP
        if canary in text
    } == set()
    # Letters to others do not name its people either.
    assert {
        letter.subject
        for letter, text in texts.items()
        if letter.user != world.own and PERSON in text
    } == set()


def test_a_letter_has_no_capital_for_a_private_group_amid_a_sentence():
    world = World()
    a_site_manager_of(world.site)
    change(world.bookings["confirmed"], use(world.bookings["confirmed"], attendance=9), world.own)
    services.decline_booking(world.bookings["requested"], reason="safety", by=world.keeper, now=NOW)

    bodies = list(Message.objects.values_list("body", flat=True))

    amid = [found for body in bodies for found in re.findall(r"\w+ (?i:a) group that asks", body)]
    assert "for a group that asks" in amid
    assert [found for found in amid if " A " in found] == []


def test_the_site_lets_a_private_group_in_by_words_at_the_door():
    world = World()
    booking = world.bookings["confirmed"]
    site, own = world.client("site"), world.client("own group")

    page = site.get(booking.get_absolute_url()).content.decode()
    assert booking.code_words in page
    assert "A group that asks for privacy" in page
    assert booking.code_words in site.get(reverse("spaces:bookings")).content.decode()
    assert booking.code_words in own.get(booking.get_absolute_url()).content.decode()
    letters = Message.objects.filter(body__contains=booking.code_words)
    assert {letter.address for letter in letters} == {EMAIL, "site@example.org"}


def test_a_group_without_a_secret_has_no_words_and_is_named():
    booking = BookingFactory(hirer__organisation__name="Loud Choir (demo)")
    client = Client()
    client.force_login(a_site_manager_of(booking.space.site))

    page = client.get(booking.get_absolute_url()).content.decode()

    assert booking.code_words == ""
    assert "Loud Choir (demo)" in page
    assert "At the door" not in page


def test_words_at_the_door_are_two_plain_words_and_differ():
    words = {code_words(UUID(int=number * 7919)) for number in range(1000)}

    assert all(re.fullmatch(r"[a-z]+ [a-z]+", one) for one in words)
    assert len(words) > 500
    # Who hears a reference cannot tell the words of its booking.
    same_reference = {code_words(UUID(f"12345678-0000-4000-8000-{n:012x}")) for n in range(50)}
    assert len(same_reference) > 40


def test_the_site_writes_to_a_private_group_and_learns_nothing(client):
    world = World()
    booking = world.bookings["confirmed"]
    address = reverse("spaces:write_to_group", args=[booking.uuid])
    site = world.client("site")
    Message.objects.all().delete()

    answer = site.post(address, {"words": "Use the side door."}, follow=True)

    letter = Message.objects.get()
    assert (letter.address, "Use the side door." in letter.body) == (EMAIL, True)
    assert "site@example.org" in letter.body
    assert "Sent to the group." in answer.content.decode()
    assert not any(canary in answer.content.decode() for canary in SECRETS)
    assert site.post(address, {"words": ""}).status_code == 422
    assert world.client("own group").post(address, {"words": "x"}).status_code == 403
    assert world.client("another site").post(address, {"words": "x"}).status_code == 404
    assert Message.objects.count() == 1


def test_a_site_that_presses_twice_writes_once():
    world = World()
    address = reverse("spaces:write_to_group", args=[world.bookings["confirmed"].uuid])
    site = world.client("site")
    blank = site.get(address).context["form"]["form_id"].value()
    Message.objects.all().delete()

    for words in ("Use the side door.", "Use the side door.", "Or the back door."):
        assert site.post(address, {"form_id": blank, "words": words}).status_code == 302

    # Words that were changed after going back are other words.
    assert Message.objects.count() == 2
    assert AuditRecord.objects.filter(verb="spaces.group_written_to").count() == 2


def test_a_site_does_not_flood_a_group_with_letters(settings):
    settings.BOOKING_LETTERS_PER_HOUR = 3
    world = World()
    booking = world.bookings["confirmed"]
    address = reverse("spaces:write_to_group", args=[booking.uuid])
    site = world.client("site")
    Message.objects.all().delete()

    answers = [site.post(address, {"words": f"Number {number}"}) for number in range(4)]

    assert [answer.status_code for answer in answers] == [302] * 3 + [429]
    assert "Try again later." in answers[3].content.decode()
    assert "Number 3" in answers[3].content.decode()
    settings.BOOKING_LETTERS_PER_HOUR = 0
    with pytest.raises(ValidationError) as refusal:
        services.write_to_group(booking, by=world.keeper, now=NOW, words="Again")
    assert refusal.value.code == "too_often"


def test_nobody_is_reached_in_the_dark_who_is_no_secret():
    booking = BookingFactory()
    keeper = a_site_manager_of(booking.space.site)

    with pytest.raises(ValidationError) as refusal:
        services.write_to_group(booking, by=keeper, now=NOW, words="Use the side door.")

    assert (refusal.value.code, Message.objects.count()) == ("not_private", 0)


def test_the_list_of_a_site_costs_the_same_for_one_private_booking_as_for_three():
    space = SpaceFactory()
    client = Client()
    client.force_login(a_site_manager_of(space.site))
    weights = []
    for day in range(3):
        BookingFactory(
            space=space, hirer__is_sensitive=True, starts_at=NOW + timedelta(days=day, hours=3)
        )
        client.get(reverse("spaces:bookings"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("spaces:bookings"))
        weights.append(len(queries))

    assert weights[0] == weights[2]


def test_what_staff_did_for_a_private_group_is_not_called_the_groups(client):
    hirer = HirerFactory(is_sensitive=True)
    own, other = (a_member_of(hirer, name=name) for name in ("Zofia Hidden", "Yara Hidden"))
    space = SpaceFactory()
    keeper = a_site_manager_of(space.site, name="Kwame Keeper")
    # Staff asked while somebody of the group was on the telephone; others of it did the rest.
    booking = BookingFactory(
        space=space, hirer=hirer, requested_by=keeper, caller_name="Zofia Hidden"
    )
    of_nobody_known = BookingFactory(hirer=hirer, requested_by=UserFactory(name="Xenia Hidden"))
    for one in (booking, of_nobody_known):
        record("spaces.booking_requested", one, by=one.requested_by)
        record("spaces.booking_changed", one, by=own)
        record("spaces.booking_changed", one, by=other)

    pages = []
    for one in (booking, of_nobody_known):
        client.force_login(a_site_manager_of(one.space.site))
        pages.append(client.get(one.get_absolute_url()).content.decode())

    assert "Kwame Keeper" in pages[0]
    assert "Hidden" not in "".join(pages)


def test_the_history_names_nobody_who_left_a_private_group_on_the_day_they_joined(client):
    booking = BookingFactory(hirer__is_sensitive=True)
    hirer = booking.hirer
    guest = UserFactory(name="Wanda Hidden")
    give(hirer, guest, Mandate.Kind.MEMBER, today=NOW.date())
    record("spaces.booking_changed", booking, by=guest)

    services.end_membership(Mandate.objects.get(user=guest), hirer=hirer, by=guest, now=NOW)

    client.force_login(a_site_manager_of(booking.space.site))
    shown = client.get(booking.get_absolute_url()).content.decode()
    assert "What has happened" in shown
    assert "Hidden" not in shown
