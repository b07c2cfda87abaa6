"""Changing a booking that stands, and bringing back one that ended."""

from datetime import timedelta
from functools import partial

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError

from audit.models import AuditRecord
from notifications.models import Message
from spaces import services
from spaces.models import Booking, Occupancy
from spaces.rules import deciding as rules
from spaces.rules.deciding import Use
from spaces.services import prices
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    ChargeFactory,
    ClosureFactory,
    HirerFactory,
    SpaceFactory,
    a_member_of,
    a_site_manager_of,
)
from tests.forms import forms_of
from tests.racing import at_once
from tests.spaces.test_bookings import ask

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_that_morning")]

State = Booking.State
HOUR = timedelta(hours=1)


@pytest.fixture
def hirer():
    return HirerFactory()


@pytest.fixture
def member(hirer):
    return a_member_of(hirer, name="Tom")


@pytest.fixture
def space():
    return SpaceFactory(name="Hall")


@pytest.fixture
def booking(space, hirer, member):
    """Confirmed, for 12 people, from six to eight in two weeks."""
    return BookingFactory(
        space=space,
        hirer=hirer,
        requested_by=member,
        state="confirmed",
        starts_at=NOW.replace(hour=18) + timedelta(days=14),
    )


@pytest.fixture
def keeper(space):
    return a_site_manager_of(space.site)


def use(booking, **changed):
    facts = {name: getattr(booking, name) for name in Use.__dataclass_fields__}
    return Use(**(facts | changed))


def later(booking, by):
    return use(booking, starts_at=booking.starts_at + by, ends_at=booking.ends_at + by)


def change(booking, wanted, by, **facts):
    price = services.price_after(booking, wanted)
    facts = {
        "now": NOW,
        "seen_at": booking.updated_at,
        "price_seen": prices.version_of_price(price),
    } | facts
    return services.change_booking(booking, wanted, by=by, **facts)


def confirmed(page):
    """What the first button of the page about the price sends; the second goes back."""
    held = forms_of(page)[0].held()
    del held["again"]
    return held


def test_another_time_is_asked_for_anew_and_the_old_one_is_given_back(booking, member, keeper):
    was = booking.starts_at
    form_id, reference = booking.form_id, booking.reference

    change(booking, later(booking, HOUR), member)

    booking.refresh_from_db()
    assert (booking.state, booking.starts_at) == (State.REQUESTED, was + HOUR)
    assert (booking.form_id, booking.reference, booking.sequence) == (form_id, reference, 1)
    occupancy = booking.occupancies.get()
    assert (occupancy.status, occupancy.starts_at) == (Occupancy.Status.PENDING, was + HOUR)
    assert [(one.outcome, one.superseded_at) for one in booking.decisions.order_by("pk")] == [
        ("approved", NOW),
        ("", None),
    ]
    changed = Message.objects.get(address=member.email, subject__startswith="Changed")
    assert changed.calendar_method == "CANCEL"
    assert "SEQUENCE:1" in changed.calendar
    assert "it has to be approved again" in changed.body
    assert Message.objects.filter(
        address=keeper.email, subject__startswith="Please decide: Hall"
    ).exists()

    services.approve_booking(booking, by=keeper, now=NOW)

    yours = Message.objects.get(address=member.email, subject__startswith="Hall is yours")
    assert yours.calendar_method == "REQUEST"
    assert "SEQUENCE:2" in yours.calendar
    assert f"UID:booking-{booking.uuid}" in yours.calendar
    assert "20261208T190000" in yours.calendar.replace("Z", "")


@pytest.mark.parametrize(
    ("changed", "anew"),
    [
        ({"attendance": 11}, False),
        ({"attendance": 13}, True),
        ({"ends_at": -HOUR}, False),
        ({"ends_at": HOUR}, True),
        ({"starts_at": HOUR}, False),
        ({"starts_at": -HOUR}, True),
        ({"setup_minutes": 15}, True),
    ],
)
def test_only_more_than_was_agreed_to_is_decided_anew(booking, member, keeper, changed, anew):
    wanted = {
        name: getattr(booking, name) + value if isinstance(value, timedelta) else value
        for name, value in changed.items()
    }

    change(booking, use(booking, **wanted), member)

    booking.refresh_from_db()
    assert booking.state == (State.REQUESTED if anew else State.CONFIRMED)
    assert {name: getattr(booking, name) for name in wanted} == wanted
    assert booking.decisions.filter(superseded_at=None, outcome="").exists() == anew
    letter = Message.objects.get(address=member.email, subject__startswith="Changed")
    assert letter.calendar_method == ("CANCEL" if anew else "REQUEST")


