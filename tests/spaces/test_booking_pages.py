"""The pages of bookings: who sees them, what is kept when something goes wrong, what they cost."""

import html
import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar

from anchors.models import Mandate
from core.clock import LONDON
from core.templatetags.dates import when
from notifications.models import Message
from spaces import services
from spaces.models import Booking, Hirer, Hold, SiteRequirement
from tests.factories.accounts import UserFactory
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    ChargeFactory,
    HirerDocumentFactory,
    HirerFactory,
    SiteFactory,
    SpaceFactory,
    a_manager_of,
    a_member_of,
    a_programme_worker,
    a_site_manager_of,
)

pytestmark = pytest.mark.django_db

EVENING = datetime(2026, 12, 1, 18, 0, tzinfo=LONDON)


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def hirer():
    return HirerFactory(organisation__name="Second Cup Carers (demo)")


@pytest.fixture
def member(hirer, client):
    person = a_member_of(hirer, name="Tom")
    client.force_login(person)
    return person


def typed(hirer, **changed):
    return {
        "form_id": str(uuid4()),
        "hirer": str(hirer.pk),
        "day_day": "1",
        "day_month": "12",
        "day_year": "2026",
        "starts": "6pm",
        "ends": "8pm",
        "attendance": "12",
        "layout": "",
        "setup_minutes": "15",
        "cleardown_minutes": "0",
    } | changed


def written(**changed):
    return {
        "purpose": "Tea and talk",
        "ages": ["26_to_64"],
        "has_food": "no",
        "needs": "A hearing loop",
    } | changed


def first_page(space):
    return reverse("spaces:hold_space", args=[space.slug])


def held(client, space, hirer, **changed):
    """The address of the second page, with the room kept."""
    response = client.post(first_page(space), typed(hirer, **changed))
    assert response.status_code == 302, response.content.decode()
    return response.url


def address(name, booking):
    return reverse(f"spaces:{name}", args=[booking.uuid])


def seen(booking):
    """What the page that approves carries along."""
    return {"seen_at": booking.updated_at.isoformat()}


# --- Asking ---------------------------------------------------------------------------------------


def test_a_member_asks_for_a_room_and_sees_what_happens_next(client, hirer, member):
    space = SpaceFactory(name="Hall", site__contact_phone="020 7946 0199")
    second_page = held(client, space, hirer)

    response = client.post(second_page, written(), follow=True)

    booking = Booking.objects.get()
    assert response.redirect_chain == [(f"{booking.get_absolute_url()}?asked", 302)]
    assert booking.starts_at == EVENING
    assert booking.ends_at == EVENING + timedelta(hours=2)
    page = response.content.decode()
    assert "Tuesday 1 December 2026, 6pm to 8pm" in page
    # Five working days would be the day itself, so the day before.
    assert "By Monday 30 November 2026." in page
    # What was done, its reference, what happens next and by when, and whom to ask.
    assert f"You have asked for {space}" in page
    assert page.index(booking.reference) < page.index("What happens next")
    assert "We send you an e-mail with the answer." in page
    assert "020 7946 0199" in page
    assert "Booking requested" in page
    # Whoever comes back finds the booking, and whoever decides is not thanked for asking.
    assert "You have asked for" not in client.get(booking.get_absolute_url()).content.decode()
    client.force_login(a_site_manager_of(space.site))
    decided_by = client.get(response.redirect_chain[0][0]).content.decode()
    assert "You have asked for" not in decided_by
    assert "Approve this booking" in decided_by


def test_what_was_said_while_looking_stands_in_the_form(client, hirer, member):
    space = SpaceFactory()
    layout = space.layouts.get()

    response = client.get(
        first_page(space),
        {"day": "2026-12-01", "from": "18:00", "to": "20:30", "people": "12", "layout": "circle"},
    )

    form = response.context["form"]
    page = response.content.decode()
    assert 'value="6pm"' in page
    assert 'value="8:30pm"' in page
    assert [form["day"].value(), form["attendance"].value()] == [["01", "12", "2026"], "12"]
    assert form["layout"].value() == layout.kind
    assert "You ask for <strong>Second Cup Carers (demo)</strong>." in page


@pytest.mark.parametrize("said", [{"day": "x"}, {"from": "<b>", "to": "\u0665"}, {"people": "-"}])
def test_a_strange_link_does_no_harm(client, hirer, member, said):
    assert client.get(first_page(SpaceFactory()), said).status_code == 200


