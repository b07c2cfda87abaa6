"""Asking for a room by keyboard alone, and for a group that telephones."""

from datetime import time, timedelta

import pytest

from core.clock import at, today
from core.templatetags.dates import long_date
from notifications.delivery import deliver_due
from spaces.models import Booking, Hold, OpeningRule, SiteRequirement
from tests.factories.spaces import (
    BookingFactory,
    ChargeFactory,
    HirerFactory,
    SiteFactory,
    SpaceFactory,
    a_manager_of,
    a_site_manager_of,
)
from tests.journeys.walking import SCRIPTS_OFF

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def day():
    """A Tuesday some weeks ahead."""
    return today() + timedelta(days=21 - (today().weekday() - 1) % 7)


@pytest.fixture
def room(day):
    """Open on Tuesday evenings alone, for £10 an hour, with papers for those at risk."""
    site = SiteFactory(name="Lee Health Centre (demo)", opening=False)
    OpeningRule.objects.create(site=site, weekday=1, opens_minute=17 * 60, closes_minute=22 * 60)
    SiteRequirement.objects.create(site=site, kind="insurance", when="always")
    room = SpaceFactory(site=site, name="Garden Room", slug="garden-room")
    ChargeFactory(of=room)
    return room


@pytest.fixture
def hirer():
    return HirerFactory(organisation__name="Tea for Carers (demo)")


@pytest.mark.parametrize("street", [SCRIPTS_OFF], indirect=True)
def test_a_room_is_found_in_its_week_and_asked_for_by_keyboard_on_a_phone_without_scripts(
    street, room, hirer, day
):
    amina = street.somebody(a_manager_of(hirer))

    # Search: how many, and what the group needs; no time yet.
    assert amina.open("/spaces/") == 200
    amina.tab_to("main [name=people]")
    amina.type("12")
    assert amina.enter() == 200
    amina.tab_to(".app-room__name a")
    assert amina.enter() == 200

    # Its week: every hour says day and time in words.
    amina.tab_to("main a[rel=next]")
    while long_date(day) not in amina.reads(".app-hours"):
        assert amina.enter() == 200
        amina.tab_to("main a[rel=next]")
    # A way past its many times, in sight as soon as it has the focus.
    skip = amina.page.locator("main .app-skip")
    assert skip.bounding_box()["width"] < 2
    amina.tab_to("main .app-skip")
    assert skip.bounding_box()["width"] > 100
    amina.page.keyboard.press("Enter")
    amina.page.keyboard.press("Tab")
    assert amina.page.evaluate("document.activeElement.closest('#month') !== null")
    start = f"main .app-hours__hour a[href*='day={day}'][href*='from=18']"
    assert amina.page.inner_text(start).split() == f"Ask for {long_date(day)}, 6pm".split()
    amina.tab_to(start)
    assert amina.enter() == 200

    # When: only what she has not said is left; a slip is listed, and its line leads to the box.
    boxes = ["day_day", "day_month", "day_year", "starts", "ends", "attendance"]
    assert amina.holds(*boxes) == [str(day.day), str(day.month), str(day.year), "6pm", "7pm", "12"]
    amina.tab_to("main [name=ends]")
    amina.type("5pm")
    assert amina.enter() == 422
    assert amina.reads_each(".nhsuk-error-summary li") == ["The end must be after the start."]
    amina.tab_to(".nhsuk-error-summary a")
    amina.page.keyboard.press("Enter")
    assert amina.page.evaluate("document.activeElement.name") == "ends"
    amina.type("8pm")
    assert amina.enter() == 200

    # What for: the room is kept meanwhile; price and missing papers are told before she sends.
    page = amina.reads()
    assert f"{long_date(day)}, 6pm to 8pm" in page
    assert "We keep this room for you until" in page
    assert "£20: the room £20 (2 hours at £10 an hour)" in page
    assert "Public liability insurance: not sent to us yet, or not accepted." in page
    assert "Only if people under 18 or adults at risk will come:" in page
    amina.tab_to("main [name=needs]")
    amina.type("A hearing loop")
    amina.tab_to("main form button[type=submit]")
    assert amina.enter() == 422
    assert amina.page.title().startswith("Error: ")
    assert amina.reads_each(".nhsuk-error-summary li") == [
        "Say what you will do there",
        "Say how old the people are who will come",
        "Say whether food will be made or served",
        "Say whether you want to ask to pay nothing",
    ]
    amina.tab_to(".nhsuk-error-summary a")
    amina.page.keyboard.press("Enter")
    assert amina.page.evaluate("document.activeElement.name") == "purpose"
    amina.type("Tea and talk for carers")
    amina.tab_to("main [name=ages][value='5_to_11']")
    amina.page.keyboard.press("Space")
    amina.tab_to("main [name=has_food]")
    amina.page.keyboard.press("ArrowDown")
    amina.tab_to("main [name=asks_free_use]")
    amina.page.keyboard.press("Space")
    amina.tab_to("main [name=free_use_reason]")
    amina.type("Nobody pays to come.")
    amina.tab_to("main form button[type=submit]")
    assert amina.enter() == 200

    booking = Booking.objects.get()
    assert amina.page.url.endswith(f"{booking.get_absolute_url()}?asked")
    assert "You have asked for Garden Room" in amina.reads("h1")
    facts = {
        "starts_at": at(day, time(18)),
        "ends_at": at(day, time(20)),
        "attendance": 12,
        "purpose": "Tea and talk for carers",
        "needs": "A hearing loop",
        "ages": ["5_to_11"],
        "has_adults_at_risk": False,
        "has_food": False,
        "free_use_reason": "Nobody pays to come.",
        "price_pence": 2000,
    }
    assert {name: getattr(booking, name) for name in facts} == facts
    assert Hold.objects.count() == 0
    assert street.faults == []


