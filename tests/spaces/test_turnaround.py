"""Scenario 6: the time that a room keeps free between two uses, and staff who keep less for a reason."""

from datetime import date, datetime, time, timedelta
from functools import partial
from uuid import uuid4

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import ProgrammeRole
from audit.models import AuditRecord
from core.clock import LONDON
from spaces import services
from spaces.models import Booking, Hold, Occupancy, Space
from spaces.rules.deciding import Use
from spaces.services import calendar
from tests.factories.accounts import a_person_with
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    HirerFactory,
    SpaceFactory,
    a_manager_of,
    a_member_of,
    a_programme_worker,
    a_site_manager_of,
    with_second_factor,
)
from tests.forms import forms_of
from tests.racing import at_once
from tests.spaces.test_booking_pages import alternatives_of, typed, written
from tests.spaces.test_bookings import ask
from tests.spaces.test_space_page import starts
from tests.spaces.test_what_is_asked import words

pytestmark = pytest.mark.django_db

REASON = "The same helpers stay and tidy up."
NAME = "Second Cup Carers (demo)"
TOLD = (
    "Nobody uses the room then, but only 15 of the 30 minutes that it keeps free between two uses"
    " would be left. If that is enough this time, say why and send this page again."
)


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def on(hour, minute=0):
    return datetime(2026, 12, 1, hour, minute, tzinfo=LONDON)


@pytest.fixture
def space():
    return SpaceFactory(name="Hall", turnaround_minutes=30, start_step_minutes=15)


@pytest.fixture
def keeper(space):
    return a_site_manager_of(space.site, name="Kwame")


@pytest.fixture
def hirer():
    return HirerFactory(organisation__name=NAME)


@pytest.fixture
def member(hirer):
    return a_manager_of(hirer)


@pytest.fixture
def morning(space):
    """Somebody is there from ten until midday."""
    return a_use(space, on(10), on(12))


def a_use(space, starts_at, ends_at, **facts):
    return BookingFactory(
        space=space,
        turnaround_minutes=space.turnaround_minutes,
        **{"state": "confirmed", "starts_at": starts_at, "ends_at": ends_at} | facts,
    )


def browser(person):
    client = Client()
    client.force_login(person)
    return client


def first_page(space):
    return reverse("spaces:hold_space_for_group", args=[space.slug])


def said(starts="12:15", ends="2pm", **changed):
    """What is typed while somebody telephones."""
    times = {"starts": starts, "ends": ends, "setup_minutes": "0"}
    group = {"group": NAME, "caller_name": "Amina"}
    return typed(HirerFactory.build(pk=0)) | times | group | changed


def taken(booking):
    return [(one.starts_at, one.used_until, one.ends_at) for one in booking.occupancies.taken()]


def told(booking):
    """Who wrote down for a booking that less time is kept free, and how much of it is left."""
    records = AuditRecord.objects.about(booking).filter(verb="spaces.less_time_kept_free")
    return [(one.actor, one.detail) for one in records.order_by("pk")]


def is_free(space, starts_at, ends_at):
    return Space.objects.free_between(starts_at, ends_at, now=NOW).filter(pk=space.pk).exists()


# --- As scenario 6 tells it -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts", "setup", "status"),
    [("12:15", "0", 409), ("12:30", "0", 302), ("12:30", "15", 409), ("12:45", "15", 302)],
)
def test_after_midday_a_group_begins_when_the_room_is_ready_and_sets_up_after_that(
    space, morning, hirer, member, starts, setup, status
):
    times = {"starts": starts, "ends": "2pm", "setup_minutes": setup}

    response = browser(member).post(
        reverse("spaces:hold_space", args=[space.slug]), typed(hirer, **times)
    )

    assert response.status_code == status
    assert Hold.objects.count() == (status == 302)