BAD_TIME = {
    "form_id": "not-a-number",
    "hirer": "0",
    "day_day": "31",
    "day_month": "2",
    "day_year": "soon",
    "starts": "six-ish",
    "ends": "later",
    "attendance": "many",
    "layout": "no-such",
    "setup_minutes": "7",
    "cleardown_minutes": "x",
}
BAD_WORDS = {
    "purpose": "p" * 201,
    "ages": ["dragons"],
    "has_food": "perhaps",
    "asks_free_use": "yes",
    "free_use_reason": "",
    "needs": "n" * 401,
}


def test_a_bad_time_comes_back_with_422_and_everything_typed(client, hirer, member):
    other = HirerFactory()
    Mandate.objects.create(
        user=member, organisation=other.organisation, kind="member", starts_on="2020-01-01"
    )
    space = SpaceFactory(price_text="Cleaning £10.")

    response = client.post(first_page(space), BAD_TIME)

    form = response.context["form"]
    page = response.content.decode()
    assert "Cleaning £10." in page
    assert response.status_code == 422
    assert set(form.errors) == {
        "hirer",
        "day",
        "starts",
        "ends",
        "attendance",
        "layout",
        "setup_minutes",
        "cleardown_minutes",
    }
    assert "<title>Error:" in " ".join(page.split())
    assert [form[name].value() for name in BAD_TIME if not name.startswith("day_")] == [
        value for name, value in BAD_TIME.items() if not name.startswith("day_")
    ]
    for text in ["six-ish", "later", "many", "soon"]:
        assert text in page
    assert Hold.objects.count() == 0


def test_a_badly_written_request_comes_back_with_422_and_everything_typed(client, hirer, member):
    space = SpaceFactory()
    ChargeFactory(of=space)
    second_page = held(client, space, hirer)

    response = client.post(second_page, BAD_WORDS)

    form = response.context["form"]
    page = response.content.decode()
    assert response.status_code == 422
    assert form.errors == {
        "purpose": ["Use 200 characters or fewer"],
        "ages": ["Choose from the list"],
        "has_food": ["Choose yes or no"],
        "free_use_reason": ["Say why the group cannot pay"],
        "needs": ["Use 400 characters or fewer"],
    }
    assert "<title>Error:" in " ".join(page.split())
    assert {name: form[name].value() for name in BAD_WORDS} == BAD_WORDS
    assert page.count("p" * 201) + page.count("n" * 401) == 2
    assert Booking.objects.count() == 0


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"ends": "5pm"}, "ends", "The end must be after the start."),
        (
            {"day_day": "25", "day_month": "11"},
            "day",
            "needs to know 2 days before you come to set up",
        ),
        ({"starts": "6am", "ends": "8am"}, "starts", "open from 8am to 10pm"),
        ({"attendance": "21"}, "attendance", "This room holds 20 people."),
        (
            {"day_day": "28", "day_month": "3", "day_year": "2027", "starts": "1:30am"},
            "starts",
            "there is no 01:30",
        ),
        ({"ends": "midnight"}, "starts", "open from 8am to 10pm"),
    ],
)
def test_a_refusal_stands_beside_its_question(client, hirer, member, changed, field, words):
    response = client.post(first_page(SpaceFactory()), typed(hirer, **changed))

    form = response.context["form"]
    assert response.status_code == 422
    assert list(form.errors) == [field]
    assert words in form.errors[field][0]
    assert (Booking.objects.count(), Hold.objects.count()) == (0, 0)


def alternatives_of(response):
    """The buttons of the page that ask for something else, as (address, words, what they add)."""
    return [
        (
            (re.search(r'formaction="([^"]+)"', button) or [0, response.request["PATH_INFO"]])[1],
            words,
            re.search(r'name="instead" value="([^"]+)"', button)[1],
        )
        for button, words in re.findall(
            r'<button ([^>]*form="request"[^>]*name="instead"[^>]*)>([^<]+)</button>',
            response.content.decode(),
        )
    ]


TIMES_INSTEAD = [
    "Tuesday 1 December 2026, 2:30pm to 4:30pm",
    "Tuesday 1 December 2026, 3pm to 5pm",
    "Tuesday 1 December 2026, 3:30pm to 5:30pm",
    "Tuesday 1 December 2026, 4pm to 6pm",
    # Not from 8pm: the quarter of an hour to set up would still be theirs.
]


