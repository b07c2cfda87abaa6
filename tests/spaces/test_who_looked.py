"""Who from outside a group opened a page with its people: written down once a day, shown to the group."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import ProgrammeRole
from audit.models import AuditRecord
from spaces import services
from spaces.models import Hirer, Reference
from spaces.services import agreements
from tests.factories.accounts import UserFactory, a_person_with
from tests.factories.spaces import (
    NOW,
    AgreementVersionFactory,
    BookingFactory,
    HirerDocumentFactory,
    HirerFactory,
    a_manager_of,
    a_member_of,
    a_programme_worker,
    a_site_manager_of,
    with_second_factor,
)
from tests.racing import at_once

pytestmark = pytest.mark.django_db

VIEWED = "spaces.personal_data_viewed"


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def booking():
    hirer = HirerFactory(organisation__name="Second Cup Carers (demo)")
    return BookingFactory(hirer=hirer, state="confirmed")


@pytest.fixture
def hirer(booking):
    return booking.hirer


def a_lead():
    return with_second_factor(a_person_with(ProgrammeRole.Role.PROGRAMME_LEAD, name="Lea"))


def an_administrator():
    return with_second_factor(a_person_with(ProgrammeRole.Role.ADMINISTRATOR, name="Ada"))


def looks():
    records = AuditRecord.objects.filter(verb=VIEWED).order_by("pk")
    return [(one.actor, one.subject, one.detail) for one in records]


def look_of(person, hirer, role):
    return person, f"spaces.hirer:{hirer.pk}", {"role": role}


def opened(person, *addresses):
    client = Client()
    client.force_login(person)
    return [client.get(address).status_code for address in addresses]


def of_group(name, hirer, *more):
    return reverse(f"spaces:{name}", args=[hirer.organisation.slug, *more])


def a_reference(hirer):
    return Reference.objects.create(
        hirer=hirer,
        name="Rita",
        phone="020 7946 0622",
        answer="waiting",
        link_hash="x",
        asked_at=NOW,
        asked_by=UserFactory(),
    )


def an_agreement(hirer):
    """A booking of which the conditions are accepted."""
    earlier = hirer.bookings.get()
    booking = BookingFactory(hirer=hirer, space=earlier.space, starts_at=NOW + timedelta(days=9))
    member = a_member_of(hirer)
    version = AgreementVersionFactory()
    agreements.accept(booking, by=member, name="Mina", role="Chair", version=version, now=NOW)
    return booking


PAGES = {
    "agreement": lambda hirer: reverse("spaces:hire_agreement", args=[an_agreement(hirer).uuid]),
    "booking": lambda hirer: hirer.bookings.get().get_absolute_url(),
    "group": lambda hirer: hirer.get_absolute_url(),
    "papers": lambda hirer: of_group("documents", hirer),
    "paper": lambda hirer: HirerDocumentFactory(hirer=hirer).get_absolute_url(),
    "check": lambda hirer: reverse(
        "spaces:check_document", args=[HirerDocumentFactory(hirer=hirer, state="waiting").uuid]
    ),
    "references": lambda hirer: of_group("references", hirer),
    "reference": lambda hirer: reverse("spaces:note_reference", args=[a_reference(hirer).uuid]),
    "member": lambda hirer: of_group(
        "appoint_manager", hirer, a_member_of(hirer).mandates.get().pk
    ),
}


class TestWhatIsWrittenDown:
    @pytest.mark.parametrize("page", PAGES)
    def test_staff_who_open_a_page_with_people_leave_one_record(self, hirer, page):
        worker = a_programme_worker()
        address = PAGES[page](hirer)

        assert opened(worker, address, address) == [200, 200]
        assert looks() == [look_of(worker, hirer, "programme_staff")]

    def test_the_page_that_decides_about_a_group_shows_its_people_too(self):
        hirer, worker = HirerFactory(state=Hirer.State.REGISTERED), a_programme_worker()

        assert opened(worker, of_group("decide_hirer", hirer)) == [200]
        assert looks() == [look_of(worker, hirer, "programme_staff")]

    def test_all_pages_of_a_day_are_one_look_and_tomorrow_is_another(self, booking, hirer):
        worker = a_programme_worker()
        pages = [PAGES[name](hirer) for name in ("booking", "group", "papers")]
        one = look_of(worker, hirer, "programme_staff")

        opened(worker, *pages)
        assert looks() == [one]
        # 23:30 in London is the same day, half an hour after midnight is the next.
        with time_machine.travel(NOW.replace(hour=23, minute=30), tick=False):
            opened(worker, *pages)
        assert looks() == [one]
        with time_machine.travel(NOW.replace(hour=0, minute=30) + timedelta(days=1), tick=False):
            opened(worker, *pages)
        assert looks() == [one, one]

    @pytest.mark.parametrize(("minutes_before_midnight_in_utc", "records"), [(90, 1), (30, 2)])
    def test_the_day_ends_at_midnight_in_london_in_summer_too(
        self, hirer, minutes_before_midnight_in_utc, records
    ):
        """At 23:00 in UTC it is midnight in London."""
        worker = a_programme_worker()
        noon = NOW.replace(month=7, day=1, hour=12)
        late = NOW.replace(month=7, day=2, hour=0, minute=0) - timedelta(
            minutes=minutes_before_midnight_in_utc
        )
        for moment in (noon, late):
            with time_machine.travel(moment, tick=False):
                services.note_look(hirer, by=worker, belongs=False)

        assert len(looks()) == records

    def test_each_person_and_each_group_is_written_down(self, booking, hirer):
        worker, lead = a_programme_worker(), a_lead()
        keeper = a_site_manager_of(booking.space.site)
        other = HirerFactory()

        assert opened(worker, hirer.get_absolute_url(), other.get_absolute_url()) == [200, 200]
        assert opened(lead, hirer.get_absolute_url()) == [200]
        assert opened(keeper, booking.get_absolute_url()) == [200]
        assert looks() == [
            look_of(worker, hirer, "programme_staff"),
            look_of(worker, other, "programme_staff"),
            look_of(lead, hirer, "programme_lead"),
            look_of(keeper, hirer, "site_manager"),
        ]

    def test_people_of_the_group_look_at_their_own(self, booking, hirer):
        own = [PAGES[name](hirer) for name in ("booking", "group", "papers", "references")]
        own.append(PAGES["agreement"](hirer))
        worker = a_programme_worker()
        hirer.organisation.mandates.create(user=worker, kind="member", starts_on=NOW.date())

        assert opened(a_manager_of(hirer), *own) == [200] * 5
        assert opened(a_member_of(hirer), *own) == [200] * 5
        assert opened(worker, *own) == [200] * 5
        assert looks() == []

    def test_who_sees_no_people_leaves_nothing(self, booking, hirer):
        """A refused page, lists and papers without names, and a private group seen by a site."""
        Hirer.objects.filter(pk=hirer.pk).update(is_sensitive=True)
        keeper = a_site_manager_of(booking.space.site)
        pages = [
            booking.get_absolute_url(),
            reverse("spaces:booking_papers", args=[booking.uuid]),
            reverse("spaces:bookings"),
            reverse("spaces:hire_register", args=[booking.space.site.slug, 2026]),
            reverse("spaces:hire_agreement", args=[an_agreement(hirer).uuid]),
            hirer.get_absolute_url(),
        ]

        assert opened(keeper, *pages) == [200, 200, 200, 200, 200, 404]
        assert opened(UserFactory(), booking.get_absolute_url()) == [404]
        assert looks() == []

        # The programme knows the group, so that is a look.
        worker = a_programme_worker()
        assert opened(worker, booking.get_absolute_url()) == [200]
        assert looks() == [look_of(worker, hirer, "programme_staff")]

    @pytest.mark.parametrize("table", ["hirer", "booking", "hirerdocument", "reference"])
    def test_the_tables_of_administrators_are_pages_like_others(self, booking, hirer, table):
        rows = {
            "hirer": hirer,
            "booking": booking,
            "hirerdocument": HirerDocumentFactory(hirer=hirer),
            "reference": a_reference(hirer),
        }
        ada = an_administrator()

        row = reverse(f"admin:spaces_{table}_change", args=[rows[table].pk])
        assert opened(ada, row) == [200]
        assert looks() == [look_of(ada, hirer, "administrator")]

    @pytest.mark.parametrize(("page", "statements"), [("booking", 1), ("group", 1)])
    def test_it_costs_one_statement(self, hirer, page, statements):
        worker, member = a_programme_worker(), a_member_of(hirer)
        address = PAGES[page](hirer)

        def writes(person):
            with CaptureQueriesContext(connection) as queries:
                opened(person, address)
            return [
                one["sql"]
                for one in queries.captured_queries
                if 'INTO "audit_auditrecord"' in one["sql"]
            ]

        assert [len(writes(worker)), len(writes(worker)), len(writes(member))] == [1, 1, 0]
        assert len(looks()) == statements


@pytest.mark.django_db(transaction=True)
def test_two_pages_at_once_leave_one_record():
    hirer, worker = HirerFactory(), a_programme_worker()

    def look():
        services.note_look(hirer, by=worker, belongs=False)

    assert at_once(*[look] * 4) == ["done"] * 4
    assert looks() == [look_of(worker, hirer, "programme_staff")]


class TestWhoReadsIt:
    HEADING = "Who looked at this group’s people"

    def page_of(self, person, hirer):
        client = Client()
        client.force_login(person)
        return client.get(hirer.get_absolute_url())

    def test_managers_of_the_group_and_programme_staff_do(self, booking, hirer):
        worker = a_programme_worker(name="Wanda Example")
        keeper = a_site_manager_of(booking.space.site, name="Kit Example")
        opened(worker, hirer.get_absolute_url())
        opened(keeper, booking.get_absolute_url())

        seen = {
            name: self.page_of(person, hirer).content.decode()
            for name, person in (
                ("manager", a_manager_of(hirer)),
                ("staff", worker),
                ("member", a_member_of(hirer)),
                ("lead", a_lead()),
            )
        }

        assert {name: self.HEADING in page for name, page in seen.items()} == {
            "manager": True,
            "staff": True,
            "member": False,
            "lead": False,
        }
        assert "Kit Example" in seen["manager"]
        assert "Wanda Example" not in seen["member"]
        # It does not bury what was done.
        for page in seen.values():
            assert "Personal data viewed" not in page

    def test_it_says_who_as_what_and_when_newest_first_for_90_days(self, booking, hirer):
        worker = a_programme_worker(name="Wanda")
        keeper = a_site_manager_of(booking.space.site, name="Kit")
        for days, person in ((91, worker), (89, worker), (2, keeper)):
            with time_machine.travel(NOW - timedelta(days=days), tick=False):
                services.note_look(hirer, by=person, belongs=False)

        shown = services.who_looked(hirer, now=timezone.now())

        assert shown == [
            {"at": NOW - timedelta(days=2), "who": "Kit", "what": "Runs a site"},
            {"at": NOW - timedelta(days=89), "who": "Wanda", "what": "Programme staff"},
        ]

    def test_nobody_looked_is_said(self, hirer):
        page = self.page_of(a_manager_of(hirer), hirer).content.decode()

        assert "Nobody from outside the group has looked in the last 90 days." in page

    def test_many_looks_cost_no_more_queries_than_one(self, booking, hirer):
        manager = a_manager_of(hirer)

        def weigh():
            with CaptureQueriesContext(connection) as queries:
                assert self.page_of(manager, hirer).status_code == 200
            return len(queries)

        services.note_look(hirer, by=a_programme_worker(), belongs=False)
        weigh()
        one = weigh()
        for _more in range(3):
            services.note_look(hirer, by=a_programme_worker(), belongs=False)
        assert weigh() == one

    def test_the_page_of_everything_that_happened_shows_it_to_staff(self, hirer):
        worker = a_programme_worker()
        opened(worker, hirer.get_absolute_url())
        client = Client()
        client.force_login(worker)

        page = client.get(reverse("home:records")).content.decode()

        assert "Personal data viewed" in page
        assert "Programme staff" in page
