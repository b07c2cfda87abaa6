"""Who must agree to a booking, in what time, and what each word of theirs does."""

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import ProgrammeRole
from anchors.models import Mandate
from audit.models import AuditRecord
from notifications.models import Message
from spaces import permissions, services
from spaces.models import Booking, Decision, Occupancy, Site, Space
from spaces.rules import deciding as rules
from tests.factories.accounts import a_person_with
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    ChargeFactory,
    HirerFactory,
    RoomFactory,
    SpaceFactory,
    a_manager_of,
    a_member_of,
    a_programme_worker,
    a_site_manager_of,
    with_second_factor,
)
from tests.racing import at_once
from tests.spaces.test_bookings import EVENING, ask
from tests.spaces.test_holds import hold

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_that_morning")]

State = Booking.State


def a_safeguarding_lead(**facts):
    return with_second_factor(a_person_with(ProgrammeRole.Role.SAFEGUARDING_LEAD, **facts))


def a_programme_lead(**facts):
    return with_second_factor(a_person_with(ProgrammeRole.Role.PROGRAMME_LEAD, **facts))


@pytest.fixture
def hirer():
    return HirerFactory()


@pytest.fixture
def member(hirer):
    return a_member_of(hirer)


@pytest.fixture
def space():
    return SpaceFactory(name="Hall", site__programme_decides=True)


def steps(booking):
    return [
        (one.step, one.outcome, one.decided_by)
        for one in booking.decisions.current().order_by("pk")
    ]


def asked_of(address):
    return Message.objects.filter(address=address, subject__startswith="Please decide").count()


def test_site_and_programme_are_asked_at_once_and_the_last_yes_promises_the_room(
    space, hirer, member
):
    keeper, worker = a_site_manager_of(space.site), a_programme_worker()
    booking = ask(space, member, hirer)
    assert steps(booking) == [("site", "", None), ("programme", "", None)]
    assert {one.due_on for one in booking.decisions.all()} == {date(2026, 11, 30)}
    assert (asked_of(keeper.email), asked_of(worker.email)) == (1, 1)

    services.approve_booking(booking, by=keeper, now=NOW)

    booking.refresh_from_db()
    assert booking.state == State.REQUESTED
    assert booking.occupancies.get().status == Occupancy.Status.PENDING
    assert not Message.objects.filter(subject__startswith="Hall is yours").exists()

    services.approve_booking(booking, by=worker, now=NOW)

    booking.refresh_from_db()
    assert booking.is_promised
    assert booking.decided_by == worker
    assert steps(booking) == [("site", "approved", keeper), ("programme", "approved", worker)]
    assert booking.occupancies.get().status == Occupancy.Status.CONFIRMED
    assert Message.objects.filter(subject__startswith="Hall is yours").count() == 1
    assert [one.verb for one in AuditRecord.objects.about(booking).order_by("pk")] == [
        "spaces.booking_requested",
        "spaces.step_approved",
        "spaces.booking_approved",
    ]


def test_one_no_ends_it_whoever_said_yes_before(space, hirer, member):
    keeper, worker = a_site_manager_of(space.site), a_programme_worker()
    booking = ask(space, member, hirer)
    services.approve_booking(booking, by=keeper, now=NOW)

    services.decline_booking(booking, by=worker, now=NOW, reason="unsuitable")

    booking.refresh_from_db()
    assert (booking.state, booking.reason) == (State.DECLINED, "unsuitable")
    assert booking.occupancies.get().status == Occupancy.Status.RELEASED


@pytest.mark.parametrize(
    "who_comes",
    [{"ages": ["under_5"]}, {"ages": ["12_to_17"]}, {"has_adults_at_risk": True}],
    ids=str,
)
def test_the_safeguarding_lead_decides_where_people_at_risk_come(hirer, member, who_comes):
    space = SpaceFactory()
    keeper, lead = a_site_manager_of(space.site), a_safeguarding_lead()
    booking = ask(space, member, hirer, **who_comes)
    assert [step for step, *_rest in steps(booking)] == ["site", "safeguarding"]
    assert asked_of(lead.email) == 1
    assert list(Booking.objects.visible_to(lead)) == [booking]

    services.approve_booking(booking, by=keeper, now=NOW)
    booking.refresh_from_db()
    assert booking.state == State.REQUESTED
    services.approve_booking(booking, by=lead, now=NOW)

    booking.refresh_from_db()
    assert booking.is_promised