def test_a_lost_race_is_409_with_alternatives_and_everything_typed(client, hirer, member):
    space = SpaceFactory(name="Hall")
    studio = SpaceFactory(site=space.site, name="Studio")
    BookingFactory(space=space, starts_at=EVENING, ends_at=EVENING + timedelta(hours=2))

    response = client.post(first_page(space), typed(hirer))

    page = response.content.decode()
    assert response.status_code == 409
    assert "This room is taken for part of that time" in page
    assert "What is free instead" in page
    assert [(address, words) for address, words, _adds in alternatives_of(response)] == [
        *((first_page(space), words) for words in TIMES_INSTEAD),
        (first_page(studio), str(studio)),
    ]
    form = response.context["form"]
    assert [form[name].value() for name in ("starts", "ends", "attendance")] == ["6pm", "8pm", "12"]
    assert (Booking.objects.count(), Hold.objects.count()) == (1, 0)


@pytest.mark.parametrize("number", range(5))
def test_every_alternative_can_be_had_with_everything_that_was_typed(client, hirer, member, number):
    space = SpaceFactory(name="Hall")
    studio = SpaceFactory(site=space.site, name="Studio")
    BookingFactory(space=space, starts_at=EVENING, ends_at=EVENING + timedelta(hours=2))
    sent = typed(hirer, layout="circle", setup_minutes="30", cleardown_minutes="15")
    refused = client.post(first_page(space), sent)
    address, words, adds = alternatives_of(refused)[number]

    response = client.post(address, sent | {"instead": adds})

    assert response.status_code == 302
    hold = Hold.objects.get()
    assert (hold.setup_minutes, hold.cleardown_minutes) == (30, 15)
    assert (hold.attendance, hold.layout.kind) == (12, "circle")
    assert hold.ends_at - hold.starts_at == timedelta(hours=2)
    if hold.space == studio:
        assert (hold.starts_at, words) == (EVENING, str(studio))
    else:
        assert words == when(hold.starts_at, hold.ends_at)


def test_an_alternative_that_somebody_else_took_meanwhile_is_409_again(client, hirer, member):
    space = SpaceFactory()
    BookingFactory(space=space, starts_at=EVENING, ends_at=EVENING + timedelta(hours=2))
    page = first_page(space)
    *_earlier, (_page, _words, adds) = alternatives_of(client.post(page, typed(hirer)))
    BookingFactory(space=space, starts_at=EVENING - timedelta(hours=2), ends_at=EVENING)

    response = client.post(page, typed(hirer) | {"instead": adds})

    form = response.context["form"]
    assert response.status_code == 409
    assert [form[name].value() for name in ("day", "starts", "ends", "attendance")] == [
        ["01", "12", "2026"],
        "16:00",
        "18:00",
        "12",
    ]
    assert adds not in [adds for _page, _words, adds in alternatives_of(response)]


def test_a_form_sent_twice_leads_to_the_same_booking(client, hirer, member):
    second_page = held(client, SpaceFactory(), hirer)

    answers = [client.post(second_page, written()) for _twice in "ab"]

    booking = Booking.objects.get()
    its_page = (302, f"{booking.get_absolute_url()}?asked")
    assert [(one.status_code, one.url) for one in answers] == [its_page] * 2
    # Whoever goes back to the page that was sent is led to what came of it.
    again = client.get(second_page)
    assert (again.status_code, again.url) == its_page


def test_a_form_sent_again_with_something_else_is_409_and_keeps_it(client, hirer, member):
    second_page = held(client, SpaceFactory(), hirer)
    client.post(second_page, written())
    first = Booking.objects.get()

    response = client.post(second_page, written(purpose="Tea, talk and a film"))

    page = response.content.decode()
    assert response.status_code == 409
    assert first.get_absolute_url() in page
    assert "That request stands." in page
    assert 'value="Tea, talk and a film"' in page
    assert "Change the time" not in page
    assert [one.purpose for one in Booking.objects.all()] == ["Tea and talk"]


def test_somebody_of_two_groups_chooses_for_which(client, hirer, member):
    other = HirerFactory(organisation__name="Another group (demo)")
    Mandate.objects.create(
        user=member, organisation=other.organisation, kind="manager", starts_on="2020-01-01"
    )
    page = first_page(SpaceFactory())

    assert client.post(page, typed(hirer) | {"hirer": ""}).status_code == 422
    assert client.post(page, typed(other)).status_code == 302

    assert Hold.objects.get().hirer == other


