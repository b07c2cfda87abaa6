"""Asking, deciding and cancelling: what is true afterwards, and who hears of it."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, connections, transaction

from anchors.models import Mandate
from audit.models import AuditRecord
from core.clock import LONDON
from notifications.models import Message
from spaces import services
from spaces.models import Booking, Closure, Hirer, Layout, Occupancy, Site, SiteManager, Space
from spaces.services import rooms
from tests.factories.accounts import UserFactory
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    ClosureFactory,
    HirerFactory,
    RoomFactory,
    SiteFactory,
    SpaceFactory,
    a_manager_of,
    a_member_of,
    a_programme_worker,
    a_site_manager_of,
)
from tests.racing import at_once

pytestmark = pytest.mark.django_db

EVENING = datetime(2026, 12, 1, 18, 0, tzinfo=LONDON)


def ask(space, person, hirer, **changed):
    wanted = {
        "starts_at": EVENING,
        "ends_at": EVENING + timedelta(hours=2),
        "attendance": 12,
        "purpose": "Tea and talk",
        "ages": ["26_to_64"],
        "form_id": uuid4(),
        "now": NOW,
    }
    return services.request_booking(space, by=person, hirer=hirer, **(wanted | changed))


@pytest.fixture
def hirer():
    return HirerFactory()


@pytest.fixture
def member(hirer):
    return a_member_of(hirer)


def letters():
    return sorted((letter.address, letter.subject) for letter in Message.objects.all())


def test_asking_holds_the_room_and_tells_the_group_and_the_site(hirer, member):
    space = SpaceFactory(name="Hall", turnaround_minutes=15, site__contact_email="desk@example.org")
    manager = a_manager_of(hirer)
    keeper = a_site_manager_of(space.site)

    booking = ask(space, member, hirer, setup_minutes=30, cleardown_minutes=15)

    assert booking.state == Booking.State.REQUESTED
    assert booking.requested_by == member
    (occupancy,) = booking.occupancies.all()
    assert occupancy.status == Occupancy.Status.PENDING
    assert occupancy.starts_at == EVENING - timedelta(minutes=30)
    assert occupancy.ends_at == EVENING + timedelta(hours=2, minutes=30)
    (entry,) = AuditRecord.objects.about(booking)
    assert (entry.verb, entry.actor) == ("spaces.booking_requested", member)
    assert letters() == sorted(
        [
            (member.email, f"We have your request for Hall ({booking.reference})"),
            (manager.email, f"We have your request for Hall ({booking.reference})"),
            (keeper.email, "Please decide: Hall on Tuesday 1 December 2026"),
            ("desk@example.org", "Please decide: Hall on Tuesday 1 December 2026"),
        ]
    )


@pytest.mark.parametrize(
    ("run_by", "asked"),
    [
        ("a keeper", ["keeper"]),
        ("a keeper and one of the group", ["keeper"]),
        ("one of the group", ["worker"]),
        ("one of the group and an office", ["desk@example.org", "worker"]),
        ("an office", ["desk@example.org", "worker"]),
        ("nobody", ["worker"]),
    ],
)
def test_somebody_who_may_decide_is_asked_to(hirer, member, run_by, asked):
    office = "desk@example.org" if "office" in run_by else ""
    space = SpaceFactory(site__contact_email=office)
    people = {"worker": a_programme_worker()}
    for own in (a_programme_worker(), UserFactory()):
        Mandate.objects.create(
            user=own, organisation=hirer.organisation, kind="member", starts_on=date(2020, 1, 1)
        )
    if "keeper" in run_by:
        people["keeper"] = a_site_manager_of(space.site)
    if "group" in run_by:
        SiteManager.objects.create(user=own, site=space.site, starts_on=date(2020, 1, 1))

    ask(space, member, hirer)

    letters = Message.objects.filter(subject__startswith="Please decide")
    assert sorted(letter.address for letter in letters) == sorted(
        people[one].email if one in people else one for one in asked
    )


def test_a_sites_office_is_greeted_without_a_name(hirer, member):
    space = SpaceFactory(
        site__contact_email="desk@example.org", site__contact_name="The site office"
    )

    ask(space, member, hirer)

    letter = Message.objects.get(address="desk@example.org")
    assert letter.body.splitlines()[0] == "Hello,"


def test_a_form_sent_twice_makes_one_booking(hirer, member):
    space, form_id = SpaceFactory(), uuid4()

    first = ask(space, member, hirer, form_id=form_id)
    second = ask(space, member, hirer, form_id=form_id)

    assert second == first
    assert Booking.objects.count() == 1
    assert AuditRecord.objects.filter(verb="spaces.booking_requested").count() == 1
    assert Message.objects.filter(address=member.email).count() == 1


@pytest.mark.parametrize("elsewhere", [False, True], ids=["same space", "another space"])
def test_a_form_sent_again_with_something_else_is_refused(hirer, member, elsewhere):
    space, form_id = SpaceFactory(), uuid4()
    ask(space, member, hirer, form_id=form_id)

    with pytest.raises(ValidationError) as refusal:
        ask(
            SpaceFactory() if elsewhere else space,
            member,
            hirer,
            form_id=form_id,
            attendance=13,
        )

    assert refusal.value.code == services.FORM_USED
    assert Booking.objects.count() == 1


@pytest.mark.parametrize(
    ("hours", "is_free"),
    [(-2, True), (-1.5, False), (0, False), (1.5, False), (2, True)],
    ids=["ends as it begins", "overlaps start", "same", "overlaps end", "begins as it ends"],
)
def test_a_room_is_asked_for_once_at_a_time(hirer, member, hours, is_free):
    space = SpaceFactory()
    BookingFactory(space=space, starts_at=EVENING)
    start = EVENING + timedelta(hours=hours)

    if is_free:
        ask(space, member, hirer, starts_at=start, ends_at=start + timedelta(hours=2))
    else:
        with pytest.raises(ValidationError) as refusal:
            ask(space, member, hirer, starts_at=start, ends_at=start + timedelta(hours=2))
        assert refusal.value.code == services.JUST_TAKEN

    assert Booking.objects.count() == 1 + is_free


@pytest.mark.parametrize(
    ("start", "setup", "is_free"),
    [("12:15", 0, False), ("12:30", 0, True), ("12:30", 15, False), ("12:45", 15, True)],
)
def test_turnaround_and_set_up_push_the_next_group_back(hirer, member, start, setup, is_free):
    space = SpaceFactory(turnaround_minutes=30, start_step_minutes=15)
    noon = EVENING.replace(hour=12)
    BookingFactory(
        space=space,
        starts_at=noon - timedelta(hours=2),
        ends_at=noon,
        turnaround_minutes=30,
    )
    hour, minute = map(int, start.split(":"))
    starts_at = EVENING.replace(hour=hour, minute=minute)
    wanted = {
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=1),
        "setup_minutes": setup,
    }

    if is_free:
        ask(space, member, hirer, **wanted)
    else:
        with pytest.raises(ValidationError) as refusal:
            ask(space, member, hirer, **wanted)
        assert refusal.value.code == services.JUST_TAKEN

    assert Booking.objects.count() == 1 + is_free


def test_rooms_that_join_block_each_other(hirer, member):
    site = SiteFactory()
    one, two = RoomFactory(site=site), RoomFactory(site=site)
    room_a = SpaceFactory(site=site, rooms=[one])
    room_b = SpaceFactory(site=site, rooms=[two])
    hall = SpaceFactory(site=site, rooms=[one, two])

    ask(room_a, member, hirer)
    with pytest.raises(ValidationError) as refusal:
        ask(hall, member, hirer)
    ask(room_b, member, hirer)

    assert refusal.value.code == services.JUST_TAKEN
    assert sorted(Booking.objects.values_list("space", flat=True)) == [room_a.pk, room_b.pk]


def test_a_hall_blocks_each_of_its_rooms(hirer, member):
    site = SiteFactory()
    one, two = RoomFactory(site=site), RoomFactory(site=site)
    room_b = SpaceFactory(site=site, rooms=[two])
    hall = SpaceFactory(site=site, rooms=[one, two])

    ask(hall, member, hirer)
    with pytest.raises(ValidationError) as refusal:
        ask(room_b, member, hirer)

    assert refusal.value.code == services.JUST_TAKEN
    assert Occupancy.objects.taken().count() == 2


@pytest.mark.parametrize(("minutes", "is_free"), [(-1, True), (1, False)], ids=["ran out", "holds"])
def test_a_hold_that_ran_out_keeps_nobody_waiting(hirer, member, minutes, is_free):
    space = SpaceFactory()
    hold = Occupancy.objects.create(
        room=space.rooms.get(),
        starts_at=EVENING,
        used_until=EVENING + timedelta(hours=1),
        ends_at=EVENING + timedelta(hours=1),
        status=Occupancy.Status.HELD,
        hold_expires_at=NOW + timedelta(minutes=minutes),
    )

    if is_free:
        ask(space, member, hirer)
    else:
        with pytest.raises(ValidationError):
            ask(space, member, hirer)

    hold.refresh_from_db()
    assert hold.status == (Occupancy.Status.RELEASED if is_free else Occupancy.Status.HELD)


def hours_of(space):
    """Open on Tuesdays from 18:00 to 21:00 only."""
    space.site.opening_rules.all().delete()
    space.opening_rules.create(
        site=space.site, weekday=1, opens_minute=18 * 60, closes_minute=21 * 60
    )


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"ends_at": EVENING - timedelta(hours=1)}, "reversed"),
        ({"ends_at": EVENING}, "reversed"),
        ({"starts_at": NOW - timedelta(hours=1)}, "past"),
        ({"starts_at": EVENING.replace(minute=10)}, "step"),
        (
            {
                "starts_at": EVENING.replace(month=11, day=25),
                "ends_at": EVENING.replace(month=11, day=25, hour=20),
            },
            "notice",
        ),
        (
            {
                "starts_at": EVENING.replace(year=2027, month=12, day=7),
                "ends_at": EVENING.replace(year=2027, month=12, day=7, hour=20),
            },
            "horizon",
        ),
        ({"ends_at": EVENING + timedelta(minutes=30)}, "short"),
        ({"starts_at": EVENING - timedelta(hours=7)}, "long"),
        ({"setup_minutes": 30}, "outside_hours"),
        ({"cleardown_minutes": 60, "ends_at": EVENING + timedelta(hours=2.5)}, "outside_hours"),
        (
            {
                "starts_at": EVENING + timedelta(days=1),
                "ends_at": EVENING + timedelta(days=1, hours=2),
            },
            "not_open",
        ),
    ],
)
def test_the_rules_of_a_space_refuse_in_words_and_nothing_is_stored(hirer, member, changed, code):
    space = SpaceFactory()
    hours_of(space)

    with pytest.raises(ValidationError) as refusal:
        ask(space, member, hirer, **changed)

    assert refusal.value.code == code
    assert (Booking.objects.count(), Occupancy.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("layout", "attendance", "is_taken"),
    [
        (None, 40, True),
        (None, 41, False),
        (Layout.Kind.CIRCLE, 20, True),
        (Layout.Kind.CIRCLE, 21, False),
    ],
)
def test_everybody_fits_in_the_layout_asked_for(hirer, member, layout, attendance, is_taken):
    space = SpaceFactory(capacity=20)
    space.layouts.create(kind=Layout.Kind.ROWS, capacity=40)
    chosen = space.layouts.get(kind=layout) if layout else None

    if is_taken:
        ask(space, member, hirer, layout=chosen, attendance=attendance)
    else:
        with pytest.raises(ValidationError) as refusal:
            ask(space, member, hirer, layout=chosen, attendance=attendance)
        assert list(refusal.value.message_dict) == ["attendance"]

    assert Booking.objects.count() == is_taken


def test_a_closed_room_cannot_be_asked_for_and_its_neighbour_can(hirer, member):
    space = SpaceFactory()
    neighbour = SpaceFactory(site=space.site)
    closure = ClosureFactory(site=space.site)
    closure.rooms.set(space.rooms.all())

    with pytest.raises(ValidationError) as refusal:
        ask(space, member, hirer)
    ask(neighbour, member, hirer)

    assert refusal.value.code == "closed"
    assert Booking.objects.get().space == neighbour


@pytest.mark.parametrize(
    ("what", "state", "code"),
    [
        (Hirer, Hirer.State.REGISTERED, "hirer"),
        (Hirer, Hirer.State.DECLINED, "hirer"),
        (Space, Space.Status.SUSPENDED, "not_offered"),
        (Site, Site.BookingAuthority.ELSEWHERE, "booked_elsewhere"),
    ],
)
def test_only_approved_groups_ask_for_spaces_on_offer_here(what, state, code):
    hirer = HirerFactory(
        **({"state": state, "decision_reason": "No papers."} if what is Hirer else {})
    )
    space = SpaceFactory(
        **({"status": state} if what is Space else {}),
        **({"site__booking_authority": state} if what is Site else {}),
    )

    with pytest.raises(ValidationError) as refusal:
        ask(space, a_member_of(hirer), hirer)

    assert refusal.value.code == code
    assert Booking.objects.count() == 0


def test_a_space_for_patient_care_cannot_be_asked_for(hirer, member):
    with pytest.raises(ValidationError) as refusal:
        ask(SpaceFactory(is_clinical=True), member, hirer)

    assert refusal.value.code == "not_offered"
    assert (Booking.objects.count(), Occupancy.objects.count()) == (0, 0)


def test_a_space_without_rooms_cannot_be_asked_for(hirer, member):
    """Nothing would be taken, so everybody could have it at once."""
    with pytest.raises(ValidationError) as refusal:
        ask(SpaceFactory(rooms=[]), member, hirer)

    assert refusal.value.code == "not_offered"
    assert Booking.objects.count() == 0


def test_nobody_asks_for_a_group_that_is_not_theirs(hirer):
    with pytest.raises(PermissionDenied):
        ask(SpaceFactory(), a_member_of(HirerFactory()), hirer)

    assert Booking.objects.count() == 0


def test_postgres_refuses_to_take_a_room_twice_whatever_door_is_used():
    booking = BookingFactory()
    (taken,) = booking.occupancies.all()

    with pytest.raises(IntegrityError, match="room_is_taken_once_at_a_time"), transaction.atomic():
        Occupancy.objects.create(
            room=taken.room,
            starts_at=taken.ends_at - timedelta(minutes=1),
            used_until=taken.ends_at + timedelta(hours=1),
            ends_at=taken.ends_at + timedelta(hours=1),
            status=Occupancy.Status.HELD,
            hold_expires_at=NOW,
        )
    Occupancy.objects.create(
        room=taken.room,
        starts_at=taken.ends_at,
        used_until=taken.ends_at + timedelta(hours=1),
        ends_at=taken.ends_at + timedelta(hours=1),
        status=Occupancy.Status.HELD,
        hold_expires_at=NOW,
    )

    assert Occupancy.objects.taken().count() == 2


@pytest.mark.parametrize(
    ("hours", "constraint"),
    [
        (0, "an_occupancy_ends_after_it_starts"),
        (-1, "an_occupancy_ends_after_it_starts"),
        (25, "an_occupancy_lasts_a_day_at_most"),
    ],
)
def test_postgres_refuses_times_that_would_slip_through(hours, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        Occupancy.objects.create(
            room=RoomFactory(),
            starts_at=EVENING,
            used_until=EVENING + timedelta(hours=hours),
            ends_at=EVENING + timedelta(hours=hours),
            status=Occupancy.Status.PENDING,
        )


def test_a_refusal_of_the_constraint_becomes_just_taken():
    """Whoever takes a room without looking hears it from the law behind the lock."""
    taken = BookingFactory().occupancies.get()
    names = ("room", "starts_at", "ends_at", "used_until")
    again = {name: getattr(taken, name) for name in names}

    with pytest.raises(ValidationError) as refusal:
        rooms.taking_turns(lambda: Occupancy.objects.create(status="pending", **again))

    assert refusal.value.code == services.JUST_TAKEN
    assert Occupancy.objects.get() == taken


# --- Deciding -----------------------------------------------------------------------------------


def test_approving_promises_the_room_and_tells_the_group_how_to_get_in(hirer, member):
    booking = BookingFactory(hirer=hirer, requested_by=member, space__name="Hall")
    keeper = a_site_manager_of(booking.space.site, name="Kwame")
    colleague = a_site_manager_of(booking.space.site)

    services.approve_booking(booking, by=keeper, now=NOW)

    booking.refresh_from_db()
    assert (booking.state, booking.decided_by, booking.decided_at) == ("confirmed", keeper, NOW)
    assert booking.occupancies.get().status == Occupancy.Status.CONFIRMED
    assert AuditRecord.objects.about(booking).get().verb == "spaces.booking_approved"
    assert letters() == sorted(
        [
            (member.email, "Hall is yours on Tuesday 1 December 2026"),
            (colleague.email, "Hall is booked on Tuesday 1 December 2026"),
        ]
    )
    letter = Message.objects.get(address=member.email)
    assert "Ring the bell at the side door." in letter.body
    assert letter.about == f"spaces.booking:{booking.pk}"
    assert letter.calendar_method == "REQUEST"
    assert f"UID:booking-{booking.uuid}" in letter.calendar
    assert "SEQUENCE:0" in letter.calendar


def test_declining_frees_the_room_and_says_why_and_what_else_is_free(hirer, member):
    site = SiteFactory()
    other = SpaceFactory(site=site, name="Studio")
    booking = BookingFactory(
        hirer=hirer,
        requested_by=member,
        space__site=site,
        starts_at=EVENING,
        ends_at=EVENING + timedelta(hours=2),
    )

    services.decline_booking(
        booking,
        by=a_site_manager_of(site),
        now=NOW,
        reason=Booking.Reason.CLINICAL,
        reason_note="The flu clinic needs it.",
    )

    booking.refresh_from_db()
    assert (booking.state, booking.reason) == ("declined", "clinical")
    assert booking.occupancies.get().status == Occupancy.Status.RELEASED
    letter = Message.objects.get()
    assert letter.address == member.email
    assert "Reason: Needed for patient care\nThe flu clinic needs it." in letter.body
    assert f"- {other}: Tuesday 1 December 2026, 6pm to 8pm" in letter.body
    assert f"- {booking.space.name}: Tuesday 1 December 2026, 4pm to 6pm" in letter.body
    # The time that was declined is not offered back.
    assert f"- {booking.space.name}: Tuesday 1 December 2026, 6pm to 8pm" not in letter.body


def test_nobody_decides_for_their_own_group(hirer):
    booking = BookingFactory(hirer=hirer)
    keeper = a_site_manager_of(booking.space.site)
    Mandate.objects.create(
        user=keeper,
        organisation=hirer.organisation,
        kind=Mandate.Kind.MEMBER,
        starts_on=date(2020, 1, 1),
    )

    with pytest.raises(PermissionDenied, match="somebody else must decide"):
        services.approve_booking(booking, by=keeper, now=NOW)
    with pytest.raises(PermissionDenied, match="somebody else must decide"):
        services.decline_booking(booking, by=keeper, now=NOW, reason="other", reason_note="No")

    booking.refresh_from_db()
    assert booking.state == Booking.State.REQUESTED


@pytest.mark.parametrize("decision", ["confirmed", "declined", "cancelled"])
def test_nobody_is_asked_to_decide_about_what_is_decided(hirer, member, decision):
    space = SpaceFactory()
    first, second = a_site_manager_of(space.site), a_site_manager_of(space.site)
    booking = ask(space, member, hirer)
    asked = Message.objects.filter(subject__startswith="Please decide")
    assert {(one.user, one.state, one.valid_until) for one in asked} == {
        (keeper, Message.State.WAITING, EVENING) for keeper in (first, second)
    }

    if decision == "confirmed":
        services.approve_booking(booking, by=first, now=NOW)
    elif decision == "declined":
        services.decline_booking(booking, by=first, now=NOW, reason="capacity")
    else:
        services.cancel_by_hirer(booking, by=member, now=NOW, reason="illness")

    assert {one.state for one in asked.all()} == {Message.State.WITHDRAWN}
    assert Message.objects.waiting().filter(user=member).count() == 1


@pytest.mark.parametrize("who", ["other site manager", "member"])
def test_only_those_who_run_the_site_decide(hirer, member, who):
    booking = BookingFactory(hirer=hirer)
    person = member if who == "member" else a_site_manager_of(SiteFactory())

    with pytest.raises(PermissionDenied):
        services.approve_booking(booking, by=person, now=NOW)

    booking.refresh_from_db()
    assert booking.state == Booking.State.REQUESTED


def test_programme_staff_stand_in_for_a_site():
    booking = BookingFactory()

    services.approve_booking(booking, by=a_programme_worker(), now=NOW)

    booking.refresh_from_db()
    assert booking.state == Booking.State.CONFIRMED


def test_what_is_decided_stays_decided():
    booking = BookingFactory()
    first, second = a_site_manager_of(booking.space.site), a_programme_worker()
    services.approve_booking(booking, by=first, now=NOW)

    with pytest.raises(ValidationError) as refusal:
        services.decline_booking(
            booking, by=second, now=NOW, reason=Booking.Reason.OTHER, reason_note="No"
        )

    booking.refresh_from_db()
    assert refusal.value.code == "not_from_here"
    assert (booking.state, booking.decided_by) == ("confirmed", first)
    assert booking.occupancies.get().status == Occupancy.Status.CONFIRMED


@pytest.mark.parametrize(
    ("spoilt_by", "code"),
    [("closure", "closed"), ("declined group", "hirer"), ("time", "begun")],
)
def test_what_has_become_impossible_is_not_approved(spoilt_by, code):
    booking = BookingFactory()
    keeper, now = a_site_manager_of(booking.space.site), NOW
    if spoilt_by == "closure":
        Closure.objects.create(
            site=booking.space.site, starts_at=booking.starts_at, ends_at=booking.ends_at
        )
    elif spoilt_by == "declined group":
        Hirer.objects.update(
            state="declined", decision_reason="No", decided_by=keeper, decided_at=NOW
        )
    else:
        now = booking.starts_at

    with pytest.raises(ValidationError) as refusal:
        services.approve_booking(
            Booking.objects.with_people().get(pk=booking.pk), by=keeper, now=now
        )

    booking.refresh_from_db()
    assert refusal.value.code == code
    assert booking.state == Booking.State.REQUESTED


# --- Cancelling -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days_before", "late"),
    [(8, False), (7, False), (6, True)],
    ids=["early", "on the day", "late"],
)
def test_a_group_gives_a_room_back_and_the_diary_entry_goes(hirer, member, days_before, late):
    booking = BookingFactory(
        state=Booking.State.CONFIRMED, hirer=hirer, requested_by=member, space__name="Hall"
    )
    keeper = a_site_manager_of(booking.space.site)

    services.cancel_by_hirer(
        booking,
        by=member,
        now=booking.starts_at - timedelta(days=days_before),
        reason="few_people",
    )

    booking.refresh_from_db()
    assert (booking.state, booking.sequence) == ("cancelled_by_hirer", 1)
    assert booking.occupancies.get().status == Occupancy.Status.RELEASED
    (entry,) = AuditRecord.objects.about(booking)
    assert (entry.verb, entry.detail) == (
        "spaces.booking_cancelled_by_hirer",
        {"late": late, "reason": "few_people"},
    )
    assert letters() == sorted(
        [
            (member.email, "Cancelled: Hall on Tuesday 1 December 2026"),
            (keeper.email, "Cancelled: Hall on Tuesday 1 December 2026"),
        ]
    )
    letter = Message.objects.get(address=member.email)
    assert letter.calendar_method == "CANCEL"
    assert "SEQUENCE:1" in letter.calendar
    assert "STATUS:CANCELLED" in letter.calendar
    assert f"UID:booking-{booking.uuid}" in letter.calendar
    assert (
        "later than your site asks for" in Message.objects.get(address=keeper.email).body
    ) == late


def test_taking_back_a_request_sends_no_diary_entry(hirer, member):
    booking = BookingFactory(hirer=hirer, requested_by=member)

    services.cancel_by_hirer(booking, by=member, now=NOW, reason="illness")

    assert Message.objects.get().calendar == ""
    assert AuditRecord.objects.about(booking).get().detail == {"late": False, "reason": "illness"}


def test_a_site_takes_a_promise_back_with_a_reason(hirer, member):
    booking = BookingFactory(state=Booking.State.CONFIRMED, hirer=hirer, requested_by=member)
    keeper = a_site_manager_of(booking.space.site)

    services.cancel_by_site(
        booking, by=keeper, now=NOW, reason=Booking.Reason.SAFETY, reason_note="The heating broke."
    )

    booking.refresh_from_db()
    assert (booking.state, booking.decided_by) == ("cancelled_by_site", keeper)
    assert booking.occupancies.get().status == Occupancy.Status.RELEASED
    letter = Message.objects.get()
    assert letter.address == member.email
    assert "Reason: Not safe to use\nThe heating broke." in letter.body
    assert letter.calendar_method == "CANCEL"


@pytest.mark.parametrize("state", ["declined", "cancelled_by_hirer", "cancelled_by_site"], ids=str)
def test_what_is_over_cannot_be_cancelled(hirer, member, state):
    booking = BookingFactory(state=state, hirer=hirer)

    with pytest.raises(ValidationError) as refusal:
        services.cancel_by_hirer(booking, by=member, now=NOW, reason="illness")

    assert refusal.value.code == "not_from_here"


def test_what_has_begun_cannot_be_cancelled(hirer, member):
    booking = BookingFactory(state=Booking.State.CONFIRMED, hirer=hirer)

    with pytest.raises(ValidationError) as refusal:
        services.cancel_by_hirer(booking, by=member, now=booking.starts_at, reason="illness")

    assert refusal.value.code == "begun"


def test_a_cancelled_time_can_be_asked_for_again(hirer, member):
    booking = BookingFactory(hirer=hirer, starts_at=EVENING)
    services.cancel_by_hirer(booking, by=member, now=NOW, reason="illness")

    again = ask(booking.space, member, hirer)

    assert again != booking
    assert Occupancy.objects.taken().get().booking == again


def test_somebody_who_left_the_group_hears_nothing_more(hirer, member):
    booking = BookingFactory(hirer=hirer, requested_by=member)
    manager = a_manager_of(hirer)
    Mandate.objects.filter(user=member).update(ends_on=date(2026, 11, 1))

    services.approve_booking(booking, by=a_site_manager_of(booking.space.site), now=NOW)

    assert [letter.address for letter in Message.objects.all()] == [manager.email]


def test_whoever_left_with_the_invitation_gets_it_out_of_their_diary_and_no_more(hirer, member):
    booking = BookingFactory(hirer=hirer, requested_by=member, space__name="Hall")
    manager, keeper = a_manager_of(hirer), a_site_manager_of(booking.space.site)
    services.approve_booking(booking, by=keeper, now=NOW)
    Message.objects.update(state=Message.State.SENT, sent_at=NOW)
    Mandate.objects.filter(user=member).update(ends_on=date(2026, 11, 1))

    services.cancel_by_site(
        booking, by=keeper, now=NOW, reason="other", reason_note="The heating broke."
    )

    waiting = Message.objects.waiting()
    assert {letter.user: letter.calendar_method for letter in waiting} == {
        manager: "CANCEL",
        member: "CANCEL",
    }
    letter = waiting.get(user=member)
    assert letter.subject == "Cancelled: Hall on Tuesday 1 December 2026"
    assert f"UID:booking-{booking.uuid}" in letter.calendar
    assert f"mailto:{member.email}" in letter.calendar.replace("\r\n ", "")
    for untold in ("The heating broke.", str(hirer), "Ring the bell", "/bookings/"):
        assert untold not in letter.body


def test_a_group_that_asks_for_privacy_is_not_named_in_letters_to_the_site(member):
    hirer = HirerFactory(organisation__name="Rainbow Table (demo)", is_sensitive=True)
    person = a_manager_of(hirer)
    space = SpaceFactory()
    keeper = a_site_manager_of(space.site)

    booking = ask(space, person, hirer)
    services.approve_booking(booking, by=a_programme_worker(), now=NOW)
    services.cancel_by_hirer(booking, by=person, now=NOW, reason="illness")

    to_site = Message.objects.filter(address=keeper.email)
    assert to_site.count() == 3
    for letter in [*to_site, *Message.objects.exclude(calendar="")]:
        assert "Rainbow" not in letter.subject + letter.calendar
    assert not any("Rainbow" in letter.body for letter in to_site)


# --- The clock ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "hour_in_utc"),
    [(date(2026, 10, 20), 17), (date(2026, 10, 27), 18)],
    ids=["summer", "winter"],
)
def test_tuesday_at_six_stays_at_six_across_the_clock_change(hirer, member, day, hour_in_utc):
    space = SpaceFactory(name="Hall")
    start = datetime(day.year, day.month, day.day, 18, 0, tzinfo=LONDON)
    before = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)

    booking = ask(
        space, member, hirer, starts_at=start, ends_at=start + timedelta(hours=2), now=before
    )
    services.approve_booking(booking, by=a_programme_worker(), now=before)

    booking.refresh_from_db()
    assert booking.starts_at == datetime(day.year, day.month, day.day, hour_in_utc, 0, tzinfo=UTC)
    letter = Message.objects.get(address=member.email, subject__startswith="Hall is yours")
    assert f"{day.day} October 2026, 6pm to 8pm" in letter.body
    assert f"DTSTART:202610{day.day}T{hour_in_utc}0000Z" in letter.calendar
    assert f"DTEND:202610{day.day}T{hour_in_utc + 2}0000Z" in letter.calendar


def test_a_night_with_a_clock_change_is_as_long_as_it_really_is(hirer, member):
    """Midnight to 3am on 25 October 2026 is four hours."""
    space = SpaceFactory(max_minutes=180, site__opening=False)
    space.site.opening_rules.create(weekday=6, opens_minute=0, closes_minute=240)
    start = datetime(2026, 10, 25, 0, 0, tzinfo=LONDON)
    end = datetime(2026, 10, 25, 3, 0, tzinfo=LONDON)
    before = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)

    with pytest.raises(ValidationError) as refusal:
        ask(space, member, hirer, starts_at=start, ends_at=end, now=before)

    assert refusal.value.code == "long"


@pytest.mark.parametrize(
    ("changed", "promise"),
    [
        ("ends_at = starts_at", "a_booking_ends_after_it_starts"),
        ("ends_at = starts_at - interval '1 hour'", "a_booking_ends_after_it_starts"),
        (
            "ends_at = starts_at + interval '12 hours 1 minute'",
            "a_booking_lasts_twelve_hours_at_most",
        ),
        ("ends_at = 'infinity'", "a_booking_lasts_twelve_hours_at_most"),
        ("starts_at = '-infinity'", "asked_for_before_it_starts|lasts_twelve_hours"),
        ("starts_at = '0001-01-01Z', ends_at = '0001-01-01 01:00Z'", "asked_for_before_it_starts"),
        ("starts_at = '9999-12-31Z', ends_at = '9999-12-31 01:00Z'", "asked_for_before_it_starts"),
        ("requested_at = starts_at + interval '1 minute'", "asked_for_before_it_starts"),
    ],
)
def test_postgres_keeps_no_absurd_use(changed, promise, hirer):
    booking = BookingFactory(hirer=hirer)

    with pytest.raises(IntegrityError, match=promise), connection.cursor() as cursor:
        cursor.execute(f"UPDATE spaces_booking SET {changed} WHERE id = %s", [booking.pk])


# --- A crowd ----------------------------------------------------------------------------------------


@pytest.fixture
def somebody_holds_the_rooms(django_db_blocker):
    """Another connection that has locked every room and does not let go."""
    rival = connections.create_connection("default")

    def hold():
        with rival.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT id FROM spaces_room ORDER BY id FOR NO KEY UPDATE")

    yield hold
    rival.close()


@pytest.mark.django_db(transaction=True)
def test_a_crowd_before_the_room_is_told_in_words(somebody_holds_the_rooms):
    hirer = HirerFactory()
    member = a_manager_of(hirer)
    booking = BookingFactory(starts_at=EVENING + timedelta(days=1))
    keeper = a_site_manager_of(booking.space.site)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '50ms'")
    somebody_holds_the_rooms()

    with pytest.raises(ValidationError) as asking:
        ask(booking.space, member, hirer)
    with pytest.raises(ValidationError) as deciding:
        services.approve_booking(booking, by=keeper, now=NOW)

    assert asking.value.code == services.JUST_TAKEN
    assert deciding.value.code == "crowded"
    assert list(Booking.objects.values_list("state", flat=True)) == ["requested"]
    connection.close()


def test_a_group_has_only_so_many_requests_waiting_at_one_time(hirer, member, settings):
    settings.MOST_UNDECIDED_REQUESTS = 2
    space = SpaceFactory()
    others = SpaceFactory()
    BookingFactory(hirer=hirer, starts_at=NOW - timedelta(days=1))  # its time has passed
    BookingFactory(hirer=hirer, state=Booking.State.CONFIRMED)
    first = ask(space, member, hirer)
    ask(others, member, hirer)

    with pytest.raises(ValidationError, match="Your group has 2 requests that wait") as refusal:
        ask(others, member, hirer, starts_at=EVENING + timedelta(days=1),
            ends_at=EVENING + timedelta(days=1, hours=2))  # fmt: skip
    assert refusal.value.code == "too_many"
    # The same form sent twice is still the same booking, and another group is not held up.
    assert ask(space, member, hirer, form_id=first.form_id) == first
    other = HirerFactory()
    tomorrow = EVENING + timedelta(days=1)
    ask(space, a_member_of(other), other, starts_at=tomorrow, ends_at=tomorrow + timedelta(hours=2))


@pytest.mark.django_db(transaction=True)
def test_two_people_of_one_group_do_not_pass_its_limit_together(hirer, member, settings):
    settings.MOST_UNDECIDED_REQUESTS = 1
    another = a_member_of(hirer)
    spaces = [SpaceFactory(), SpaceFactory()]

    answers = at_once(lambda: ask(spaces[0], member, hirer), lambda: ask(spaces[1], another, hirer))

    assert answers == ["done", "too_many"]
    assert Booking.objects.count() == 1


def test_a_group_that_has_the_room_already_is_told_so(hirer, member):
    space = SpaceFactory()
    ask(space, member, hirer)

    with pytest.raises(ValidationError, match="Your group has this room") as refusal:
        ask(space, member, hirer, starts_at=EVENING + timedelta(hours=1),
            ends_at=EVENING + timedelta(hours=3))  # fmt: skip
    other = HirerFactory()
    with pytest.raises(ValidationError, match="This room is taken for part") as refusal_of_another:
        ask(space, a_member_of(other), other)

    assert refusal.value.code == refusal_of_another.value.code == services.JUST_TAKEN
