"""A room is kept for ten minutes while the form is filled in, and then never a moment longer."""

import re
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import AuditRecord
from core.clock import LONDON
from notifications.models import Message
from spaces import services
from spaces.models import Booking, Hold, Occupancy, SiteRequirement
from spaces.rules.fit import Wish
from spaces.services import calendar, finding, misses
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    ChargeFactory,
    HirerFactory,
    RoomFactory,
    SiteFactory,
    SpaceFactory,
    a_member_of,
)
from tests.forms import forms_of
from tests.racing import at_once
from tests.spaces.test_booking_pages import alternatives_of, first_page, typed, written

pytestmark = pytest.mark.django_db

EVENING = datetime(2026, 12, 1, 18, 0, tzinfo=LONDON)
LATE = EVENING + timedelta(hours=2)
MINUTE = timedelta(minutes=1)


def hold(space, person, hirer, *, now=NOW, **changed):
    wanted = {
        "form_id": uuid4(),
        "starts_at": EVENING,
        "ends_at": LATE,
        "attendance": 12,
    }
    return services.hold_space(space, by=person, hirer=hirer, now=now, **(wanted | changed))


def ask(space, person, hirer, *, now=NOW, **changed):
    wanted = {
        "form_id": uuid4(),
        "starts_at": EVENING,
        "ends_at": LATE,
        "attendance": 12,
        "purpose": "Tea and talk",
        "ages": ["26_to_64"],
    }
    return services.request_booking(space, by=person, hirer=hirer, now=now, **(wanted | changed))


@pytest.fixture
def hirer():
    return HirerFactory(organisation__name="Second Cup Carers (demo)")


@pytest.fixture
def member(hirer):
    return a_member_of(hirer)


@pytest.fixture
def other():
    return HirerFactory()


@pytest.fixture
def rival(other):
    return a_member_of(other)


def rooms_of(space):
    return list(Occupancy.objects.filter(room__spaces=space).values_list("status", flat=True))


def words(response):
    return " ".join(response.content.decode().split())


def browser(person):
    client = Client()
    client.force_login(person)
    return client


# --- Keeping a room -------------------------------------------------------------------------------


def test_a_hold_takes_every_room_with_what_comes_before_and_after_and_tells_nobody(hirer, member):
    site = SiteFactory()
    both = SpaceFactory(
        site=site,
        rooms=[RoomFactory(site=site), RoomFactory(site=site)],
        turnaround_minutes=15,
    )

    kept = hold(both, member, hirer, setup_minutes=30, cleardown_minutes=15)

    assert kept.expires_at == NOW + 10 * MINUTE
    assert set(
        kept.occupancies.values_list("starts_at", "ends_at", "status", "hold_expires_at")
    ) == {(EVENING - 30 * MINUTE, LATE + 30 * MINUTE, "held", NOW + 10 * MINUTE)}
    assert kept.occupancies.count() == 2
    assert (AuditRecord.objects.count(), Message.objects.count(), Booking.objects.count()) == (
        0,
        0,
        0,
    )


def test_how_long_a_room_is_kept_is_a_setting(hirer, member, settings):
    settings.HOLD_MINUTES = 3

    assert hold(SpaceFactory(), member, hirer).expires_at == NOW + 3 * MINUTE


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"starts_at": EVENING - timedelta(days=8), "ends_at": LATE - timedelta(days=8)}, "past"),
        ({"ends_at": EVENING}, "reversed"),
        ({"ends_at": EVENING + 20 * MINUTE}, "step"),
        ({"starts_at": EVENING + timedelta(hours=4), "ends_at": LATE + timedelta(hours=3)}, None),
    ],
)
def test_a_hold_is_refused_for_what_a_request_is_refused_for(hirer, member, wanted, code):
    space = SpaceFactory()

    with pytest.raises(ValidationError) as held:
        hold(space, member, hirer, **wanted)
    with pytest.raises(ValidationError) as asked:
        ask(space, member, hirer, **wanted)

    assert held.value.messages == asked.value.messages
    assert code in (None, held.value.code)
    assert (Hold.objects.count(), Occupancy.objects.count()) == (0, 0)


def test_nobody_keeps_a_room_for_a_group_that_is_not_theirs(hirer, rival):
    with pytest.raises(PermissionDenied):
        hold(SpaceFactory(), rival, hirer)

    assert Hold.objects.count() == 0


