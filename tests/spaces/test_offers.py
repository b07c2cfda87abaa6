"""An owner offers rooms: written a page at a time, seen by nobody else, published by somebody else."""

import re
from dataclasses import asdict, replace
from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from anchors.models import Mandate, Organisation
from audit.models import AuditRecord
from notifications.models import Message
from spaces import permissions, services, urls
from spaces.models import (
    EVERY_SITE,
    AccessFact,
    Arrival,
    ArrivalFacts,
    Equipment,
    OfferDraft,
    Site,
    SiteManager,
    Space,
    SpaceOffer,
)
from spaces.rules import times
from spaces.rules.access import PARTS
from spaces.rules.offers import MOST_OPEN_OFFERS, MOST_ROOMS
from spaces.services import calendar
from spaces.services.offers import NOT_SLUGS
from tests.factories.accounts import UserFactory, a_person_with
from tests.factories.anchors import BoroughFactory, OrganisationFactory
from tests.factories.spaces import (
    NOW,
    HirerFactory,
    SiteFactory,
    SpaceFactory,
    a_programme_worker,
    a_site_manager_of,
    with_second_factor,
)
from tests.pictures import a_photograph
from tests.racing import at_once
from tests.spaces.test_photographs import picture_of, send

State = SpaceOffer.State


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def page(name, offer, *more):
    return reverse(f"spaces:{name}", args=[offer.uuid, *more])


def an_owner(**facts):
    """Somebody who edits for an organisation."""
    person = with_second_factor(UserFactory(**facts))
    Mandate.objects.create(
        user=person, organisation=OrganisationFactory(), kind="editor", starts_on="2020-01-01"
    )
    return person


def begun(by=None):
    return services.start_offer(by=by or UserFactory(), organisation_name="Heron Trust (demo)")


def building(**changed):
    return {
        "name": "Heron House (demo)",
        "borough": BoroughFactory(),
        "street": "22 Heron Street",
        "postcode": "SE6 2MC",
        "getting_there": "By bus.",
        "contact_name": "Estates",
        "contact_email": "estates@example.org",
        "contact_phone": "020 7946 0411",
    } | changed


ARRIVAL = Arrival(
    who_opens="somebody",
    who_opens_words="The caretaker comes at 5pm.",
    door="The side door.",
    call_name="The caretaker",
    call_phone="020 7946 0412",
)


def terms(**changed):
    return {
        "is_free": False,
        "price_text": "Security costs £35.",
        "notice_days": 3,
        "cancel_notice_working_days": 4,
        "house_rules": "No candles.",
        "arrival": ARRIVAL,
    } | changed


def a_full_offer(by=None, **facts):
    by = by or UserFactory()
    offer = services.save_building(begun(by), by=by, **building(**facts))
    room = {
        "kind": "hall",
        "summary": "Light.",
        "holds": {"circle": 20, "rows": 30},
        "equipment": {},
    }
    services.save_offered_room(offer, by=by, name="Hall", **room)
    services.save_hours(offer, by=by, hours={0: (540, 1020), 4: (1080, 1440)})
    all_facts = dict.fromkeys(AccessFact.Key.values, ("not_checked", ""))
    services.save_access(
        offer,
        by=by,
        facts=all_facts | {"step_free": ("yes", "By a ramp")},
        surveyed_on=NOW.date(),
    )
    services.save_terms(offer, by=by, **terms())
    return offer


def a_sent_offer(by=None, **facts):
    offer = a_full_offer(by, **facts)
    services.send_offer(offer, by=offer.by, now=NOW)
    offer.refresh_from_db()
    return offer


def letters(template):
    found = Message.objects.filter(once__startswith=f"spaces.{template}:")
    return sorted(found.values_list("address", flat=True))


