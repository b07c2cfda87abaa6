"""Closing: nobody gets in meanwhile, what was promised is told, and nobody is sent to a shut door."""

from contextlib import closing
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections
from django.urls import reverse

from accounts.models import ProgrammeRole
from anchors.models import Mandate
from audit.models import AuditRecord
from home.services.waiting import waiting_for
from notifications.models import Message
from spaces import services
from spaces.models import Booking, Closure, SiteManager, Space
from tests.factories.accounts import UserFactory, a_person_with
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    ClosureFactory,
    HirerFactory,
    RoomFactory,
    SiteFactory,
    SpaceFactory,
    a_manager_of,
    a_programme_worker,
    a_site_manager_of,
    on_that_day,
    with_second_factor,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_that_morning")]

NOON = NOW.replace(hour=12) + timedelta(days=7)
HOUR = timedelta(hours=1)


def close(site, rooms=(), starts_at=NOON, ends_at=NOON + 2 * HOUR, by=None, now=NOW):
    closure = Closure(site=site, starts_at=starts_at, ends_at=ends_at)
    return services.close_rooms(closure, rooms=rooms, by=by or UserFactory(), now=now)


@pytest.mark.parametrize(
    ("starts", "facts", "lies_in_it"),
    [
        (0, {}, True),
        (-2, {}, False),
        (-2, {"cleardown_minutes": 15}, True),
        (-2, {"turnaround_minutes": 15}, False),
        (2, {}, False),
        (2, {"setup_minutes": 15}, True),
        (0, {"state": "confirmed"}, True),
        (0, {"state": "declined"}, False),
        (0, {"state": "cancelled_by_hirer"}, False),
    ],
)
def test_what_lies_in_a_closure_is_found(starts, facts, lies_in_it):
    booking = BookingFactory(
        starts_at=NOON + starts * HOUR, ends_at=NOON + (starts + 2) * HOUR, **facts
    )
    BookingFactory(starts_at=NOON)  # at another site

    assert close(booking.space.site) == ([booking] if lies_in_it else [])


def test_closing_some_rooms_touches_the_spaces_that_need_them_alone():
    site = SiteFactory()
    one, two, three = (RoomFactory(site=site) for _number in range(3))
    both = BookingFactory(space=SpaceFactory(site=site, rooms=[one, two]), starts_at=NOON)
    BookingFactory(space=SpaceFactory(site=site, rooms=[three]), starts_at=NOON)

    assert close(site, rooms=[one]) == [both]
    assert list(Closure.objects.get().rooms.all()) == [one]


def test_the_same_closure_sent_twice_is_there_once():
    site = SiteFactory()
    keeper, room = a_site_manager_of(site), RoomFactory(site=site)
    BookingFactory(space=SpaceFactory(site=site, rooms=[room]), starts_at=NOON)

    for rooms in ([room], [], [room], []):
        close(site, rooms=rooms, by=keeper)

    assert Closure.objects.count() == 2
    assert AuditRecord.objects.filter(verb="spaces.rooms_closed").count() == 2
    assert Message.objects.filter(address=keeper.email).count() == 2


@pytest.mark.parametrize(("days", "is_refused"), [(730, False), (733, True), (26_000, True)])
def test_nothing_is_shut_for_years_to_come(days, is_refused):
    site = SiteFactory()

    if is_refused:
        with pytest.raises(ValidationError, match="two years from now") as refusal:
            close(site, ends_at=NOW + timedelta(days=days))
        assert refusal.value.code == "too_far"
    else:
        close(site, ends_at=NOW + timedelta(days=days))

    assert Closure.objects.exists() != is_refused