def test_the_same_form_sent_twice_is_one_hold_that_lasts_no_longer(hirer, member):
    space, form_id = SpaceFactory(), uuid4()

    first = hold(space, member, hirer, form_id=form_id)
    again = hold(space, member, hirer, form_id=form_id, now=NOW + 2 * MINUTE)

    assert first == again == Hold.objects.get()
    assert again.expires_at == NOW + 10 * MINUTE
    assert rooms_of(space) == ["held"]


def test_the_same_form_sent_after_its_hold_ran_out_keeps_the_room_anew(hirer, member):
    space, form_id = SpaceFactory(), uuid4()

    hold(space, member, hirer, form_id=form_id)
    again = hold(space, member, hirer, form_id=form_id, now=NOW + 11 * MINUTE)

    assert again.expires_at == NOW + 21 * MINUTE
    assert sorted(rooms_of(space)) == ["held", "released"]


def test_who_books_looks_at_the_holds_in_their_way_and_at_no_others(hirer, member, other, rival):
    """A room has thousands of occupancies: to read them all would keep everybody waiting for it."""
    space = SpaceFactory()
    hold(space, member, hirer)
    hold(space, a_member_of(hirer), hirer, starts_at=LATE, ends_at=LATE + timedelta(hours=1))

    ask(space, rival, other, now=NOW + 11 * MINUTE)

    assert sorted(rooms_of(space)) == ["held", "pending", "released"]


def test_a_new_hold_lets_the_older_one_of_the_same_person_go(hirer, member, other, rival):
    one, two = SpaceFactory(), SpaceFactory()
    first = hold(one, member, hirer)
    theirs = hold(two, rival, other, starts_at=LATE, ends_at=LATE + timedelta(hours=1))

    second = hold(two, member, hirer)

    assert set(Hold.objects.running(NOW)) == {theirs, second}
    assert rooms_of(one) == ["released"]
    assert ask(one, rival, other).space == one
    # The page of the first one is still there, for what was written on it.
    assert Hold.objects.filter(pk=first.pk).exists()


def test_a_time_that_overlaps_the_own_older_hold_can_be_kept(hirer, member):
    space = SpaceFactory()
    hold(space, member, hirer)

    later = hold(space, member, hirer, starts_at=EVENING + timedelta(hours=1))

    assert list(Hold.objects.running(NOW)) == [later]


def test_whoever_is_refused_keeps_the_hold_they_had(hirer, member):
    one, two = SpaceFactory(), SpaceFactory()
    BookingFactory(space=two, starts_at=EVENING)
    first = hold(one, member, hirer)

    with pytest.raises(ValidationError):
        hold(two, member, hirer)

    assert list(Hold.objects.running(NOW)) == [first]


def test_nobody_lets_go_of_what_somebody_else_keeps(hirer, member, rival):
    kept = hold(SpaceFactory(), member, hirer)

    with pytest.raises(PermissionDenied):
        services.let_go(kept, by=rival, now=NOW)
    assert rooms_of(kept.space) == ["held"]
    services.let_go(kept, by=member, now=NOW)

    assert rooms_of(kept.space) == ["released"]
    assert not Hold.objects.running(NOW).exists()


@pytest.mark.parametrize(
    ("facts", "constraint"),
    [
        ({"status": "held"}, "what_is_held_runs_out_and_nothing_else"),
        (
            {"status": "pending", "hold_expires_at": NOW},
            "what_is_held_runs_out_and_nothing_else",
        ),
        (
            {"status": "held", "hold_expires_at": NOW, "is_both": True},
            "an_occupancy_is_not_both_booked_and_held",
        ),
    ],
)
def test_postgres_keeps_holds_and_bookings_apart(hirer, member, facts, constraint):
    kept = hold(SpaceFactory(), member, hirer)
    is_both = facts.pop("is_both", False)

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Occupancy.objects.create(
            room=RoomFactory(),
            hold=kept,
            booking=BookingFactory() if is_both else None,
            starts_at=EVENING,
            used_until=LATE,
            ends_at=LATE,
            **facts,
        )


# --- Others meanwhile, and afterwards ---------------------------------------------------------------


def test_within_ten_minutes_others_are_told_that_somebody_is_asking_just_now(
    hirer, member, other, rival
):
    space = SpaceFactory()
    hold(space, member, hirer)

    for act in (hold, ask):
        with pytest.raises(ValidationError) as refusal:
            act(space, rival, other, now=NOW + 9 * MINUTE)
        assert refusal.value.code == services.JUST_TAKEN
        assert refusal.value.messages == [
            "Somebody else is asking for this room just now, so nothing was booked. If they do not"
            " go on, it is free again at 9:10am."
        ]