def test_the_safeguarding_lead_neither_sees_nor_decides_other_bookings(client):
    booking = BookingFactory()
    lead = a_safeguarding_lead()
    client.force_login(lead)

    assert client.get(booking.get_absolute_url()).status_code == 404
    with pytest.raises(PermissionDenied):
        services.approve_booking(booking, by=lead, now=NOW)


def test_nobody_takes_two_steps_of_one_booking(space, hirer, member):
    """Programme staff stand in for a site, but then somebody else of the programme must agree."""
    worker, other = a_programme_worker(), a_programme_worker()
    booking = ask(space, member, hirer)

    services.approve_booking(booking, by=worker, now=NOW)
    with pytest.raises(ValidationError, match="nothing more for you to decide"):
        services.approve_booking(booking, by=worker, now=NOW)
    assert steps(booking) == [("site", "", None), ("programme", "approved", worker)]

    services.approve_booking(booking, by=other, now=NOW)
    booking.refresh_from_db()
    assert booking.is_promised


def test_whoever_runs_a_site_is_not_told_that_they_said_yes_for_somebody_else(
    client, space, hirer, member
):
    first, second = a_site_manager_of(space.site), a_site_manager_of(space.site)
    booking = ask(space, member, hirer)
    services.approve_booking(booking, by=first, now=NOW)
    client.force_login(second)

    answer = client.get(f"{booking.get_absolute_url()}approve/", follow=True)

    told = [str(message) for message in answer.context["messages"]]
    assert told == ["There is nothing more for you to decide. Somebody else must say yes as well."]


def test_postgres_lets_nobody_take_two_steps(space):
    booking = BookingFactory(space=space, decisions=["site", "programme"])
    worker = a_programme_worker()

    with pytest.raises(IntegrityError, match="nobody_decides_twice"), transaction.atomic():
        booking.decisions.update(outcome="approved", decided_by=worker, decided_at=NOW)


@pytest.mark.parametrize("part", ["site", "programme", "safeguarding"])
def test_an_approver_who_belongs_to_the_group_cannot_approve_it(space, hirer, part):
    people = {
        "site": a_site_manager_of(space.site),
        "programme": a_programme_worker(),
        "safeguarding": a_safeguarding_lead(),
    }
    own = people[part]
    Mandate.objects.create(
        user=own, organisation=hirer.organisation, kind="member", starts_on=date(2020, 1, 1)
    )
    booking = ask(space, own, hirer, ages=["12_to_17"])

    for act in (services.approve_booking, services.decline_booking):
        facts = {"reason": "other"} if act is services.decline_booking else {}
        with pytest.raises(PermissionDenied, match="You belong to this group"):
            act(booking, by=own, now=NOW, **facts)
    assert asked_of(own.email) == 0
    assert not Decision.objects.waiting_for(own, NOW.date()).exists()


def test_two_who_say_yes_at_once_both_count_and_promise_the_room_once(space, hirer, member):
    keeper, worker = a_site_manager_of(space.site), a_programme_worker()
    booking = ask(space, member, hirer)

    assert [one.step for one in Decision.objects.waiting_for(keeper, NOW.date())] == ["site"]
    assert [one.step for one in Decision.objects.waiting_for(worker, NOW.date())] == ["programme"]
    services.approve_booking(booking, by=worker, now=NOW)
    assert not Decision.objects.waiting_for(worker, NOW.date()).exists()


@pytest.mark.django_db(transaction=True)
def test_two_steps_said_yes_to_in_the_same_moment_promise_the_room_once():
    space = SpaceFactory(name="Hall", site__programme_decides=True)
    hirer = HirerFactory()
    a_manager_of(hirer)
    booking = BookingFactory(space=space, hirer=hirer, decisions=["site", "programme"])
    people = [a_site_manager_of(space.site), a_programme_worker()]

    done = at_once(
        *[partial(services.approve_booking, booking, by=person, now=NOW) for person in people]
    )

    assert done == ["done", "done"]

    booking.refresh_from_db()
    assert booking.is_promised
    assert AuditRecord.objects.filter(verb="spaces.booking_approved").count() == 1
    assert Message.objects.filter(subject__startswith="Hall is yours").count() == 1