def test_nobody_asks_for_another_group_by_changing_the_form(client, hirer, member):
    response = client.post(first_page(SpaceFactory()), typed(HirerFactory()))

    assert response.status_code == 422
    assert (Booking.objects.count(), Hold.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (None, "Register your group first"),
        (Hirer.State.REGISTERED, "You can ask for a room as soon as"),
        (Hirer.State.DECLINED, "See why your group was not approved"),
    ],
)
def test_somebody_without_an_approved_group_is_told_what_comes_first(client, state, words):
    person = UserFactory()
    if state:
        hirer = HirerFactory(state=state, decision_reason="No adult.")
        Mandate.objects.create(
            user=person, organisation=hirer.organisation, kind="manager", starts_on="2020-01-01"
        )
    client.force_login(person)

    response = client.get(first_page(SpaceFactory()))

    assert response.status_code == 200
    assert words in response.content.decode()


@pytest.mark.parametrize("lost", ["approval", "membership"])
@pytest.mark.parametrize("others", [0, 1, 2])
def test_whoever_may_ask_no_more_is_refused_and_keeps_what_they_typed(
    client, hirer, member, lost, others
):
    page = first_page(SpaceFactory())
    sent = typed(hirer)
    if lost == "approval":
        Hirer.objects.filter(pk=hirer.pk).update(state="declined", decision_reason="No adult.")
    else:
        Mandate.objects.update(ends_on="2026-11-23")
    groups = HirerFactory.create_batch(others)
    for group in groups:
        Mandate.objects.create(
            user=member, organisation=group.organisation, kind="member", starts_on="2020-01-01"
        )

    response = client.post(page, sent)

    form = response.context["form"]
    text = " ".join(response.content.decode().split())
    assert response.status_code == 422
    assert "You cannot ask for a room for this group now." in text
    names = ("starts", "ends", "attendance", "setup_minutes")
    assert {name: form[name].value() for name in names} == {name: sent[name] for name in names}
    assert (Booking.objects.count(), Hold.objects.count()) == (0, 0)
    for group in groups:
        assert f'name="hirer" type="radio" value="{group.pk}"' in text
    if groups:
        assert client.post(page, sent | {"hirer": groups[0].pk}).status_code == 302


def test_a_group_that_is_declined_between_the_pages_keeps_what_was_written(client, hirer, member):
    second_page = held(client, SpaceFactory(), hirer)
    Hirer.objects.filter(pk=hirer.pk).update(state="declined", decision_reason="No adult.")

    response = client.post(second_page, written())

    page = response.content.decode()
    assert response.status_code == 422
    assert "Your group may not book rooms at the moment." in page
    assert 'value="Tea and talk"' in page
    assert Booking.objects.count() == 0


@pytest.mark.parametrize(
    "facts",
    [
        {"status": "suspended"},
        {"status": "draft"},
        {"site__is_published": False},
        {"site__booking_authority": "elsewhere"},
        {"is_clinical": True},
    ],
)
def test_a_space_that_is_not_on_offer_here_cannot_be_asked_for(client, hirer, member, facts):
    page = first_page(SpaceFactory(**facts))

    assert client.get(page).status_code == 404
    assert client.post(page, typed(hirer)).status_code == 404
    assert (Booking.objects.count(), Hold.objects.count()) == (0, 0)


# --- Who sees what --------------------------------------------------------------------------------

PAGES = ["booking", "approve_booking", "decline_booking", "cancel_booking", "booking_calendar"]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("who", ["member of another group", "other site manager", "nobody"])
def test_others_get_404_on_every_page_of_a_booking(client, page, who):
    booking = BookingFactory(state="confirmed")
    stranger = {
        "member of another group": lambda: a_manager_of(HirerFactory()),
        "other site manager": lambda: a_site_manager_of(SiteFactory()),
        "nobody": UserFactory,
    }[who]()
    client.force_login(stranger)

    assert client.get(address(page, booking)).status_code == 404
    if page not in ("booking", "booking_calendar"):
        assert client.post(address(page, booking)).status_code == 404


@pytest.mark.parametrize("page", ["approve_booking", "decline_booking"])
def test_a_group_cannot_decide_for_itself(client, hirer, member, page):
    booking = BookingFactory(hirer=hirer)

    refused = client.get(address(page, booking))
    assert refused.status_code == 403
    assert "So somebody else must decide about it." in refused.content.decode()
    assert client.post(address(page, booking), {"reason": "other"}).status_code == 403

    booking.refresh_from_db()
    assert booking.state == Booking.State.REQUESTED


