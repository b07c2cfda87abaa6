"""How groups get in: who says it, who reads it, and who hears when it changes."""

from dataclasses import asdict, replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import ProgrammeRole
from audit.models import AuditRecord
from notifications.models import Message
from spaces import services
from spaces.models import Arrival, ArrivalFacts, Booking
from spaces.services.arrival import keep_arrival
from tests.factories.accounts import a_person_with
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    HirerFactory,
    SiteFactory,
    SpaceFactory,
    a_manager_of,
    a_member_of,
    a_programme_worker,
    a_site_manager_of,
    with_second_factor,
)

FULL = Arrival(
    who_opens="reception",
    who_opens_words="Until 8pm.",
    door="The side door in Ash Row.",
    bring="The reference of the booking.",
    call_name="The front desk",
    call_phone="020 7946 0620",
)
OF_THE_GARDEN = Arrival(who_opens="key", door="The green gate.")
IN_THE_GARDEN = replace(FULL, who_opens="key", who_opens_words="", door="The green gate.")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def site():
    site = SiteFactory(name="Ash Row", slug="ash-row", getting_in="")
    keep_arrival(site, None, FULL)
    return site


@pytest.fixture
def hall(site):
    return SpaceFactory(site=site, name="Hall", slug="hall")


@pytest.fixture
def garden(site):
    garden = SpaceFactory(site=site, name="Garden", slug="garden")
    keep_arrival(site, garden, OF_THE_GARDEN)
    return garden


def page_of(place):
    name = "space_arrival" if hasattr(place, "site") else "site_arrival"
    return reverse(f"spaces:{name}", args=[place.slug])


def version(site, space=None):
    return services.version_of_arrival(services.arrival_told(site, space))


def say(site, arrival, space=None, *, by, **facts):
    seen = version(site, space)
    known = {"seen": seen, "by": by, "now": NOW} | facts
    return services.say_how_to_get_in(site, space, arrival=arrival, **known)


def confirmed(space, *, days=1, state=Booking.State.CONFIRMED, **facts):
    """A booking, and the one person of its group."""
    booking = BookingFactory(
        space=space, state=state, starts_at=NOW + timedelta(days=days), **facts
    )
    return booking, a_manager_of(booking.hirer)


def a_lead():
    return with_second_factor(a_person_with(ProgrammeRole.Role.PROGRAMME_LEAD))


def words(answer):
    return answer.content.decode()


class TestWhatIsSaid:
    @pytest.mark.parametrize(
        ("own", "read"),
        [
            (Arrival(), FULL),
            (OF_THE_GARDEN, IN_THE_GARDEN),
            (Arrival(door="The gate."), replace(FULL, door="The gate.")),
            (
                Arrival(call_name="Bea", call_phone="020 7946 0621"),
                replace(FULL, call_name="Bea", call_phone="020 7946 0621"),
            ),
            (
                Arrival(call_phone="020 7946 0621"),
                replace(FULL, call_name="", call_phone="020 7946 0621"),
            ),
        ],
    )
    def test_a_space_goes_before_its_site_answer_by_answer(self, hall, own, read):
        keep_arrival(hall.site, hall, own)

        assert hall.arrival == read

    def test_another_space_is_not_asked(self, hall, garden):
        assert (hall.arrival, garden.arrival) == (FULL, IN_THE_GARDEN)

    @pytest.mark.parametrize(
        ("facts", "law"),
        [
            ({"who_opens_words": "At 6pm."}, "who_opens_is_said_before_more_is_told_of_them"),
            ({"call_name": "Bea"}, "whoever_is_called_has_a_telephone"),
            ({"site": "known"}, "a_place_says_once_how_groups_get_in"),
        ],
    )
    def test_postgres_keeps_half_an_answer_out(self, site, facts, law):
        there = site if facts.pop("site", "") else SiteFactory(getting_in="")

        with pytest.raises(IntegrityError, match=law), transaction.atomic():
            ArrivalFacts.objects.create(site=there, **facts)


