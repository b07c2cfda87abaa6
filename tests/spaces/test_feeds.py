"""Calendars that people subscribe to: of a space, that says only Busy, and of a group, by a secret address."""

import logging
import re
from datetime import date, time, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar

from accounts.models import ProgrammeRole
from anchors.models import Mandate
from core.clock import at
from core.logs import WithoutSecrets
from home.services import roles
from notifications.models import Message
from spaces import services
from spaces.models import Booking, FeedToken, Occupancy, Space
from tests.factories.accounts import UserFactory, a_person_with, whose_address_is_verified
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    ClosureFactory,
    HirerFactory,
    SpaceFactory,
    a_manager_of,
    a_member_of,
    a_site_manager_of,
    on_that_day,
)
from tests.racing import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def events(text):
    return [
        {
            "title": str(event["summary"]),
            "uid": str(event["uid"]),
            "sequence": int(event["sequence"]),
            "status": str(event["status"]),
            "starts": event.decoded("dtstart"),
            "ends": event.decoded("dtend"),
        }
        for event in Calendar.from_ical(text).walk("VEVENT")
    ]


def busy(client, space):
    return client.get(reverse("spaces:space_feed", args=[space.slug]))


def path_of(address):
    return "/" + address.split("/", 3)[3]


def feed_for(hirer, person):
    return path_of(services.make_feed(hirer, by=person, now=NOW))


# --- Free or busy ---------------------------------------------------------------------------------


def test_the_calendar_of_a_space_says_only_when_it_is_busy(client):
    space = SpaceFactory()
    asked = BookingFactory(
        space=space, hirer__organisation__name="Loud Choir (demo)", purpose="Rehearsal"
    )
    BookingFactory(
        space=space,
        state=Booking.State.DECLINED,
        starts_at=asked.starts_at + timedelta(days=1),
    )
    closure = ClosureFactory(
        site=space.site, starts_at=NOW + timedelta(days=20), ends_at=NOW + timedelta(days=21)
    )
    BookingFactory()  # of another space

    text = busy(client, space).content.decode()

    assert [(one["title"], one["starts"], one["ends"]) for one in events(text)] == [
        ("Busy", asked.starts_at, asked.ends_at),
        ("Busy", closure.starts_at, closure.ends_at),
    ]
    for told in ("Loud Choir", "Rehearsal", str(asked.uuid), asked.reference, "/bookings/"):
        assert told not in text


def test_a_day_with_other_hours_is_busy_while_it_is_closed(client):
    """Closed all day, and closed in the afternoon; what is open longer is no busy time."""
    space, other = SpaceFactory(), SpaceFactory()
    monday, tuesday, wednesday = (date(2026, 12, number) for number in (7, 8, 9))
    on_that_day(space.site, monday)
    on_that_day(space, tuesday, (8, 12))
    on_that_day(space, wednesday, (0, 24))
    on_that_day(other, tuesday)

    found = [(one["starts"], one["ends"]) for one in events(busy(client, space).content.decode())]

    assert found == [
        (at(monday, time(8)), at(monday, time(22))),
        (at(tuesday, time(12)), at(tuesday, time(22))),
    ]


def test_what_follows_at_once_is_one_busy_time():
    """Or it would tell how many groups come."""
    space = SpaceFactory()
    first = BookingFactory(space=space)
    second = BookingFactory(space=space, starts_at=first.ends_at)

    (only,) = events(services.busy_feed(space, now=NOW))

    assert (only["starts"], only["ends"]) == (first.starts_at, second.ends_at)


def test_a_hold_that_has_run_out_and_what_lies_far_ahead_is_not_busy():
    space = SpaceFactory()
    start = NOW + timedelta(days=3)
    for hours, expires in ((0, NOW), (5, NOW + timedelta(minutes=1))):
        Occupancy.objects.create(
            room=space.rooms.get(),
            starts_at=start + timedelta(hours=hours),
            used_until=start + timedelta(hours=hours + 1),
            ends_at=start + timedelta(hours=hours + 1),
            status=Occupancy.Status.HELD,
            hold_expires_at=expires,
        )
    BookingFactory(space=space, starts_at=NOW + timedelta(weeks=13, days=1))

    assert [one["starts"] for one in events(services.busy_feed(space, now=NOW))] == [
        start + timedelta(hours=5)
    ]


