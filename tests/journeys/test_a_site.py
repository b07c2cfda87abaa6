"""Somebody who runs a site opens late one day, and closes although a group is coming."""

from datetime import time, timedelta

import pytest

from core.clock import at, today
from core.templatetags.dates import long_date
from spaces.models import Booking, Closure, DayException
from tests.factories.spaces import (
    BookingFactory,
    HirerFactory,
    SiteFactory,
    SpaceFactory,
    a_member_of,
    a_site_manager_of,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def hall():
    return SpaceFactory(
        site=SiteFactory(name="Lee Health Centre (demo)", slug="lee"),
        name="Hall",
        slug="lee-hall",
    )


@pytest.fixture
def day():
    return today() + timedelta(days=21)


def fill_day(walker, day, name="day"):
    boxes = {"day": day.day, "month": day.month, "year": day.year}
    walker.fill(**{f"{name}_{part}": str(value) for part, value in boxes.items()})


def test_a_site_opens_late_for_one_day_and_groups_see_it(street, hall, day):
    ben = street.somebody(a_site_manager_of(hall.site))
    amina = street.somebody(a_member_of(HirerFactory()))
    ask = f"/spaces/lee-hall/?day={day}&from=22:00&to=23:00"
    assert amina.open(ask) == 200
    assert "open from 8am to 10pm" in amina.reads(".app-answer")

    assert ben.open("/spaces/bookings/") == 200
    assert ben.follow("Opening hours, closures and prices of your sites") == 200
    assert ben.follow("Lee Health Centre (demo)") == 200
    assert ben.follow("Add a day") == 200
    ben.page.check("main input[value=lee-hall]")
    fill_day(ben, day)
    ben.page.check("main input[value=open]")
    ben.page.check("main input[value=event]")
    ben.fill(hours="all day long", public_note="Open late for a fair")
    assert ben.press("main form button[type=submit]") == 422
    assert ben.page.title().startswith("Error: ")
    assert ben.holds("hours", "public_note", "day_day") == [
        "all day long",
        "Open late for a fair",
        str(day.day),
    ]
    ben.fill(hours="8am to 11pm")
    assert ben.press("main form button[type=submit]") == 200
    assert "The day is kept." in ben.reads("body")
    assert ben.reads_each(".app-list__title")[0] == long_date(day)
    assert DayException.objects.get().minutes == [(480, 1380)]

    assert amina.open(ask) == 200
    assert f"Free {long_date(day)}, 10pm to 11pm" in amina.reads(".app-answer")
    assert f"{long_date(day)}: 8am to 11pm. Open late for a fair." in amina.reads()
    assert street.faults == []


def test_a_site_closes_only_after_the_booking_inside_was_seen(street, hall, day):
    ben = street.somebody(a_site_manager_of(hall.site))
    booking = BookingFactory(space=hall, state="approved", starts_at=at(day, time(18)))

    assert ben.open("/spaces/sites/lee/") == 200
    assert ben.follow("Add a closure") == 200
    ben.page.check("main input[value=whole]")
    fill_day(ben, day, "starts_on")
    fill_day(ben, day + timedelta(days=2), "ends_on")
    ben.page.check("main input[value=works]")
    ben.fill(public_note="The roof is being mended")
    assert ben.press("main form button[type=submit]") == 200
    assert "1 booking lies in this time" in ben.reads("h1")
    assert "Nothing is saved yet" in ben.reads()
    assert ben.reads_each(".app-list__title") == [f"{long_date(day)}, 6pm to 8pm"]
    assert Closure.objects.count() == 0

    # A look at what was typed, and back.
    assert ben.press("main button[name=change]") == 200
    assert ben.holds("public_note") == ["The roof is being mended"]
    assert ben.press("main form button[type=submit]") == 200
    assert ben.press("main button:has-text('Save, and decide about them')") == 200
    assert f"The closure is set. {long_date(day)}" in ben.reads("body")
    assert "The roof is being mended" in ben.reads("main")
    booking.refresh_from_db()
    assert booking.state == Booking.State.APPROVED

    # He is led to it to decide, and it waits for him until he does, or ends the closure.
    assert ben.reads_each(".app-list__title") == [f"{long_date(day)}, 6pm to 8pm"]
    assert ben.open("/waiting/") == 200
    assert "Bookings that no longer fit" in ben.reads("main")
    assert ben.press(f"main a[href='{booking.get_absolute_url()}']") == 200
    assert "The room is closed for part of this time" in ben.reads("main")
    assert ben.follow("End the closure") == 200
    assert ben.press("main form button[type=submit]") == 200
    assert Closure.objects.count() == 0
    assert ben.open("/waiting/") == 200
    assert "Bookings that no longer fit" not in ben.reads("main")
    assert street.faults == []


def test_a_site_says_what_a_room_has_and_groups_find_it(street, hall):
    ben = street.somebody(a_site_manager_of(hall.site))
    amina = street.somebody(a_member_of(HirerFactory()))
    search = "/spaces/?people=60&layout=rows&has=mats&need=hearing_loop"
    assert amina.open(search) == 200
    assert "No room is quite like that" in amina.reads()

    assert ben.open("/spaces/sites/lee/") == 200
    assert ben.follow("Change what it is like") == 200
    ben.fill(summary="Light, with a sprung floor.", holds_rows="many", has_mats="25")
    assert ben.press("main form button[type=submit]") == 422
    assert ben.page.title().startswith("Error: ")
    assert ben.holds("summary", "holds_rows", "has_mats") == [
        "Light, with a sprung floor.",
        "many",
        "25",
    ]
    ben.fill(holds_rows="60")
    assert ben.press("main form button[type=submit]") == 200
    assert "Saved. Groups read it at once." in ben.reads("body")
    assert ben.open("/spaces/sites/lee/rooms/lee-hall/access/") == 200
    ben.page.click("main summary:has-text('Hearing, seeing and feeling calm')")
    ben.page.check("main input[name=value_hearing_loop][value=yes]")
    assert ben.press("main form button[type=submit]") == 200

    assert amina.open(search) == 200
    assert "1 room" in amina.reads()
    assert street.faults == []