# --- Without anybody ------------------------------------------------------------------------------


def kept(hirer, how_many, state="confirmed"):
    for number in range(how_many):
        BookingFactory(
            hirer=hirer,
            state=state,
            starts_at=NOW - timedelta(days=10 + number),
            requested_at=NOW - timedelta(days=60),
        )


def test_a_trusted_group_has_its_yes_at_once_where_the_site_trusts_groups(hirer, member):
    space = SpaceFactory(name="Hall", site__programme_decides=True, site__trusts_groups=True)
    keeper = a_site_manager_of(space.site)
    kept(hirer, 10)

    booking = ask(space, member, hirer)

    booking.refresh_from_db()
    assert booking.is_promised
    assert (booking.decided_by, booking.decided_at) == (None, NOW)
    assert steps(booking) == [("site", "approved", None), ("programme", "approved", None)]
    assert booking.occupancies.get().status == Occupancy.Status.CONFIRMED
    assert asked_of(keeper.email) == 0
    assert Message.objects.filter(subject__startswith="Hall is yours").exists()
    (letter,) = Message.objects.filter(address=keeper.email)
    assert "trusts groups" in letter.body


@pytest.mark.parametrize("how_many", [9, 10])
def test_a_trusted_group_knows_before_it_asks_and_reads_that_the_room_is_its(
    client, hirer, member, how_many
):
    space = SpaceFactory(name="Hall", site__trusts_groups=True)
    kept(hirer, how_many)
    client.force_login(member)
    held = hold(space, member, hirer)
    is_trusted = how_many == 10

    second = client.get(held.get_absolute_url()).content.decode()
    rules_page = client.get(reverse("spaces:space_rules", args=[space.slug])).content.decode()
    sent = client.post(
        held.get_absolute_url(),
        {"purpose": "Tea", "ages": "26_to_64", "has_food": "no"},
        follow=True,
    ).content.decode()

    assert ("so it gets its yes at once" in second) == is_trusted
    assert ("Those who decide read your request" in second) == (not is_trusted)
    assert "gets its yes at once" in rules_page
    assert (f"{space} is yours" in sent) == is_trusted
    assert ("The room is promised to your group." in sent) == is_trusted
    assert (f"You have asked for {space}" in sent) == (not is_trusted)


def test_no_yes_is_announced_while_another_group_waits_for_the_same_room(hirer, member):
    room = RoomFactory(site__trusts_groups=True)
    space = SpaceFactory(site=room.site, rooms=[room])
    kept(hirer, 10)
    held = hold(space, member, hirer)
    assert services.says_yes_at_once(held, now=NOW)
    services.let_go(held, by=member, now=NOW)

    other = HirerFactory()
    ask(
        SpaceFactory(site=room.site, rooms=[room], pending_policy="compete"),
        a_member_of(other),
        other,
    )

    assert not services.says_yes_at_once(hold(space, member, hirer), now=NOW)


@pytest.mark.parametrize(
    ("changed", "how_many"),
    [
        ({}, 9),
        ({"kept": "approved"}, 10),
        ({"trusts": False}, 10),
        ({"late": True}, 10),
        ({"ages": ["12_to_17"]}, 10),
        ({"has_adults_at_risk": True}, 10),
        ({"free_use_reason": "We have no money."}, 10),
    ],
    ids=[
        "nine kept",
        "never let in",
        "no trust",
        "late last month",
        "children",
        "at risk",
        "free use",
    ],
)
def test_otherwise_somebody_decides(hirer, member, changed, how_many):
    space = SpaceFactory(site__trusts_groups=changed.pop("trusts", True))
    ChargeFactory(of=space)
    a_site_manager_of(space.site)
    kept(hirer, how_many, changed.pop("kept", "confirmed"))
    if changed.pop("late", False):
        BookingFactory(
            hirer=hirer,
            state="cancelled_by_hirer",
            cancelled_late=True,
            starts_at=NOW - timedelta(days=30),
            requested_at=NOW - timedelta(days=60),
        )

    assert ask(space, member, hirer, **changed).state == State.REQUESTED


def test_from_two_hundred_people_on_somebody_always_looks():
    booking = BookingFactory.build(attendance=199)
    booking.space.site.trusts_groups = True

    assert rules.yes_by_rule(booking, kept=10, late=0) == {"programme", "site"}
    booking.attendance = 200
    assert rules.yes_by_rule(booking, kept=10, late=0) == set()