@pytest.mark.parametrize("why", ["draft", "booked elsewhere"])
def test_a_space_that_nobody_can_book_here_has_no_calendar(client, why):
    if why == "draft":
        space = SpaceFactory(status=Space.Status.DRAFT)
    else:
        space = SpaceFactory(site__booking_authority="elsewhere")

    assert busy(client, space).status_code == 404


def test_an_unchanged_calendar_is_not_sent_again(client):
    space = SpaceFactory()
    BookingFactory(space=space)
    address = reverse("spaces:space_feed", args=[space.slug])
    first = busy(client, space)

    same = client.get(address, headers={"if-none-match": first["ETag"]})
    since = client.get(address, headers={"if-modified-since": first["Last-Modified"]})

    assert first["Cache-Control"] == "public, max-age=60"
    assert (same.status_code, same.content, since.status_code) == (304, b"", 304)
    with time_machine.travel(NOW + timedelta(minutes=2), tick=False):
        cache.delete(f"busy-{space.pk}")  # as Redis does after a minute
        BookingFactory(space=space, starts_at=NOW + timedelta(days=9))
        changed = client.get(address, headers={"if-none-match": first["ETag"]})
        later = client.get(address, headers={"if-modified-since": first["Last-Modified"]})
    assert (changed.status_code, later.status_code) == (200, 200)
    assert len(events(changed.content)) == 2


def test_the_calendar_of_a_space_costs_the_same_for_one_booking_as_for_three():
    space = SpaceFactory()
    weights = []
    for day in range(3):
        BookingFactory(space=space, starts_at=NOW + timedelta(days=day, hours=3))
        with CaptureQueriesContext(connection) as queries:
            services.busy_feed(space, now=NOW)
        weights.append(len(queries))

    assert weights == [4, 4, 4]


# --- A group's own --------------------------------------------------------------------------------


def test_a_secret_address_is_shown_once_and_kept_as_a_hash(client):
    hirer = HirerFactory()
    member = a_member_of(hirer)
    client.force_login(member)
    page = reverse("spaces:group_calendar", args=[hirer.organisation.slug])

    made = client.post(page)

    (secret,) = re.findall(r"/spaces/calendar/([\w-]+)/bookings\.ics", made.content.decode())
    assert len(secret) == 43  # 256 bits
    assert secret not in str(FeedToken.objects.values().get())
    assert secret not in client.get(page).content.decode()
    client.logout()
    assert client.get(f"/spaces/calendar/{secret}/bookings.ics").status_code == 200


def test_a_groups_calendar_shows_its_own_bookings_as_they_stand(client):
    hirer = HirerFactory(organisation__name="Loud Choir (demo)")
    space = SpaceFactory(name="Hall", site__getting_in="Ring twice.")
    states = ["requested", "approved", "declined", "cancelled_by_hirer", "cancelled_by_site"]
    made = [
        BookingFactory(
            hirer=hirer, space=space, state=state, starts_at=NOW + timedelta(days=day, hours=1)
        )
        for day, state in enumerate(states, 1)
    ]
    BookingFactory(space=space, starts_at=NOW + timedelta(days=20))  # of another group

    answer = client.get(feed_for(hirer, a_member_of(hirer)))

    shown = events(answer.content)
    assert [one["status"] for one in shown] == [
        "TENTATIVE",
        "CONFIRMED",
        "CANCELLED",
        "CANCELLED",
        "CANCELLED",
    ]
    assert {one["title"] for one in shown} == {"Hall, Loud Choir (demo)"}
    assert [str(one.uuid) in two["uid"] for one, two in zip(made, shown, strict=True)] == [True] * 5
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Robots-Tag"] == "none"
    told = (
        hirer.purpose, hirer.responsible_adult, hirer.responsible_phone, made[0].purpose,
        made[0].requested_by.email, "Ring twice.",
    )  # fmt: skip
    assert not [word for word in told if word in answer.content.decode()]