def test_a_group_telephones_and_whoever_runs_the_site_asks_for_it(street, office, room, hirer, day):
    ben = street.somebody(a_site_manager_of(room.site, name="Ben Example", email="ben@example.org"))
    a_manager_of(hirer, email="amina@example.org")
    BookingFactory(space=room, starts_at=at(day, time(18)))

    assert ben.open("/spaces/garden-room/") == 200
    assert ben.follow("Ask for a group that telephones") == 200
    ben.fill(
        group="Tea for carers (demo)",
        day_day=str(day.day),
        day_month=str(day.month),
        day_year=str(day.year),
        starts="6pm",
        ends="8pm",
        attendance="12",
    )
    assert ben.press("main form button[type=submit]") == 422
    assert ben.reads_each(".nhsuk-error-summary li") == [
        "Enter the name of the person on the telephone"
    ]
    ben.fill(caller_name="Amina Example")

    # The room is taken then; the caller is told at once what can be had instead.
    assert ben.press("main form button[type=submit]") == 409
    assert ben.press("main button[name=instead]:has-text('8pm to 10pm')") == 200
    assert "On the telephone Amina Example" in ben.reads()
    ben.fill(purpose="Tea and talk")
    ben.page.check("main [name=ages][value=all]")
    ben.page.check("main [name=has_food][value=no]")
    ben.page.check("main [name=asks_free_use][value=no]")
    assert ben.press("main form button[type=submit]") == 200

    assert "Asked for. The managers of the group have been told." in ben.reads("body")
    assert "Asked by Ben Example for Amina Example on the telephone" in ben.reads()
    booking = Booking.objects.get(hirer=hirer)
    assert booking.starts_at == at(day, time(20))
    deliver_due(now=booking.requested_at)
    assert (
        ["amina@example.org"],
        f"We have your request for Garden Room ({booking.reference})",
    ) in [(letter.recipients, str(letter.content["Subject"])) for letter in office.letters]
    assert street.faults == []