def test_where_the_site_does_not_trust_groups_a_trusted_one_needs_its_yes_alone(
    client, space, hirer, member
):
    keeper, worker = a_site_manager_of(space.site), a_programme_worker()
    kept(hirer, 10)

    booking = ask(space, member, hirer)

    assert steps(booking) == [("site", "", None), ("programme", "approved", None)]
    assert (asked_of(keeper.email), asked_of(worker.email)) == (1, 0)
    client.force_login(keeper)
    page = client.get(booking.get_absolute_url()).content.decode()
    assert '<p class="app-list__more">Tuesday 24 November 2026</p>' in page  # said by nobody
    services.approve_booking(booking, by=keeper, now=NOW)
    booking.refresh_from_db()
    assert booking.is_promised


def test_no_rule_says_yes_while_another_group_waits_for_the_same_room(hirer, member):
    room = RoomFactory(site__trusts_groups=True)
    competing = SpaceFactory(site=room.site, rooms=[room], pending_policy="compete")
    other = HirerFactory()
    waiting = ask(competing, a_member_of(other), other)
    kept(hirer, 10)

    booking = ask(SpaceFactory(site=room.site, rooms=[room]), member, hirer)

    waiting.refresh_from_db()
    assert (booking.state, waiting.state) == (State.REQUESTED, State.REQUESTED)


def test_nobody_says_yes_to_a_booking_that_they_did_not_see(client, space, hirer, member):
    booking = ask(space, member, hirer)
    client.force_login(a_site_manager_of(space.site))
    address = f"{booking.get_absolute_url()}approve/"
    seen = client.get(address).context["form"]["seen_at"].value()
    use = rules.Use.of(booking)
    services.change_booking(
        booking,
        rules.Use(use.starts_at, use.ends_at, 19, None, 0, 0),
        by=member,
        now=NOW,
        seen_at=booking.updated_at,
    )

    answer = client.post(address, {"seen_at": seen})

    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Somebody changed this booking while you were looking at it" in page
    assert ">19<" in "".join(page.split())
    booking.refresh_from_db()
    assert booking.decisions.current().filter(outcome="approved").count() == 0
    again = answer.context["form"]["seen_at"].value()
    assert client.post(address, {"seen_at": again}).status_code == 302
    assert booking.decisions.current().filter(outcome="approved").count() == 1


def test_whoever_said_yes_may_think_better_of_it_while_others_decide(space, hirer, member):
    keeper, worker = a_site_manager_of(space.site), a_programme_worker()
    booking = ask(space, member, hirer)
    services.approve_booking(booking, by=keeper, now=NOW)

    services.decline_booking(booking, by=keeper, now=NOW, reason="safety")

    booking.refresh_from_db()
    assert (booking.state, booking.decided_by) == (State.DECLINED, keeper)
    assert ("site", "declined", keeper) in steps(booking)
    assert not Decision.objects.waiting_for(worker, NOW.date()).exists()


def test_the_site_hears_when_the_programme_declines(space, hirer, member):
    keeper, worker = a_site_manager_of(space.site), a_programme_worker(name="Pat")
    booking = ask(space, member, hirer)
    services.approve_booking(booking, by=keeper, now=NOW)

    services.decline_booking(booking, by=worker, now=NOW, reason="unsuitable")

    letter = Message.objects.get(address=keeper.email, subject__startswith="Declined")
    assert "Pat declined a request" in letter.body


def test_a_booking_that_one_person_of_the_programme_cannot_decide_alone_reaches_the_lead(
    space, hirer, member
):
    """Nobody runs the site, and the only person of the programme has said yes."""
    worker, lead = a_programme_worker(), a_programme_lead()
    booking = ask(space, member, hirer)
    services.approve_booking(booking, by=worker, now=NOW)
    later = NOW + timedelta(days=7, hours=2)

    assert services.escalate(now=later) == 1

    late = Message.objects.filter(subject__startswith="A decision is late")
    assert [letter.address for letter in late] == [lead.email]
    assert [one.step for one in Decision.objects.waiting_for(lead, NOW.date())] == ["site"]
    services.approve_booking(booking, by=lead, now=NOW)
    booking.refresh_from_db()
    assert booking.is_promised


