"""A community group asks for a room and gets it, or is told why not and what else is free."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from core.clock import at, today
from core.templatetags.dates import long_date, time_of_day
from notifications.delivery import deliver_due
from spaces import services
from spaces.models import Booking, Hirer, Hold
from spaces.services.reminders import send_reminders
from tests.factories.spaces import (
    BookingFactory,
    HirerFactory,
    SiteFactory,
    SpaceFactory,
    a_member_of,
    a_site_manager_of,
)
from tests.journeys.walking import lines_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HOUR = timedelta(hours=1)
AROUND_SIX = ["3pm to 5pm", "3:30pm to 5:30pm", "4pm to 6pm", "8pm to 10pm"]
"""The nearest times for two hours in a room that is taken from 6pm to 8pm."""


@pytest.fixture
def site():
    site = SiteFactory(name="Lee Health Centre (demo)")
    SpaceFactory(site=site, name="Garden Room", slug="garden-room")
    SpaceFactory(site=site, name="Small Room", slug="small-room", capacity=6)
    return site


@pytest.fixture
def member():
    hirer = HirerFactory(organisation__name="Tea for Carers (demo)")
    return a_member_of(hirer, name="Amina Example", email="amina@example.org")


@pytest.fixture
def manager(site):
    return a_site_manager_of(site, name="Ben Example", email="ben@example.org")


@pytest.fixture
def day():
    return today() + timedelta(days=21)


def find_the_room(walker, day):
    """Fill in the sentence on the page of rooms, and open the one room that fits."""
    assert walker.open("/spaces/") == 200
    walker.fill(people="12", day=f"{day:%-d %B %Y}", from_="6pm", to="8pm")
    assert walker.press("main button:has-text('Find rooms')") == 200
    assert walker.reads_each(".app-room__name") == ["Garden Room, Lee Health Centre (demo)"]
    assert walker.press(".app-room__name a") == 200


def letters_of(office):
    """Who was told what, in the order in which it left."""
    return [(letter.recipients, str(letter.content["Subject"])) for letter in office.letters]


def words_of(letter):
    body = letter.content.get_body(("plain",))
    return lines_of(body.get_content())


def test_a_group_asks_for_a_room_is_promised_it_and_reminded_once(
    street, office, site, member, manager, day
):
    amina, ben = street.somebody(member), street.somebody(manager)
    stranger = street.somebody(a_member_of(HirerFactory()))
    on_the_day = long_date(day)

    # She finds the room and asks for it; what she said while looking is not asked again.
    find_the_room(amina, day)
    assert f"Free {on_the_day}, 6pm to 8pm" in amina.reads(".app-answer")
    assert amina.follow("Ask for this room") == 200
    typed = [str(day.day), str(day.month), str(day.year), "6pm", "8pm", "12"]
    boxes = ["day_day", "day_month", "day_year", "starts", "ends", "attendance"]
    assert amina.holds(*boxes) == typed

    # The room is kept for her, and for nobody else, while she writes.
    assert amina.press("main form button[type=submit]") == 200
    kept = Hold.objects.get()
    assert f"{on_the_day}, 6pm to 8pm" in amina.reads()
    until = time_of_day(kept.expires_at)
    assert f"We keep this room for you until {until}." in amina.reads(".nhsuk-inset-text")
    stranger.open(f"/spaces/garden-room/ask/?day={day}&from=18:00&to=20:00&people=12")
    assert stranger.press("main form button[type=submit]") == 409
    assert "Somebody else is asking for this room just now" in stranger.reads()
    assert stranger.open(kept.get_absolute_url()) == 404

    # The first time she forgets to say what for, and loses nothing.
    amina.page.check("main [name=ages][value='26_to_64']")
    amina.page.check("main [name=has_food][value=no]")
    amina.fill(needs="A hearing loop")
    assert amina.press("main form button[type=submit]") == 422
    assert amina.page.title().startswith("Error: ")
    assert amina.reads_each(".nhsuk-error-summary li") == ["Say what you will do there"]
    assert amina.holds("needs") == ["A hearing loop"]
    assert amina.page.is_checked("main [name=has_food][value=no]")
    assert Booking.objects.count() == 0

    # She changes the time and finds everything she wrote.
    assert amina.press("main button[name=change]") == 200
    assert amina.holds(*boxes) == typed
    amina.fill(ends="9pm")
    assert amina.press("main form button[type=submit]") == 200
    assert f"{on_the_day}, 6pm to 9pm" in amina.reads()
    assert amina.holds("needs") == ["A hearing loop"]
    assert amina.page.is_checked("main [name=has_food][value=no]")

    amina.fill(purpose="Tea and talk for carers")
    assert amina.press("main form button[type=submit]") == 200
    booking = Booking.objects.get()
    assert booking.ends_at - booking.starts_at == 3 * HOUR
    its_page = booking.get_absolute_url()
    assert amina.page.url.endswith(f"{its_page}?asked")
    assert "You have asked for" in amina.reads("h1")
    assert "The people who run the site Waiting" in amina.reads()
    assert "How to get in" not in amina.reads()

    deliver_due(now=timezone.now())
    assert letters_of(office) == [
        (["amina@example.org"], f"We have your request for Garden Room ({booking.reference})"),
        (["ben@example.org"], f"Please decide: Garden Room on {on_the_day}"),
    ]

    # He finds it waiting for him and says yes.
    assert ben.open("/waiting/") == 200
    assert ben.press(f"main a[href='{its_page}']") == 200
    assert ben.follow("Approve this booking") == 200
    assert ben.press("main form button[type=submit]") == 200
    assert "Approved. The group has been told." in ben.reads("body")

    # She sees how to get in, and takes the calendar file.
    assert amina.open(its_page) == 200
    assert f"Ben Example approved it on {long_date(today())}." in amina.reads()
    assert "How to get in Where it is" in amina.reads()
    assert "Which door Ring the bell at the side door." in amina.reads()
    href = amina.page.get_attribute("main a:has-text('Add it to your calendar')", "href")
    file = amina.page.request.get(amina.server.url + href)
    assert (file.status, file.headers["content-type"].split(";")[0]) == (200, "text/calendar")
    assert f"DTSTART:{booking.starts_at:%Y%m%dT%H%M%SZ}" in file.text().splitlines()

    deliver_due(now=timezone.now())
    [*_asked, confirmation] = office.letters
    assert letters_of(office)[2:] == [
        (["amina@example.org"], f"Garden Room is yours on {on_the_day}")
    ]
    assert "Which door: Ring the bell at the side door." in words_of(confirmation)
    assert amina.server.url + its_page in words_of(confirmation)
    [invitation] = confirmation.content.iter_attachments()
    assert invitation.get_content_type() == "text/calendar"
    assert "METHOD:REQUEST" in invitation.get_content().splitlines()

    # A day ahead she is reminded, once, however often the timetable ticks.
    for now in (booking.starts_at - 23 * HOUR, booking.starts_at - 22 * HOUR):
        send_reminders(now=now)
        deliver_due(now=now)
    assert letters_of(office)[3:] == [
        (["amina@example.org"], f"Reminder: Garden Room on {on_the_day}")
    ]

    # Nobody else is told that there is such a booking.
    assert stranger.open(its_page) == 404
    assert "Amina" not in stranger.reads("body")
    assert street.faults == []


def test_a_group_is_declined_with_a_reason_and_told_what_else_is_free(
    street, office, site, member, manager, day
):
    amina, ben = street.somebody(member), street.somebody(manager)
    garden_room = site.spaces.get(name="Garden Room")
    booking = BookingFactory(
        space=garden_room,
        hirer=Hirer.objects.get(),
        requested_by=member,
        starts_at=at(day, time(18)),
        requested_at=timezone.now(),
    )
    SpaceFactory(site=site, name="Long Room", slug="long-room", capacity=30)

    ben.open("/waiting/")
    ben.press(f"main a[href='{booking.get_absolute_url()}']")
    assert ben.follow("Decline this request") == 200
    ben.fill(reason_note="The flu clinic needs it that night.")
    assert ben.press("main form button[type=submit]") == 422
    assert ben.reads_each(".nhsuk-error-summary li") == ["Choose a reason"]
    assert ben.holds("reason_note") == ["The flu clinic needs it that night."]
    ben.page.check("input[value=clinical]")
    assert ben.press("main form button[type=submit]") == 200
    assert "Declined. The group has been told why." in ben.reads("body")

    amina.open(booking.get_absolute_url())
    why = "Needed for patient care. The flu clinic needs it that night."
    assert amina.reads(".nhsuk-inset-text") == f"Information: {why}"
    assert amina.follow("Find another room") == 200

    deliver_due(now=timezone.now())
    subject = f"Your request for Garden Room on {long_date(day)} was declined"
    assert letters_of(office) == [(["amina@example.org"], subject)]
    words = words_of(office.letters[0])
    assert "Reason: Needed for patient care" in words
    assert "The flu clinic needs it that night." in words
    instead = words.index("What is free instead:") + 1
    assert words[instead : words.index("Other times in the same room:")] == [
        *(f"- Garden Room: {long_date(day)}, {times}" for times in AROUND_SIX),
        f"- Long Room, Lee Health Centre (demo): {long_date(day)}, 6pm to 8pm",
    ]
    assert street.faults == []


def test_whoever_was_too_late_takes_an_alternative_and_types_nothing_twice(
    street, site, member, day
):
    amina = street.somebody(member)
    garden_room = site.spaces.get(name="Garden Room")
    SpaceFactory(site=site, name="Long Room", slug="long-room", capacity=30)
    assert amina.open(f"/spaces/garden-room/ask/?day={day}&from=18:00&to=20:00&people=12") == 200
    assert amina.press("main form button[type=submit]") == 200
    amina.fill(purpose="Tea and talk", needs="A hearing loop")
    amina.page.check("main [name=ages][value='26_to_64']")
    amina.page.check("main [name=has_food][value=yes]")
    # The ten minutes go by, and another group asks.
    services.holding.end_holds(Hold.objects.all(), now=timezone.now())
    BookingFactory(space=garden_room, starts_at=at(day, time(18)))

    assert amina.press("main form button[type=submit]") == 409
    offered = [f"{long_date(day)}, {times}" for times in AROUND_SIX]
    assert amina.reads_each("main button[name=instead]") == [
        *offered,
        "Long Room, Lee Health Centre (demo)",
    ]
    # Enter in a box asks for what the boxes say, not for the first of the alternatives.
    amina.page.focus("main [name=purpose]")
    assert amina.enter() == 409
    assert Booking.objects.filter(hirer__organisation__name__startswith="Tea").count() == 0

    # What she writes now goes along too.
    amina.fill(purpose="Tea and a long talk")
    assert amina.press("main button:has-text('Long Room')") == 200
    booking = Booking.objects.get(requested_by=member)
    assert (booking.space.name, booking.starts_at) == ("Long Room", at(day, time(18)))
    assert (booking.purpose, booking.needs) == ("Tea and a long talk", "A hearing loop")
    assert booking.has_food
    assert street.faults == []