def test_how_to_get_in_is_shown_once_promised_and_only_to_the_group_and_the_site(
    client, hirer, member
):
    booking = BookingFactory(hirer=hirer)
    keeper = a_site_manager_of(booking.space.site)
    secret = "Ring the bell at the side door."

    assert secret not in client.get(booking.get_absolute_url()).content.decode()
    Booking.objects.update(state="confirmed", decided_by=keeper, decided_at=NOW)
    assert secret in client.get(booking.get_absolute_url()).content.decode()
    client.force_login(keeper)
    assert secret in client.get(booking.get_absolute_url()).content.decode()
    Booking.objects.update(state="cancelled_by_site", reason="other")
    assert secret not in client.get(booking.get_absolute_url()).content.decode()


def test_a_private_name_is_not_on_the_list_of_a_site(client):
    hirer = HirerFactory(organisation__name="Rainbow Table (demo)", is_sensitive=True)
    booking = BookingFactory(hirer=hirer)
    client.force_login(a_site_manager_of(booking.space.site))

    listed = client.get(reverse("spaces:bookings")).content.decode()
    page = client.get(booking.get_absolute_url()).content.decode()

    assert "Rainbow" not in listed
    assert "A group that asks for privacy" in listed
    assert "This group asks for privacy" in page
    assert "Rainbow Table" not in page


def test_a_lost_right_is_lost_on_the_next_request(client, hirer, member):
    booking = BookingFactory(hirer=hirer)
    assert client.get(booking.get_absolute_url()).status_code == 200

    Mandate.objects.update(ends_on="2026-11-23")

    assert client.get(booking.get_absolute_url()).status_code == 404


# --- Deciding -------------------------------------------------------------------------------------


def test_a_site_manager_approves_and_the_page_says_so(client):
    booking = BookingFactory()
    client.force_login(a_site_manager_of(booking.space.site, name="Kwame"))

    asked = client.get(address("approve_booking", booking))
    response = client.post(address("approve_booking", booking), seen(booking), follow=True)

    assert asked.status_code == 200
    assert response.redirect_chain == [(booking.get_absolute_url(), 302)]
    page = response.content.decode()
    assert "Kwame approved it on Tuesday 24 November 2026" in page
    assert "Add it to your calendar" in page


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"reason": "", "reason_note": "n" * 3}, "reason"),
        ({"reason": "no_longer_needed", "reason_note": "mine"}, "reason"),
        ({"reason": "other", "reason_note": ""}, "reason_note"),
        ({"reason": "capacity", "reason_note": "n" * 401}, "reason_note"),
    ],
)
@pytest.mark.parametrize(
    ("page", "state"), [("decline_booking", "requested"), ("cancel_booking", "confirmed")]
)
def test_a_refusal_needs_a_reason(client, page, state, typed, field):
    booking = BookingFactory(state=state)
    client.force_login(a_site_manager_of(booking.space.site))

    response = client.post(address(page, booking), typed)

    booking.refresh_from_db()
    form = response.context["form"]
    assert response.status_code == 422
    assert field in form.errors
    assert {name: form[name].value() for name in typed} == typed
    assert booking.state == state


@pytest.mark.parametrize("page", ["approve_booking", "decline_booking"])
def test_the_second_to_decide_sees_calmly_who_did_it(client, page):
    booking = BookingFactory()
    first = a_site_manager_of(booking.space.site, name="Kwame")
    client.force_login(first)
    client.post(address("approve_booking", booking), seen(booking))
    client.force_login(a_programme_worker())

    response = client.post(address(page, booking), {"reason": "capacity"})

    assert response.status_code == 409
    text = " ".join(response.content.decode().split())
    assert "This booking is confirmed. Kwame did that on Tuesday 24 November 2026, 9am." in text
    assert Message.objects.filter(subject__contains="declined").count() == 0