def test_the_list_of_what_waits_and_the_step_somebody_may_take_agree(space, hirer, member):
    booking = ask(space, member, hirer, ages=["12_to_17"])
    people = [
        a_site_manager_of(space.site),
        a_programme_worker(),
        a_safeguarding_lead(),
        a_programme_lead(),
        a_site_manager_of(SpaceFactory().site),
        member,
    ]
    for person in people:
        listed = {one.step for one in Decision.objects.waiting_for(person, NOW.date())}
        step = permissions.step_of(person, booking, booking.decisions.current())
        assert listed == ({step.step} if step else set())


def withdraw(space, way):
    """Take a space off what groups can book here, in one way or another."""
    if way == "booked elsewhere":
        space.site.booking_authority = Site.BookingAuthority.ELSEWHERE
    elif way == "site":
        space.site.is_published = False
    elif way == "clinical":
        space.is_clinical = True
    elif way == "no rooms":
        space.rooms.clear()
    else:
        space.status = way
    space.site.save()
    space.save()


WITHDRAWN = [
    *((way, "not_offered") for way in ("suspended", "archived", "clinical", "site", "no rooms")),
    ("booked elsewhere", "booked_elsewhere"),
]


@pytest.mark.parametrize(("way", "code"), WITHDRAWN)
def test_nobody_promises_or_brings_back_a_room_that_is_not_offered_here_any_more(
    space, hirer, member, way, code
):
    keeper, worker = a_site_manager_of(space.site), a_programme_worker()
    booking = ask(space, member, hirer)
    over = BookingFactory(space=space, hirer=hirer, state="cancelled_by_hirer")
    services.approve_booking(booking, by=worker, now=NOW)
    withdraw(space, way)

    with pytest.raises(ValidationError) as promised:
        services.approve_booking(booking, by=keeper, now=NOW)
    with pytest.raises(ValidationError) as back:
        services.reinstate_booking(over, by=member, now=NOW)

    assert (promised.value.code, back.value.code) == (code, code)
    booking.refresh_from_db()
    assert booking.state == State.REQUESTED
    assert steps(booking) == [("site", "", None), ("programme", "approved", worker)]
    # No is still an answer.
    services.decline_booking(booking, by=keeper, now=NOW, reason="unsuitable")


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("suspended", "This room is not on offer at the moment."),
        ("booked elsewhere", "This room is not booked here."),
    ],
)
def test_whoever_says_yes_to_a_room_that_is_not_offered_any_more_reads_why_not(client, way, words):
    booking = BookingFactory()
    client.force_login(a_site_manager_of(booking.space.site))
    withdraw(booking.space, way)

    sent = client.post(
        f"{booking.get_absolute_url()}approve/", {"seen_at": booking.updated_at.isoformat()}
    )

    assert sent.status_code == 409
    page = sent.content.decode()
    assert words in page
    assert "Choose another one" not in page


# --- In time --------------------------------------------------------------------------------------


def test_a_late_step_is_told_once_to_whoever_stands_in(space, hirer, member):
    a_site_manager_of(space.site)
    worker, lead = a_programme_worker(), a_programme_lead()
    booking = ask(
        space,
        member,
        hirer,
        starts_at=EVENING + timedelta(days=21),
        ends_at=EVENING + timedelta(days=21, hours=2),
    )
    due = booking.decisions.all()[0].due_on
    on_the_day = datetime(due.year, due.month, due.day, 12, tzinfo=UTC)

    assert services.escalate(now=on_the_day) == 0
    assert services.escalate(now=on_the_day + timedelta(days=1)) == 2
    assert services.escalate(now=on_the_day + timedelta(days=1)) == 0

    late = Message.objects.filter(subject="A decision is late: Hall on Tuesday 22 December 2026")
    assert sorted(letter.address for letter in late) == sorted([worker.email, lead.email])
    assert "The people who run the site" in late.get(address=worker.email).body
    # The lead stands in for the programme now, and staff for the site.
    services.approve_booking(booking, by=lead, now=NOW)
    services.approve_booking(booking, by=worker, now=NOW)
    booking.refresh_from_db()
    assert booking.is_promised