def test_who_comes_too_late_does_not_queue_for_the_room(hirer, member, other, rival):
    """Fifty who press at once would otherwise wait one after the other, and whoever reads with them."""
    space = SpaceFactory()
    hold(space, member, hirer)

    with CaptureQueriesContext(connection) as asked, pytest.raises(ValidationError) as refusal:
        hold(space, rival, other)

    assert refusal.value.code == services.JUST_TAKEN
    assert not [one["sql"] for one in asked if "FOR NO KEY UPDATE" in one["sql"]]
    # What they keep themselves is not in their way.
    assert hold(space, member, hirer, ends_at=LATE + timedelta(hours=1))


def test_a_time_of_seconds_is_told_as_the_minute_after_it(hirer, member, other, rival):
    space = SpaceFactory()
    hold(space, member, hirer, now=NOW + timedelta(seconds=20))

    with pytest.raises(ValidationError, match="free again at 9:11am"):
        ask(space, rival, other)


def test_a_room_left_in_the_browser_is_free_for_others_after_ten_minutes_without_any_timetable(
    hirer, member, other, rival
):
    """Nothing runs here but the two people: no Celery, no tidying up."""
    space = SpaceFactory()
    first = first_page(space)
    with time_machine.travel(NOW, tick=False):
        assert browser(member).post(first, typed(hirer)).status_code == 302  # and walks away

    with time_machine.travel(NOW + 9 * MINUTE, tick=False):
        refused = browser(rival).post(first, typed(other))
    assert refused.status_code == 409
    assert "Somebody else is asking for this room just now" in words(refused)
    assert "it is free again at 9:10am" in words(refused)
    assert len(alternatives_of(refused)) == 4

    with time_machine.travel(NOW + 10 * MINUTE, tick=False):
        client = browser(rival)
        second = client.post(first, typed(other))
        assert second.status_code == 302
        sent = client.post(second.url, written())
    assert sent.status_code == 302
    booking = Booking.objects.get()
    assert (booking.hirer, booking.starts_at) == (other, EVENING)
    assert sorted(rooms_of(space)) == ["pending", "released"]


@pytest.mark.parametrize(("minutes", "is_free"), [(9, False), (10, True), (60, True)])
def test_every_way_to_look_for_a_room_forgets_a_hold_when_it_has_run_out(
    hirer, member, minutes, is_free
):
    space = SpaceFactory(name="Hall")
    hold(space, member, hirer)
    now = NOW + minutes * MINUTE
    day = EVENING.date()
    wish = Wish(starts_at=EVENING, ends_at=LATE)
    [monday] = {day - timedelta(days=day.weekday())}

    week, month = calendar.week_and_month(space, monday, day.replace(day=1), now=now, minutes=120)
    starts = [hour.starts_at for one in week.days for hour in one.hours if hour.starts_at]

    assert finding.find(wish, now=now).exists() is is_free
    assert finding.is_free(space, EVENING, LATE, now=now) is is_free
    assert (EVENING in starts) is is_free
    assert bool(misses.near_misses(wish, now=now)) is True
    nothing_here = finding.alternatives(space, EVENING, LATE, 12, now=now).times
    assert ((EVENING, LATE) in nothing_here) is False
    assert (not Occupancy.objects.in_the_way(now).exists()) is is_free
    assert Occupancy.objects.taken().count() == 1
    assert month is not None


def test_the_first_free_time_is_one_that_a_hold_left(hirer, member):
    space = SpaceFactory()
    first = calendar.first_free([space], now=NOW)[space.pk]
    hold(space, member, hirer, starts_at=first, ends_at=first + timedelta(hours=1))

    assert calendar.first_free([space], now=NOW)[space.pk] == first + timedelta(hours=1)
    later = NOW + 10 * MINUTE
    assert calendar.first_free([space], now=later)[space.pk] == max(
        first, first + timedelta(minutes=30)
    )


@pytest.mark.django_db(transaction=True)
def test_of_many_who_want_the_room_at_once_one_keeps_it():
    space = SpaceFactory()
    people = [(a_member_of(hirer), hirer) for hirer in HirerFactory.create_batch(6)]

    told = at_once(*(lambda each=each: hold(space, *each) for each in people))

    assert told == ["done", *[services.JUST_TAKEN] * 5]
    assert (Hold.objects.count(), rooms_of(space)) == (1, ["held"])


# --- From a hold to a request ---------------------------------------------------------------------