@pytest.mark.django_db
class TestWritingOne:
    def test_an_owner_tells_everything_a_page_at_a_time_and_staff_hear_of_it(self, client):
        staff, owner = a_programme_worker(), an_owner()
        organisation = Organisation.objects.get()
        borough = BoroughFactory()
        client.force_login(owner)

        begun = client.post(reverse("spaces:offer_space"), {"organisation": organisation.slug})
        offer = SpaceOffer.objects.get()
        answers = [
            client.post(
                page("offer_building", offer),
                building(borough=borough.pk, postcode="se62mc", name="Heron House (demo)"),
            ),
            client.post(
                page("add_offered_room", offer),
                {
                    "name": "Hall",
                    "kind": "hall",
                    "summary": "A light hall.",
                    "holds_circle": "20",
                    "holds_rows": "30",
                },
            ),
            client.post(
                page("offer_hours", offer),
                {"opens_0": "9am", "closes_0": "5pm", "opens_4": "6pm", "closes_4": "midnight"},
            ),
            client.post(
                page("offer_access", offer),
                {f"value_{key}": "not_checked" for key in AccessFact.Key.values}
                | {
                    "value_step_free": "yes",
                    "note_step_free": "By a ramp",
                    "surveyed_on_day": "1",
                    "surveyed_on_month": "11",
                    "surveyed_on_year": "2026",
                },
            ),
            client.post(
                page("offer_terms", offer),
                {
                    "cost": "some",
                    "price_text": "Security costs £35.",
                    "notice_days": "3",
                    "cancel_notice_working_days": "4",
                    "house_rules": "No candles.",
                    **asdict(ARRIVAL),
                },
            ),
        ]
        space = Space.objects.get()
        answers.append(send(client, space, a_photograph()))
        listed = client.get(offer.get_absolute_url()).content.decode()
        checked = client.get(page("send_offer", offer)).content.decode()
        answers.append(client.post(page("send_offer", offer)))

        assert begun.status_code == 302
        assert [one.status_code for one in answers] == [302] * 7
        assert "5 of 5 parts are done" in listed
        assert "Check and send" in listed
        for words in ("Heron House (demo)", "By a ramp", "No candles.", "Security costs £35."):
            assert words in checked
        offer.refresh_from_db()
        assert (offer.state, offer.sent_at, offer.organisation) == (State.SENT, NOW, organisation)
        site = offer.site
        assert (site.is_published, site.min_notice_hours) == (False, 72)
        assert (site.street, site.postcode, site.district) == ("22 Heron Street", "SE6 2MC", "SE6")
        hours = site.opening_rules.values_list("weekday", "opens_minute", "closes_minute")
        assert sorted(hours) == [(0, 540, 1020), (4, 1080, 1440)]
        assert (space.status, space.photographs.count()) == ("draft", 1)
        assert dict(space.layouts.values_list("kind", "capacity")) == {"circle": 20, "rows": 30}
        assert site.access_facts.count() == len(AccessFact.Key.values)
        assert letters("offer_sent") == [owner.email]
        assert letters("offer_to_check") == [staff.email]
        verbs = set(AuditRecord.objects.filter(actor=owner).values_list("verb", flat=True))
        assert {"spaces.offer_started", "spaces.offer_changed", "spaces.offer_sent"} <= verbs

    def test_somebody_of_an_organisation_that_is_not_known_may_offer_too(self, client):
        person = UserFactory()
        client.force_login(person)

        empty = client.post(reverse("spaces:offer_space"), {"organisation_name": ""})
        client.post(reverse("spaces:offer_space"), {"organisation_name": "New Trust (demo)"})

        assert empty.status_code == 422
        made = SpaceOffer.objects.get().organisation
        assert (made.name, made.is_listed) == ("New Trust (demo)", False)
        assert not Mandate.objects.filter(user=person).exists()

    def test_naming_an_organisation_gives_no_right_over_it(self, client):
        known = OrganisationFactory(name="Old Trust (demo)")
        person = UserFactory()
        client.force_login(person)
        client.post(reverse("spaces:offer_space"), {"organisation_name": "old trust (DEMO)"})

        assert SpaceOffer.objects.get().organisation == known
        assert not permissions.acts_for(person, known)
        offer = a_sent_offer(person)
        client.force_login(a_programme_worker())
        asked = client.get(page("decide_offer", offer)).content.decode()
        assert "Ask before you publish" in asked

    def test_somebody_elses_organisation_cannot_be_chosen(self, client):
        other = OrganisationFactory()
        client.force_login(an_owner())

        answer = client.post(reverse("spaces:offer_space"), {"organisation": other.slug})

        assert answer.status_code == 422
        assert not SpaceOffer.objects.exists()

    def test_leaving_and_coming_back_shows_where_one_was(self, client):
        person = UserFactory()
        offer = services.save_building(begun(person), by=person, **building())
        client.force_login(person)

        listed = client.get(offer.get_absolute_url()).content.decode()
        waiting = client.get(reverse("home:waiting")).content.decode()
        start = client.get(reverse("spaces:offer_space")).content.decode()
        building_page = client.get(page("offer_building", offer)).content.decode()

        assert "1 of 5 parts are done" in listed
        assert "The other parts first" in listed
        assert offer.get_absolute_url() in waiting
        assert offer.get_absolute_url() in start
        assert 'value="Heron House (demo)"' in building_page

    @pytest.mark.parametrize(
        ("name", "typed", "said"),
        [
            ("offer_building", {"name": "Heron", "postcode": "SE6"}, "such as AA3 1AB"),
            ("add_offered_room", {"name": "Hall", "summary": "Light"}, "how many people it holds"),
            ("add_offered_room", {"name": "Hall", "has_mats": "some"}, "Enter a whole number"),
            ("add_offered_room", {"name": "Hall", "has_mats": "0"}, "Enter 1 or more"),
            (
                "offer_hours",
                {"opens_0": "5pm", "closes_0": "9am"},
                "Monday: it must close after it opens",
            ),
            ("offer_hours", {"opens_0": "9am"}, "Monday: enter both times, or leave both empty"),
            (
                "offer_hours",
                {"opens_1": "25", "closes_1": "5pm"},
                "Tuesday: enter a time, such as 6pm or 6:30pm",
            ),
            (
                "offer_hours",
                {"opens_1": "9am", "closes_1": "5"},
                "Tuesday: say morning or evening, such as 6am or 6pm",
            ),
            ("offer_hours", {}, "Say for one day at least"),
            ("offer_access", {"value_lift": "yes", "note_lift": "Wide"}, "Enter the day on which"),
            (
                "offer_access",
                {"value_door_width": "yes", "note_lift": "Wide"},
                "Write it down, or choose",
            ),
            ("offer_terms", {"cost": "some", "door": "Ring."}, "Enter how many days"),
            ("offer_terms", {"cost": "some", "door": "Ring."}, "Say what it costs"),
            ("offer_terms", {"door": "Ring."}, "Say whether groups pay nothing or something"),
            ("offer_terms", {"cost": "x"}, "Say whether groups pay nothing or something"),
        ],
    )
    def test_a_bad_answer_is_told_beside_its_box_and_nothing_typed_is_lost(
        self, client, name, typed, said
    ):
        person = UserFactory()
        offer = services.save_building(begun(person), by=person, **building())
        client.force_login(person)
        before = list(AuditRecord.objects.values_list("pk", flat=True))

        answer = client.post(page(name, offer), typed)

        text = answer.content.decode()
        assert answer.status_code == 422
        assert said in text
        for value in typed.values():
            assert value in text
        assert list(AuditRecord.objects.values_list("pk", flat=True)) == before

    def test_a_day_of_checking_in_the_future_is_refused(self, client):
        person = UserFactory()
        offer = services.save_building(begun(person), by=person, **building())
        client.force_login(person)
        typed = dict.fromkeys((f"value_{key}" for key in AccessFact.Key.values), "not_checked")
        tomorrow = NOW + timedelta(days=1)
        day = {"day": tomorrow.day, "month": tomorrow.month, "year": tomorrow.year}

        answer = client.post(
            page("offer_access", offer),
            typed | {f"surveyed_on_{part}": value for part, value in day.items()},
        )

        assert "not in the future" in answer.content.decode()
        assert not AccessFact.objects.exists()

    def test_access_is_asked_in_the_parts_in_which_everybody_reads_it(self, client):
        offer = a_full_offer()
        client.force_login(offer.by)

        asked = client.get(page("offer_access", offer)).content.decode()

        heads = re.findall(r'<h2 class="nhsuk-heading-m">([^<]+)</h2>', asked)
        assert heads == [*(str(name) for name, _first in PARTS), "When it was checked"]
        assert asked.count('name="note_') == len(AccessFact.Key.values)
        assert "How the main door opens: what did you find?" in asked

    def test_what_nobody_has_checked_is_folded_where_an_offer_is_read(self, client):
        offer = a_full_offer()
        client.force_login(offer.by)

        read = client.get(page("send_offer", offer)).content.decode()

        folded = re.findall(r"(\d+) not yet checked", read)
        assert sum(map(int, folded)) == len(AccessFact.Key.values) - 1
        assert "By a ramp" in read
        assert ">Not yet checked<" not in read

    def test_of_access_that_is_not_told_no_empty_list_is_read(self, client):
        offer = a_full_offer()
        offer.site.access_facts.all().delete()
        client.force_login(offer.by)

        read = client.get(page("send_offer", offer)).content.decode()

        assert re.search(r"Access</h2>\s*<p>Not told yet</p>", read)

    def test_an_offer_with_something_missing_is_not_sent(self, client):
        person = UserFactory()
        offer = services.save_building(begun(person), by=person, **building())
        client.force_login(person)

        answer = client.post(page("send_offer", offer))

        assert answer.status_code == 409
        assert "Something is still missing: Rooms, Opening hours" in answer.content.decode()
        offer.refresh_from_db()
        assert offer.state == State.DRAFT

    def test_a_room_is_changed_and_removed_with_its_photographs(self, client):
        offer = a_full_offer()
        client.force_login(offer.by)
        space = Space.objects.get()
        services.add_photograph(
            space,
            by=offer.by,
            now=NOW,
            picture=picture_of(),
            alternative_text="A bright hall of wood",
        )
        changed = client.post(
            page("change_offered_room", offer, space.pk),
            {"name": "Big hall", "kind": "hall", "summary": "Light.", "holds_standing": "50"},
        )
        space.refresh_from_db()
        now = (space.name, dict(space.layouts.values_list("kind", "capacity")), space.price_text)
        room = space.rooms.get()
        removed = client.post(page("remove_offered_room", offer, space.pk))

        assert (changed.status_code, removed.status_code) == (302, 302)
        assert now == ("Big hall", {"standing": 50}, "Security costs £35.")
        assert room.name == "Big hall"
        assert not Space.objects.exists()
        assert not offer.site.rooms.exists()

    def test_from_the_photographs_of_a_room_the_way_goes_on_in_the_offer(self, client):
        offer = a_full_offer()
        space = offer.site.spaces.get()
        client.force_login(offer.by)

        shown = client.get(reverse("spaces:photographs", args=[space.slug])).content.decode()

        main = shown.partition("<main")[2]
        assert f'href="{page("offer_rooms", offer)}"' in main
        assert "Go on with the rooms you offer" in main

    def test_what_is_there_is_told_read_by_staff_and_shown_to_everybody(self, client):
        offer = a_full_offer()
        client.force_login(offer.by)
        room = page("change_offered_room", offer, Space.objects.get().pk)
        told = {"name": "Hall", "kind": "hall", "summary": "Light.", "holds_rows": "30"}

        client.post(room, told | {"has_mats": "25", "has_piano": "1"})
        Equipment.objects.filter(kind="mats").update(note="In the store")
        form = client.get(room).context["form"]
        saved = client.post(room, told | {"has_mats": "20", "has_tea": "1"})
        services.send_offer(offer, by=offer.by, now=NOW)
        client.force_login(a_programme_worker())
        asked = " ".join(client.get(page("decide_offer", offer)).content.decode().split())
        client.post(page("decide_offer", offer), {"seen": NOW.isoformat(), "outcome": "publish"})
        shown = client.get(Space.objects.get().get_absolute_url()).context["equipment"]

        assert [one.value() for one in form.things if one.value()] == [1, 25]
        assert saved.status_code == 302
        assert "What is there: Mats, 20 · Kettle and cups, 1</p>" in asked
        assert [(one.kind, one.count, one.note) for one in shown] == [
            ("mats", 20, "In the store"),
            ("tea", 1, ""),
        ]

    def test_two_rooms_have_two_names_and_there_is_an_end_to_rooms_and_offers(self):
        offer = a_full_offer()
        room = {
            "by": offer.by,
            "kind": "hall",
            "summary": "x",
            "holds": {"rows": 2},
            "equipment": {},
        }

        with pytest.raises(ValidationError, match="a room of this name already"):
            services.save_offered_room(offer, name="HALL", **room)
        for number in range(MOST_ROOMS - 1):
            services.save_offered_room(offer, name=f"Room {number}", **room)
        with pytest.raises(ValidationError, match="rooms at most"):
            services.save_offered_room(offer, name="One more", **room)
        for _number in range(MOST_OPEN_OFFERS - 1):
            begun(offer.by)
        with pytest.raises(ValidationError, match="not sent yet"):
            begun(offer.by)

    def test_what_was_sent_cannot_be_changed_meanwhile(self, client):
        offer = a_sent_offer()
        client.force_login(offer.by)
        space = Space.objects.get()

        answers = [
            client.get(page("offer_building", offer)).status_code,
            client.post(
                page("offer_terms", offer),
                {
                    "cost": "free",
                    "notice_days": "1",
                    "cancel_notice_working_days": "1",
                    **asdict(replace(ARRIVAL, door="Elsewhere")),
                },
            ).status_code,
            send(client, space, a_photograph()).status_code,
            client.post(page("remove_offered_room", offer, space.pk)).status_code,
        ]

        assert answers == [302, 409, 403, 409]
        assert ArrivalFacts.objects.get().door == "The side door."
        assert Space.objects.count() == 1