def test_cancelling_says_first_what_will_happen(client, hirer, member):
    booking = BookingFactory(
        hirer=hirer, state="confirmed", starts_at=NOW + timedelta(days=2), space__name="Hall"
    )

    asked = client.get(address("cancel_booking", booking)).content.decode()
    unexplained = client.post(address("cancel_booking", booking), {"reason_note": "Snow"})
    response = client.post(
        address("cancel_booking", booking), {"reason": "few_people"}, follow=True
    )

    assert unexplained.status_code == 422
    assert "Choose a reason" in unexplained.content.decode()
    assert "Snow" in unexplained.content.decode()
    assert "We tell your group and the people who run" in asked
    assert "late cancellation" in asked
    page = response.content.decode()
    assert "Tom cancelled it for the group on Tuesday 24 November 2026." in page
    assert "so it counts as late" in page
    assert "Too few people would come" in page
    assert client.post(address("cancel_booking", booking)).status_code == 409


def test_a_site_that_would_cancel_a_request_is_sent_to_decide(client):
    booking = BookingFactory()
    client.force_login(a_site_manager_of(booking.space.site))

    for send in (client.get, client.post):
        response = send(address("cancel_booking", booking), follow=True)

        assert response.redirect_chain == [(booking.get_absolute_url(), 302)]
        page = response.content.decode()
        assert "Nothing is promised yet: approve this request or decline it." in page
        assert address("decline_booking", booking) in page


@pytest.mark.parametrize("state", ["requested", "confirmed"])
def test_only_a_promise_given_back_late_is_ever_called_late(client, hirer, member, state):
    booking = BookingFactory(hirer=hirer, state=state, starts_at=NOW + timedelta(days=2))

    client.post(address("cancel_booking", booking), {"reason": "illness"})
    # What the site asks for later on does not change what was true then.
    booking.space.site.cancel_notice_working_days = 0 if state == "confirmed" else 99
    booking.space.site.save()

    page = client.get(booking.get_absolute_url()).content.decode()
    assert ("counts as late" in page) == (state == "confirmed")
    booking.refresh_from_db()
    assert booking.cancelled_late == (state == "confirmed")


# --- Diaries --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "starts_in_utc"),
    [
        (datetime(2026, 10, 20, tzinfo=UTC), datetime(2026, 10, 20, 17, 0, tzinfo=UTC)),
        (datetime(2026, 10, 27, tzinfo=UTC), datetime(2026, 10, 27, 18, 0, tzinfo=UTC)),
    ],
    ids=["summer", "winter"],
)
def test_page_and_diary_say_six_on_both_sides_of_the_clock_change(
    client, hirer, member, day, starts_in_utc
):
    start = datetime(day.year, day.month, day.day, 18, 0, tzinfo=LONDON)
    booking = BookingFactory(
        hirer=hirer, state="confirmed", starts_at=start, ends_at=start + timedelta(hours=2)
    )
    booking.refresh_from_db()

    page = client.get(booking.get_absolute_url()).content.decode()
    answer = client.get(address("booking_calendar", booking))

    (event,) = Calendar.from_ical(answer.content.decode()).walk("VEVENT")
    assert f"Tuesday {day.day} October 2026, 6pm to 8pm" in page
    assert event.decoded("dtstart") == starts_in_utc
    assert event.decoded("dtend") == starts_in_utc + timedelta(hours=2)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8; method=PUBLISH"


@pytest.mark.parametrize("state", ["requested", "declined", "cancelled_by_site"])
def test_only_a_promise_goes_into_a_diary(client, hirer, member, state):
    booking = BookingFactory(hirer=hirer, state=state)

    assert client.get(address("booking_calendar", booking)).status_code == 404


# --- Lists ----------------------------------------------------------------------------------------


def test_the_timeline_puts_what_needs_me_first(client):
    site = SiteFactory()
    keeper = a_site_manager_of(site)
    space = SpaceFactory(site=site)
    noon = NOW.replace(hour=12)
    made = {
        "waiting": BookingFactory(space=space, starts_at=noon + timedelta(days=20)),
        "today": BookingFactory(space=space, state="confirmed", starts_at=noon),
        "week": BookingFactory(space=space, state="confirmed", starts_at=noon + timedelta(days=3)),
        "later": BookingFactory(space=space, state="confirmed", starts_at=noon + timedelta(days=9)),
        "over": BookingFactory(space=space, state="confirmed", starts_at=noon - timedelta(days=6)),
    }
    client.force_login(keeper)

    response = client.get(reverse("spaces:bookings"))

    sections = response.context["sections"]
    assert [(section.key, list(section.page)) for section in sections] == [
        (key, [booking]) for key, booking in made.items()
    ]


def test_a_request_of_my_own_group_does_not_wait_for_me(client, hirer, member):
    booking = BookingFactory(hirer=hirer)

    response = client.get(reverse("spaces:bookings"))

    assert [(section.key, list(section.page)) for section in response.context["sections"]] == [
        ("week", [booking])
    ]