def test_a_hold_becomes_the_request_and_is_gone(hirer, member):
    space = SpaceFactory()
    kept = hold(space, member, hirer)

    booking = ask(space, member, hirer, hold=kept, form_id=kept.uuid)

    assert Hold.objects.count() == 0
    assert list(Occupancy.objects.values_list("booking", "hold", "status", "hold_expires_at")) == [
        (booking.pk, None, "pending", None)
    ]


def test_a_request_that_is_refused_leaves_the_hold_as_it_was(hirer, member):
    space = SpaceFactory()
    kept = hold(space, member, hirer)
    hirer.state = "declined"
    hirer.decision_reason = "No adult."
    hirer.save()

    with pytest.raises(ValidationError):
        ask(space, member, hirer, hold=kept, form_id=kept.uuid)

    assert (Hold.objects.get(), rooms_of(space)) == (kept, ["held"])


def test_nobody_asks_with_what_somebody_else_keeps(hirer, member, other, rival):
    space = SpaceFactory()
    kept = hold(space, member, hirer)

    with pytest.raises(PermissionDenied):
        ask(space, rival, other, hold=kept)

    assert (Hold.objects.get(), rooms_of(space), Booking.objects.count()) == (kept, ["held"], 0)


@pytest.fixture
def client_of_member(member):
    with time_machine.travel(NOW, tick=False):
        yield browser(member)


def kept_page(client, space, hirer, **changed):
    return client.post(first_page(space), typed(hirer, **changed)).url


def price_seen_on(page):
    [form] = [one for one in forms_of(page.content.decode()) if "purpose" in one.fields]
    return {"price_seen": form.held()["price_seen"]}


def test_the_second_page_says_until_when_what_it_costs_and_what_is_missing(client_of_member, hirer):
    space = SpaceFactory(name="Hall")
    ChargeFactory(of=space)
    SiteRequirement.objects.create(site=space.site, kind="insurance", when="always")

    page = words(client_of_member.get(kept_page(client_of_member, space, hirer)))

    assert "We keep this room for you until <strong>9:10am</strong>." in page
    assert "Tuesday 1 December 2026, 6pm to 8pm" in page
    assert "£20: the room £20 (2 hours at £10 an hour)" in page
    assert "Do you want to ask to pay nothing?" in page
    assert "Public liability insurance: not sent to us yet, or not accepted." in page
    assert f'href="{reverse("spaces:insurance")}?site={space.site.slug}"' in page
    assert "Only if people under 18 or adults at risk will come:" in page
    assert "Safeguarding policy: not sent to us yet, or not accepted." in page
    assert Booking.objects.count() == 0


def test_papers_that_nobody_needs_have_no_heading(client_of_member, hirer):
    space = SpaceFactory()
    second = kept_page(client_of_member, space, hirer)
    heading = "Papers that are still missing"
    assert heading in words(client_of_member.get(second))

    refused = client_of_member.post(second, {"purpose": "", "has_food": "no"})
    with_children = client_of_member.post(second, {"purpose": "", "ages": "under_5"})

    assert heading not in words(refused)
    assert heading in words(with_children)


def test_where_nothing_is_paid_nobody_is_asked_whether_they_can(client_of_member, hirer):
    for pence in (None, 0):
        space = SpaceFactory()
        if pence is not None:
            ChargeFactory(of=space, pence=pence)

        page = words(client_of_member.get(kept_page(client_of_member, space, hirer)))

        assert "Do you want to ask to pay nothing?" not in page


def test_everything_that_is_asked_arrives(client_of_member, hirer):
    space = SpaceFactory()
    ChargeFactory(of=space)
    second = kept_page(client_of_member, space, hirer, layout="circle", cleardown_minutes="30")

    said = written(
        ages=["65_and_over", "under_5"],
        adults_at_risk="on",
        has_food="yes",
        asks_free_use="yes",
        free_use_reason="Nobody pays to come.",
    )
    assert client_of_member.post(second, said).status_code == 302

    booking = Booking.objects.get()
    facts = {
        "purpose": "Tea and talk",
        "needs": "A hearing loop",
        "attendance": 12,
        "setup_minutes": 15,
        "cleardown_minutes": 30,
        "ages": ["under_5", "65_and_over"],
        "has_adults_at_risk": True,
        "has_food": True,
        "free_use_reason": "Nobody pays to come.",
        "is_free_use_granted": None,
        "price_pence": 2000,
        "caller_name": "",
    }
    assert {name: getattr(booking, name) for name in facts} == facts
    assert booking.layout.kind == "circle"


