"""Bookings in every state, of the twelve groups. All of it is made up.

Everything is done by the services, at the moments at which it would have been done, so that
history, rooms and letters are true. Earlier letters were read long ago: only those of the last
hours are in the Mailbox, and the reminder that the timetable writes by itself.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from uuid import uuid4

from core.clock import at, london
from home.demonstration import hirers
from home.demonstration.past import days_ago, done
from home.demonstration.world import World
from spaces import services
from spaces.models import ASKED_AGES, AgeGroup, Booking, Closure, Decision, Space
from spaces.services import finding

Reason = Booking.Reason
Step = Decision.Step

APPROVED, DECLINED = "approved", "declined"


@dataclass(frozen=True)
class BookingPlan:
    """One booking. `day` counts from today and moves on to the next day on which it can be had."""

    group: str
    space: str
    day: int
    start: time
    minutes: int
    people: int
    purpose: str
    asked: int
    """How many days before today it was asked for."""
    state: str = ""
    decided: int = 0
    """How many days before today it was decided."""
    reason: str = ""
    note: str = ""
    needs: str = ""
    setup: int = 0
    cleardown: int = 0
    ages: tuple[AgeGroup, ...] = (AgeGroup.FROM_26, AgeGroup.FROM_65)
    at_risk: bool = False
    food: bool = False
    free_use: str = ""
    """Why the group asks to pay nothing."""
    caller: str = ""
    """Who of the group telephoned, so that whoever runs the site asked for it."""
    cancelled: int | None = None
    """How many days before today it was cancelled; by the site when there is a reason."""
    accepts: bool = True
    """The group accepts the conditions of hire when it asks."""


def _past(group: str, space: str, day: int, start: time, people: int, purpose: str) -> BookingPlan:
    return BookingPlan(group, space, day, start, 120, people, purpose, 21 - day, APPROVED, 18 - day)


SIX, TEN, TWO = time(18), time(10), time(14)
BOOKINGS = [
    # Over and done.
    _past("Second Cup Carers", "Hall, Old Signal House", -7, TWO, 28, "Tea and talk"),
    _past("Second Cup Carers", "Hall, Old Signal House", -14, TWO, 30, "Tea and talk"),
    _past("Second Cup Carers", "Hall, Ash Row Health Centre", -20, TEN, 25, "First aid at home"),
    _past("Loud Choir", "Hall, Old Signal House", -5, SIX, 46, "Rehearsal"),
    _past("Loud Choir", "Hall, Old Signal House", -12, SIX, 48, "Rehearsal"),
    _past("Loud Choir", "Hall, Old Signal House", -19, SIX, 41, "Rehearsal"),
    _past("Pan y Palabra", "Meeting room, Lime Walk Surgery", -10, SIX, 12, "English lesson"),
    _past("Northbank Debt Desk", "Counselling room, Wharf Street Wellbeing Rooms", -8, TEN, 2, "Advice"),
    _past("Bright Start Parents", "Group room, Pear Tree Centre", -9, TEN, 22, "Play and stay"),
    _past("Newcomer Kitchen", "Kitchen, Cobbler’s Yard Clinic", -6, TEN, 8, "Cooking together"),
    # Promised.
    BookingPlan(
        "Second Cup Carers", "Hall, Old Signal House", 12, TWO, 120, 28, "Tea and talk", 6,
        APPROVED, 3, needs="A hearing loop and room for two wheelchairs.", setup=30, cleardown=15,
    ),
    BookingPlan(
        "Loud Choir", "Hall, Old Signal House", 2, SIX, 120, 44, "Rehearsal", 6, APPROVED, 4,
    ),
    BookingPlan(
        "Loud Choir", "Hall, Old Signal House", 9, SIX, 120, 44, "Rehearsal", 16, APPROVED, 13,
    ),
    BookingPlan(
        "Rainbow Table", "Group room, Wharf Street Wellbeing Rooms", 8, time(17, 30), 120, 12,
        "Supper", 10, APPROVED, 6, needs="A way in that nobody sees from the street.",
    ),
    BookingPlan(
        "Rainbow Table", "Meeting room, Old Signal House", 17, TWO, 120, 8, "Supper club committee",
        9, APPROVED, 5, needs="A step-free way in.",
    ),
    BookingPlan(
        "Northbank Debt Desk", "Counselling room, Wharf Street Wellbeing Rooms", 4, TEN, 180, 2,
        "Advice, one person at a time", 4, APPROVED, 1,
    ),
    BookingPlan(
        "Pan y Palabra", "Meeting room, Lime Walk Surgery", 8, SIX, 120, 14, "English lesson", 12,
        APPROVED, 9,
    ),
    BookingPlan(
        "Bright Start Parents", "Group room, Pear Tree Centre", 5, TEN, 120, 24, "Play and stay",
        5, APPROVED, 1, setup=15, cleardown=15, ages=(AgeGroup.UNDER_5, AgeGroup.FROM_18, AgeGroup.FROM_26),
    ),
    # One after the other: the hall is theirs in turn, with the turnaround between.
    BookingPlan(
        "Hands Up Deaf Social", "Hall, Ash Row Health Centre", 10, TWO, 120, 20, "Signing café", 8,
        APPROVED, 5, needs="Good light on the people who sign.",
    ),
    BookingPlan(
        "Second Cup Carers", "Hall, Ash Row Health Centre", 10, time(16, 30), 120, 26,
        "Carers’ evening", 5, APPROVED, 2, accepts=False,
    ),
    # Waiting for a decision. Room A and Room B: whoever wants both must look elsewhere.
    BookingPlan(
        "Hands Up Deaf Social", "Room A, Quarry Lane Hub", 11, SIX, 120, 14, "Planning evening", 3,
        needs="A table at which everybody sees everybody.",
    ),
    BookingPlan(
        "Kickabout Elders", "Room B, Quarry Lane Hub", 11, SIX, 120, 12, "Tactics and tea", 2,
    ),
    BookingPlan(
        "Kickabout Elders", "Studio, Old Signal House", 13, TEN, 90, 14, "Stretching", 1,
        needs="Chairs with arms for four people.",
    ),
    BookingPlan(
        "Pan y Palabra", "Meeting room, Old Signal House", 15, TEN, 120, 9, "Teachers’ meeting", 2,
    ),
    # Somebody telephoned.
    BookingPlan(
        "Kickabout Elders", "Studio, Old Signal House", 20, TWO, 90, 12, "Walking and talking", 1,
        caller="Mrs Green",
    ),
    # This one waits longer than it should.
    BookingPlan(
        "Loud Choir", "Hall, Ash Row Health Centre", 18, TWO, 180, 40, "Winter concert", 11,
        setup=60, cleardown=30, ages=ASKED_AGES, food=True,
        free_use="We take no tickets, and the collection goes to the food bank.",
    ),
    BookingPlan(
        "Newcomer Kitchen", "Kitchen, Cobbler’s Yard Clinic", 9, TEN, 180, 8, "Soup for the street",
        1, at_risk=True, food=True,
    ),
    # Declined.
    BookingPlan(
        "Second Cup Carers", "Room 1, Ash Row Health Centre", 14, TEN, 120, 12, "Massage taster",
        7, DECLINED, 4, Reason.CAPACITY,
        "With massage chairs this room holds six people. The hall beside it would do.",
    ),
    BookingPlan(
        "Newcomer Kitchen", "Group room, Cobbler’s Yard Clinic", 7, TEN, 120, 16, "Shared lunch",
        9, DECLINED, 6, Reason.CLINICAL, "The flu clinic needs the room that day.",
    ),
    BookingPlan(
        "Kickabout Elders", "Hall, Old Signal House", 6, time(16), 90, 14, "Indoor football", 8,
        DECLINED, 5, Reason.UNSUITABLE, "Balls would break the windows. Try a sports hall.",
    ),
    BookingPlan(
        "Bright Start Parents", "Lecture theatre, Tanner’s Green Hospital Education Block", 20, SIX,
        120, 60, "Talk about sleep", 10, DECLINED, 7, Reason.DOCUMENTS,
        "Please send your safeguarding policy to the site first.",
    ),
    # Cancelled by the group: in time, and late.
    BookingPlan(
        "Hands Up Deaf Social", "Studio, Old Signal House", 16, SIX, 90, 18, "Games night", 12,
        APPROVED, 10, cancelled=2,
    ),
    BookingPlan(
        "Pan y Palabra", "Meeting room, Lime Walk Surgery", -3, SIX, 120, 12, "English lesson", 20,
        APPROVED, 17, cancelled=5,
    ),
    BookingPlan(
        "Rainbow Table", "Group room, Wharf Street Wellbeing Rooms", 13, TWO, 120, 10, "Supper", 4,
        cancelled=3,
    ),
    # Cancelled by the site.
    BookingPlan(
        "Bright Start Parents", "Group room, Pear Tree Centre", -2, TEN, 120, 20, "Play and stay",
        18, APPROVED, 15, cancelled=4, reason=Reason.SAFETY, note="The heating broke down.",
    ),
    BookingPlan(
        "Northbank Debt Desk", "Counselling room, Wharf Street Wellbeing Rooms", 12, TEN, 120, 2,
        "Advice", 14, APPROVED, 12, cancelled=3, reason=Reason.CLINICAL,
        note="The room is needed for patients that week. We are sorry.",
    ),
]  # fmt: skip


def load(world: World) -> None:
    """Two bookings of Second Cup Carers are then in `world.things`: “booking:tomorrow” (approved
    last week) and “booking:waiting” (asked for an hour ago).
    """
    hirers.load(world)
    for booking in BOOKINGS:
        _booking(world, booking)
    _across_the_clock_change(world)
    _in_the_middle(world)
    world.things["booking:tomorrow"] = _for_tomorrow(world)
    world.things["booking:waiting"] = _of_today(world)
    _looked_at(world, 31, "programme_staff")
    _looked_at(world, 4, "programme_staff")
    _looked_at(world, 4, "site_manager")


def _looked_at(world: World, days: int, part: str) -> None:
    """Somebody opened the page of Second Cup Carers, so many days ago."""
    booking = world.things["booking:tomorrow"]
    assert isinstance(booking, Booking)
    done(
        world,
        days_ago(world, days),
        lambda: services.note_look(booking.hirer, by=world.people[part], belongs=False),
    )


def _booking(world: World, plan: BookingPlan) -> Booking:
    booking = _asked(world, plan)
    keeper = booking.space.site.managers.order_by("pk")[0].user
    if plan.state == DECLINED:
        moment = days_ago(world, plan.decided)
        return done(
            world,
            moment,
            lambda: services.decline_booking(
                booking, by=keeper, now=moment, reason=plan.reason, reason_note=plan.note
            ),
        )
    if plan.state == APPROVED:
        moment = days_ago(world, plan.decided)
        booking = _approved(world, booking, moment)
    if plan.cancelled is not None:
        moment = days_ago(world, plan.cancelled)
        if plan.reason:
            return done(
                world,
                moment,
                lambda: services.cancel_by_site(
                    booking, by=keeper, now=moment, reason=plan.reason, reason_note=plan.note
                ),
            )
        asked_by = booking.requested_by
        assert asked_by is not None
        return done(
            world,
            moment,
            lambda: services.cancel_by_hirer(
                booking, by=asked_by, now=moment, reason=Reason.NO_LONGER_NEEDED
            ),
        )
    return booking


def _asked(world: World, plan: BookingPlan) -> Booking:
    space = world.things[f"space:{plan.space}"]
    asked = days_ago(world, plan.asked)
    day = _first_day(space, world.today + timedelta(days=plan.day), plan, asked)
    return _request(world, space, plan, day, asked)


def _first_day(space: Space, day: date, plan: BookingPlan, asked: datetime) -> date:
    """The first day, from this one on, on which the space can be had at that time."""
    for _day in range(30):
        starts_at = at(day, plan.start)
        # What comes before and after must fit as well, in whole steps of half an hour.
        first = starts_at - timedelta(minutes=-(-plan.setup // 30) * 30)
        last = starts_at + timedelta(minutes=plan.minutes + -(-plan.cleardown // 30) * 30)
        if finding.is_free(space, first, last, now=asked):
            return day
        day += timedelta(days=1)
    raise AssertionError(f"{space} is not to be had at {plan.start} for a month.")


def _request(world: World, space: Space, plan: BookingPlan, day: date, asked: datetime) -> Booking:
    hirer = world.things[f"hirer:{plan.group}"]
    *_manager, who = next(group.people for group in hirers.GROUPS if group.name == plan.group)
    by = world.people[who]
    if plan.caller:
        by = space.site.managers.order_by("pk")[0].user
    starts_at = at(day, plan.start)
    person = world.people[who]
    booking = done(
        world,
        asked,
        lambda: services.request_booking(
            space,
            by=by,
            hirer=hirer,
            now=asked,
            form_id=uuid4(),
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=plan.minutes),
            attendance=plan.people,
            purpose=plan.purpose,
            needs=plan.needs,
            setup_minutes=plan.setup,
            cleardown_minutes=plan.cleardown,
            ages=plan.ages,
            has_adults_at_risk=plan.at_risk,
            has_food=plan.food,
            free_use_reason=plan.free_use,
            caller_name=plan.caller,
        ),
    )
    version = services.agreements.in_force_at(space.site)
    if plan.accepts and version:
        done(
            world,
            asked,
            lambda: services.agreements.accept(
                booking,
                by=person,
                name=person.name,
                role="Organiser",
                version=version,
                now=asked,
            ),
        )
    return booking


def _approved(world: World, booking: Booking, moment: datetime) -> Booking:
    """Everybody who must agree says yes."""
    keeper = booking.space.site.managers.order_by("pk")[0].user
    people = {
        Step.SITE: keeper,
        Step.PROGRAMME: world.people["programme_staff"],
        Step.SAFEGUARDING: world.people["safeguarding_lead"],
    }
    for step in booking.decisions.current().order_by("pk"):
        by = people[Step(step.step)]
        booking = done(world, moment, partial(services.approve_booking, booking, by=by, now=moment))
    return booking


def _in_the_middle(world: World) -> None:
    """A question that waits for the group, one that was answered, and a yes that is one of several."""
    staff = world.people["programme_staff"]
    keeper = world.people["site_manager"]
    group, space = "Second Cup Carers", world.things["space:Hall, Old Signal House"]
    plan = BookingPlan(group, space.name, 24, TWO, 120, 30, "Open day", 3)
    asked = days_ago(world, plan.asked)
    booking = _request(
        world,
        space,
        plan,
        _first_day(space, world.today + timedelta(days=plan.day), plan, asked),
        asked,
    )
    done(
        world,
        days_ago(world, 2),
        lambda: services.ask_question(
            booking,
            by=keeper,
            now=days_ago(world, 2),
            question="Will you cook? The kitchen beside the hall is being painted that week.",
        ),
    )

    space = world.things["space:Studio, Old Signal House"]
    plan = BookingPlan("Hands Up Deaf Social", space.name, 27, SIX, 90, 16, "Theatre evening", 4)
    asked = days_ago(world, plan.asked)
    other = _request(
        world,
        space,
        plan,
        _first_day(space, world.today + timedelta(days=plan.day), plan, asked),
        asked,
    )
    done(
        world,
        days_ago(world, 3),
        lambda: services.ask_question(
            other, by=staff, now=days_ago(world, 3), question="Do you need the stage lights?"
        ),
    )
    asked_by = other.requested_by
    assert asked_by is not None
    done(
        world,
        days_ago(world, 2),
        lambda: services.answer_question(
            other, by=asked_by, now=days_ago(world, 2), answer="Only the two at the front."
        ),
    )
    done(
        world,
        days_ago(world, 1),
        lambda: services.approve_booking(other, by=keeper, now=days_ago(world, 1)),
    )


def _across_the_clock_change(world: World) -> None:
    """The same evening of the week, before and after the clocks change next: six stays six."""
    space = world.things["space:Studio, Old Signal House"]
    tuesday = world.monday + timedelta(days=8)
    while (
        london(at(tuesday, SIX)).utcoffset()
        == london(at(tuesday + timedelta(days=7), SIX)).utcoffset()
    ):
        tuesday += timedelta(days=7)
    asked, decided = days_ago(world, 4), days_ago(world, 3)
    for day in (tuesday, tuesday + timedelta(days=7)):
        plan = BookingPlan("Kickabout Elders", space.name, 0, SIX, 90, 14, "Tuesday stretching", 4)
        _approved(world, _request(world, space, plan, day, asked), decided)


def _for_tomorrow(world: World) -> Booking:
    """Approved last week, so the timetable writes its reminder as soon as it runs.

    The hour is chosen so that it is less than a day away, whenever the house is open by then.
    """
    space = world.things["space:Meeting room, Old Signal House"]
    hour = min(london(world.now).hour, 18)
    start = time(hour if hour >= 9 else 18)
    day = world.today + timedelta(days=1)
    # The house stays open for it, should tomorrow be a bank holiday.
    Closure.objects.filter(site=space.site).overlapping(at(day, start), at(day, time(22))).delete()
    plan = BookingPlan("Second Cup Carers", "", 1, start, 120, 9, "Committee meeting", 11)
    booking = _request(world, space, plan, day, days_ago(world, plan.asked))
    return _approved(world, booking, days_ago(world, 8))


def _of_today(world: World) -> Booking:
    """A request of an hour ago, and an answer of two hours ago: their letters are in the Mailbox."""
    space = world.things["space:Meeting room, Old Signal House"]
    plan = BookingPlan("Second Cup Carers", "", 17, TWO, 60, 8, "Rota meeting", 1)
    asked = days_ago(world, 2)
    day = _first_day(space, world.today + timedelta(days=plan.day), plan, asked)
    answered = world.now - timedelta(hours=2)
    _approved(world, _request(world, space, plan, day, asked), answered)

    space = world.things["space:Hall, Ash Row Health Centre"]
    plan = BookingPlan(
        "Second Cup Carers", "", 7, TEN, 150, 30, "Carers’ rights day", 0,
        needs="A hearing loop. Six people use wheelchairs.", setup=30, cleardown=30,
    )  # fmt: skip
    asked = world.now - timedelta(hours=1)
    day = _first_day(space, world.today + timedelta(days=plan.day), plan, asked)
    return _request(world, space, plan, day, asked)