def test_a_group_gives_back_an_hour_of_a_room_that_holds_fewer_by_now(booking, member, space):
    space.layouts.update(capacity=booking.attendance - 1)

    change(booking, use(booking, ends_at=booking.ends_at - HOUR), member)

    booking.refresh_from_db()
    assert booking.state == State.CONFIRMED
    with pytest.raises(ValidationError) as refused:
        change(booking, use(booking, attendance=booking.attendance + 1), member)
    assert "attendance" in refused.value.error_dict


def test_setting_up_longer_within_the_time_that_was_taken_needs_no_yes():
    before = Use(NOW, NOW + 2 * HOUR, 12, None, 30, 0)
    later_start = Use(NOW + HOUR, NOW + 2 * HOUR, 12, None, 60, 0)

    assert not rules.needs_new_decision(before, later_start)


def test_a_change_is_refused_where_somebody_has_the_room_and_nothing_changes(
    booking, member, space
):
    BookingFactory(space=space, starts_at=booking.ends_at)
    before = (booking.starts_at, booking.ends_at, booking.updated_at)

    with pytest.raises(ValidationError) as refusal:
        change(booking, use(booking, ends_at=booking.ends_at + HOUR), member)

    assert refusal.value.code == "just_taken"
    booking.refresh_from_db()
    assert (booking.starts_at, booking.ends_at, booking.updated_at) == before
    assert booking.state == State.CONFIRMED
    assert booking.occupancies.get().ends_at == before[1]
    assert not Message.objects.exists()
    assert not AuditRecord.objects.exists()


def test_a_booking_is_not_in_its_own_way(booking, member):
    change(booking, later(booking, HOUR), member)

    assert Occupancy.objects.taken().count() == 1


def test_every_check_is_run_again(booking, member, space):
    for wanted, code in [
        (use(booking, attendance=21), None),
        (use(booking, ends_at=booking.ends_at + 9 * HOUR), "long"),
        (later(booking, timedelta(days=400)), "horizon"),
        (later(booking, -timedelta(days=15)), "past"),
        (later(booking, timedelta(minutes=7)), "step"),
        (use(booking, ends_at=booking.starts_at + timedelta(minutes=67)), "step"),
        (use(booking, ends_at=booking.starts_at), "reversed"),
        (use(booking), "same"),
    ]:
        with pytest.raises(ValidationError) as refusal:
            change(booking, wanted, member)
        if code:
            assert refusal.value.code == code
        booking.refresh_from_db()
    ClosureFactory(
        site=space.site,
        starts_at=booking.starts_at + timedelta(days=1),
        ends_at=booking.ends_at + timedelta(days=1),
    )
    with pytest.raises(ValidationError) as refusal:
        change(booking, later(booking, timedelta(days=1)), member)
    assert refusal.value.code == "closed"


def test_later_than_the_notice_the_group_can_only_cancel_but_the_site_can_help(
    booking, member, keeper
):
    late = booking.starts_at - timedelta(days=3)

    with pytest.raises(ValidationError, match="5 working days of notice"):
        change(booking, later(booking, HOUR), member, now=late)
    change(booking, use(booking, attendance=10), member, now=late)
    booking.refresh_from_db()
    change(booking, use(booking, attendance=15), keeper, now=late, caller_name="Amina")

    booking.refresh_from_db()
    assert booking.attendance == 15
    assert booking.caller_name == "Amina"
    entry = AuditRecord.objects.filter(verb="spaces.booking_changed").order_by("pk").last()
    assert (entry.actor, entry.detail["is_by_telephone"]) == (keeper, True)


def test_staff_are_asked_how_long_the_group_needs_and_not_how_long_they_do(
    client, booking, member, keeper
):
    asked = {}
    for person in (member, keeper):
        client.force_login(person)
        asked[person] = client.get(f"{booking.get_absolute_url()}change/").content.decode()

    for what in ("set up before", "clear away after"):
        assert f"How long do you need to {what}?" in asked[member]
        assert f"How long does the group need to {what}?" in asked[keeper]
        assert f"How long do you need to {what}?" not in asked[keeper]


def test_that_it_is_too_late_for_more_is_said_once(client, booking, member):
    address = f"{booking.get_absolute_url()}change/"
    with time_machine.travel(booking.starts_at - timedelta(days=3), tick=False):
        client.force_login(member)
        blank = client.get(address).content.decode()
        shown = forms_of(blank)[0].held()

        refused = client.post(address, shown | {"attendance": "15"}).content.decode()

    assert "It is too late to ask for more" in blank
    assert "It is too late to ask for more" not in refused
    assert refused.count("working days of notice") == 1


def test_a_stranger_changes_nothing_and_brings_nothing_back(booking):
    stranger = a_member_of(HirerFactory())

    with pytest.raises(PermissionDenied):
        change(booking, later(booking, HOUR), stranger)
    with pytest.raises(PermissionDenied):
        services.reinstate_booking(booking, by=stranger, now=NOW)