@pytest.mark.parametrize("who", ["site manager", "programme staff"])
def test_scenario_6_staff_keep_less_time_free_on_the_telephone_and_say_why(
    space, morning, hirer, member, keeper, who
):
    person = keeper if who == "site manager" else a_programme_worker(name="Kwame")
    client = browser(person)
    group = {"hirer": hirer.pk} if who == "programme staff" else {}

    refused = client.post(first_page(space), said(**group))

    assert refused.status_code == 409
    assert TOLD in words(refused)
    assert "Why is less time enough?" in words(refused)
    assert alternatives_of(refused)
    assert refused.context["form"]["caller_name"].value() == "Amina"
    assert not Hold.objects.exists()

    second = client.post(first_page(space), said(less_time_free=REASON, **group))
    assert second.status_code == 302
    assert taken(morning) == [(on(10), on(12), on(12, 30))], "Nothing is taken from it yet."
    sent = client.post(second.url, written(), follow=True)

    booking = Booking.objects.latest("pk")
    assert (booking.starts_at, booking.less_time_free, booking.less_time_free_by) == (
        on(12, 15),
        REASON,
        person,
    )
    assert taken(morning) == [(on(10), on(12), on(12, 15))]
    assert taken(booking) == [(on(12, 15), on(14), on(14, 30))]
    record = (person, {"minutes": 15, "booking": booking.pk})
    assert (told(booking), told(morning)) == ([record], [record])
    page = words(sent)
    assert "Less time is kept free beside it" in page
    assert REASON in page
    assert "Kwame decided this." in page
    assert "Less time kept free" in words(client.get(morning.get_absolute_url()))
    assert REASON not in words(browser(member).get(booking.get_absolute_url()))


def test_scenario_6_staff_keep_less_time_free_when_they_change_a_booking(
    space, morning, hirer, keeper
):
    booking = a_use(space, on(15), on(16), hirer=hirer)
    page = reverse("spaces:change_booking", args=[booking.uuid])
    client = browser(keeper)
    wanted = said(seen_at=booking.updated_at.isoformat(), price_seen="unknown")

    refused = client.post(page, wanted)
    assert (refused.status_code, TOLD in words(refused)) == (409, True)
    assert alternatives_of(refused)
    sent = client.post(page, wanted | {"less_time_free": REASON})

    assert sent.status_code == 302
    booking.refresh_from_db()
    assert (booking.starts_at, booking.less_time_free, booking.less_time_free_by) == (
        on(12, 15),
        REASON,
        keeper,
    )
    assert taken(morning) == [(on(10), on(12), on(12, 15))]
    assert told(morning) == told(booking) == [(keeper, {"minutes": 15, "booking": booking.pk})]


def test_scenario_6_staff_keep_less_time_free_when_they_decide(space, hirer, member, keeper):
    """Where requests compete, both may have the room, one right after the other."""
    space.pending_policy = Space.PendingPolicy.COMPETE
    space.save()
    group = HirerFactory()
    first = ask(space, a_member_of(group), group, starts_at=on(10), ends_at=on(12))
    then = ask(space, member, hirer, starts_at=on(12, 15), ends_at=on(14))
    services.approve_booking(first, by=keeper, now=NOW)
    then.refresh_from_db()
    assert then.state == "requested"
    page = reverse("spaces:approve_booking", args=[then.uuid])
    client = browser(keeper)
    seen = {"seen_at": then.updated_at.isoformat()}

    refused = client.post(page, seen)
    assert (refused.status_code, TOLD in words(refused)) == (409, True)
    sent = client.post(page, seen | {"less_time_free": REASON})

    assert sent.status_code == 302
    then.refresh_from_db()
    assert (then.is_promised, then.less_time_free, then.less_time_free_by) == (True, REASON, keeper)
    assert taken(first) == [(on(10), on(12), on(12, 15))]
    assert taken(then) == [(on(12, 15), on(14), on(14, 30))]
    assert told(first) == told(then) == [(keeper, {"minutes": 15, "booking": then.pk})]