def test_the_calendar_of_a_private_group_says_the_space_and_booking(client):
    hirer = HirerFactory(is_sensitive=True, organisation__name="Rainbow Table (demo)")
    booking = BookingFactory(hirer=hirer, purpose="Supper", needs="A quiet way in")

    text = client.get(feed_for(hirer, a_manager_of(hirer))).content.decode()

    (only,) = events(text)
    assert only["title"] == f"Booking: {booking.space}"
    for told in ("Rainbow", "Supper", "quiet way", "LOCATION", "URL:"):
        assert told not in text


def test_a_subscribed_calendar_and_an_invitation_are_one_event(client):
    """The same UID and the same SEQUENCE as the files that letters carry, before and after the end."""
    booking = BookingFactory()
    keeper, own = a_site_manager_of(booking.space.site), a_manager_of(booking.hirer)
    path = feed_for(booking.hirer, own)
    booking = services.approve_booking(booking, by=keeper, now=NOW)
    approved = events(client.get(path).content)[0]
    services.cancel_by_site(booking, by=keeper, now=NOW, reason="safety")
    cancelled = events(client.get(path).content)[0]

    invited, taken_back = (
        events(Message.objects.get(calendar_method=method, user=own).calendar)[0]
        for method in ("REQUEST", "CANCEL")
    )
    same = ("uid", "sequence", "status", "starts", "ends")
    assert [approved[name] for name in same] == [invited[name] for name in same]
    assert [cancelled[name] for name in same] == [taken_back[name] for name in same]
    assert cancelled["sequence"] == approved["sequence"] + 1


LOSSES = [
    "stopped", "made anew", "left", "taken out", "handed over", "mandate ended", "account closed",
    "disabled", "run out",
]  # fmt: skip


@pytest.mark.parametrize("lost", LOSSES)
def test_a_revoked_address_answers_404_at_once(client, lost):
    """Scenario 22; and what was ended by an act never comes back, even when the person does."""
    hirer = HirerFactory()
    a_manager_of(hirer)
    manager = a_manager_of(hirer)
    BookingFactory(hirer=hirer)
    path = feed_for(hirer, manager)
    mandate = Mandate.objects.get(user=manager)
    administrator = a_person_with(ProgrammeRole.Role.ADMINISTRATOR)
    assert client.get(path).status_code == 200

    if lost == "stopped":
        services.stop_feed(hirer, by=manager, now=NOW)
    elif lost == "made anew":
        services.make_feed(hirer, by=manager, now=NOW)
    elif lost == "left":
        services.end_membership(mandate, hirer=hirer, by=manager, now=NOW)
    elif lost == "taken out":
        other = a_manager_of(hirer)
        services.end_membership(mandate, hirer=hirer, by=other, now=NOW)
    elif lost == "handed over":
        heir = whose_address_is_verified(a_member_of(hirer))
        theirs = Mandate.objects.get(user=heir)
        offered = services.offer_hand_over(
            theirs, hirer=hirer, sender_then="leaves", by=manager, now=NOW
        )
        services.accept_invitation(offered, by=heir, now=NOW)
    elif lost == "mandate ended":
        roles.end_mandate(mandate, by=administrator, now=NOW)
    elif lost == "account closed":
        roles.close_account(manager, by=administrator, now=NOW)
    elif lost == "run out":
        Mandate.objects.filter(user=manager).update(ends_on=NOW.date() - timedelta(days=1))
    else:
        type(manager).objects.filter(pk=manager.pk).update(is_active=False)

    gone, unknown = client.get(path), client.get("/spaces/calendar/" + "x" * 43 + "/bookings.ics")
    assert (gone.status_code, unknown.status_code) == (404, 404)
    if lost not in ("disabled", "run out"):
        type(manager).objects.filter(pk=manager.pk).update(is_active=True)
        Mandate.objects.filter(user=manager).delete()
        Mandate.objects.create(
            user=manager, organisation=hirer.organisation, kind="member", starts_on=NOW.date()
        )
        assert client.get(path).status_code == 404