@pytest.mark.django_db
class TestNobodyElseSeesIt:
    PAGES = (
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
    )

    @pytest.mark.parametrize("who", ["another person", "programme staff", "programme lead"])
    def test_a_draft_looks_like_nothing_to_anybody_else(self, client, who):
        offer = a_full_offer()
        space = Space.objects.get()
        photograph = services.add_photograph(
            space, by=offer.by, now=NOW, picture=picture_of(), alternative_text="A bright hall here"
        )
        person = {
            "another person": UserFactory,
            "programme staff": a_programme_worker,
            "programme lead": lambda: with_second_factor(a_person_with("programme_lead")),
        }[who]()
        client.force_login(person)

        answers = {client.get(page(name, offer)).status_code for name in self.PAGES}
        answers |= {client.post(page(name, offer), {}).status_code for name in ("send_offer",)}
        room = ("change_offered_room", "remove_offered_room", "preview_offered_room")
        answers |= {client.get(page(name, offer, space.pk)).status_code for name in room}
        answers |= {
            client.get(space.get_absolute_url()).status_code,
            client.get(reverse("spaces:hold_space", args=[space.slug])).status_code,
            client.get(reverse("spaces:photographs", args=[space.slug])).status_code,
            client.get(photograph.large_address).status_code,
        }
        found = client.get(reverse("spaces:spaces")).content.decode()
        listed = client.get(reverse("spaces:offers")).content.decode()

        assert answers == {404}
        assert "Heron" not in found + listed

    def test_a_room_of_another_offer_is_out_of_reach(self, client):
        mine, other = a_full_offer(), a_full_offer(name="Other House (demo)")
        client.force_login(mine.by)
        room = other.site.spaces.get()

        for name in ("change_offered_room", "remove_offered_room", "preview_offered_room"):
            assert client.get(page(name, mine, room.pk)).status_code == 404
        assert client.post(page("remove_offered_room", mine, room.pk)).status_code == 404
        assert Space.objects.count() == 2

    def test_two_may_write_of_a_building_of_one_name_and_neither_learns_of_the_other(self):
        a_full_offer()

        assert a_full_offer().site.name == "Heron House (demo)"

    def test_the_name_of_a_building_on_offer_is_taken(self):
        SiteFactory(name="Heron House (demo)")

        with pytest.raises(ValidationError, match="a building of this name already"):
            a_full_offer()

    def test_the_service_asks_who_it_is_whatever_the_page_did(self):
        offer = a_full_offer()

        with pytest.raises(PermissionDenied):
            services.save_terms(offer, by=UserFactory(), **terms())

    def test_whoever_names_a_private_group_does_not_learn_that_it_is_here(self):
        private = HirerFactory(organisation__name="Kestrel", is_sensitive=True).organisation

        offer = services.start_offer(by=UserFactory(), organisation_name="KESTREL")

        assert (offer.organisation != private, str(offer.organisation)) == (True, "KESTREL")

    def test_an_address_that_a_private_group_has_is_not_given_again(self):
        HirerFactory(organisation__slug="group-2", is_sensitive=True)

        offer = services.start_offer(by=UserFactory(), organisation_name="Group 2")

        assert offer.organisation.slug == "group-2-2"

    def test_a_room_that_was_taken_out_meanwhile_does_not_come_back(self):
        offer = a_full_offer()
        hall = Space.objects.get()
        services.remove_offered_room(offer, Space.objects.get(), by=offer.by)

        again = {
            "name": "Hall",
            "kind": "hall",
            "summary": "",
            "holds": {"rows": 20},
            "equipment": {},
        }
        for change in (
            lambda: services.save_offered_room(offer, by=offer.by, space=hall, **again),
            lambda: services.remove_offered_room(offer, hall, by=offer.by),
        ):
            with pytest.raises(ValidationError, match="not in the offer any more"):
                change()
        assert not Space.objects.exists()

    def test_nobody_removes_a_room_that_is_not_in_their_offer(self):
        offer, other = a_full_offer(), SpaceFactory()

        with pytest.raises(ValidationError, match="not in the offer any more"):
            services.remove_offered_room(offer, other, by=offer.by)
        assert Space.objects.filter(pk=other.pk).exists()