@pytest.mark.parametrize(
    ("said", "errors"),
    [
        (
            {"has_food": "", "asks_free_use": "", "purpose": "", "ages": []},
            {
                "purpose": ["Say what you will do there"],
                "ages": ["Say how old the people are who will come"],
                "has_food": ["Say whether food will be made or served"],
                "asks_free_use": ["Say whether you want to ask to pay nothing"],
            },
        ),
        (
            {"asks_free_use": "yes", "free_use_reason": " "},
            {"free_use_reason": ["Say why the group cannot pay"]},
        ),
        (
            {"asks_free_use": "yes", "free_use_reason": "x" * 401},
            {"free_use_reason": ["Use 400 characters or fewer"]},
        ),
        ({"asks_free_use": "no", "ages": ["cats"]}, {"ages": ["Choose from the list"]}),
    ],
)
def test_what_is_left_out_is_asked_for_in_words(client_of_member, hirer, said, errors):
    space = SpaceFactory()
    ChargeFactory(of=space)
    second = kept_page(client_of_member, space, hirer)

    response = client_of_member.post(second, written(**said))

    assert (response.status_code, response.context["form"].errors) == (422, errors)
    assert Booking.objects.count() == 0


def test_a_reason_without_the_wish_is_not_kept(client_of_member, hirer):
    space = SpaceFactory()
    ChargeFactory(of=space)
    second = kept_page(client_of_member, space, hirer)

    client_of_member.post(second, written(asks_free_use="no", free_use_reason="We are poor."))

    assert Booking.objects.get().free_use_reason == ""


@pytest.mark.parametrize(
    ("said", "shown", "hidden"),
    [
        ({}, [], ["Safeguarding policy", "Food hygiene certificate"]),
        ({"ages": ["12_to_17"]}, ["Safeguarding policy"], ["Food hygiene certificate"]),
        ({"adults_at_risk": "on"}, ["Safeguarding policy"], []),
        ({"has_food": "yes"}, ["Food hygiene certificate"], ["Safeguarding policy"]),
    ],
)
def test_a_page_that_comes_back_tells_the_papers_of_what_was_ticked(
    client_of_member, hirer, said, shown, hidden
):
    space = SpaceFactory()
    SiteRequirement.objects.create(site=space.site, kind="insurance", when="always")
    SiteRequirement.objects.create(site=space.site, kind="food", when="food")
    second = kept_page(client_of_member, space, hirer)

    page = words(client_of_member.post(second, written(**said) | {"purpose": ""}))

    assert "Public liability insurance" in page
    assert [word in page for word in shown] == [True] * len(shown)
    assert [word in page for word in hidden] == [False] * len(hidden)


def test_whoever_is_slow_gets_the_room_if_it_is_still_free(hirer, member):
    space = SpaceFactory()
    with time_machine.travel(NOW, tick=False):
        second = kept_page(browser(member), space, hirer)
    for minutes in (11, 120):
        with time_machine.travel(NOW + minutes * MINUTE, tick=False):
            page = words(browser(member).get(second))
            assert "We do not keep this room for you any more." in page
            assert "We keep this room for you until" not in page
    with time_machine.travel(NOW + 120 * MINUTE, tick=False):
        assert browser(member).post(second, written()).status_code == 302

    assert Booking.objects.get().starts_at == EVENING


@pytest.mark.parametrize(("minutes", "is_taken"), [(9, True), (11, False)])
def test_who_keeps_a_room_at_the_last_moment_has_the_ten_minutes_all_the_same(
    hirer, member, minutes, is_taken
):
    space = SpaceFactory()
    last = EVENING - timedelta(hours=48, minutes=15)  # they set up for a quarter of an hour
    with time_machine.travel(last, tick=False):
        second = kept_page(browser(member), space, hirer)

    with time_machine.travel(last + minutes * MINUTE, tick=False):
        answer = browser(member).post(second, written())

    assert answer.status_code == (302 if is_taken else 422)
    assert Booking.objects.exists() == is_taken
    told = "This site needs to know 2 days before you come to set up."
    assert is_taken or told in words(answer)


@pytest.mark.parametrize("before", [1000, None])
def test_a_price_that_changes_while_one_writes_is_read_before_it_is_agreed_to(
    client_of_member, hirer, before
):
    space = SpaceFactory()
    if before is not None:
        ChargeFactory(of=space, pence=before)
    second = kept_page(client_of_member, space, hirer)
    shown = price_seen_on(client_of_member.get(second))
    space.charges.all().delete()
    ChargeFactory(of=space, pence=5000)
    said = written(asks_free_use="no")

    answer = client_of_member.post(second, said | shown)

    assert answer.status_code == 409
    assert "What this costs has changed since this page was shown." in words(answer)
    assert "£100: the room £100" in words(answer)
    assert "Tea and talk" in words(answer)
    assert not Booking.objects.exists()
    assert client_of_member.post(second, said | price_seen_on(answer)).status_code == 302
    assert Booking.objects.get().price_pence == 10000