def test_closing_is_written_down_and_told_to_those_who_decide_in_one_letter():
    site = SiteFactory(name="Lee Health Centre")
    keeper, by = a_site_manager_of(site), UserFactory()
    private = HirerFactory(organisation__name="Rainbow Table (demo)", is_sensitive=True)
    hall, studio = SpaceFactory(site=site, name="Hall"), SpaceFactory(site=site, name="Studio")
    promised = BookingFactory(space=hall, starts_at=NOON, state="confirmed", hirer=private)
    asked = BookingFactory(space=studio, starts_at=NOON + HOUR)

    assert close(site, by=by) == [promised, asked]

    entry = AuditRecord.objects.about(Closure.objects.get()).get()
    assert (entry.verb, entry.actor) == ("spaces.rooms_closed", by)
    letter = Message.objects.get()
    assert (letter.address, letter.subject) == (
        keeper.email,
        "Lee Health Centre is closed for 2 bookings",
    )
    assert "Hall, Tuesday 1 December 2026, midday to 2pm" in letter.body
    assert "A group that asks for privacy, confirmed" in letter.body
    assert f"{asked.hirer}, waiting for a decision" in letter.body
    assert promised.get_absolute_url() in letter.body
    assert "Rainbow" not in letter.body
    promised.refresh_from_db()
    assert promised.state == Booking.State.CONFIRMED


def test_closing_when_nothing_is_booked_tells_nobody():
    site = SiteFactory()
    a_site_manager_of(site)

    assert close(site) == []
    assert Message.objects.count() == 0


def test_a_site_that_nobody_runs_is_told_to_programme_staff():
    worker = a_programme_worker()
    booking = BookingFactory(starts_at=NOON)

    close(booking.space.site)

    assert Message.objects.get().address == worker.email


@pytest.mark.django_db(transaction=True)
def test_closing_waits_for_whoever_is_asking_for_a_room():
    """They hold the rooms, and what they ask for is not in our sight until they are through."""
    space = SpaceFactory()
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '50ms'")

    with closing(connections.create_connection("default")) as rival:
        with rival.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT id FROM spaces_room ORDER BY id FOR NO KEY UPDATE")
        with pytest.raises(ValidationError) as refused:
            close(space.site)

    assert refused.value.code == "crowded"
    assert Closure.objects.count() == 0
    connection.close()


# --- Reminders -----------------------------------------------------------------------------------


def test_nobody_is_reminded_of_a_room_that_is_closed_and_the_site_is_told_once():
    hirer = HirerFactory()
    manager = a_manager_of(hirer)
    booking = BookingFactory(
        state="confirmed",
        hirer=hirer,
        starts_at=NOON,
        decided_at=NOW - timedelta(days=30),
        space__name="Hall",
    )
    keeper = a_site_manager_of(booking.space.site)
    closure = ClosureFactory(site=booking.space.site, starts_at=NOON + HOUR)

    written = [services.send_reminders(now=NOON - hours * HOUR) for hours in (160, 159, 23, 22)]

    assert written == [1, 0, 0, 0]
    letter = Message.objects.get()
    assert letter.address == keeper.email
    assert letter.valid_until == NOON
    assert "Hall, Tuesday 1 December 2026, midday to 2pm" in letter.body
    # Opened again, the group is reminded as ever.
    services.open_rooms(closure, by=keeper)
    assert services.send_reminders(now=NOON - 21 * HOUR) == 1
    assert Message.objects.get(user=manager).subject.startswith("Reminder: Hall")


def test_a_closure_of_another_room_leaves_the_reminder_alone():
    hirer = HirerFactory()
    a_manager_of(hirer)
    booking = BookingFactory(
        state="confirmed", hirer=hirer, starts_at=NOON, decided_at=NOW - timedelta(days=30)
    )
    closure = ClosureFactory(site=booking.space.site)
    closure.rooms.set([RoomFactory(site=booking.space.site)])

    services.send_reminders(now=NOON - HOUR)

    assert Message.objects.get().subject.startswith("Reminder:")


@pytest.mark.parametrize("whole_site", [True, False])
@pytest.mark.parametrize("stretches", [[], [(8, 9)]])
def test_nobody_is_reminded_of_a_day_on_which_it_is_closed(whole_site, stretches):
    hirer = HirerFactory()
    manager = a_manager_of(hirer)
    booking = BookingFactory(
        state="confirmed",
        hirer=hirer,
        # After midnight in London and before it in UTC: the day is London's.
        starts_at=NOON.replace(month=6, year=2027, hour=23),
        decided_at=NOW,
    )
    keeper = a_site_manager_of(booking.space.site)
    of = booking.space.site if whole_site else booking.space
    on_that_day(of, booking.starts_at.date() + timedelta(days=1), *stretches)
    on_that_day(of, booking.starts_at.date())

    services.send_reminders(now=booking.starts_at - 23 * HOUR)

    # Other hours are for people to decide about; a shut door is not to be walked to.
    [letter] = Message.objects.all()
    assert letter.address == (manager if stretches else keeper).email