@pytest.mark.django_db
class TestAnswering:
    def test_programme_staff_publish_it_and_everybody_finds_it(self, client):
        offer, worker = a_sent_offer(), a_programme_worker()
        client.force_login(worker)
        waiting = client.get(reverse("home:waiting")).content.decode()
        read = client.get(offer.get_absolute_url()).content.decode()
        seen = client.get(
            page("preview_offered_room", offer, Space.objects.get().pk)
        ).content.decode()
        form = client.get(page("decide_offer", offer)).context["form"]
        assert form["makes_manager"].value() is True

        answer = client.post(
            page("decide_offer", offer),
            {"seen": form["seen"].value(), "outcome": "publish", "makes_manager": "on"},
        )

        assert answer.status_code == 302
        assert offer.get_absolute_url() in waiting
        assert "Answer this offer" in read
        assert "3 days" in read  # as the owner was asked, not 72 hours
        assert "See it as everybody will" in read
        assert "This is how the room will look" in seen
        assert "Ask for this room" not in seen
        # Both pages are there once it is published.
        assert "Report a wrong fact" not in seen
        assert "Read all the rules" not in seen
        space = Space.objects.public().get()
        assert space.slug == "heron-house-demo-hall"
        read_again = client.get(offer.get_absolute_url()).content.decode()
        assert f'<a href="{space.get_absolute_url()}">Open the page of the room' in read_again
        assert "See it as everybody will" not in read_again
        client.logout()
        assert "Hall" in client.get(reverse("spaces:spaces")).content.decode()
        shown = client.get(space.get_absolute_url())
        assert shown.status_code == 200
        assert "Security costs £35." in shown.content.decode()
        manager = SiteManager.objects.get()
        assert (manager.user, manager.site) == (offer.by, space.site)
        assert letters("offer_published") == [offer.by.email]
        assert AuditRecord.objects.filter(verb="spaces.offer_published", actor=worker).exists()

    @pytest.mark.parametrize("is_free", [True, False])
    def test_staff_are_led_to_the_prices_that_are_still_to_set(self, client, is_free):
        offer = a_full_offer()
        services.save_terms(offer, by=offer.by, **terms(is_free=is_free))
        services.send_offer(offer, by=offer.by, now=NOW)
        worker = a_programme_worker()
        client.force_login(worker)
        waiting, title = reverse("home:waiting"), "Prices to set"
        assert title not in client.get(waiting).content.decode()

        answer = client.post(
            page("decide_offer", offer), {"seen": NOW.isoformat(), "outcome": "publish"}
        )

        prices = "/spaces/sites/heron-house-demo/#prices"
        if is_free:
            assert answer.url == offer.get_absolute_url()
            assert title not in client.get(waiting).content.decode()
            return
        assert answer.url == prices
        shown = client.get(prices).content.decode()
        assert "Set them, so that groups see what it costs in full." in shown
        assert "<p>Security costs £35.</p>" in shown
        site = Site.objects.get()
        others = [a_site_manager_of(SiteFactory()), UserFactory()]
        for person, is_told in [(worker, True), (a_site_manager_of(site), True)] + [
            (one, False) for one in others
        ]:
            client.force_login(person)
            told = client.get(waiting).content.decode()
            assert [title in told, prices in told] == [is_told, is_told]

        services.set_price(
            site,
            by=worker,
            now=NOW,
            what="security",
            per="use",
            when="always",
            pence=3500,
            starts_on=NOW.date(),
        )
        client.force_login(worker)
        assert title not in client.get(waiting).content.decode()
        assert "Security costs £35." not in client.get(prices).content.decode()

    def test_no_room_and_no_building_has_the_address_of_another_page(self):
        pages = {str(one.pattern).split("/")[0] for one in urls.urlpatterns}

        assert pages - {"", "<slug:slug>"} == NOT_SLUGS - {EVERY_SITE}

    def test_a_building_called_every_site_is_one_of_them_still(self):
        offer = a_sent_offer()
        Site.objects.filter(pk=offer.site_id).update(name="Every site")

        offer = services.publish_offer(
            offer, by=a_programme_worker(), now=NOW, seen=NOW, makes_manager=False
        )

        assert offer.site.slug == "every-site-2"

    def test_whoever_offers_runs_the_site_unless_staff_say_otherwise(self):
        offer = a_sent_offer()

        services.publish_offer(
            offer, by=a_programme_worker(), now=NOW, seen=NOW, makes_manager=False
        )

        assert not SiteManager.objects.exists()
        assert "Programme staff decide" in Message.objects.get(once__contains="published").body

    def test_changes_are_asked_for_made_and_sent_again(self, client):
        offer, worker = a_sent_offer(), a_programme_worker()
        client.force_login(worker)
        typed = {"seen": NOW.isoformat(), "outcome": "ask", "question": "Is there a lift?"}
        client.post(page("decide_offer", offer), typed)
        client.force_login(offer.by)

        asked = client.get(offer.get_absolute_url()).content.decode()
        saved = client.post(page("add_offered_room", offer), {
            "name": "Lift", "kind": "meeting", "summary": "x", "holds_rows": "2"
        })  # fmt: skip
        later = NOW + timedelta(hours=1)
        services.send_offer(offer, by=offer.by, now=later)

        assert "Is there a lift?" in asked
        assert "Is there a lift?" in Message.objects.get(once__contains="changes_wanted").body
        assert saved.status_code == 302
        offer.refresh_from_db()
        assert (offer.state, offer.sent_at) == (State.SENT, later)
        client.force_login(worker)
        stale = client.post(page("decide_offer", offer), typed)
        assert stale.status_code == 409

    def test_an_owner_answers_a_question_and_staff_read_both(self, client):
        offer, worker = a_sent_offer(), a_programme_worker()
        services.ask_for_changes(offer, by=worker, now=NOW, seen=NOW, note="Which lift?")
        client.force_login(offer.by)
        blank = client.get(page("send_offer", offer)).content.decode()
        too_long = client.post(page("send_offer", offer), {"answer": "x" * 601})

        client.post(page("send_offer", offer), {"answer": "The one by the café."})

        assert "Which lift?" in blank
        assert "Your answer" in blank
        assert too_long.status_code == 422
        assert "Use 600 characters or fewer" in too_long.content.decode()
        assert "The one by the café." in client.get(offer.get_absolute_url()).content.decode()
        client.force_login(worker)
        for address in (page("decide_offer", offer), offer.get_absolute_url()):
            read = client.get(address).content.decode()
            assert "Which lift?" in read
            assert "The one by the café." in read

    def test_an_answer_is_asked_for_only_after_a_question_and_goes_with_it(self, client):
        offer = a_full_offer()
        client.force_login(offer.by)
        first = client.get(page("send_offer", offer)).content.decode()
        services.send_offer(offer, by=offer.by, now=NOW)
        worker = a_programme_worker()
        services.ask_for_changes(offer, by=worker, now=NOW, seen=NOW, note="Which lift?")
        services.send_offer(offer, by=offer.by, now=NOW, answer="The new one.")

        services.ask_for_changes(offer, by=worker, now=NOW, seen=NOW, note="Which door?")

        assert "Your answer" not in first
        offer.refresh_from_db()
        assert (offer.note, offer.answer) == ("Which door?", "")

    def test_what_was_asked_is_a_question_for_whoever_offers_alone(self, client):
        offer, worker = a_sent_offer(), a_programme_worker()
        services.ask_for_changes(offer, by=worker, now=NOW, seen=NOW, note="Which lift?")
        shown = {}

        for person in (offer.by, worker):
            client.force_login(person)
            for address in (reverse("spaces:offers"), offer.get_absolute_url()):
                shown[person, address] = client.get(address).content.decode().lower()
        too_late = client.post(
            page("decide_offer", offer), {"seen": NOW.isoformat(), "outcome": "publish"}
        )

        for (person, _address), read in shown.items():
            assert ("a question for you" in read) == (
                person == offer.by and _address != offer.get_absolute_url()
            )
            assert ("waiting for their answer" in read) == (person == worker)
        assert too_late.status_code == 409
        assert "a question for you" not in too_late.content.decode().lower()

    def test_no_is_said_with_a_reason(self, client):
        offer = a_sent_offer()
        client.force_login(a_programme_worker())
        seen = {"seen": NOW.isoformat(), "outcome": "decline"}

        without = client.post(page("decide_offer", offer), seen)
        answer = client.post(page("decide_offer", offer), seen | {"reason": "It is let already."})

        assert (without.status_code, answer.status_code) == (422, 302)
        assert "Say why not" in without.content.decode()
        offer.refresh_from_db()
        assert (offer.state, offer.note) == (State.DECLINED, "It is let already.")
        assert "It is let already." in Message.objects.get(once__contains="declined").body
        assert not Space.objects.public().exists()

    @pytest.mark.parametrize("tie", ["the offer is theirs", "they act for the organisation"])
    def test_nobody_publishes_their_own_offer(self, client, tie):
        worker = a_programme_worker()
        offer = a_sent_offer(worker if tie == "the offer is theirs" else None)
        if tie != "the offer is theirs":
            Mandate.objects.create(
                user=worker,
                organisation=offer.organisation,
                kind="approver",
                starts_on="2020-01-01",
            )
        client.force_login(worker)

        answer = client.post(
            page("decide_offer", offer), {"seen": NOW.isoformat(), "outcome": "publish"}
        )

        assert answer.status_code == 403
        offer.refresh_from_db()
        assert offer.state == State.SENT
        with pytest.raises(IntegrityError), transaction.atomic():
            SpaceOffer.objects.filter(pk=offer.pk).update(
                state=State.PUBLISHED, decided_by=offer.by, decided_at=NOW
            )

    def test_a_name_that_was_taken_meanwhile_is_told_and_nothing_is_published(self, client):
        offer = a_sent_offer()
        SiteFactory(name=offer.site.name)
        client.force_login(a_programme_worker())

        answer = client.post(
            page("decide_offer", offer), {"seen": NOW.isoformat(), "outcome": "publish"}
        )

        assert answer.status_code == 409
        assert "a building of this name already" in answer.content.decode()
        offer.refresh_from_db()
        assert (offer.state, Space.objects.public().count()) == (State.SENT, 0)

    def test_a_withdrawn_offer_is_answered_by_nobody(self, client):
        offer, worker = a_sent_offer(), a_programme_worker()
        client.force_login(offer.by)
        client.post(page("withdraw_offer", offer))

        with pytest.raises(ValidationError, match="withdrawn"):
            services.publish_offer(offer, by=worker, now=NOW, seen=NOW, makes_manager=True)
        assert letters("offer_withdrawn") == [worker.email]
        client.force_login(worker)
        late = client.get(page("decide_offer", offer))
        assert late.status_code == 409
        assert client.get(reverse("home:waiting")).content.decode().count(offer.title) == 0

    def test_a_withdrawn_offer_says_who_withdrew_it_and_when_and_asks_no_more(self, client):
        offer = a_sent_offer()
        withdraw = page("withdraw_offer", offer)
        for reader, is_mine in ((a_programme_worker(), False), (offer.by, True)):
            client.force_login(offer.by)
            client.post(withdraw)
            client.force_login(reader)

            shown = client.get(offer.get_absolute_url()).content.decode()

            assert f"Withdrawn by {offer.by} on Tuesday 24 November 2026." in shown
            assert (f'href="{reverse("spaces:offer_space")}"' in shown) == is_mine
            assert withdraw not in shown
        assert client.get(withdraw).headers["Location"] == offer.get_absolute_url()

    @pytest.mark.parametrize("who", ["staff", "owner"])
    def test_the_list_costs_the_same_for_one_as_for_three(self, client, who):
        owner = UserFactory()
        client.force_login(a_programme_worker() if who == "staff" else owner)
        weights = []
        for number in range(3):
            a_sent_offer(owner, name=f"House {number} (demo)")
            client.get(reverse("spaces:offers"))
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(reverse("spaces:offers"))
            weights.append(len(queries))

        assert weights[0] == weights[2]
        assert answer.content.decode().count("app-list__item") == 3

    def test_an_offer_costs_the_same_to_read_with_one_room_as_with_three(self, client):
        offer = a_sent_offer()
        client.force_login(a_programme_worker())
        weights = []
        for number in range(3):
            SpaceOffer.objects.filter(pk=offer.pk).update(state=State.DRAFT)
            services.save_offered_room(
                offer,
                by=offer.by,
                name=f"Room {number}",
                kind="hall",
                summary="x",
                holds={"rows": 5, "circle": 2},
                equipment={"piano": 1, "mats": 20},
            )
            SpaceOffer.objects.filter(pk=offer.pk).update(state=State.SENT)
            client.get(offer.get_absolute_url())
            with CaptureQueriesContext(connection) as queries:
                client.get(offer.get_absolute_url())
            weights.append(len(queries))

        assert weights[0] == weights[2]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_publish_at_once_one_wins_and_the_other_is_told():
    offer = a_sent_offer()
    workers = [a_programme_worker(), a_programme_worker()]

    done = at_once(
        *(
            lambda worker=worker: services.publish_offer(
                offer, by=worker, now=NOW, seen=NOW, makes_manager=True
            )
            for worker in workers
        )
    )

    assert done == ["done", "not_from_here"]
    assert (SiteManager.objects.count(), len(letters("offer_published"))) == (1, 1)
    assert AuditRecord.objects.filter(verb="spaces.offer_published").count() == 1