def test_the_second_of_two_who_change_one_booking_sees_what_changed_and_confirms(
    client, booking, member, keeper
):
    address = f"{booking.get_absolute_url()}change/"
    client.force_login(keeper)
    form = client.get(address).context["form"]
    start = booking.starts_at + timedelta(days=1)
    typed = {
        "day_day": start.day,
        "day_month": start.month,
        "day_year": start.year,
        "starts": "6pm",
        "ends": "8pm",
        "attendance": "14",
        "layout": "",
        "setup_minutes": "0",
        "cleardown_minutes": "0",
        "caller_name": "Amina of the group",
        "seen_at": form["seen_at"].value(),
        "price_seen": form["price_seen"].value(),
    }
    change(booking, use(booking, attendance=9), member)

    second = client.post(address, typed)

    assert second.status_code == 409
    page = second.content.decode()
    assert "Somebody changed this booking while you were looking at it" in page
    assert "9 people." in page
    for kept in ("Amina of the group", 'value="14"'):
        assert kept in page
    booking.refresh_from_db()
    assert booking.attendance == 9

    again = client.post(address, typed | {"seen_at": second.context["form"]["seen_at"].value()})

    assert again.status_code == 302
    booking.refresh_from_db()
    assert booking.attendance == 14


@pytest.mark.parametrize(
    ("state", "attendance", "is_asked_anew"),
    [("confirmed", 15, True), ("confirmed", 9, False), ("requested", 15, False)],
)
def test_who_changes_a_promise_reads_whether_it_must_be_approved_again(
    client, space, hirer, member, state, attendance, is_asked_anew
):
    booking = BookingFactory(space=space, hirer=hirer, state=state, attendance=12)
    client.force_login(member)
    address = f"{booking.get_absolute_url()}change/"
    shown = forms_of(client.get(address).content.decode())[0].held()

    answer = client.post(address, shown | {"attendance": attendance}, follow=True)

    said = [str(one) for one in answer.context["messages"]]
    again = " It must be approved again before it counts." if is_asked_anew else ""
    assert said == [f"Changed.{again} Everybody who needs to know has been told."]
    booking.refresh_from_db()
    assert booking.is_promised == (state == "confirmed" and not is_asked_anew)


def test_a_page_that_lost_what_it_saw_is_shown_how_the_booking_is_now(client, booking, member):
    client.force_login(member)
    address = f"{booking.get_absolute_url()}change/"
    typed = {
        "day_day": "9",
        "day_month": "12",
        "day_year": "2026",
        "starts": "6pm",
        "ends": "8pm",
        "attendance": "12",
    }

    for broken in ("", "yesterday", "2026-13-45T00:00:00", "2026-11-24T09:00:00"):
        assert client.post(address, typed | {"seen_at": broken}).status_code == 409


def test_the_price_is_worked_out_anew(booking, member, space):
    ChargeFactory(of=space, pence=1000)

    change(booking, use(booking, ends_at=booking.ends_at + HOUR), member)

    booking.refresh_from_db()
    assert booking.price_pence == 3000


def test_nobody_sends_a_change_before_they_have_seen_what_it_costs(client, booking, member, space):
    ChargeFactory(of=space, pence=1000)
    Booking.objects.update(price_pence=2000)
    booking.refresh_from_db()
    client.force_login(member)
    address = f"{booking.get_absolute_url()}change/"
    shown = forms_of(client.get(address).content.decode())[0].held()

    checked = client.post(address, shown | {"ends": "9pm"})

    page = checked.content.decode()
    assert checked.status_code == 200
    assert "£30: the room £30 (3 hours at £10 an hour)" in page
    assert "£20" in page.partition("Price before")[2]
    booking.refresh_from_db()
    assert (booking.sequence, booking.price_pence) == (0, 2000)
    assert not Message.objects.exists()

    held = confirmed(page)
    assert held["ends"] == ["9pm"]
    again = client.post(address, held | {"again": "yes"})
    assert again.status_code == 200
    assert 'value="9pm"' in again.content.decode()
    assert client.post(address, held).status_code == 302
    booking.refresh_from_db()
    assert (booking.sequence, booking.price_pence) == (1, 3000)


def test_a_price_that_stays_or_is_not_known_is_asked_about_by_no_page(
    client, booking, member, space
):
    client.force_login(member)
    address = f"{booking.get_absolute_url()}change/"
    for people, pence in (("11", None), ("10", 2000)):
        if pence:
            ChargeFactory(of=space, pence=1000)
            Booking.objects.update(price_pence=pence)
        shown = forms_of(client.get(address).content.decode())[0].held()

        assert client.post(address, shown | {"attendance": people}).status_code == 302