def test_whoever_is_too_slow_is_409_and_loses_nothing(hirer, member, other, rival):
    space = SpaceFactory(name="Hall")
    studio = SpaceFactory(site=space.site, name="Studio")
    with time_machine.travel(NOW, tick=False):
        second = kept_page(browser(member), space, hirer)
    ask(space, rival, other, now=NOW + 10 * MINUTE)

    with time_machine.travel(NOW + 11 * MINUTE, tick=False):
        client = browser(member)
        refused = client.post(second, written(ages=["5_to_11"], has_food="yes"))

        page = words(refused)
        assert refused.status_code == 409
        assert "This room is taken for part of that time" in page
        assert "The minutes for which we kept this room for you were over." in page
        assert "Give the room back" not in page
        assert 'value="Tea and talk"' in page
        assert "A hearing loop</textarea>" in page
        assert re.search(r'value="5_to_11" checked', page)
        assert f"{studio}</button> {studio.site.area}. " in page
        found = alternatives_of(refused)
        assert [words for _address, words, _adds in found] == [
            "Tuesday 1 December 2026, 2:30pm to 4:30pm",
            "Tuesday 1 December 2026, 3pm to 5pm",
            "Tuesday 1 December 2026, 3:30pm to 5:30pm",
            "Tuesday 1 December 2026, 4pm to 6pm",
            str(studio),
        ]
        for address, _words, adds in (found[0], found[-1]):
            said = written(ages=["5_to_11"], has_food="yes", instead=adds)
            with transaction.atomic():
                assert client.post(address, said).status_code == 302
                booking = Booking.objects.get(hirer=hirer)
                assert (booking.has_children, booking.has_food, booking.needs) == (
                    True,
                    True,
                    "A hearing loop",
                )
                assert booking.space == (studio if address == found[-1][0] else space)
                transaction.set_rollback(True)


def test_an_alternative_that_costs_money_is_kept_while_one_is_asked_about_it(
    hirer, member, other, rival
):
    space, dear = SpaceFactory(name="Hall"), SpaceFactory(name="Studio")
    ChargeFactory(of=dear)
    with time_machine.travel(NOW, tick=False):
        second = kept_page(browser(member), space, hirer)
    ask(space, rival, other, now=NOW + 10 * MINUTE)

    with time_machine.travel(NOW + 11 * MINUTE, tick=False):
        client = browser(member)
        address, _words, adds = alternatives_of(client.post(second, written()))[-1]
        response = client.post(address, written(instead=adds))

        assert response.status_code == 422
        assert response.context["form"].errors == {
            "asks_free_use": ["Say whether you want to ask to pay nothing"]
        }
        page = words(response)
        assert "We keep this room for you until <strong>9:21am</strong>." in page
        assert 'value="Tea and talk"' in page
        action = re.search(
            r'<form class="app-form" method="post" id="request" action="([^"]+)"', page
        )
        # Loaded again, the address has the first room's number and the other room's name.
        assert address != action[1]
        assert client.get(address, follow=True).redirect_chain == [(action[1], 302)]
        sent = client.post(action[1], written(asks_free_use="no"))
        assert sent.status_code == 302
        booking = Booking.objects.get(hirer=hirer)
        assert client.get(address, follow=True).redirect_chain == [
            (booking.get_absolute_url(), 302)
        ]

    assert Booking.objects.get(hirer=hirer).space == dear


@pytest.mark.parametrize("instead", ["", "now", "2026-13-01 18:00 20:00", "2027-03-28 01:30 03:00"])
def test_an_alternative_that_nobody_offered_is_not_there(client_of_member, hirer, instead):
    second = kept_page(client_of_member, SpaceFactory(), hirer)

    assert client_of_member.post(second, written(instead=instead)).status_code == 404
    assert Booking.objects.count() == 0