@pytest.mark.django_db(transaction=True)
def test_publishing_and_withdrawing_at_once_do_not_both_happen():
    offer, worker = a_sent_offer(), a_programme_worker()

    done = at_once(
        lambda: services.publish_offer(offer, by=worker, now=NOW, seen=NOW, makes_manager=True),
        lambda: services.withdraw_offer(offer, by=offer.by, now=NOW),
    )

    assert done == ["done", "not_from_here"]
    offer.refresh_from_db()
    assert Space.objects.public().exists() == (offer.state == State.PUBLISHED)


@pytest.mark.django_db(transaction=True)
def test_two_buildings_of_one_name_published_at_once_become_one():
    offers = [a_sent_offer(), a_sent_offer()]
    worker = a_programme_worker()

    done = at_once(
        *(
            lambda offer=offer: services.publish_offer(
                offer, by=worker, now=NOW, seen=NOW, makes_manager=False
            )
            for offer in offers
        )
    )

    assert done == ["done", "name_taken"]
    assert Site.objects.public().count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_buildings_whose_names_make_one_address_are_published_at_once():
    offers = [a_sent_offer(name="Heron House (demo)"), a_sent_offer(name="Heron House, demo")]
    worker = a_programme_worker()

    done = at_once(
        *(
            lambda offer=offer: services.publish_offer(
                offer, by=worker, now=NOW, seen=NOW, makes_manager=False
            )
            for offer in offers
        )
    )

    assert done == ["done", "done"]
    slugs = set(Site.objects.public().values_list("slug", flat=True))
    assert slugs == {"heron-house-demo", "heron-house-demo-2"}