def test_nobody_is_asked_to_decide_for_their_own_group_when_the_rooms_are_closed():
    hirer, site = HirerFactory(), SiteFactory()
    keeper, worker = a_site_manager_of(site), a_programme_worker()
    Mandate.objects.create(
        user=keeper, organisation=hirer.organisation, kind="member", starts_on=NOW.date()
    )
    booking = BookingFactory(
        space__site=site, hirer=hirer, starts_at=NOON, state="confirmed", decided_at=NOW
    )
    ClosureFactory(site=site, starts_at=NOON)

    services.send_reminders(now=booking.starts_at - 23 * HOUR)

    told = set(Message.objects.values_list("address", flat=True))
    assert worker.email in told
    assert keeper.email not in told


# --- Until each is decided -----------------------------------------------------------------------


def left_at(*sites, now=NOW):
    booked = Booking.objects.filter(space__site__in=sites)
    return [one.booking for one in services.left_outside(booked, now=now)]


def shut_out(of, way):
    """Shut a room for the afternoon of the day, in one way or another."""
    if way == "the building":
        ClosureFactory(site=of.site, starts_at=NOON)
    elif way == "its room":
        ClosureFactory(site=of.site, starts_at=NOON).rooms.set(of.rooms.all())
    elif way == "another room":
        ClosureFactory(site=of.site, starts_at=NOON).rooms.set([RoomFactory(site=of.site)])
    elif way == "another site":
        ClosureFactory(starts_at=NOON)
    elif way == "closed that day":
        on_that_day(of.site, NOON.date())
    elif way == "other hours that day":
        on_that_day(of, NOON.date(), (8, 13))
    elif way == "other hours of another room":
        on_that_day(SpaceFactory(site=of.site), NOON.date(), (8, 13))
    else:
        of.site.opening_rules.update(closes_minute=13 * 60)


@pytest.mark.parametrize(
    ("way", "is_left"),
    [
        ("the building", True),
        ("its room", True),
        ("another room", False),
        ("another site", False),
        ("closed that day", True),
        ("other hours that day", True),
        ("other hours of another room", False),
        ("new weekly hours", True),
    ],
)
def test_what_stands_while_its_room_is_shut_is_left_outside(way, is_left):
    booking = BookingFactory(starts_at=NOON, state="confirmed")
    BookingFactory(space=booking.space, starts_at=NOON + 21 * HOUR)
    BookingFactory(space=booking.space, starts_at=NOON, state="cancelled_by_site")

    shut_out(booking.space, way)

    assert left_at(booking.space.site) == ([booking] if is_left else [])
    # What one booking is told, and what is found of many, must never disagree.
    assert bool(services.why_not(booking)) == is_left
    assert left_at(booking.space.site, now=NOON) == []


@pytest.mark.parametrize(
    ("of_space", "of_site"),
    [
        ({"status": "suspended"}, {}),
        ({"status": "archived"}, {}),
        ({"is_clinical": True}, {}),
        ({"rooms": []}, {}),
        ({}, {"is_published": False}),
        ({}, {"booking_authority": "elsewhere"}),
    ],
)
def test_what_stands_in_a_room_that_is_not_on_offer_any_more_is_left_outside(of_space, of_site):
    site = SiteFactory(**of_site)
    withdrawn, other = SpaceFactory(site=site, **of_space), SpaceFactory(site=site)
    left = [
        BookingFactory(space=withdrawn, starts_at=NOON + number * 4 * HOUR, state=state)
        for number, state in enumerate(("confirmed", "requested"))
    ]
    BookingFactory(space=withdrawn, starts_at=NOON, state="cancelled_by_site")
    beside = BookingFactory(space=other, starts_at=NOON + 2 * HOUR, state="confirmed")

    assert left_at(site) == (left if of_space else [left[0], beside, left[1]])
    assert [bool(services.why_not(one)) for one in (*left, beside)] == [True, True, bool(of_site)]