def test_scenario_6_staff_keep_less_time_free_when_they_change_what_was_asked(
    space, hirer, member, keeper
):
    """Where requests compete, a yes to one leaves the next too close to it; then more people come."""
    space.pending_policy = Space.PendingPolicy.COMPETE
    space.save()
    group = HirerFactory()
    first = ask(space, a_member_of(group), group, starts_at=on(10), ends_at=on(12))
    then = ask(space, member, hirer, starts_at=on(12, 15), ends_at=on(14))
    services.approve_booking(first, by=keeper, now=NOW)
    page = reverse("spaces:change_what_was_asked", args=[then.uuid])
    client = browser(keeper)

    def send(before, **typed):
        [form] = [one for one in forms_of(before.content.decode()) if "seen_at" in one.fields]
        held = form.held() | typed
        held.pop("again", None)
        return client.post(page, held)

    read = send(client.get(page), caller_name="Amina", attendance=str(then.attendance + 1))
    refused = send(read)

    assert (refused.status_code, TOLD in words(refused)) == (409, True)
    assert "Why is less time enough?" in words(refused)
    assert refused.context["form"]["attendance"].value() == str(then.attendance + 1)

    read = send(refused, less_time_free=REASON)
    assert (read.status_code, REASON in words(read)) == (200, True)
    sent = send(read)

    assert sent.status_code == 302
    changed = Booking.objects.get(pk=then.pk)
    assert changed.attendance == then.attendance + 1
    assert (changed.less_time_free, changed.less_time_free_by) == (REASON, keeper)
    assert told(first) == told(then) == [(keeper, {"minutes": 15, "booking": then.pk})]


def test_scenario_6_staff_keep_less_time_free_when_they_bring_a_booking_back(
    space, morning, hirer, keeper
):
    booking = a_use(space, on(12), on(14), hirer=hirer, state="declined")
    page = reverse("spaces:reinstate_booking", args=[booking.uuid])
    client = browser(keeper)

    refused = client.post(page)
    assert (refused.status_code, "none of the 30 minutes" in words(refused)) == (409, True)
    sent = client.post(page, {"less_time_free": REASON})

    assert sent.status_code == 302
    booking.refresh_from_db()
    assert (booking.state, booking.less_time_free) == ("requested", REASON)
    assert taken(morning) == [(on(10), on(12), on(12))]


def test_before_a_use_that_stands_the_new_one_itself_keeps_less_free(space, morning, hirer, keeper):
    client = browser(keeper)
    early = {"starts": "8am", "ends": "9:45am"}

    refused = client.post(first_page(space), said(**early))
    assert TOLD in words(refused)
    second = client.post(first_page(space), said(less_time_free=REASON, **early))
    client.post(second.url, written())

    booking = Booking.objects.latest("pk")
    assert taken(booking) == [(on(8), on(9, 45), on(10))]
    assert taken(morning) == [(on(10), on(12), on(12, 30))]


# --- Who may not, and what is never allowed ---------------------------------------------------------


@pytest.mark.parametrize("reason", ["", "   "])
def test_without_a_reason_nothing_is_booked(space, morning, hirer, keeper, reason):
    response = browser(keeper).post(first_page(space), said(less_time_free=reason))

    assert (response.status_code, TOLD in words(response)) == (409, True)
    assert not Hold.objects.exists()


def test_a_reason_that_is_too_long_comes_back_as_it_was_typed(space, morning, hirer, keeper):
    response = browser(keeper).post(first_page(space), said(less_time_free="x" * 401))

    assert response.status_code == 422
    assert "x" * 401 in words(response)