def test_a_price_that_is_lost_or_spoilt_is_shown_again(client, booking, member, space):
    ChargeFactory(of=space, pence=1000)
    Booking.objects.update(price_pence=2000)
    client.force_login(member)
    address = f"{booking.get_absolute_url()}change/"
    shown = forms_of(client.get(address).content.decode())[0].held()

    for spoilt in ("", "twenty", "9" * 5000):
        page = client.post(address, shown | {"attendance": "9", "price_seen": spoilt})
        assert page.status_code == 200
        assert "Check what it costs" in page.content.decode()


@pytest.mark.parametrize(
    ("before", "costs", "ends", "after"),
    [
        (2000, 5000, -HOUR, 2000),
        (2000, 500, -HOUR, 500),
        (0, 1000, -HOUR, 0),
        (None, 1000, -HOUR, None),
        (2000, None, -HOUR, 2000),
        (2000, 1000, HOUR, 3000),
        (0, 1000, HOUR, 3000),
    ],
)
def test_less_of_what_was_promised_never_becomes_dearer(
    booking, member, space, before, costs, ends, after
):
    """The site may have raised its prices since."""
    if costs is not None:
        ChargeFactory(of=space, pence=costs)
    Booking.objects.update(price_pence=before)
    booking.refresh_from_db()

    change(booking, use(booking, ends_at=booking.ends_at + ends), member)

    booking.refresh_from_db()
    assert booking.price_pence == after


@pytest.mark.parametrize(
    ("changed", "before", "now"),
    [
        (
            {"layout": "rows"},
            "12 people, layout: any",
            "12 people, layout: Chairs in rows",
        ),
        (
            {"setup_minutes": 15},
            "12 people",
            "12 people, with setting up and clearing away: 5:45pm to 8pm",
        ),
        ({"attendance": 9}, "12 people", "9 people"),
    ],
)
def test_both_letters_say_what_differs_and_no_more(
    booking, member, keeper, space, changed, before, now
):
    if "layout" in changed:
        changed = {"layout": space.layouts.create(kind="rows", capacity=20)}

    change(booking, use(booking, **changed), member)

    when = "Tuesday 8 December 2026, 6pm to 8pm"
    for person in (member, keeper):
        letter = Message.objects.get(address=person.email, subject__startswith="Changed")
        lines = letter.body.splitlines()
        assert f"Before: {when}, {before}" in lines
        assert f"Now: {when}, {now}" in lines


def test_whoever_has_the_yes_at_once_is_not_told_to_wait_for_it(booking, member, keeper):
    space = booking.space
    space.site.trusts_groups = True
    space.site.save()
    for weeks in range(1, rules.TRUSTED_AFTER + 1):
        BookingFactory(
            hirer=booking.hirer,
            space=space,
            state="confirmed",
            starts_at=NOW - timedelta(weeks=weeks),
            requested_at=NOW - timedelta(weeks=20),
        )

    change(booking, later(booking, HOUR), member)

    booking.refresh_from_db()
    assert booking.state == State.CONFIRMED
    for person in (member, keeper):
        letter = Message.objects.get(address=person.email, subject__startswith="Changed")
        assert "again" not in letter.body
        assert "old time" not in letter.body
        assert "out of your calendar" not in letter.body
        assert letter.state == "waiting"
    told = Message.objects.filter(address=member.email, state="waiting")
    assert sorted(letter.calendar_method for letter in told) == ["", "REQUEST"]


@pytest.mark.parametrize(
    ("hours", "told"),
    [(1, "Full price now: £30. Before: £20."), (0, "Full price: £20, as before.")],
)
def test_both_letters_name_the_price(booking, member, keeper, space, hours, told):
    ChargeFactory(of=space, pence=1000)
    Booking.objects.update(price_pence=2000)
    booking.refresh_from_db()

    change(booking, use(booking, attendance=11, ends_at=booking.ends_at + hours * HOUR), member)

    for person in (member, keeper):
        letter = Message.objects.get(address=person.email, subject__startswith="Changed")
        assert told in letter.body


def test_a_letter_about_what_always_was_free_says_nothing_of_money(booking, member, space):
    ChargeFactory(of=space, pence=0)
    Booking.objects.update(price_pence=0)
    booking.refresh_from_db()

    change(booking, use(booking, attendance=11), member)

    letter = Message.objects.get(address=member.email, subject__startswith="Changed")
    assert "price" not in letter.body