def test_a_promised_booking_for_which_my_group_must_still_do_something_needs_me(
    client, hirer, member
):
    kinds = ("insurance", "risk")
    SiteRequirement.objects.bulk_create(SiteRequirement(kind=kind) for kind in kinds)
    booking = BookingFactory(hirer=hirer, state="approved", starts_at=NOW + timedelta(days=30))
    HirerDocumentFactory(hirer=hirer, kind="risk", state="waiting")  # that is for staff to check

    response = client.get(reverse("spaces:bookings"))

    assert [(section.key, list(section.page)) for section in response.context["sections"]] == [
        ("waiting", [booking])
    ]
    page = " ".join(response.content.decode().split())
    assert "Still missing: Public liability insurance." in page
    assert f'href="{booking.get_absolute_url()}#missing"' in page

    HirerDocumentFactory(hirer=hirer, state="waiting")
    response = client.get(reverse("spaces:bookings"))
    assert [section.key for section in response.context["sections"]] == ["later"]


def test_a_booking_that_misses_something_of_another_group_does_not_wait_for_its_site(client):
    SiteRequirement.objects.create(kind="insurance")
    booking = BookingFactory(state="approved", starts_at=NOW + timedelta(days=30))
    client.force_login(a_site_manager_of(booking.space.site))

    response = client.get(reverse("spaces:bookings"))

    assert [section.key for section in response.context["sections"]] == ["later"]
    assert "Still missing" not in response.content.decode()


def test_a_row_that_waits_for_me_says_by_when_and_leads_to_the_decision(client):
    booking = BookingFactory(requested_at=NOW - timedelta(days=20))
    client.force_login(a_site_manager_of(booking.space.site))

    page = " ".join(client.get(reverse("spaces:bookings")).content.decode().split())

    assert "Decide by Wednesday 11 November 2026:" in page
    assert address("approve_booking", booking) in page
    assert address("decline_booking", booking) in page


def test_what_is_over_is_not_called_approved(client, hirer, member):
    BookingFactory(hirer=hirer, state="confirmed", starts_at=NOW - timedelta(days=6))
    BookingFactory(hirer=hirer, state="requested", starts_at=NOW - timedelta(days=5))

    page = client.get(reverse("spaces:bookings")).content.decode()

    assert "Approved" not in page
    assert "Not decided in time" in page


def printed(response):
    """What paper shows of a page: without its sections and parts that are for the screen alone."""
    page = response.content.decode()
    page = re.sub(r'<section class="app-not-printed".*?</section>', "", page, flags=re.S)
    return re.sub(r'<(p|span) class="[^"]*app-not-printed">.*?</\1>', "", page, flags=re.S)


def test_a_desk_prints_what_comes_in_the_next_days_and_no_more(client):
    space = SpaceFactory(name="Hall")
    keeper = a_site_manager_of(space.site)
    private = HirerFactory(organisation__name="Rainbow Table (demo)", is_sensitive=True)
    Mandate.objects.create(
        user=keeper, organisation=private.organisation, kind="member", starts_on="2020-01-01"
    )
    client.force_login(keeper)
    quiet = client.get(reverse("spaces:bookings")).content.decode()
    for day, facts in [
        (2, {"needs": "A hearing loop", "hirer": private}),
        (20, {"needs": "In three weeks"}),
        (-7, {"needs": "Last week"}),
    ]:
        starts_at = EVENING + timedelta(days=day - 7)
        BookingFactory(space=space, state="confirmed", starts_at=starts_at, **facts)
    BookingFactory(space=space, starts_at=EVENING + timedelta(days=1), needs="Not yet promised")

    response = client.get(reverse("spaces:bookings"))

    paper = printed(response)
    assert "Rainbow Table" in response.content.decode()
    for words in ["Thursday 26 November 2026, 6pm to 8pm", "Hall", "12 people", "A hearing loop"]:
        assert words in paper
    assert "A group that asks for privacy" in paper
    for words in [
        "Rainbow Table",
        "In three weeks",
        "Last week",
        "Not yet promised",
        "approve/",
        "Nothing is booked",
    ]:
        assert words not in paper
    assert "Nothing is booked for today and the next 7 days." in quiet


def test_an_empty_timeline_says_what_will_be_there(client, member):
    page = client.get(reverse("spaces:bookings")).content.decode()

    assert "When your group asks for a room, it will be here." in page