def test_a_group_is_never_asked_for_a_reason_and_cannot_give_one(space, morning, hirer, member):
    booking = a_use(space, on(15), on(16), hirer=hirer)
    client = browser(member)
    wanted = typed(hirer, starts="12:15", ends="2pm", setup_minutes="0", less_time_free=REASON)

    asked = client.post(reverse("spaces:hold_space", args=[space.slug]), wanted)
    changed = client.post(
        reverse("spaces:change_booking", args=[booking.uuid]),
        said(seen_at=booking.updated_at.isoformat()),
    )
    forced = client.post(
        reverse("spaces:change_booking", args=[booking.uuid]),
        said(seen_at=booking.updated_at.isoformat(), less_time_free=REASON),
    )

    assert [asked.status_code, changed.status_code, forced.status_code] == [409, 409, 403]
    for response in (asked, changed):
        assert "This room is taken for part of that time" in words(response)
        assert "Why is less time enough?" not in words(response)
    assert taken(morning) == [(on(10), on(12), on(12, 30))]
    assert taken(booking) == [(on(15), on(16), on(16, 30))]


@pytest.mark.parametrize("who", ["member", "member who runs the site", "other site", "nobody"])
def test_only_staff_of_the_site_and_the_programme_may_say_why(space, morning, hirer, who):
    booking = a_use(space, on(15), on(16), hirer=hirer)
    person = {
        "member": lambda: a_member_of(hirer),
        "member who runs the site": lambda: a_member_of(hirer),
        "other site": lambda: a_site_manager_of(SpaceFactory().site),
        "nobody": lambda: with_second_factor(a_person_with(ProgrammeRole.Role.SAFEGUARDING_LEAD)),
    }[who]()
    if who == "member who runs the site":
        person.managed_sites.create(site=space.site, starts_on=NOW.date())
    facts = {"by": person, "now": NOW, "less_time_free": REASON}
    use = Use(on(12, 15), on(14), 12, None, 0, 0)
    ended = a_use(space, on(12), on(14), hirer=hirer, state="cancelled_by_site")

    for caller in ("", "Amina"):
        with pytest.raises(PermissionDenied):
            ask(
                space,
                person,
                hirer,
                starts_at=on(12, 15),
                ends_at=on(14),
                caller_name=caller,
                less_time_free=REASON,
            )
    with pytest.raises(PermissionDenied):
        services.change_booking(booking, use, seen_at=booking.updated_at, **facts)
    with pytest.raises(PermissionDenied):
        services.reinstate_booking(ended, **facts)
    with pytest.raises(PermissionDenied):
        services.approve_booking(
            a_use(space, on(17), on(18), hirer=hirer, state="requested"), **facts
        )

    assert taken(morning) == [(on(10), on(12), on(12, 30))]


@pytest.mark.parametrize(("starts", "setup"), [("11:45", "0"), ("12pm", "15")])
def test_no_reason_lets_two_uses_overlap(space, morning, hirer, keeper, starts, setup):
    response = browser(keeper).post(
        first_page(space), said(starts, less_time_free=REASON, setup_minutes=setup)
    )

    assert response.status_code == 409
    assert "This room is taken for part of that time" in words(response)
    assert not Hold.objects.exists()


def test_postgres_lets_nobody_cut_into_a_use(space, morning):
    (one,) = morning.occupancies.all()

    for ends_at in (on(12) - timedelta(minutes=1), on(10, 15)):
        with (
            pytest.raises(IntegrityError, match="a_room_is_taken_for_the_whole_use"),
            transaction.atomic(),
        ):
            Occupancy.objects.filter(pk=one.pk).update(ends_at=ends_at)
    Occupancy.objects.filter(pk=one.pk).update(ends_at=on(12))


@pytest.mark.parametrize("facts", [{"less_time_free": "Why"}, {"less_time_free_by": 0}])
def test_postgres_keeps_the_reason_and_the_person_together(facts):
    if "less_time_free_by" in facts:
        facts = {"less_time_free_by": a_programme_worker()}

    with pytest.raises(IntegrityError, match="keeping_less_time_free_has_a_person_and_a_reason"):
        BookingFactory(**facts)