def test_a_free_daytime_that_moves_into_a_paid_evening_may_ask_to_pay_nothing(
    client, booking, member, keeper, space
):
    ChargeFactory(of=space, pence=1000, when="peak")
    Booking.objects.update(
        price_pence=0,
        starts_at=booking.starts_at - 8 * HOUR,
        ends_at=booking.ends_at - 8 * HOUR,
    )
    client.force_login(member)
    address = f"{booking.get_absolute_url()}change/"
    blank = client.get(address).content.decode()
    shown = forms_of(blank)[0].held()

    page = client.post(address, shown | {"starts": "6pm", "ends": "8pm"}).content.decode()

    assert "Do you want to ask to pay nothing?" not in blank
    assert "Do you want to ask to pay nothing?" in page
    assert "£20: the room £20 (2 hours at £10 an hour)" in page
    typed = confirmed(page) | {"free_use_reason": "We live on what people give."}
    again = client.post(address, typed | {"again": "yes"}).content.decode()
    assert "We live on what people give." in again
    assert client.post(address, typed).status_code == 302
    booking.refresh_from_db()
    assert booking.asks_to_pay_nothing
    for person, whose in ((member, "Your"), (keeper, "The")):
        letter = Message.objects.get(address=person.email, subject__startswith="Changed")
        assert f"{whose} group asks to pay nothing. That is not decided yet." in letter.body


@pytest.mark.parametrize(
    ("ends", "on_the_page", "in_the_letter"),
    [
        (-HOUR, "Your group still pays nothing.", "Your group still pays nothing."),
        (
            HOUR,
            "Your group asked to pay nothing. Those who decide about the change say yes or no to that"
            " as well.",
            "It was agreed that your group pays nothing. That is decided again.",
        ),
    ],
)
def test_whether_a_group_that_pays_nothing_still_does_is_said_before_and_after(
    client, booking, member, space, ends, on_the_page, in_the_letter
):
    ChargeFactory(of=space, pence=1000)
    Booking.objects.update(
        price_pence=2000, free_use_reason="We are poor.", is_free_use_granted=True
    )
    client.force_login(member)
    address = f"{booking.get_absolute_url()}change/"
    blank = client.get(address).content.decode()
    shown = forms_of(blank)[0].held()

    page = client.post(address, shown | {"ends": f"{20 + ends // HOUR}:00"}).content.decode()
    client.post(address, confirmed(page))

    assert "Your group pays nothing for this booking." in blank
    assert on_the_page in page
    assert "Do you want to ask to pay nothing?" not in page
    letter = Message.objects.get(address=member.email, subject__startswith="Changed")
    assert in_the_letter in letter.body
    booking.refresh_from_db()
    assert booking.is_free_use_granted == (True if ends < timedelta() else None)


def test_while_a_question_waits_nothing_is_changed(booking, member):
    Booking.objects.update(state="information_needed", decided_by=None, decided_at=None)
    booking.refresh_from_db()

    with pytest.raises(ValidationError, match="Answer it first"):
        change(booking, later(booking, HOUR), member)


@pytest.mark.django_db(transaction=True)
def test_a_group_that_moves_and_one_that_asks_at_once_never_share_the_room():
    space = SpaceFactory()
    hirer, other = HirerFactory(), HirerFactory()
    member, stranger = a_member_of(hirer), a_member_of(other)
    booking = BookingFactory(
        space=space, hirer=hirer, starts_at=NOW.replace(hour=16) + timedelta(days=14)
    )
    wanted = later(booking, 2 * HOUR)

    done = at_once(
        partial(change, booking, wanted, member),
        partial(ask, space, stranger, other, starts_at=wanted.starts_at, ends_at=wanted.ends_at),
    )

    assert done == ["done", "just_taken"]
    at_that_time = Occupancy.objects.taken().overlapping(wanted.starts_at, wanted.ends_at)
    assert at_that_time.count() == 1


# --- Bringing back --------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["declined", "cancelled_by_hirer", "cancelled_by_site"])
def test_what_ended_comes_back_as_a_request(space, hirer, member, keeper, state):
    booking = BookingFactory(
        space=space, hirer=hirer, requested_by=member, state=state, reason="other"
    )

    own = state == "cancelled_by_hirer"
    services.reinstate_booking(booking, by=member if own else keeper, now=NOW)

    booking.refresh_from_db()
    assert (booking.state, booking.reason, booking.decided_by) == (State.REQUESTED, "", None)
    assert [one.status for one in booking.occupancies.all().taken()] == ["pending"]
    assert booking.decisions.open().count() == 1
    services.approve_booking(booking, by=keeper, now=NOW)
    booking.refresh_from_db()
    assert booking.is_promised