def test_who_becomes_a_member_keeps_the_address(client):
    hirer = HirerFactory()
    manager, other = a_manager_of(hirer), a_manager_of(hirer)
    path = feed_for(hirer, manager)

    services.change_kind(
        Mandate.objects.get(user=manager), "member", hirer=hirer, by=other, now=NOW
    )

    assert client.get(path).status_code == 200


def test_an_address_opens_the_calendar_of_its_own_group_alone(client):
    one, other = HirerFactory(), HirerFactory()
    person = a_manager_of(one)
    Mandate.objects.create(
        user=person, organisation=other.organisation, kind="member", starts_on="2020-01-01"
    )
    BookingFactory(hirer=other)
    path = feed_for(one, person)

    assert events(client.get(path).content) == []


@pytest.mark.parametrize("who", ["stranger", "another group", "site"])
def test_nobody_else_makes_an_address_for_a_group(client, who):
    booking = BookingFactory()
    person = {
        "stranger": UserFactory,
        "another group": lambda: a_manager_of(HirerFactory()),
        "site": lambda: a_site_manager_of(booking.space.site),
    }[who]()
    client.force_login(person)
    page = reverse("spaces:group_calendar", args=[booking.hirer.organisation.slug])

    assert client.post(page).status_code == 404
    assert not FeedToken.objects.exists()


def test_the_secret_is_in_no_line_of_the_log(client, caplog):
    hirer = HirerFactory()
    path = feed_for(hirer, a_manager_of(hirer))
    secret = path.split("/")[3]
    caplog.handler.addFilter(WithoutSecrets())  # as the handler of the portal has it

    FeedToken.objects.update(revoked_at=NOW)
    with caplog.at_level(logging.DEBUG):
        assert client.get(path).status_code == 404
        client.post(path)

    assert "Not Found: /spaces/calendar/…/bookings.ics" in caplog.text
    assert secret not in caplog.text


def test_a_calendar_that_asks_too_often_is_told_to_wait(client):
    hirer = HirerFactory()
    path = feed_for(hirer, a_manager_of(hirer))

    answers = [client.get(path) for _fetch in range(61)]

    assert [one.status_code for one in answers] == [200] * 60 + [429]
    assert answers[-1]["Retry-After"] == "3600"


def test_addresses_outlast_a_restore_and_a_new_secret_key(client, settings):
    """Scenario 33: the rows alone decide, so yesterday's rows open what they opened yesterday."""
    hirer = HirerFactory()
    booking = BookingFactory(hirer=hirer)
    path = feed_for(hirer, a_manager_of(hirer))
    before = events(client.get(path).content)
    backup = FeedToken.objects.values().get()
    FeedToken.objects.all().delete()
    assert client.get(path).status_code == 404

    FeedToken.objects.create(**backup)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-key" * 6, []

    assert events(client.get(path).content) == before
    assert str(booking.uuid) in before[0]["uid"]


def test_a_groups_calendar_costs_the_same_for_one_booking_as_for_three(client):
    hirer = HirerFactory()
    path = feed_for(hirer, a_manager_of(hirer))
    weights = []
    for day in range(3):
        BookingFactory(hirer=hirer, starts_at=NOW + timedelta(days=day, hours=2))
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(path)
        weights.append(len(queries))

    assert weights[0] == weights[2]
    assert len(events(answer.content)) == 3


@pytest.mark.django_db(transaction=True)
def test_a_button_pressed_twice_at_once_leaves_one_address():
    hirer = HirerFactory()
    person = a_manager_of(hirer)

    outcome = at_once(*[lambda: services.make_feed(hirer, by=person, now=NOW)] * 3)

    assert outcome == ["done"] * 3
    assert FeedToken.objects.alive().count() == 1


def test_postgres_keeps_one_address_per_person_and_group():
    hirer = HirerFactory()
    person = a_manager_of(hirer)
    feed_for(hirer, person)

    with pytest.raises(IntegrityError, match="a_person_has_one_address"), transaction.atomic():
        FeedToken.objects.create(hirer=hirer, user=person, secret_hash="0" * 64, made_at=NOW)