def test_somebody_who_changes_the_time_finds_everything_that_was_said(client_of_member, hirer):
    space = SpaceFactory()
    second = kept_page(client_of_member, space, hirer, layout="circle")
    first_hold = Hold.objects.get()

    back = client_of_member.post(
        first_page(space),
        written(change=str(first_hold.uuid), ages=["5_to_11"], has_food="yes"),
    )

    form = back.context["form"]
    assert back.status_code == 200
    again = typed(hirer, starts="6pm", ends="9pm", form_id=form["form_id"].value())
    again |= {"said": form["said"].value(), "layout": "circle"}
    shown = words(back)
    assert [one in shown for one in ('value="6pm"', 'value="8pm"', 'value="12"')] == [True] * 3
    assert "Tea and talk" not in shown  # closed on its way through the browser
    assert Hold.objects.running(NOW).get() == first_hold

    onward = client_of_member.post(first_page(space), again)

    page = words(onward)
    assert onward.status_code == 200
    assert "6pm to 9pm" in page
    assert 'value="Tea and talk"' in page
    assert 'value="5_to_11" checked' in page
    kept = Hold.objects.running(NOW).get()
    assert kept != first_hold
    assert f'action="{kept.get_absolute_url()}"' in page
    said = written(ages=["5_to_11"], has_food="yes")
    assert client_of_member.post(kept.get_absolute_url(), said).status_code == 302
    booking = Booking.objects.get()
    assert (booking.ends_at, booking.has_children) == (EVENING + timedelta(hours=3), True)
    assert second != kept.get_absolute_url()


def test_whoever_goes_back_and_sends_the_same_again_finds_their_request(client_of_member, hirer):
    space, form = SpaceFactory(), typed(hirer)
    second = client_of_member.post(first_page(space), form).url
    client_of_member.post(second, written())

    again = client_of_member.post(first_page(space), form)

    assert (again.status_code, again.url) == (302, Booking.objects.get().get_absolute_url())
    assert Hold.objects.count() == 0


def test_whoever_goes_back_and_wants_another_time_is_409_and_gets_it_when_they_send_it_again(
    client_of_member, hirer
):
    space, form = SpaceFactory(), typed(hirer)
    second = client_of_member.post(first_page(space), form).url
    client_of_member.post(second, written())
    booking = Booking.objects.get()

    refused = client_of_member.post(first_page(space), form | {"starts": "10am", "ends": "11am"})

    page = words(refused)
    assert refused.status_code == 409
    assert "You sent this page before and asked for something else then." in page
    assert f'<a href="{booking.get_absolute_url()}">Open the request you sent before' in page
    assert "If you want this one as well, send it again." in page
    assert (Booking.objects.get(), Hold.objects.count()) == (booking, 0)

    [shown] = [one for one in forms_of(refused.content.decode()) if "starts" in one.fields]
    third = client_of_member.post(first_page(space), shown.held())
    assert client_of_member.post(third.url, written()).status_code == 302
    assert Booking.objects.filter(starts_at__hour=10).count() == 1


def test_another_purpose_for_what_was_asked_for_is_409_and_leads_to_the_request(
    client_of_member, hirer
):
    second = kept_page(client_of_member, SpaceFactory(), hirer)
    client_of_member.post(second, written())
    booking = Booking.objects.get()

    refused = client_of_member.post(second, written(purpose="Disco"))

    page = words(refused)
    assert refused.status_code == 409
    assert f'<a href="{booking.get_absolute_url()}">Open the request you sent before' in page
    assert "send it again" not in page
    assert Booking.objects.get().purpose == "Tea and talk"


@pytest.mark.parametrize("said", ["", "nonsense"])
def test_a_broken_seal_only_loses_what_it_closed(client_of_member, hirer, said):
    response = client_of_member.post(first_page(SpaceFactory()), typed(hirer, said=said))

    assert (response.status_code, response.url) == (302, Hold.objects.get().get_absolute_url())


def test_letting_it_go_frees_the_room_and_leads_back_to_its_page(client_of_member, hirer):
    space = SpaceFactory()
    second = kept_page(client_of_member, space, hirer)
    address = reverse("spaces:let_go", args=[space.slug, Hold.objects.get().uuid])

    response = client_of_member.post(address, follow=True)

    assert response.redirect_chain == [(space.get_absolute_url(), 302)]
    assert "We do not keep the room for you any more." in words(response)
    assert rooms_of(space) == ["released"]
    # The page that was open still says what would be asked for, as when the minutes are over.
    assert client_of_member.get(second).status_code == 200


def test_what_somebody_else_keeps_is_404(client_of_member, hirer, rival):
    space = SpaceFactory()
    second = kept_page(client_of_member, space, hirer)
    kept = Hold.objects.get()
    stranger, colleague = browser(rival), browser(a_member_of(hirer))

    for client in (stranger, colleague):
        assert client.get(second).status_code == 404
        assert client.post(second, written()).status_code == 404
        let_go = reverse("spaces:let_go", args=[space.slug, kept.uuid])
        assert client.post(let_go).status_code == 404
        changed = client.post(first_page(space), written(change=str(kept.uuid)))
        assert changed.status_code in (200, 422)
        assert "6pm" not in words(changed).replace("For example, 6pm or 6:30pm", "")
    assert Hold.objects.get() == kept