def test_a_cancelled_booking_whose_time_another_took_is_not_brought_back(
    space, hirer, member, keeper
):
    booking = BookingFactory(
        space=space, hirer=hirer, requested_by=member, state="cancelled_by_hirer"
    )
    taken = BookingFactory(space=space, state="confirmed")
    before = (taken.state, taken.updated_at)

    with pytest.raises(ValidationError) as refusal:
        services.reinstate_booking(booking, by=member, now=NOW)

    assert refusal.value.code == "just_taken"
    booking.refresh_from_db()
    taken.refresh_from_db()
    assert booking.state == State.CANCELLED_BY_HIRER
    assert (taken.state, taken.updated_at) == before
    assert [one.booking for one in Occupancy.objects.taken()] == [taken]


def test_a_group_brings_back_what_it_cancelled_but_not_what_was_refused(
    client, space, hirer, member
):
    client.force_login(member)
    own = BookingFactory(space=space, hirer=hirer, state="cancelled_by_hirer")
    refused = BookingFactory(
        space=space, hirer=hirer, state="declined", starts_at=own.starts_at + timedelta(days=1)
    )

    assert "Bring this booking back" in client.get(own.get_absolute_url()).content.decode()
    assert client.post(f"{own.get_absolute_url()}bring-back/").status_code == 302
    assert client.post(f"{refused.get_absolute_url()}bring-back/").status_code == 403

    own.refresh_from_db()
    assert own.state == State.REQUESTED
    assert client.post(f"{own.get_absolute_url()}bring-back/").status_code == 409


def test_a_late_cancellation_that_is_brought_back_counts_until_it_is_promised_again(
    space, hirer, member, keeper
):
    booking = BookingFactory(
        space=space, hirer=hirer, state="cancelled_by_hirer", cancelled_late=True
    )

    services.reinstate_booking(booking, by=member, now=NOW)
    booking.refresh_from_db()
    assert booking.cancelled_late is True

    services.approve_booking(booking, by=keeper, now=NOW)
    booking.refresh_from_db()
    assert booking.cancelled_late is False


def test_nobody_wipes_out_a_late_cancellation_by_bringing_it_back(client, space, hirer, member):
    booking = BookingFactory(
        space=space, hirer=hirer, state="cancelled_by_hirer", cancelled_late=True
    )
    client.force_login(member)
    services.reinstate_booking(booking, by=member, now=NOW)
    page = client.get(f"{booking.get_absolute_url()}cancel/").content.decode()

    services.cancel_by_hirer(booking, by=member, now=NOW, reason=Booking.Reason.ILLNESS)

    booking.refresh_from_db()
    assert (booking.state, booking.cancelled_late) == (State.CANCELLED_BY_HIRER, True)
    assert "written down as a late cancellation" in page


def test_a_group_that_cancelled_is_not_booked_again_by_the_site(space, hirer, keeper):
    booking = BookingFactory(space=space, hirer=hirer, state="cancelled_by_hirer")

    with pytest.raises(PermissionDenied, match="Only the group"):
        services.reinstate_booking(booking, by=keeper, now=NOW)


def test_a_mistaken_no_can_be_mended_later_than_groups_may_ask(space, hirer, keeper):
    booking = BookingFactory(space=space, hirer=hirer, state="declined")
    the_day_before = booking.starts_at - timedelta(hours=20)

    services.reinstate_booking(booking, by=keeper, now=the_day_before)

    booking.refresh_from_db()
    assert booking.state == State.REQUESTED


def test_a_question_that_was_open_when_it_ended_does_not_come_back(
    client, space, hirer, member, keeper
):
    booking = BookingFactory(space=space, hirer=hirer, requested_by=member)
    services.ask_question(booking, by=keeper, now=NOW, question="Will you cook?")
    services.decline_booking(booking, by=keeper, now=NOW, reason="safety")
    services.reinstate_booking(booking, by=keeper, now=NOW)

    client.force_login(keeper)
    page = client.get(booking.get_absolute_url()).content.decode()
    assert "Approve this booking" in page
    assert "Will you cook?" not in page
    services.ask_question(booking, by=keeper, now=NOW, question="Will you sing?")


def test_a_diary_is_freed_of_the_old_time_whatever_comes_after(booking, member, keeper):
    """The letter that takes it out waits for a slow mail server; another change comes meanwhile."""
    change(booking, later(booking, HOUR), member)
    booking.refresh_from_db()
    change(booking, later(booking, HOUR), member)

    cancelling = Message.objects.filter(address=member.email, calendar_method="CANCEL")
    assert [letter.state for letter in cancelling] == ["waiting"]


def test_making_a_booking_smaller_takes_back_no_letter_that_is_still_true(booking, member):
    notice = Message.objects.create(
        address=member.email,
        subject="Reminder",
        body="Tomorrow.",
        once="spaces.booking_reminder:x",
        about=f"spaces.booking:{booking.pk}",
        next_try_at=NOW,
    )

    change(booking, use(booking, attendance=9), member)

    notice.refresh_from_db()
    assert notice.state == "waiting"