@pytest.mark.django_db(transaction=True)
def test_two_who_name_one_new_organisation_at_once_offer_for_the_same():
    done = at_once(
        *(
            lambda by=by: services.start_offer(by=by, organisation_name="Heron Trust (demo)")
            for by in [UserFactory(), UserFactory()]
        )
    )

    assert done == ["done", "done"]
    assert [offer.organisation for offer in SpaceOffer.objects.all()] == [
        Organisation.objects.get(name="Heron Trust (demo)")
    ] * 2


@pytest.mark.django_db
class TestBankHolidaysAndPapers:
    """NOW is 24 November 2026: Christmas Day, Boxing Day and its substitute come first."""

    CHRISTMAS, BOXING, SUBSTITUTE = date(2026, 12, 25), date(2026, 12, 26), date(2026, 12, 28)

    def test_a_new_site_is_closed_on_bank_holidays_that_its_owner_did_not_untick(self, client):
        offer = a_full_offer()
        client.force_login(offer.by)
        shown = client.get(page("offer_hours", offer))
        ticked = shown.context["form"].fields["closed_on"].initial
        assert ticked[:3] == ["2026-12-25", "2026-12-26", "2026-12-28"]
        assert "Friday 25 December 2026, Christmas Day" in shown.content.decode()
        hours = {"opens_0": "9am", "closes_0": "5pm", "opens_5": "9am", "closes_5": "5pm"}

        bad = client.post(page("offer_hours", offer), hours | {"closed_on": ["2026-12-24"]})
        kept = client.post(
            page("offer_hours", offer),
            hours | {"closed_on": [day for day in ticked if day != "2026-12-28"]},
        )

        assert (bad.status_code, kept.status_code) == (422, 302)
        again = client.get(page("offer_hours", offer))
        assert "2026-12-28" not in again.context["form"].initial["closed_on"]
        read = client.get(page("send_offer", offer)).content.decode()
        assert "Closed, but open on:" in read
        assert "Monday 28 December 2026" in read
        # Published half a year later: those that came into reach meanwhile are closed as well.
        later = NOW + timedelta(days=182)
        offer.refresh_from_db()
        services.send_offer(offer, by=offer.by, now=NOW)
        offer.refresh_from_db()
        services.publish_offer(
            offer, by=a_programme_worker(), now=later, seen=offer.sent_at, makes_manager=True
        )
        closed = set(offer.site.day_exceptions.values_list("day", flat=True))
        assert {self.CHRISTMAS, self.BOXING} <= closed
        assert self.SUBSTITUTE not in closed
        assert date(2027, 12, 25) in closed
        space = offer.site.spaces.get()
        known = calendar.times_of([space], *times.local_day(self.BOXING), now=NOW)[space.pk]
        assert times.open_minutes(known.opening, self.BOXING) == []

    def test_an_offer_without_a_word_about_them_is_closed_on_all(self):
        offer = a_sent_offer()

        services.publish_offer(
            offer, by=a_programme_worker(), now=NOW, seen=offer.sent_at, makes_manager=False
        )

        said = offer.site.day_exceptions.get(day=self.CHRISTMAS)
        assert (said.minutes, said.reason, said.public_note) == (
            [],
            "bank_holiday",
            "Christmas Day",
        )

    def test_an_owner_says_which_papers_are_asked_for(self, client):
        offer = a_full_offer()
        client.force_login(offer.by)
        typed = {
            "cost": "free",
            "notice_days": "3",
            "cancel_notice_working_days": "4",
            "papers": ["insurance", "food"],
            **asdict(ARRIVAL),
        }

        bad = client.post(page("offer_terms", offer), typed)
        kept = client.post(page("offer_terms", offer), typed | {"min_cover_pounds": "£5,000,000"})

        assert bad.context["form"].errors == {
            "min_cover_pounds": ["Enter up to how many pounds it must pay"]
        }
        assert kept.status_code == 302
        asked = offer.site.requirements.order_by("kind")
        assert list(asked.values_list("kind", "when", "min_cover_pounds", "starts_on")) == [
            ("food", "food", None, None),
            ("insurance", "always", 5_000_000, None),
        ]
        read = client.get(page("send_offer", offer)).content.decode()
        assert "Public liability insurance, at least £5,000,000. Every group." in read
        again = client.get(page("offer_terms", offer)).context["form"].initial
        assert (again["papers"], again["min_cover_pounds"]) == (["insurance", "food"], 5_000_000)