def test_a_booking_of_a_room_that_is_withdrawn_waits_for_the_site_and_its_page_says_so(client):
    hirer = HirerFactory()
    promised = BookingFactory(starts_at=NOON, state="confirmed", decided_at=NOW, hirer=hirer)
    space = promised.space
    asked = BookingFactory(space=space, starts_at=NOON + 3 * HOUR)
    keeper, member = a_site_manager_of(space.site), a_manager_of(hirer)
    Space.objects.update(status=Space.Status.SUSPENDED)

    assert lines_that_wait(keeper) == [
        (promised.get_absolute_url(), f"{hirer}. This room is not on offer at the moment.")
    ]
    to_site, to_group = (page_of(client, one, promised) for one in (keeper, member))
    for page in (to_site, to_group):
        assert "The room is not on offer any more" in page
        assert "better time" not in page
    assert "Ask an administrator to put the room on offer again" in to_site
    assert "Move it to another time" not in to_site
    approve = reverse("spaces:approve_booking", args=[asked.uuid])
    assert f'href="{approve}"' not in page_of(client, keeper, asked)


def lines_that_wait(person):
    sections = waiting_for(person, now=NOW, today=NOW.date())
    return [
        (line.url, line.text)
        for section in sections
        if section.title == "Bookings that no longer fit"
        for line in section.lines
    ]


@pytest.mark.parametrize("how", ["cancelled", "moved", "lifted"])
def test_a_confirmed_booking_in_a_closure_waits_for_the_site_until_it_is_decided(how):
    booking = BookingFactory(starts_at=NOON, state="confirmed", decided_at=NOW)
    keeper, other = a_site_manager_of(booking.space.site), a_site_manager_of(SiteFactory())
    closure = ClosureFactory(site=booking.space.site, starts_at=NOON, public_note="The roof leaks")

    assert lines_that_wait(keeper) == [
        (
            booking.get_absolute_url(),
            f"{booking.hirer}. This room is closed for part of that time: The roof leaks.",
        )
    ]
    assert lines_that_wait(other) == []

    if how == "cancelled":
        services.cancel_by_site(booking, by=keeper, now=NOW, reason="closed")
    elif how == "moved":
        Booking.objects.update(starts_at=NOON - 3 * HOUR, ends_at=NOON - HOUR)
    else:
        services.open_rooms(closure, by=keeper)
    assert lines_that_wait(keeper) == []


def test_what_is_left_outside_waits_once_for_somebody_who_may_decide():
    """A request has its own place on the list; a site that nobody runs is programme staff's."""
    site = SiteFactory()
    space, worker = SpaceFactory(site=site), a_programme_worker()
    BookingFactory(space=space, starts_at=NOON)
    hirer = HirerFactory()
    promised = BookingFactory(
        space=SpaceFactory(site=site), starts_at=NOON, state="confirmed", hirer=hirer
    )
    ClosureFactory(site=site, starts_at=NOON)

    assert [url for url, _text in lines_that_wait(worker)] == [promised.get_absolute_url()]
    keeper, of_the_group = a_site_manager_of(site), a_manager_of(hirer)
    SiteManager.objects.create(user=of_the_group, site=site, starts_on=NOW.date())
    assert [len(lines_that_wait(one)) for one in (worker, keeper, of_the_group)] == [0, 1, 0]
    # Nobody decides for their own group: when only its people are left, programme staff do.
    SiteManager.objects.filter(user=keeper).delete()
    assert [len(lines_that_wait(one)) for one in (worker, of_the_group)] == [1, 0]
    Mandate.objects.create(
        user=worker, organisation=hirer.organisation, kind="member", starts_on=NOW.date()
    )
    assert lines_that_wait(worker) == []