def test_letters_say_that_a_request_was_changed_or_brought_back(booking, member, keeper, space):
    change(booking, later(booking, HOUR), member)
    asked = Message.objects.get(address=keeper.email, subject__startswith="Please decide")
    assert "has changed what it asks for" in asked.body
    own = Message.objects.get(address=member.email, subject__startswith="We have your request")
    assert "so it has to be approved again" in own.body

    booking.refresh_from_db()
    services.decline_booking(booking, by=keeper, now=NOW, reason="safety")
    services.reinstate_booking(booking, by=keeper, now=NOW)
    asked = Message.objects.filter(address=keeper.email, subject__startswith="Please decide")
    assert "was brought back" in asked.order_by("pk").last().body


def test_a_new_time_keeps_free_afterwards_what_the_site_asks_for_today(booking, member, space):
    space.turnaround_minutes = 30
    space.save()

    change(booking, use(booking, attendance=9), member)
    booking.refresh_from_db()
    assert booking.turnaround_minutes == 0
    change(booking, later(booking, HOUR), member)

    booking.refresh_from_db()
    assert booking.turnaround_minutes == 30
    assert booking.occupancies.get().ends_at == booking.ends_at + timedelta(minutes=30)


def test_a_time_that_costs_nothing_asks_nobody_about_money(space, hirer, member, keeper):
    """The words of the group stay with it: another time may cost money again."""
    ChargeFactory(of=space, pence=1000, when="peak")
    ChargeFactory(of=space, pence=0, when="daytime")
    evening = NOW.replace(hour=18) + timedelta(days=14)
    booking = ask(
        space,
        member,
        hirer,
        starts_at=evening,
        ends_at=evening + 2 * HOUR,
        free_use_reason="We live on what people give.",
    )
    assert (booking.price_pence, booking.asks_to_pay_nothing) == (2000, True)

    change(booking, later(booking, -8 * HOUR), member)
    booking.refresh_from_db()
    assert (booking.price_pence, booking.asks_to_pay_nothing) == (0, False)
    services.approve_booking(booking, by=keeper, now=NOW)
    booking.refresh_from_db()
    assert (booking.is_promised, booking.is_free_use_granted) == (True, None)

    change(booking, later(booking, 8 * HOUR), member)
    booking.refresh_from_db()
    assert (booking.price_pence, booking.asks_to_pay_nothing) == (2000, True)
    with pytest.raises(ValidationError) as refused:
        services.approve_booking(booking, by=keeper, now=NOW)
    assert "is_free" in refused.value.message_dict


def test_a_booking_is_changed_so_often_in_an_hour_and_nobody_is_flooded(
    client, booking, member, settings
):
    settings.BOOKING_LETTERS_PER_HOUR = 2
    for people in (9, 8):
        change(booking, use(booking, attendance=people), member)
        booking.refresh_from_db()
    letters = Message.objects.count()

    with pytest.raises(ValidationError) as refusal:
        change(booking, use(booking, attendance=7), member)

    assert refusal.value.code == "too_often"
    booking.refresh_from_db()
    assert (booking.sequence, Message.objects.count()) == (2, letters)
    change(booking, use(booking, attendance=7), member, now=NOW + HOUR)


def test_a_change_too_many_is_said_in_words_with_all_that_was_typed(
    client, booking, member, settings
):
    settings.BOOKING_LETTERS_PER_HOUR = 0
    address = f"{booking.get_absolute_url()}change/"
    client.force_login(member)
    shown = forms_of(client.get(address).content.decode())[0].held()

    page = client.post(address, shown | {"attendance": "9"})

    assert page.status_code == 429
    assert "Try again later." in page.content.decode()
    assert 'value="9"' in page.content.decode()


def test_nobody_cancels_and_brings_back_without_end(client, booking, member, settings):
    settings.BOOKING_LETTERS_PER_HOUR = 1
    booking = services.cancel_by_hirer(booking, by=member, now=NOW, reason="illness")
    booking = services.reinstate_booking(booking, by=member, now=NOW)
    booking = services.cancel_by_hirer(booking, by=member, now=NOW, reason="illness")

    with pytest.raises(ValidationError) as refusal:
        services.reinstate_booking(booking, by=member, now=NOW)

    assert refusal.value.code == "too_often"
    settings.BOOKING_LETTERS_PER_HOUR = 0
    client.force_login(member)
    assert client.post(f"{booking.get_absolute_url()}bring-back/").status_code == 429


# --- What cannot be done for its time is not offered ----------------------------------------------