def test_a_long_list_has_pages(client, hirer, member):
    space = SpaceFactory()
    for days in range(25):
        BookingFactory(
            space=space, hirer=hirer, state="declined", starts_at=NOW + timedelta(days=days)
        )

    first = client.get(reverse("spaces:bookings")).context["sections"][0].page
    second = client.get(reverse("spaces:bookings"), {"over": "2"}).context["sections"][0].page

    assert [len(first), len(second)] == [20, 5]


@pytest.mark.parametrize("who", ["member", "site manager", "programme staff"])
def test_the_list_costs_the_same_for_one_as_for_three(client, hirer, who):
    site = SiteFactory()
    person = {
        "member": lambda: a_member_of(hirer),
        "site manager": lambda: a_site_manager_of(site),
        "programme staff": a_programme_worker,
    }[who]()
    client.force_login(person)
    SiteRequirement.objects.create(kind="insurance")
    page = reverse("spaces:bookings")
    weights = []
    for number in range(3):
        for state, days in [
            ("requested", 30),
            ("approved", 40),
            ("confirmed", 0),
            ("confirmed", 2),
            ("confirmed", 9),
            ("declined", 5),
        ]:
            BookingFactory(
                hirer=hirer,
                space__site=site,
                state=state,
                starts_at=NOW + timedelta(days=days, hours=1 + number),
            )
        client.get(page)
        with CaptureQueriesContext(connection) as queries:
            response = client.get(page)
        weights.append(len(queries))

    assert weights[0] == weights[2]
    assert sum(one.page.paginator.count for one in response.context["sections"]) == 18


# --- What is free instead -------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["clinical", "capacity"])
def test_a_declined_page_shows_what_is_free_instead_as_the_letter_does(
    client, hirer, member, reason
):
    space = SpaceFactory(name="Hall", capacity=12)
    small, _large = (
        SpaceFactory(site=space.site, name=name, capacity=capacity)
        for name, capacity in (("Snug", 8), ("Studio", 30))
    )
    booking = BookingFactory(space=space, hirer=hirer, requested_by=member, starts_at=EVENING)
    keeper = a_site_manager_of(space.site)
    services.decline_booking(booking, by=keeper, now=NOW, reason=reason)
    client.force_login(member)

    page = client.get(booking.get_absolute_url()).content.decode()

    [letter] = Message.objects.filter(address=member.email, subject__contains="declined")
    offered = re.findall(r'<li><a href="(/spaces/[^"?]*)\?([^"]*)">([^<]*)</a>', page)
    told = [line[2:] for line in letter.body.splitlines() if line.startswith("- ")]
    assert [words.replace(f", {space.site}", "") for _a, _q, words in offered] == [
        line.replace(f", {space.site}", "").replace(": ", ", ", 1) for line in told
    ]
    rooms = [words.split(",")[0] for _address, _query, words in offered]
    assert rooms == ["Studio"] if reason == "capacity" else [*["Hall"] * 4, "Studio"]
    assert small.name not in rooms
    assert ("Other times in the same room:" in letter.body) == (reason != "capacity")
    # Nothing that is free only because it was declined, and each leads to a page that asks for it.
    for address, query, _words in offered:
        asked = client.get(f"{address}?{html.unescape(query)}")
        assert asked.status_code == 200
        assert 'value="12"' in asked.content.decode()
    assert page.index("What is free instead") < page.index("decided this on")
    client.force_login(keeper)
    assert "What is free instead" not in client.get(booking.get_absolute_url()).content.decode()


def test_the_letter_about_a_room_that_is_taken_back_says_what_is_free_instead(hirer, member):
    space = SpaceFactory(name="Hall", capacity=12)
    SpaceFactory(site=space.site, name="Studio", capacity=30)
    booking = BookingFactory(
        space=space, hirer=hirer, requested_by=member, starts_at=EVENING, state="confirmed"
    )

    services.cancel_by_site(booking, by=a_site_manager_of(space.site), now=NOW, reason="safety")

    [letter] = Message.objects.filter(address=member.email, subject__startswith="Cancelled")
    told = letter.body[letter.body.index("What is free instead:") :].splitlines()
    # Not the hall itself, which is not safe.
    assert [line for line in told if line.startswith("- ")] == [
        f"- Studio, {space.site}: Tuesday 1 December 2026, 6pm to 8pm"
    ]