class TestWhoSaysIt:
    def test_a_site_manager_says_it_and_a_group_reads_it(self, client, site, hall):
        manager = a_site_manager_of(site)
        client.force_login(manager)
        typed = asdict(replace(FULL, door="The front door.")) | {"seen": version(site)}

        answer = client.post(page_of(site), typed)

        assert (answer.status_code, answer.url) == (302, page_of(site))
        assert hall.site.arrival_facts.get().arrival == replace(FULL, door="The front door.")
        records = AuditRecord.objects.filter(verb="spaces.arrival_changed")
        assert [(one.actor, one.subject, one.detail) for one in records] == [
            (manager, f"spaces.site:{site.pk}", {"fields": ["door"]})
        ]
        assert "The front door." in words(client.get(page_of(site)))

    def test_a_space_says_only_where_it_differs_and_may_take_it_back(self, client, site, garden):
        client.force_login(a_site_manager_of(site))
        shown = words(client.get(page_of(garden)))
        nothing = dict.fromkeys(asdict(FULL), "") | {"seen": version(site, garden)}

        answer = client.post(page_of(garden), nothing)

        assert "The green gate." in shown
        assert "The front desk" in shown  # of the site, in what a group reads
        assert answer.status_code == 302
        assert list(ArrivalFacts.objects.values_list("space", flat=True)) == [None]
        record = AuditRecord.objects.get(verb="spaces.arrival_changed")
        assert (record.subject, record.detail) == (
            f"spaces.space:{garden.pk}",
            {"fields": ["who_opens", "door"]},
        )

    def test_what_a_group_will_read_is_shown_before_it_is_saved(self, client, site):
        client.force_login(a_site_manager_of(site))
        typed = asdict(replace(FULL, door="The back door.")) | {"look": "1"}

        answer = client.post(page_of(site), typed)

        assert answer.status_code == 200
        assert words(answer).count("The back door.") == 2  # in its box, and as a group reads it
        assert "This is not saved yet." in words(answer)
        assert site.arrival_facts.get().arrival == FULL
        assert AuditRecord.objects.count() == 0

    @pytest.mark.parametrize(
        ("of", "changed", "said"),
        [
            ("site", {"who_opens": ""}, "Choose who opens the door"),
            ("site", {"door": ""}, "Say which door the group uses"),
            ("site", {"call_phone": ""}, "Enter a phone number, such as 020 7946 0123"),
            ("site", {"call_phone": "ring us"}, "Enter a phone number, such as 020 7946 0123"),
            (
                "site",
                {"call_phone": "- - - - - - -"},
                "Enter a phone number, such as 020 7946 0123",
            ),
            ("site", {"call_phone": "020 7946 0"}, "Enter a phone number, such as 020 7946 0123"),
            ("site", {"call_name": ""}, "Enter whom the group can call"),
            ("space", {"who_opens": ""}, "Choose who opens the door in this room"),
            ("space", {"call_name": ""}, "Enter whom the group can call"),
            ("space", {"call_phone": ""}, "Enter a phone number, such as 020 7946 0123"),
            ("space", {"bring": "x" * 301}, "Use 300 characters or fewer"),
        ],
    )
    def test_a_bad_answer_is_told_and_nothing_typed_is_lost(
        self, client, site, hall, of, changed, said
    ):
        client.force_login(a_site_manager_of(site))
        typed = asdict(FULL) | {"door": "Door of mine."} | changed
        typed["who_opens_words"] = "Words of mine."

        answer = client.post(page_of(site if of == "site" else hall), typed)

        assert answer.status_code == 422
        assert said in words(answer)
        assert "Words of mine." in words(answer)
        assert ("Door of mine." in words(answer)) == bool(typed["door"])
        assert [one.arrival for one in ArrivalFacts.objects.all()] == [FULL]

    def test_two_at_once_do_not_undo_each_other_unseen(self, client, site):
        manager = a_site_manager_of(site)
        client.force_login(manager)
        old = version(site)
        say(site, replace(FULL, bring="A lamp."), by=manager)
        typed = asdict(replace(FULL, door="Mine.")) | {"seen": old}

        answer = client.post(page_of(site), typed)

        assert answer.status_code == 409
        assert "Somebody has changed this since you opened the page" in words(answer)
        assert "Mine." in words(answer)  # typed
        assert "A lamp." in words(answer)  # what stands there now
        assert f'value="{version(site)}"' in words(answer)
        assert site.arrival_facts.get().arrival == replace(FULL, bring="A lamp.")

        again = client.post(page_of(site), typed | {"seen": version(site)})
        assert again.status_code == 302
        assert site.arrival_facts.get().arrival == replace(FULL, door="Mine.")

    def test_saving_the_same_is_no_change(self, site):
        manager = a_site_manager_of(site)

        assert say(site, FULL, by=manager, seen="of another day") == 0
        assert AuditRecord.objects.count() == 0

    def test_nobody_else_says_it(self, client, site, hall, garden):
        _booking, member = confirmed(hall)
        others = {
            "member": (member, 404),
            "another site": (a_site_manager_of(SiteFactory()), 404),
            "lead": (a_lead(), 403),
        }
        for person, status in others.values():
            client.force_login(person)
            for place in (site, garden):
                assert client.get(page_of(place)).status_code == status
                assert client.post(page_of(place), asdict(FULL)).status_code == status
            with pytest.raises(PermissionDenied):
                say(site, replace(FULL, door="Mine"), by=person)
        client.force_login(a_programme_worker())
        assert client.get(page_of(garden)).status_code == 200
        assert garden.arrival == IN_THE_GARDEN

    def test_the_pages_of_a_booking_and_of_a_space_lead_there(self, client, site, hall):
        booking, member = confirmed(hall)
        link = f'href="{page_of(site)}"'
        pages = [booking.get_absolute_url(), hall.get_absolute_url()]

        def shown_to(person):
            client.force_login(person)
            return [link in words(client.get(one)) for one in pages]

        assert shown_to(member) == [False, False]
        assert shown_to(a_site_manager_of(site)) == [True, True]
        assert shown_to(a_programme_worker()) == [True, True]