@pytest.mark.parametrize(
    ("hours", "is_shut", "why"),
    [
        (72, False, ""),
        (20, False, "This site needs to know 2 days ahead."),
        (72, True, "This room is closed for part of that time: The roof leaks."),
    ],
)
def test_a_booking_that_cannot_come_back_for_its_time_says_why_and_offers_nothing(
    client, space, hirer, member, hours, is_shut, why
):
    space.site.min_notice_hours = 48
    space.site.save()
    starts_at = NOW.replace(hour=18) + timedelta(hours=hours // 24 * 24)
    booking = BookingFactory(
        space=space, hirer=hirer, state="cancelled_by_hirer", starts_at=starts_at
    )
    if is_shut:
        ClosureFactory(
            site=space.site,
            starts_at=starts_at,
            ends_at=starts_at + HOUR,
            public_note="The roof leaks",
        )
    client.force_login(member)

    page = client.get(booking.get_absolute_url()).content.decode()
    opened = client.get(f"{booking.get_absolute_url()}bring-back/")
    sent = client.post(f"{booking.get_absolute_url()}bring-back/", {})

    assert opened.status_code == 200
    assert ('type="submit">Bring this booking back<' in opened.content.decode()) == (not why)
    assert why in opened.content.decode()
    assert ("Bring this booking back" in page) == (not why)
    assert (f"This booking cannot be brought back for its time. {why}" in page) == bool(why)
    assert sent.status_code == (409 if why else 302)
    if why:
        assert why in sent.content.decode()
        assert "Choose" not in sent.content.decode()


@pytest.mark.parametrize(("days", "is_final"), [(4, False), (1, True)])
@pytest.mark.parametrize("state", ["requested", "confirmed"])
def test_who_cancels_reads_before_that_it_cannot_be_undone(
    client, space, hirer, member, state, days, is_final
):
    space.site.min_notice_hours = 48
    space.site.save()
    booking = BookingFactory(
        space=space,
        hirer=hirer,
        state=state,
        starts_at=NOW.replace(hour=18) + timedelta(days=days),
    )
    client.force_login(member)
    address = f"{booking.get_absolute_url()}cancel/"

    said = "you cannot bring this booking back, not even if the room is still free."
    why = f"{said} This site needs to know 2 days ahead."
    assert (why in client.get(address).content.decode()) == is_final
    assert (why in client.post(address, {}).content.decode()) == is_final
    client.post(address, {"reason": "illness"})
    page = client.get(booking.get_absolute_url()).content.decode()
    assert ("cannot be brought back" in page) == is_final


@pytest.mark.parametrize(("days", "is_late"), [(20, False), (1, True)])
def test_the_letter_about_a_late_cancellation_says_so(space, hirer, member, days, is_late):
    booking = BookingFactory(
        space=space,
        hirer=hirer,
        state="confirmed",
        requested_by=member,
        starts_at=NOW.replace(hour=18) + timedelta(days=days),
    )

    services.cancel_by_hirer(booking, by=member, now=NOW, reason="illness")

    letter = Message.objects.get(address=member.email)
    assert ("it is written down as a late cancellation." in letter.body) == is_late


@pytest.mark.parametrize("state", ["declined", "cancelled_by_hirer"])
def test_a_room_that_is_not_on_offer_any_more_is_not_offered_back(
    client, space, hirer, member, state
):
    booking = BookingFactory(space=space, hirer=hirer, state=state)
    client.force_login(member)
    there = f"/spaces/{space.slug}/ask/"
    back = "Bring this booking back"
    before = client.get(booking.get_absolute_url()).content.decode()
    assert (there in before, back in before) == (state == "declined", state != "declined")
    space.status = "suspended"
    space.save()

    after = client.get(booking.get_absolute_url()).content.decode()

    assert there not in after
    assert back not in after


def test_a_request_for_a_time_that_is_closed_by_now_leads_to_a_no_and_not_to_a_yes(
    client, space, hirer, keeper
):
    booking = BookingFactory(space=space, hirer=hirer)
    client.force_login(keeper)
    approve = f"{booking.get_absolute_url()}approve/"
    typed = {"seen_at": booking.updated_at.isoformat()}
    assert f'href="{approve}"' in client.get(booking.get_absolute_url()).content.decode()
    ClosureFactory(
        site=space.site,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        public_note="The roof leaks",
    )

    asked = client.get(approve).content.decode()
    sent = client.post(approve, typed)

    assert f'href="{approve}"' not in client.get(booking.get_absolute_url()).content.decode()
    assert sent.status_code == 409
    for page in (asked, sent.content.decode()):
        assert "This room is closed for part of that time: The roof leaks." in page
        assert "Choose another time" not in page
        assert f'<a href="{booking.get_absolute_url()}decline/">' in page
    booking.refresh_from_db()
    assert booking.state == State.REQUESTED
