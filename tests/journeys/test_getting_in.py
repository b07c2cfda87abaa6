"""Whoever runs a site says how groups get in; the group that is sure to come reads it, and no other."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from audit.services import record
from core.clock import at, today
from core.templatetags.dates import long_date
from notifications.delivery import deliver_due
from tests.factories.spaces import (
    BookingFactory,
    SiteFactory,
    SpaceFactory,
    a_manager_of,
    a_site_manager_of,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_site_says_how_to_get_in_and_the_confirmed_group_reads_it(street, office):
    site = SiteFactory(name="Lee Health Centre (demo)", slug="lee")
    hall = SpaceFactory(site=site, name="Garden Room", slug="garden-room")
    day = today() + timedelta(days=3)
    sure, unsure = (
        BookingFactory(
            space=hall, state=state, starts_at=at(day, time(hour)), requested_at=timezone.now()
        )
        for state, hour in (("confirmed", 10), ("approved", 14))
    )
    for _happened in range(20):  # more than a sheet of paper holds
        record("spaces.booking_requested", sure, by=None)
    ben = street.somebody(a_site_manager_of(site, name="Ben Example"))
    amina = street.somebody(a_manager_of(sure.hirer, email="amina@example.org"))
    chidi = street.somebody(a_manager_of(unsure.hirer, email="chidi@example.org"))

    # He comes from the booking, and is told what he has left out.
    assert ben.open(sure.get_absolute_url()) == 200
    assert ben.follow("Say how groups get in") == 200
    assert "Ring the bell at the side door." in ben.reads("section[aria-labelledby=read]")
    ben.fill(who_opens_words="Until 8pm", door="The blue door", call_name="The front desk")
    assert ben.press("main button:has-text('Save')") == 422
    assert ben.reads_each(".nhsuk-error-summary li") == [
        "Choose who opens the door",
        "Enter a phone number, such as 020 7946 0123",
    ]
    assert ben.holds("who_opens_words", "door") == ["Until 8pm", "The blue door"]

    # He looks at it as a group will read it, then keeps it.
    ben.page.check("input[name=who_opens][value=reception]")
    ben.fill(bring="Your reference", call_phone="020 7946 0620")
    assert ben.press("main button:has-text('See it first')") == 200
    assert "Who opens Staff at a reception let you in. Until 8pm" in ben.reads()
    assert "This is not saved yet." in ben.reads()
    assert amina.open(sure.get_absolute_url()) == 200
    assert "The blue door" not in amina.reads()
    assert ben.press("main button:has-text('Save')") == 200
    assert "We have written to the group of 1 booking" in ben.reads("body")

    # The confirmed group hears of it and reads it; the other one does not.
    assert amina.open(sure.get_absolute_url()) == 200
    assert (
        f"How to get in Where it is {' '.join(site.address)}"
        " Who opens Staff at a reception let you in. Until 8pm Which door"
        " The blue door Bring with you Your reference On the day, call The front desk, 020 7946 0620"
    ) in amina.reads()
    # It goes on one sheet, to be taken along.
    if amina.page.viewport_size["width"] > 1000:
        assert amina.page.pdf(format="A4").count(b"/Type /Page\n") == 1
    assert chidi.open(unsure.get_absolute_url()) == 200
    assert "How to get in" not in chidi.reads()
    assert "The blue door" not in chidi.reads()
    deliver_due(now=timezone.now())
    assert [(one.recipients, str(one.content["Subject"])) for one in office.letters] == [
        (
            ["amina@example.org"],
            f"How you get in now: Garden Room on {long_date(day)}",
        )
    ]
    assert street.faults == []