def test_while_somebody_fills_in_a_form_nothing_is_taken_from_them(space, hirer, keeper):
    other = HirerFactory()
    services.hold_space(
        space,
        by=a_member_of(other),
        hirer=other,
        now=NOW,
        form_id="9d2f8c5e-0000-4000-8000-000000000001",
        starts_at=on(10),
        ends_at=on(12),
        attendance=5,
    )

    response = browser(keeper).post(first_page(space), said(less_time_free=REASON))

    assert response.status_code == 409
    assert "Somebody else is asking for this room just now" in words(response)


def test_whoever_cannot_allow_it_is_told_who_can(space, hirer, member, keeper):
    """The last yes is of somebody who does not run the site."""
    space.pending_policy = Space.PendingPolicy.COMPETE
    space.save()
    booking = ask(space, member, hirer, starts_at=on(12, 15), ends_at=on(14), ages=["5_to_11"])
    services.approve_booking(booking, by=keeper, now=NOW)
    a_use(space, on(10), on(12))
    lead = with_second_factor(a_person_with(ProgrammeRole.Role.SAFEGUARDING_LEAD))

    with pytest.raises(ValidationError) as refused:
        services.approve_booking(booking, by=lead, now=NOW)

    assert refused.value.code == services.JUST_TAKEN
    assert refused.value.messages == [
        "Nobody uses the room then, but only 15 of the 30 minutes that it keeps free between two uses"
        " would be left. Only the people who run the site can allow that. Ask them to change the"
        " booking."
    ]


# --- What others see afterwards ---------------------------------------------------------------------


def squeezed(space, hirer, keeper, **changed):
    """A use from a quarter past twelve until two, a quarter of an hour after the one before."""
    times = {"starts_at": on(12, 15), "ends_at": on(14)} | changed
    return ask(space, keeper, hirer, caller_name="Amina", less_time_free=REASON, **times)


def test_search_week_and_calendar_show_what_is_really_free(space, morning, hirer, keeper):
    squeezed(space, hirer, keeper)

    assert [is_free(space, on(hour), on(hour + 1)) for hour in (9, 10, 12, 13)] == [False] * 4
    assert is_free(space, on(14, 30), on(15, 30))
    assert not is_free(space, on(14, 15), on(15))
    week = calendar.week(space, date(2026, 11, 30), now=NOW, minutes=60)
    assert starts(week, date(2026, 12, 1))[:3] == [time(8), time(14, 30), time(15)]
    assert "DTSTART:20261201T100000Z\r\nDTEND:20261201T143000Z" in services.busy_feed(
        space, now=NOW
    )


@pytest.mark.parametrize("how", ["cancelled", "moved", "shorter"])
def test_when_the_use_goes_away_the_time_is_kept_free_again(space, morning, hirer, keeper, how):
    booking = squeezed(space, hirer, keeper)
    services.approve_booking(booking, by=keeper, now=NOW)
    booking.refresh_from_db()
    if how == "cancelled":
        services.cancel_by_site(booking, by=keeper, now=NOW, reason="safety")
    else:
        times = (on(16), on(17)) if how == "moved" else (on(13), on(14))
        use = Use(*times, 12, None, 0, 0)
        services.change_booking(
            booking, use, by=keeper, now=NOW, seen_at=booking.updated_at, caller_name="Amina"
        )

    assert taken(morning) == [(on(10), on(12), on(12, 30))]
    booking.refresh_from_db()
    assert booking.less_time_free == ("" if how == "moved" else REASON)