class TestWhoReadsIt:
    def seen(self, client, person, booking):
        client.force_login(person)
        answer = client.get(booking.get_absolute_url())
        assert answer.status_code == 200
        return "020 7946 0620" in words(answer)

    @pytest.mark.parametrize("state", Booking.State.values)
    def test_the_group_of_a_confirmed_booking_and_no_other(self, client, garden, state):
        booking, member = confirmed(garden, state=state)
        is_told = state == "confirmed"

        assert self.seen(client, member, booking) == is_told
        assert self.seen(client, a_site_manager_of(garden.site), booking) == is_told
        assert self.seen(client, a_programme_worker(), booking) == is_told

    def test_the_programme_lead_sees_the_booking_but_not_how_to_get_in(self, client, garden):
        booking, _member = confirmed(garden)

        assert not self.seen(client, a_lead(), booking)

    def test_when_it_is_over_nobody_needs_it(self, client, garden):
        booking, member = confirmed(garden)

        with time_machine.travel(booking.ends_at, tick=False):
            assert not self.seen(client, member, booking)

    def test_a_private_group_reads_it_too(self, client, garden):
        booking, member = confirmed(garden, hirer=HirerFactory(is_sensitive=True))

        assert self.seen(client, member, booking)

    def test_neither_the_space_nor_a_diary_says_it(self, client, garden):
        booking, member = confirmed(garden)
        client.force_login(member)
        feed = services.make_feed(booking.hirer, by=member, now=NOW)
        addresses = [
            garden.get_absolute_url(),
            reverse("spaces:space_rules", args=[garden.slug]),
            reverse("spaces:space_feed", args=[garden.slug]),
            reverse("spaces:booking_calendar", args=[booking.uuid]),
            urlsplit(feed).path,
        ]

        for address in addresses:
            answer = client.get(address)
            assert (address, answer.status_code) == (address, 200)
            assert "The green gate" not in words(answer)
            assert "020 7946 0620" not in words(answer)

    def test_the_approval_of_a_confirmed_booking_says_all_four(self, garden):
        booking, member = confirmed(garden, days=3, state=Booking.State.REQUESTED)
        services.approve_booking(booking, by=a_site_manager_of(garden.site), now=NOW)

        body = Message.objects.get(address=member.email).body

        assert (
            "How to get in:\n"
            "Who opens: You fetch a key or a fob.\n"
            "Which door: The green gate.\n"
            "Bring with you: The reference of the booking.\n"
            "On the day, call: The front desk, 020 7946 0620\n"
        ) in body

    @pytest.mark.parametrize("state", Booking.State.values)
    def test_no_letter_about_another_booking_says_it(self, garden, state):
        booking, _member = confirmed(garden, state=state)

        part = render_to_string(
            "spaces/email/parts/_getting_in.txt", services.telling.facts_for_letters(booking)
        )

        assert ("The green gate." in part) == (state == "confirmed")

    def test_a_reminder_says_how_to_get_in_or_that_something_is_missing(self, garden):
        _first, knows = confirmed(garden, days=0.5)
        booking, waits = confirmed(garden, days=0.9, state=Booking.State.APPROVED)

        services.send_reminders(now=NOW)

        missing = "Something is still missing before you can come in."
        bodies = [Message.objects.get(address=one.email).body for one in (knows, waits)]
        assert ["Which door: The green gate." in body for body in bodies] == [True, False]
        assert [missing in body for body in bodies] == [False, True]
        assert bodies[1].count(booking.get_absolute_url()) == 2

    def test_reminders_of_many_bookings_ask_for_it_once(self, garden):
        def weigh():
            with CaptureQueriesContext(
                connection,
            ) as queries:
                services.send_reminders(now=NOW)
            return sum("spaces_arrivalfacts" in one["sql"] for one in queries.captured_queries)

        confirmed(garden, days=0.5)
        assert weigh() == 1
        for hours in (14, 16, 18):
            confirmed(garden, days=hours / 24)
        assert weigh() == 1


