"""Those who run a site keep true what groups read of its rooms."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from audit.models import AuditRecord
from notifications.models import Message
from spaces import services
from spaces.models import Booking, Equipment, Layout, Room, Space
from spaces.rules.fit import Wish
from spaces.services import finding
from tests.factories.accounts import UserFactory
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    HirerFactory,
    RoomFactory,
    SiteFactory,
    SpaceFactory,
    a_member_of,
    a_programme_worker,
    a_site_manager_of,
)
from tests.racing import while_not_committed
from tests.spaces.test_holds import ask, hold
from tests.spaces.test_offers import a_sent_offer
from tests.spaces.test_space_page import page, words

ADDRESS = "/spaces/sites/weir-house/rooms/hall/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def hall():
    """Twenty people in a circle, and a piano that was tuned."""
    hall = SpaceFactory(slug="hall", name="Hall", site__slug="weir-house")
    Equipment.objects.create(space=hall, kind="piano", note="Tuned in May")
    return hall


@pytest.fixture
def keeper(client, hall):
    keeper = a_site_manager_of(hall.site)
    client.force_login(keeper)
    return keeper


def typed(hall, **changed):
    return {
        "version": services.version_of_room(hall),
        "name": "Hall",
        "kind": "hall",
        "summary": "Light, with a sprung floor.",
        "good_for": "dance and yoga",
        "turnaround_minutes": "15",
        "holds_circle": "20",
        "has_piano": "1",
    } | changed


def told(hall, **changed):
    return {
        "version": services.version_of_room(hall),
        "seen": set(),
        "name": "Hall",
        "kind": "hall",
        "summary": "Light.",
        "good_for": "",
        "turnaround_minutes": 0,
        "holds": {"circle": 20},
        "equipment": {"piano": 1},
    } | changed


def coming(hall, **facts):
    return BookingFactory(
        **{"space": hall, "state": "confirmed", "starts_at": NOW + timedelta(days=3)} | facts
    )


def test_what_is_written_is_read_on_the_page_and_found_by_the_search(client, keeper, hall):
    answer = client.post(
        ADDRESS,
        typed(
            hall, name="Great hall", holds_circle="", holds_rows="60", has_piano="", has_mats="25"
        ),
    )

    assert (answer.status_code, answer.url) == (302, reverse("spaces:site", args=["weir-house"]))
    hall.refresh_from_db()
    said = words(page(client, hall))
    for line in ["Great hall", "Light, with a sprung floor.", "60", "Mats"]:
        assert line in said
    assert "Piano" not in said
    assert list(finding.find(Wish(people=60, layout="rows", equipment=("mats",)), now=NOW)) == [
        hall
    ]
    assert list(finding.find(Wish(layout="circle"), now=NOW)) == []
    assert hall.turnaround_minutes == 15
    assert Room.objects.get().name == "Great hall"
    entry = AuditRecord.objects.get()
    assert (entry.verb, entry.actor) == ("spaces.room_changed", keeper)


def test_a_name_that_a_part_of_the_building_has_can_be_the_name_of_a_room(client, keeper, hall):
    RoomFactory(site=hall.site, name="Great hall")

    answer = client.post(ADDRESS, typed(hall, name="Great hall"))

    hall.refresh_from_db()
    assert (answer.status_code, hall.name) == (302, "Great hall")


def test_the_page_of_the_site_leads_there_and_the_form_shows_what_is_said(client, keeper, hall):
    hub = client.get(reverse("spaces:site", args=["weir-house"])).content.decode()

    form = client.get(ADDRESS).context["form"]

    assert f'href="{ADDRESS}"' in hub
    shown = [form[name].value() for name in ("name", "holds_circle", "holds_rows", "has_piano")]
    assert shown == ["Hall", 20, None, 1]


def test_what_was_noted_of_a_thing_stays_with_it(client, keeper, hall):
    client.post(ADDRESS, typed(hall, has_piano="2"))

    assert Equipment.objects.values_list("kind", "count", "note").get() == (
        "piano",
        2,
        "Tuned in May",
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "Enter the name of the room"),
        ({"name": "x" * 81}, "Use 80 characters or fewer"),
        ({"kind": "cellar"}, "Choose one of the kinds in the list"),
        ({"summary": ""}, "Say what the room is like"),
        ({"turnaround_minutes": ""}, "Enter a number of minutes, such as 15, or 0"),
        ({"turnaround_minutes": "a while"}, "Enter a whole number of minutes, such as 15"),
        ({"turnaround_minutes": "241"}, "Enter 240 minutes or fewer"),
        ({"holds_circle": ""}, "Say how many people it holds in one way"),
        ({"holds_circle": "0"}, "Enter 1 or more"),
        ({"has_piano": "many"}, "Enter a whole number, such as 20"),
        ({"name": "small HALL"}, "Another room of this building has this name"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field_and_nothing_is_lost(
    client, keeper, hall, wrong, said
):
    SpaceFactory(site=hall.site, name="Small hall")
    sent = typed(hall, **wrong)

    answer = client.post(ADDRESS, sent)

    form = answer.context["form"]
    assert answer.status_code == 422
    assert form.errors == {next(iter(wrong)): [said]}
    assert {name: form[name].value() for name in sent} == sent
    hall.refresh_from_db()
    assert (hall.summary, Layout.objects.filter(space=hall).get().capacity) == ("", 20)


def test_bookings_that_bring_more_people_are_shown_before_anything_is_saved(client, keeper, hall):
    circle = hall.layouts.get()
    many = coming(hall, attendance=18, layout=circle)
    coming(hall, attendance=9, starts_at=NOW + timedelta(days=4))
    coming(hall, attendance=18, state="declined", starts_at=NOW + timedelta(days=5))
    sent = typed(hall, holds_circle="12")

    asked = client.post(ADDRESS, sent)

    assert asked.status_code == 200
    assert "1 booking brings more people than that" in words(asked)
    assert asked.context["bookings"] == [many]
    assert Layout.objects.get().capacity == 20

    client.post(ADDRESS, sent | {"seen": str(many.uuid)})

    assert Layout.objects.get().capacity == 12
    many.refresh_from_db()
    assert (many.state, many.attendance) == ("confirmed", 18)


def test_whoever_else_decides_is_told_of_bookings_that_are_too_big_by_now(hall, keeper):
    other = a_site_manager_of(hall.site)
    booking = coming(hall, attendance=18, hirer=HirerFactory(is_sensitive=True))
    begun = coming(hall, attendance=19, starts_at=NOW - timedelta(hours=1))
    seen = {str(booking.uuid)}

    services.change_room(hall, by=keeper, now=NOW, **told(hall, holds={"circle": 12}, seen=seen))

    letters = Message.objects.filter(address__in=[keeper.email, other.email])
    [letter] = letters
    assert letter.address == other.email
    assert letter.subject == f"A booking at {hall.site} brings too many people"
    assert "A group that asks for privacy, 18 people, confirmed" in letter.body
    assert booking.get_absolute_url() in letter.body
    assert begun.get_absolute_url() not in letter.body


def test_a_layout_that_a_coming_booking_needs_is_kept(client, keeper, hall):
    coming(hall, layout=hall.layouts.get())

    answer = client.post(ADDRESS, typed(hall, holds_circle="", holds_rows="60"))

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["holds_circle"]
    assert "A coming booking needs the room set out like this." in words(answer)
    assert Layout.objects.get().kind == "circle"


def test_a_layout_that_only_bookings_of_the_past_had_can_go(hall, keeper):
    over = coming(hall, layout=hall.layouts.get(), starts_at=NOW - timedelta(days=3))

    services.change_room(hall, by=keeper, now=NOW, **told(hall, holds={"rows": 60}))

    over.refresh_from_db()
    assert (over.layout, Layout.objects.get().kind) == (None, "rows")


def test_whoever_fills_in_a_request_goes_on_without_the_layout(hall, keeper):
    hirer = HirerFactory()
    held = hold(hall, a_member_of(hirer), hirer, layout=hall.layouts.get())

    services.change_room(hall, by=keeper, now=NOW, **told(hall, holds={"rows": 60}))

    held.refresh_from_db()
    assert (held.layout, held.occupancies.count()) == (None, 1)


@pytest.mark.parametrize("asks", [hold, ask])
@pytest.mark.parametrize(
    ("holds", "in_a_circle", "words"),
    [
        ({"circle": 12}, False, "This room holds 12 people."),
        ({"circle": 12, "rows": 60}, True, "This room holds 12 people laid out like that."),
        ({"rows": 60}, True, "Choose a layout that this room has."),
    ],
)
def test_whoever_asks_while_the_room_changes_is_told_how_it_is_now(
    hall, keeper, asks, holds, in_a_circle, words
):
    hirer = HirerFactory()
    member = a_member_of(hirer)
    # What their page read before the room was changed.
    as_it_was = Space.objects.prefetch_related("layouts").get()
    circle = as_it_was.layouts.all()[0] if in_a_circle else None
    services.change_room(hall, by=keeper, now=NOW, **told(hall, holds=holds))

    with pytest.raises(ValidationError) as refused:
        asks(as_it_was, member, hirer, attendance=18, layout=circle)

    assert refused.value.messages == [words]


def test_what_is_asked_for_while_the_room_changes_keeps_the_new_time_free(hall, keeper):
    hirer = HirerFactory()
    member = a_member_of(hirer)
    as_it_was = Space.objects.get()
    services.change_room(hall, by=keeper, now=NOW, **told(hall, turnaround_minutes=45))

    booking = ask(as_it_was, member, hirer)

    assert booking.turnaround_minutes == 45


def test_bookings_keep_the_time_that_they_were_made_with(hall, keeper):
    booking = coming(hall)

    services.change_room(hall, by=keeper, now=NOW, **told(hall, turnaround_minutes=45))

    assert Booking.objects.get() == booking
    assert Booking.objects.get().turnaround_minutes == booking.turnaround_minutes


def test_the_second_of_two_sees_what_the_first_has_said(client, keeper, hall):
    mine = typed(hall)
    services.change_room(hall, by=keeper, now=NOW, **told(hall, holds={"rows": 60}))

    raced = client.post(ADDRESS, mine)

    assert raced.status_code == 409
    assert "Chairs in rows for 60" in words(raced)
    form = raced.context["form"]
    assert form["holds_circle"].value() == "20"

    again = client.post(ADDRESS, mine | {"version": form["version"].value()})

    assert again.status_code == 302
    assert Layout.objects.get().kind == "circle"


def test_saving_the_same_is_no_change(client, keeper, hall):
    services.change_room(hall, by=keeper, now=NOW, **told(hall))
    hall.refresh_from_db()

    again = services.change_room(hall, by=keeper, now=NOW, **told(hall, version="of another day"))

    assert again is False
    assert AuditRecord.objects.count() == 1


def test_a_page_that_changed_nothing_says_so_and_not_that_it_succeeded(client, keeper, hall):
    for said, heading in (
        ("Saved. Groups read it at once.", "Success"),
        ("Nothing is different, so nothing was changed.", "Important"),
    ):
        page = words(client.post(ADDRESS, typed(hall), follow=True))
        assert f"{heading} {said}" in page
        hall.refresh_from_db()


def test_nobody_else_says_it(hall):
    for person in (UserFactory(), a_site_manager_of(SiteFactory())):
        with pytest.raises(PermissionDenied):
            services.change_room(hall, by=person, now=NOW, **told(hall))


def test_a_room_that_is_no_longer_on_offer_is_not_changed(client, keeper, hall):
    hall.status = "archived"
    hall.save()

    assert client.get(ADDRESS).status_code == 404


def test_a_booking_made_meanwhile_is_seen_too(hall, keeper):
    """Whoever looked has seen one of two."""
    first = coming(hall, attendance=18)
    coming(hall, attendance=19, starts_at=NOW + timedelta(days=4))
    less = told(hall, holds={"circle": 12}, seen={str(first.uuid)})

    with pytest.raises(ValidationError) as refused:
        services.change_room(hall, by=keeper, now=NOW, **less)

    assert refused.value.code == services.UNSEEN
    assert len(refused.value.params["bookings"]) == 2


def test_a_booking_that_is_too_big_waits_until_somebody_decides_about_it(client, keeper, hall):
    """Saved all the same, it must not be forgotten: there is a reason why the room holds fewer."""
    many = coming(hall, attendance=18, decided_at=NOW)
    coming(hall, attendance=12, starts_at=NOW + timedelta(days=4))

    saved = client.post(ADDRESS, typed(hall, holds_circle="12") | {"seen": str(many.uuid)})

    listed = client.get(saved.url)
    assert saved.url == "/spaces/sites/weir-house/bookings/"
    assert [one.booking for one in listed.context["left"]] == [many]
    assert "This room holds 12 people." in words(listed)
    assert "This room holds 12 people." in words(client.get("/waiting/"))
    assert "More people come than the room holds" in words(client.get(many.get_absolute_url()))

    Booking.objects.filter(pk=many.pk).update(attendance=12)

    assert client.get(saved.url).context["left"] == []
    assert "More people come" not in words(client.get(many.get_absolute_url()))


def test_a_request_that_has_become_too_big_is_not_approved(hall, keeper):
    asked = coming(hall, attendance=18, state="requested")
    less = told(hall, holds={"circle": 12}, seen={str(asked.uuid)})
    services.change_room(hall, by=keeper, now=NOW, **less)

    with pytest.raises(ValidationError, match="This room holds 12 people"):
        services.approve_booking(asked, by=keeper, now=NOW)


def test_who_changes_other_words_is_not_asked_about_big_bookings_again(client, keeper, hall):
    coming(hall, attendance=25)

    saved = client.post(ADDRESS, typed(hall, summary="Newly painted."))

    assert (saved.status_code, saved.url) == (302, "/spaces/sites/weir-house/")


def test_all_layouts_that_coming_bookings_need_are_told_at_once(client, keeper, hall):
    rows = Layout.objects.create(space=hall, kind="rows", capacity=60)
    for number, layout in enumerate([hall.layouts.get(kind="circle"), rows], start=3):
        coming(hall, layout=layout, starts_at=NOW + timedelta(days=number))

    answer = client.post(ADDRESS, typed(hall, holds_circle="", holds_standing="80"))

    assert sorted(answer.context["form"].errors) == ["holds_circle", "holds_rows"]


@pytest.mark.django_db(transaction=True)
def test_a_room_that_is_taken_out_of_its_offer_meanwhile_is_not_made_smaller():
    offer = a_sent_offer()
    worker, space = a_programme_worker(), offer.site.spaces.get()
    services.ask_for_changes(offer, by=worker, now=NOW, seen=offer.sent_at, note="Which floor?")
    smaller = told(space, holds={"circle": 2})

    outcome = while_not_committed(
        lambda: services.remove_offered_room(offer, space, by=offer.by),
        lambda: services.change_room(space, by=worker, now=NOW, **smaller),
    )

    assert outcome == "gone"
    assert not Space.objects.exists()