def test_what_was_decided_or_has_begun_is_not_called_late(space):
    later = NOW + timedelta(days=30)
    BookingFactory(space=space, requested_at=NOW - timedelta(days=30), state="confirmed")
    BookingFactory(
        space=space,
        requested_at=NOW - timedelta(days=60),
        starts_at=later - timedelta(days=1),
    )

    assert services.escalate(now=later) == 0


@pytest.mark.parametrize(
    ("how_many", "expected"), [(4, (5, False)), (5, (2, True))], ids=["too few", "enough"]
)
def test_the_group_reads_how_long_it_usually_takes(space, how_many, expected):
    for number in range(how_many):
        earlier = BookingFactory(
            space=space,
            state="confirmed",
            starts_at=NOW + timedelta(days=20 + number),
            requested_at=datetime(2026, 11, 2, 9, tzinfo=UTC),
        )
        earlier.decisions.update(decided_at=datetime(2026, 11, 4, 9, tzinfo=UTC))
    # Somewhere else it takes long, which says nothing about here.
    elsewhere = BookingFactory(state="confirmed", requested_at=NOW - timedelta(days=60))
    elsewhere.decisions.update(decided_at=NOW)
    booking = BookingFactory(space=space, decisions=["site"])

    (standing,) = services.standings(booking, today=NOW.date())

    assert (standing.usual_days, standing.is_measured) == expected


def test_a_booking_page_says_who_decides_and_by_when(client, space, hirer, member):
    keeper = a_site_manager_of(space.site, name="Kwame")
    a_programme_worker()
    booking = ask(space, member, hirer)
    services.approve_booking(booking, by=keeper, now=NOW)
    client.force_login(member)

    page = client.get(booking.get_absolute_url()).content.decode()

    assert "The people who run the site" in page
    assert "Kwame, Tuesday 24 November 2026" in page
    assert "Programme staff" in page
    assert "By Monday 30 November 2026." in page
    assert "We ask for an answer within 5 working days." in page


# --- Money ----------------------------------------------------------------------------------------


def test_who_decides_about_money_must_say_whether_the_group_pays(space, hirer, member):
    ChargeFactory(of=space)
    keeper, worker = a_site_manager_of(space.site), a_programme_worker()
    booking = ask(space, member, hirer, free_use_reason="We live on what people give.")

    services.approve_booking(booking, by=keeper, now=NOW)
    booking.refresh_from_db()
    assert booking.is_free_use_granted is None
    with pytest.raises(ValidationError, match="Say whether the group pays nothing"):
        services.approve_booking(booking, by=worker, now=NOW)
    services.approve_booking(booking, by=worker, now=NOW, is_free=True)

    booking.refresh_from_db()
    assert (booking.is_free_use_granted, booking.is_promised) == (True, True)


def test_the_page_of_who_decides_about_money_asks_and_others_are_not_asked(
    client, space, hirer, member
):
    ChargeFactory(of=space)
    keeper, worker = a_site_manager_of(space.site), a_programme_worker()
    booking = ask(space, member, hirer, free_use_reason="We live on what people give.")
    address = f"{booking.get_absolute_url()}approve/"

    client.force_login(keeper)
    assert "Should it?" not in client.get(address).content.decode()
    client.force_login(worker)
    page = client.get(address).content.decode()
    assert "We live on what people give." in page
    assert "The group asks to pay nothing. Should it?" in page
    seen = {"seen_at": booking.updated_at.isoformat()}
    assert client.post(address, seen).status_code == 422
    assert client.post(address, seen | {"is_free": "yes"}).status_code == 302

    booking.refresh_from_db()
    assert booking.is_free_use_granted is True


def test_a_no_to_free_use_says_why_and_the_group_reads_it(client, space, hirer, member):
    ChargeFactory(of=space)
    worker = a_programme_worker()
    booking = ask(space, member, hirer, free_use_reason="We live on what people give.")
    address = f"{booking.get_absolute_url()}approve/"
    client.force_login(worker)
    page = client.get(address).content.decode()
    typed = {"seen_at": booking.updated_at.isoformat(), "is_free": "no"}
    why = "The site pays for a caretaker in the evening."

    without = client.post(address, typed | {"why_not_free": " "})
    with pytest.raises(ValidationError, match="why the group pays all the same"):
        services.approve_booking(booking, by=worker, now=NOW, is_free=False)
    said = client.post(address, typed | {"why_not_free": why})

    # Why the group asks stands there once, and the other reasons are asked for beside the no.
    assert page.count("We live on what people give.") == 1
    assert without.status_code == 422
    assert without.context["form"].errors == {
        "why_not_free": ["Say why the group pays all the same"]
    }
    assert said.status_code == 302
    booking.refresh_from_db()
    assert (booking.is_free_use_granted, booking.why_not_free) == (False, why)
    client.force_login(member)
    told = client.get(booking.get_absolute_url()).content.decode()
    assert told.index("No: the group pays the full price") < told.index(why)