@pytest.mark.parametrize("how_many", [1, 3])
def test_what_is_left_outside_costs_the_same_for_one_as_for_many(
    django_assert_num_queries, how_many
):
    sites = [SiteFactory() for _number in range(how_many)]
    for site in sites:
        BookingFactory.create_batch(how_many, space__site=site, starts_at=NOON)
        ClosureFactory(site=site, starts_at=NOON)

    with django_assert_num_queries(
        8
    ):  # bookings, hours, days, closures, rooms twice, layouts, found
        assert len(left_at(*sites)) == how_many**2


def page_of(client, person, booking):
    client.force_login(person)
    return client.get(booking.get_absolute_url()).content.decode()


def test_the_page_of_a_booking_in_a_closure_says_so_to_site_and_group(client):
    hirer = HirerFactory()
    booking = BookingFactory(
        starts_at=NOON, state="confirmed", decided_at=NOW, hirer=hirer, decided_by=UserFactory()
    )
    keeper, member = a_site_manager_of(booking.space.site), a_manager_of(hirer)
    heading = "The room is closed for part of this time"
    assert heading not in page_of(client, keeper, booking)
    closure = ClosureFactory(site=booking.space.site, starts_at=NOON, public_note="The roof leaks")

    to_site, to_group = (page_of(client, one, booking) for one in (keeper, member))

    lift = reverse("spaces:end_closure", args=[booking.space.site.slug, closure.pk])
    assert heading in to_site
    assert "closed for part of that time: The roof leaks." in to_site
    for address in (
        reverse("spaces:cancel_booking", args=[booking.uuid]),
        reverse("spaces:change_booking", args=[booking.uuid]),
        lift,
    ):
        assert f'<li><a href="{address}">' in to_site
    assert heading in to_group
    assert "closed for part of that time: The roof leaks." in to_group
    assert "The people who run the site decide what happens, and will write to you." in to_group
    assert lift not in to_group


# --- In the tables -------------------------------------------------------------------------------


@pytest.fixture
def administrator(client):
    person = with_second_factor(a_person_with(ProgrammeRole.Role.ADMINISTRATOR))
    client.force_login(person)
    return person


def typed(site, *rooms):
    return {
        "site": site.pk,
        "rooms": [room.pk for room in rooms],
        "starts_at": "2026-12-01T12:00",
        "ends_at": "2026-12-01T14:00",
        "reason": "works",
        "public_note": "",
    }


def test_an_administrator_closes_changes_and_opens_again(client, administrator):
    booking = BookingFactory(starts_at=NOON)
    site, room = booking.space.site, booking.space.rooms.get()
    keeper = a_site_manager_of(site)

    answer = client.post(
        reverse("admin:spaces_closure_add"), typed(site, room), follow=True
    ).content.decode()

    closure = Closure.objects.get()
    assert list(closure.rooms.all()) == [room]
    assert "1 booking lies in this time." in answer
    assert [letter.address for letter in Message.objects.all()] == [keeper.email]
    client.post(reverse("admin:spaces_closure_change", args=[closure.pk]), typed(site))
    assert list(closure.rooms.all()) == []
    client.post(reverse("admin:spaces_closure_delete", args=[closure.pk]), {"post": "yes"})
    # What the site was told is not so any more.
    assert not Message.objects.waiting().exists()
    assert not Closure.objects.exists()
    history = AuditRecord.objects.filter(
        subject_id=str(closure.pk), verb__startswith="spaces.rooms"
    )
    assert [(entry.verb, entry.actor) for entry in history.order_by("pk")] == [
        ("spaces.rooms_closed", administrator),
        ("spaces.rooms_closed", administrator),
        ("spaces.rooms_opened", administrator),
    ]


def test_an_administrator_too_shuts_nothing_for_years_to_come(client, administrator):
    facts = typed(SiteFactory()) | {"ends_at": "2099-12-01T14:00"}

    answer = client.post(reverse("admin:spaces_closure_add"), facts)

    assert "two years from now" in answer.content.decode()
    assert not Closure.objects.exists()


def test_rooms_of_another_site_cannot_be_closed_with_it(client, administrator):
    site, elsewhere = SiteFactory(), RoomFactory()

    answer = client.post(reverse("admin:spaces_closure_add"), typed(site, elsewhere))

    assert "Choose rooms of this site only." in answer.content.decode()
    assert not Closure.objects.exists()