class TestWhoHearsOfAChange:
    def letters(self):
        letters = Message.objects.filter(subject__startswith="How you get in now")
        return sorted(letters.values_list("address", "about"))

    def test_groups_of_the_next_seven_days_hear_of_it_once(self, hall, garden):
        manager = a_site_manager_of(hall.site)
        soon, member = confirmed(hall, days=1)
        a_member_of(soon.hirer)  # a member who did not ask hears nothing
        last, other = confirmed(hall, days=7)
        confirmed(hall, days=7.1)
        confirmed(hall, days=2, state=Booking.State.APPROVED)
        confirmed(hall, days=3, state=Booking.State.REQUESTED)
        confirmed(SpaceFactory(), days=2)
        # Who opens, the door and what to bring change at once: one letter.
        changed = replace(FULL, who_opens="somebody", door="The front door.", bring="Nothing.")

        told = say(hall.site, changed, by=manager)

        expected = sorted(
            (person.email, f"spaces.booking:{booking.pk}")
            for person, booking in ((member, soon), (other, last))
        )
        assert told == 2
        assert self.letters() == expected
        body = Message.objects.get(address=member.email).body
        assert "The people who run Ash Row have told us how your group gets in." in body
        assert "Who opens: Somebody meets you at the door. Until 8pm." in body
        assert "Which door: The front door." in body
        assert soon.get_absolute_url() in body

        # The next change is another letter; saving it twice is none.
        assert say(hall.site, replace(changed, bring="A lamp."), by=manager) == 2
        assert say(hall.site, replace(changed, bring="A lamp."), by=manager) == 0
        assert self.letters() == sorted([*expected, *expected])

    def test_a_group_whose_space_says_it_otherwise_hears_nothing(self, hall, garden):
        confirmed(garden, days=1)
        manager = a_site_manager_of(hall.site)

        assert say(hall.site, replace(FULL, door="The front door."), by=manager) == 0
        assert self.letters() == []
        # What it does not say itself changes for it too.
        assert say(hall.site, replace(FULL, bring="A lamp."), by=manager) == 1

    def test_a_change_of_one_space_is_for_its_groups_alone(self, hall, garden):
        confirmed(hall, days=1)
        booking, member = confirmed(garden, days=1)
        changed = replace(OF_THE_GARDEN, door="The red gate.")

        told = say(hall.site, changed, garden, by=a_site_manager_of(hall.site))

        assert told == 1
        assert self.letters() == [(member.email, f"spaces.booking:{booking.pk}")]

    def test_saying_it_for_the_first_time_reaches_whoever_was_confirmed_without(self):
        space = SpaceFactory(site__getting_in="")
        booking, member = confirmed(space, days=1)

        assert say(space.site, FULL, by=a_site_manager_of(space.site)) == 1
        assert self.letters() == [(member.email, f"spaces.booking:{booking.pk}")]


@pytest.mark.django_db(transaction=True)
def test_what_stood_in_one_text_is_about_the_door():
    """The migration keeps what sites had written."""
    before, after = (
        [("spaces", "0031_hire_agreements")],
        [("spaces", "0032_how_groups_get_in")],
    )
    SiteFactory(slug="ash-row", getting_in="Ring twice.")
    SiteFactory(slug="bee-lane", getting_in="")
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        MigrationExecutor(connection).migrate(before)
        executor = MigrationExecutor(connection)
        sites = executor.loader.project_state(before).apps.get_model("spaces", "Site")
        back = dict(sites.objects.values_list("slug", "getting_in"))
        MigrationExecutor(connection).migrate(after)
    finally:
        MigrationExecutor(connection).migrate(latest)

    assert back == {"ash-row": "Ring twice.", "bee-lane": ""}
    assert list(ArrivalFacts.objects.values_list("site__slug", "space", "door")) == [
        ("ash-row", None, "Ring twice.")
    ]