def test_what_is_decided_about_money_is_not_asked_about_again(client, space, hirer, member):
    ChargeFactory(of=space)
    keeper, worker = a_site_manager_of(space.site), a_programme_worker()
    booking = ask(space, member, hirer, free_use_reason="We live on what people give.")
    services.approve_booking(booking, by=worker, now=NOW, is_free=False, why_not_free="It is dear.")
    client.force_login(keeper)

    page = client.get(f"{booking.get_absolute_url()}approve/").content.decode()

    assert "No: the group pays the full price" in page
    assert "The group asks to pay nothing" not in page


@pytest.mark.parametrize("granted", [True, None])
def test_only_a_no_to_free_use_keeps_a_reason(granted):
    booking = BookingFactory(free_use_reason="We are few.")

    with pytest.raises(IntegrityError, match="only_a_no_to_free_use_has_a_reason"):
        Booking.objects.filter(pk=booking.pk).update(
            is_free_use_granted=granted, why_not_free="It is dear."
        )


# --- Where requests compete -----------------------------------------------------------------------


@pytest.fixture
def contested():
    return SpaceFactory(name="Hall", pending_policy=Space.PendingPolicy.COMPETE)


def test_where_requests_compete_one_gets_the_room_and_the_other_is_told_at_once(contested):
    keeper = a_site_manager_of(contested.site)
    groups = [HirerFactory(), HirerFactory()]
    people = [a_manager_of(group) for group in groups]
    one, other = (
        ask(contested, person, group) for person, group in zip(people, groups, strict=True)
    )
    assert not Occupancy.objects.exists()

    services.approve_booking(other, by=keeper, now=NOW)

    one.refresh_from_db()
    other.refresh_from_db()
    assert other.is_promised
    assert (one.state, one.reason) == (State.DECLINED, "taken")
    assert [taken.booking for taken in Occupancy.objects.taken()] == [other]
    letter = Message.objects.get(address=people[0].email, subject__contains="was declined")
    assert "Another group has the room" in letter.body
    with pytest.raises(ValidationError, match="declined, so it cannot be approved"):
        services.approve_booking(one, by=keeper, now=NOW)


def test_what_else_is_free_is_looked_for_once_for_all_who_asked_for_the_same(contested):
    keeper = a_site_manager_of(contested.site)
    SpaceFactory(site=contested.site, name="Room 2")
    searches = []
    for how_many in (1, 4):
        day = timedelta(days=how_many)
        when = {"starts_at": EVENING + day, "ends_at": EVENING + day + timedelta(hours=2)}
        groups = [HirerFactory() for _number in range(1 + how_many)]
        asked = [ask(contested, a_manager_of(group), group, **when) for group in groups]
        with CaptureQueriesContext(connection) as queries:
            services.approve_booking(asked[0], by=keeper, now=NOW)
        searches.append(sum("nearness" in query["sql"] for query in queries))
        told = Message.objects.filter(
            subject__contains="was declined",
            about__in=[f"spaces.booking:{one.pk}" for one in asked],
            body__contains="Room 2",
        )
        assert told.count() == how_many

    assert searches[0] == searches[1] > 0