@pytest.mark.django_db
class TestAPartWithAMistake:
    def test_keeps_what_was_typed_until_it_is_put_right(self, client):
        person = UserFactory()
        offer = services.save_building(begun(person), by=person, **building())
        client.force_login(person)
        hours = {"opens_0": "9am", "closes_0": "5pm", "opens_1": "noonish", "closes_1": "5pm"}
        room = {"name": "Hall", "kind": "hall", "summary": "Light.", "holds_circle": "many"}
        address, rooms = page("offer_hours", offer), page("add_offered_room", offer)

        refused = client.post(address, hours | {"closed_on": ["2026-12-25"]})
        assert client.post(rooms, room).status_code == 422

        assert refused.status_code == 422
        assert "What you typed is kept." in refused.content.decode()
        assert not offer.site.opening_rules.exists()
        # Somewhere else, on another day: all of it is there, with what is wrong beside it.
        other = Client()
        other.force_login(person)
        again = other.get(address)
        assert again.status_code == 200
        form = again.context["form"]
        assert {name: form[name].value() for name in hours} == hours
        assert form["closed_on"].value() == ["2026-12-25"]
        assert form.errors == {"opens_1": ["Tuesday: enter a time, such as 6pm or 6:30pm"]}
        assert 'value="many"' in other.get(rooms).content.decode()
        assert "You have begun" in other.get(page("offer_rooms", offer)).content.decode()
        listed = other.get(offer.get_absolute_url()).content.decode()
        assert "Still missing: something to put right" in listed
        assert other.post(address, hours | {"opens_1": "10am"}).status_code == 302
        assert other.post(rooms, room | {"holds_circle": "20"}).status_code == 302
        assert sorted(offer.site.opening_rules.values_list("weekday", flat=True)) == [0, 1]
        assert not OfferDraft.objects.exists()

    def test_holds_up_the_sending_and_goes_with_the_offer(self, client):
        offer = a_full_offer()
        client.force_login(offer.by)
        client.post(page("offer_terms", offer), {"cost": "some"})

        with pytest.raises(ValidationError, match="something to put right"):
            services.send_offer(offer, by=offer.by, now=NOW)

        services.withdraw_offer(offer, by=offer.by, now=NOW)
        assert not OfferDraft.objects.exists()

    @pytest.mark.parametrize("which", ["added", "changed"])
    def test_of_a_room_holds_up_the_sending_until_it_is_right_or_thrown_away(self, client, which):
        offer = a_full_offer()
        client.force_login(offer.by)
        [space] = offer.site.spaces.all()
        room = {"name": "Egg room", "kind": "hall", "summary": "Light.", "holds_circle": "many"}
        address = {
            "added": page("add_offered_room", offer),
            "changed": page("change_offered_room", offer, space.pk),
        }[which]
        lacks = {"added": "a room that you have begun", "changed": "something to put right"}[which]

        refused = client.post(address, room).content.decode()
        sending = client.get(page("send_offer", offer)).content.decode()

        assert "Throw away what I typed" in refused
        assert f'<a href="{page("offer_rooms", offer)}">Rooms ({lacks})</a>' in sending
        with pytest.raises(ValidationError, match=lacks):
            services.send_offer(offer, by=offer.by, now=NOW)
        rooms = client.get(page("offer_rooms", offer)).content.decode()
        assert address in rooms
        assert "not right yet" in rooms or "Go on with the room you began" in rooms
        assert "Throw away what I typed" in client.get(address).content.decode()

        thrown = client.post(address, {"throw_away": "yes"}, follow=True).content.decode()

        assert "is thrown away" in thrown
        assert not OfferDraft.objects.exists()
        assert [one.name for one in offer.site.spaces.all()] == [space.name]
        assert services.send_offer(offer, by=offer.by, now=NOW).state == "sent"

    def test_that_is_sent_from_another_window_keeps_nothing(self, client):
        # Sent from another window meanwhile: nothing more is kept.
        sent = a_sent_offer(name="Egret House (demo)")
        client.force_login(sent.by)
        client.post(page("offer_terms", sent), {"cost": "some"})
        assert not OfferDraft.objects.exists()