@pytest.mark.parametrize("how", ["cancelled", "moved"])
def test_a_hold_that_ran_out_does_not_stop_the_time_from_being_kept_free_again(
    space, morning, hirer, keeper, how
):
    Occupancy.objects.filter(booking=morning).update(ends_at=on(12))
    booking = BookingFactory(
        space=space,
        hirer=hirer,
        state="confirmed",
        starts_at=on(12),
        ends_at=on(12, 15),
        turnaround_minutes=0,
    )
    other = HirerFactory()
    hold_space = partial(services.hold_space, space, by=a_member_of(other), hirer=other)
    hold_space(form_id=uuid4(), starts_at=on(12, 15), ends_at=on(14), attendance=5, now=NOW)
    later = NOW + timedelta(hours=1)

    if how == "cancelled":
        services.cancel_by_site(booking, by=keeper, now=later, reason="safety")
    else:
        use = Use(on(16), on(17), 12, None, 0, 0)
        seen_at = booking.updated_at
        services.change_booking(
            booking, use, by=keeper, now=later, seen_at=seen_at, caller_name="Amina"
        )

    assert taken(morning) == [(on(10), on(12), on(12, 30))]


def test_the_use_before_may_still_change_as_long_as_it_comes_no_nearer(
    space, morning, hirer, keeper
):
    """More people must be agreed to anew, but that is no reason to take the room away."""
    squeezed(space, hirer, keeper)
    morning.refresh_from_db()
    person = a_member_of(morning.hirer)
    more = Use(on(10), on(12), 20, None, 0, 0)

    services.change_booking(morning, more, by=person, now=NOW, seen_at=morning.updated_at)

    assert taken(morning) == [(on(10), on(12), on(12, 15))]
    morning.refresh_from_db()
    longer = Use(on(10), on(12, 15), 20, None, 0, 0)
    with pytest.raises(ValidationError) as refused:
        services.change_booking(morning, longer, by=person, now=NOW, seen_at=morning.updated_at)
    assert refused.value.code == services.JUST_TAKEN


def test_a_use_that_moves_to_another_neighbour_needs_a_reason_too(space, morning, hirer, keeper):
    """It ends earlier than it did, but comes nearer to what was not beside it before."""
    booking = a_use(space, on(15), on(16), hirer=hirer)
    early = Use(on(8), on(9, 45), 12, None, 0, 0)
    facts = {"by": keeper, "now": NOW, "seen_at": booking.updated_at, "caller_name": "Amina"}

    with pytest.raises(ValidationError) as refused:
        services.change_booking(booking, early, **facts)
    assert refused.value.code == services.TOO_CLOSE
    services.change_booking(booking, early, less_time_free=REASON, **facts)

    assert taken(booking) == [(on(8), on(9, 45), on(10))]


def test_a_reason_that_is_not_needed_any_more_is_not_kept(space, hirer, keeper):
    booking = squeezed(space, hirer, keeper)

    assert (booking.less_time_free, booking.less_time_free_by, told(booking)) == ("", None, [])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(3))
def test_less_time_and_a_neighbour_at_the_same_moment_never_share_the_room(turn):
    """One keeps less time free from a quarter past twelve, another moves the use before it to then."""
    space = SpaceFactory(name="Hall", turnaround_minutes=30, start_step_minutes=15)
    keeper = a_site_manager_of(space.site)
    hirer, group = HirerFactory(), HirerFactory()
    person = a_member_of(group)
    before = a_use(space, on(10), on(11, 45), hirer=group)
    longer = Use(on(10), on(12, 30), before.attendance, before.layout, 0, 0)
    deeds = [
        partial(squeezed, space, hirer, keeper, starts_at=on(12)),
        partial(
            services.change_booking, before, longer, by=person, now=NOW, seen_at=before.updated_at
        ),
    ]

    done = at_once(*deeds[turn % 2 :], *deeds[: turn % 2])

    assert done == ["done", services.JUST_TAKEN]
    found = sorted(Occupancy.objects.taken().values_list("starts_at", "used_until", "ends_at"))
    assert found in (
        [(on(10), on(11, 45), on(12)), (on(12), on(14), on(14, 30))],
        [(on(10), on(12, 30), on(13))],
    )