def test_whoever_chooses_sees_who_else_asks_and_nobody_else_does(client, contested, hirer, member):
    keeper = a_site_manager_of(contested.site)
    open_group = HirerFactory(organisation__name="Loud Choir")
    private = HirerFactory(organisation__name="Kestrel", is_sensitive=True)
    mine = ask(contested, member, hirer)
    asked = {"attendance": 17, "purpose": "Songs of the sea"}
    theirs = [ask(contested, a_member_of(one), one, **asked) for one in (open_group, private)]
    later = {"starts_at": EVENING + timedelta(hours=2), "ends_at": EVENING + timedelta(hours=3)}
    after = ask(contested, a_member_of(open_group), open_group, **later)

    for who, address in [
        (keeper, mine.get_absolute_url()),
        (keeper, f"{mine.get_absolute_url()}approve/"),
        (member, mine.get_absolute_url()),
    ]:
        client.force_login(who)
        page = client.get(address).content.decode()
        for one in theirs:
            assert (f'href="{one.get_absolute_url()}"' in page) == (who == keeper), address
        assert ("Loud Choir" in page) == ("17 people" in page) == (who == keeper)
        assert page.count("Songs of the sea") == (who == keeper)
        assert after.get_absolute_url() not in page
        assert "Kestrel" not in page
    client.force_login(keeper)
    alone = client.get(f"{after.get_absolute_url()}approve/").content.decode()
    assert "No other group has asked for this time so far." in alone
    assert "Who else asks" not in alone


@pytest.mark.parametrize("how_many", [1, 4])
def test_to_see_who_else_asks_costs_the_same_for_one_as_for_many(
    contested, hirer, member, django_assert_num_queries, how_many
):
    keeper = a_site_manager_of(contested.site)
    mine = ask(contested, member, hirer)
    for _number in range(how_many):
        group = HirerFactory(is_sensitive=True)
        ask(contested, a_member_of(group), group)
    keeper.holds()  # asked once, whatever is looked at

    with django_assert_num_queries(4):  # rooms, roles or groups, the spaces they run, rivals
        found = services.rivals_of(mine, seen_by=keeper)
        assert [one.hirer.name_for_others for one in found] == [
            "A group that asks for privacy"
        ] * how_many


def test_a_request_at_another_time_is_not_declined_with_it(contested, hirer, member):
    keeper = a_site_manager_of(contested.site)
    one = ask(contested, member, hirer)
    after = ask(
        contested,
        member,
        hirer,
        starts_at=EVENING + timedelta(hours=2),
        ends_at=EVENING + timedelta(hours=3),
    )

    services.approve_booking(one, by=keeper, now=NOW)

    after.refresh_from_db()
    assert after.state == State.REQUESTED


@pytest.mark.django_db(transaction=True)
def test_two_approvers_who_click_at_once_confirm_one_of_two_that_compete():
    contested = SpaceFactory(name="Hall", pending_policy=Space.PendingPolicy.COMPETE)
    keepers = [a_site_manager_of(contested.site), a_site_manager_of(contested.site)]
    bookings = []
    for _group in range(2):
        group = HirerFactory()
        bookings.append(ask(contested, a_manager_of(group), group))

    answers = at_once(
        *[
            partial(services.approve_booking, booking, by=keeper, now=NOW)
            for booking, keeper in zip(bookings, keepers, strict=True)
        ]
    )

    assert answers == ["done", "not_from_here"]
    assert sorted(Booking.objects.values_list("state", flat=True)) == ["confirmed", "declined"]
    assert Occupancy.objects.taken().count() == 1
    assert Message.objects.filter(subject__contains="was declined").count() == 1


@pytest.mark.parametrize(("before", "after"), [("hold", "compete"), ("compete", "hold")])
def test_a_request_that_waits_while_the_rule_changes_is_promised_once(hirer, member, before, after):
    space = SpaceFactory(pending_policy=before)
    keeper = a_site_manager_of(space.site)
    booking = ask(space, member, hirer)
    Space.objects.update(pending_policy=after)

    services.approve_booking(booking, by=keeper, now=NOW)

    assert [(one.booking, one.status) for one in Occupancy.objects.taken()] == [
        (booking, Occupancy.Status.CONFIRMED)
    ]


def test_a_yes_elsewhere_in_the_same_room_declines_a_request_that_holds_nothing(hirer, member):
    room = RoomFactory()
    competing = SpaceFactory(site=room.site, rooms=[room], pending_policy="compete")
    held = SpaceFactory(site=room.site, rooms=[room])
    keeper = a_site_manager_of(room.site)
    group = HirerFactory()
    one = ask(competing, a_member_of(group), group)
    other = ask(held, member, hirer)

    services.approve_booking(other, by=keeper, now=NOW)

    one.refresh_from_db()
    assert (one.state, one.reason) == (State.DECLINED, "taken")
