"""Conditions of hire from both sides: staff publish them, a group accepts them and may come in."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from core.clock import at, today
from core.templatetags.dates import long_date
from notifications.delivery import deliver_due
from spaces import services
from spaces.models import AgreementVersion, HireAgreement
from tests.factories.spaces import (
    AgreementVersionFactory,
    BookingFactory,
    HirerFactory,
    SpaceFactory,
    a_member_of,
    a_programme_worker,
    a_site_manager_of,
)
from tests.journeys.walking import lines_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SUBMIT = "main form button[type=submit]"


@pytest.fixture
def booking():
    now = timezone.now()
    return BookingFactory(
        space=SpaceFactory(name="Garden Room", site__name="Lee Health Centre (demo)"),
        hirer=HirerFactory(organisation__name="Tea for Carers (demo)"),
        requested_at=now,
        starts_at=at(today() + timedelta(days=21), time(18)),
    )


@pytest.fixture
def member(booking):
    person = a_member_of(booking.hirer, name="Amina Example", email="amina@example.org")
    booking.requested_by = person
    booking.save()
    return person


def test_a_group_accepts_the_conditions_and_its_booking_is_confirmed(
    street, office, booking, member
):
    AgreementVersionFactory(number=1, text="1. Leave the room as you found it.")
    on_the_day = long_date(booking.starts_at)
    keeper = a_site_manager_of(booking.space.site, name="Ben Example")
    services.approve_booking(booking, by=keeper, now=timezone.now())
    amina = street.somebody(member)

    # The letter says that something is missing, and leads to where it is mended.
    deliver_due(now=timezone.now())
    [approved] = [one for one in office.letters if one.recipients == ["amina@example.org"]]
    subject = f"Garden Room on {on_the_day}: approved, something is still missing"
    assert str(approved.content["Subject"]) == subject
    words = approved.content.get_body(("plain",)).get_content()
    assert "- Conditions of hire: they are not accepted yet." in lines_of(words)
    link = amina.server.url + booking.get_absolute_url()
    assert link in lines_of(words)
    assert amina.open(link) == 200
    assert "How to get in" not in amina.reads_each("h2")

    # It also waits for her when she signs in.
    assert amina.open("/waiting/") == 200
    assert "Before your group can come in" in amina.reads()
    assert amina.press(f"main a[href='{booking.get_absolute_url()}']") == 200
    assert amina.follow("Read and accept the conditions") == 200
    assert "Leave the room as you found it." in amina.reads()
    assert amina.holds("name") == ["Amina Example"]

    # She forgets the tick, and loses nothing.
    amina.fill(role="Organiser")
    assert amina.press(SUBMIT) == 422
    assert amina.reads_each(".nhsuk-error-summary li") == [
        "Tick the box if your group keeps to these conditions"
    ]
    assert amina.holds("name", "role") == ["Amina Example", "Organiser"]

    # Meanwhile the conditions change: she reads the new words before she accepts.
    AgreementVersionFactory(number=2, text="1. Leave the room tidy.\n2. No candles.")
    amina.page.check("main [name=agrees]")
    assert amina.press(SUBMIT) == 409
    assert "No candles." in amina.reads()
    assert amina.holds("name", "role") == ["Amina Example", "Organiser"]
    assert HireAgreement.objects.count() == 0

    amina.page.check("main [name=agrees]")
    assert amina.press(SUBMIT) == 200
    assert "Accepted. Your booking is confirmed." in amina.reads("body")
    assert "What is still missing" not in amina.reads()
    assert "How to get in" in amina.reads()
    assert "Ring the bell at the side door." in amina.reads()
    assert "Amina Example (Organiser) accepted version 2, every site" in amina.reads()
    assert amina.follow("Read what was accepted") == 200
    assert "No candles." in amina.reads()

    deliver_due(now=timezone.now())
    last = office.letters[-1]
    assert str(last.content["Subject"]) == f"Garden Room is yours on {on_the_day}"
    assert "Ring the bell at the side door." in last.content.get_body(("plain",)).get_content()
    assert street.faults == []


def test_programme_staff_write_a_version_see_what_it_changes_and_publish_it(street, booking):
    old = AgreementVersionFactory(number=1, text="1. Leave the room tidy.\n2. No candles.")
    worker = street.somebody(a_programme_worker(name="Wanda Example"))
    visitor = street.somebody()

    assert worker.open("/spaces/bookings/") == 200
    assert worker.follow("Conditions of hire") == 200
    assert worker.follow("Write the next version") == 200
    assert worker.reads("h1") == "Every site Write conditions of hire"
    assert worker.holds("text") == [old.text]

    # Something is left out, and what was typed stays.
    worker.fill(title="", text="1. Leave the room tidy.\n2. No smoke.")
    assert worker.press(SUBMIT) == 422
    assert worker.reads_each(".nhsuk-error-summary li") == [
        "Enter what these conditions are called"
    ]
    assert worker.holds("text") == ["1. Leave the room tidy.\n2. No smoke."]
    worker.fill(title="Conditions of hire")
    assert worker.press(SUBMIT) == 200

    # Nobody sees it before it is published; the page says what it changes.
    assert "It takes the place of version 1" in worker.reads()
    assert "Lines that are new 2. No smoke. Lines that go 2. No candles." in worker.reads()
    assert services.agreements.in_force_at(None) == old
    assert worker.press(SUBMIT) == 200
    assert "Published. From now on groups are asked to accept it." in worker.reads("body")

    new = AgreementVersion.objects.get(number=2)
    assert services.agreements.in_force_at(booking.space.site) == new
    assert visitor.open(f"/spaces/{booking.space.slug}/rules/") == 200
    assert visitor.follow("Conditions of hire") == 200
    assert "No smoke." in visitor.reads()
    assert visitor.open(old.get_absolute_url()) == 200
    assert "This version does not hold any more." in visitor.reads()
    assert street.faults == []