def test_the_second_page_under_the_name_of_another_room_leads_to_what_is_kept(
    client_of_member, hirer
):
    space = SpaceFactory()
    second = kept_page(client_of_member, space, hirer)

    elsewhere = second.replace(space.slug, SpaceFactory().slug)

    assert client_of_member.get(elsewhere, follow=True).redirect_chain == [(second, 302)]


def test_holds_that_ran_out_a_day_ago_are_tidied_away_and_no_others(hirer, member):
    kept = hold(SpaceFactory(), member, hirer)
    day = kept.expires_at + timedelta(days=1)

    assert services.forget_holds(now=day - timedelta(seconds=1)) == 0
    assert services.forget_holds(now=day) == 1
    assert (Hold.objects.count(), Occupancy.objects.count()) == (0, 0)


# --- Keeping a room again and again -------------------------------------------------------------------


def keep_again_and_again(space, person, hirer, times, *, every=11 * MINUTE):
    for number in range(times):
        hold(space, person, hirer, now=NOW + number * every, attendance=4 + number)


@pytest.mark.parametrize("every", [MINUTE, 11 * MINUTE], ids=["at once", "each runs out"])
def test_one_time_is_kept_four_times_within_an_hour_and_no_more(hirer, member, every):
    space = SpaceFactory()
    keep_again_and_again(space, member, hirer, 4, every=every)
    colleague = a_member_of(hirer)
    later = NOW + 4 * every

    for person, group in [(member, hirer), (colleague, hirer)]:
        with pytest.raises(ValidationError, match="4 times within an hour") as refused:
            hold(space, person, group, now=later)
        assert refused.value.code == "too_often"
    # An hour after the first of the four ended there is another turn.
    ended = min(Hold.objects.values_list("expires_at", flat=True))
    hold(space, member, hirer, now=ended + timedelta(hours=1))


def test_what_shares_a_room_or_part_of_the_time_is_the_same_and_all_else_is_not(
    hirer, member, other, rival
):
    hall, both = SpaceFactory(), None
    both = SpaceFactory(site=hall.site, rooms=[*hall.rooms.all(), RoomFactory(site=hall.site)])
    elsewhere = SpaceFactory(site=hall.site)
    keep_again_and_again(hall, member, hirer, 4)
    now = NOW + 45 * MINUTE

    for space, start in [(both, EVENING), (hall, EVENING + timedelta(hours=1))]:
        with pytest.raises(ValidationError, match="4 times within an hour"):
            hold(space, member, hirer, now=now, starts_at=start, ends_at=start + timedelta(hours=2))
    hold(elsewhere, member, hirer, now=now)
    hold(hall, member, hirer, now=now, starts_at=LATE, ends_at=LATE + timedelta(hours=1))
    hold(hall, rival, other, now=now)


def test_giving_it_back_and_keeping_it_again_counts_as_keeping_it_again(hirer, member):
    space = SpaceFactory()
    for _time in range(4):
        services.let_go(hold(space, member, hirer), by=member, now=NOW)

    with pytest.raises(ValidationError, match="4 times within an hour"):
        hold(space, member, hirer)

    later = NOW + timedelta(hours=1, minutes=1)
    kept = hold(space, member, hirer, now=later)
    ask(space, member, hirer, form_id=kept.uuid, hold=kept, now=later)
    assert not Hold.objects.filter(pk=kept.pk).exists()


def test_nothing_is_kept_from_anybody_where_requests_compete(hirer, member):
    space = SpaceFactory(pending_policy="compete")

    keep_again_and_again(space, member, hirer, 6, every=MINUTE)

    assert Hold.objects.count() == 6


def test_whoever_was_slow_reads_why_and_still_sends_what_they_began(client_of_member, hirer):
    space = SpaceFactory(name="Hall")
    for number in range(4):
        second = kept_page(client_of_member, space, hirer, attendance=str(4 + number))

    refused = client_of_member.post(first_page(space), typed(hirer, attendance="9"))

    assert refused.status_code == 429
    assert "kept this room for this time 4 times within an hour" in words(refused)
    assert "or try again after 10am." in words(refused)
    assert refused.context["form"]["attendance"].value() == "9"
    assert f'href="{second}"' in words(refused)
    sent = client_of_member.post(second, written())
    assert (sent.status_code, Booking.objects.get().attendance) == (302, 7)
