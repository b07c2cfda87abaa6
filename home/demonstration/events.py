"""Meetings: those of the past are facts with their sources, those to come are made up."""

from dataclasses import dataclass, field
from datetime import date, time, timedelta
from smtplib import SMTPRecipientsRefused
from typing import Any
from uuid import uuid4

from django.utils.text import slugify

from core.clock import at
from core.secret_links import hash_of
from events import services
from events.models import Event, SignUp
from home.demonstration import sources
from home.demonstration.anchors import CITIZENS
from home.demonstration.world import MADE_UP, World, public_fact
from notifications.delivery import MOST_ATTEMPTS
from notifications.models import Message

Kind, Mode = Event.Kind, Event.Mode

ASSETS_PAGE = public_fact("NHS South East London: making the most of our assets", how="seed")
SHOWCASE_NEWS = public_fact("NHS South East London: the South London Listens summer showcase")

NO_RECORD_OF_AFTER = "We have found no public record of what came of it."


@dataclass(frozen=True)
class Fact:
    """A meeting that a public source tells of. `day` is the first it could have been."""

    title: str
    kind: Event.Kind
    day: date
    dated: str
    summary: str
    source: dict[str, Any]
    key: str = ""
    mode: Event.Mode = Mode.NOT_KNOWN
    place: str = ""
    borough: str = ""
    organiser: str = ""
    outcome: str = ""
    times: tuple[time, time] | None = None


FACTS = [
    Fact(
        "South East London Citizens Community Health Assembly",
        Kind.ASSEMBLY,
        date(2023, 11, 1),
        "November 2023",
        "350 people from south east London met NHS and council leaders, who made pledges in "
        "answer to what the listening campaign had heard.",
        sources.PROGRAMME_PAGE,
        key="assembly-2023",
        mode=Mode.IN_PERSON,
        organiser=CITIZENS,
        outcome="Organisations across south east London made pledges. They are listed under "
        "Our promises.",
    ),
    Fact(
        "First health and housing workshop",
        Kind.WORKSHOP,
        date(2024, 7, 1),
        "July 2024",
        "A first look at how homes and health hang together, and at what keeps services from "
        "working closely on it.",
        sources.PROGRAMME_PAGE,
        outcome=NO_RECORD_OF_AFTER,
    ),
    Fact(
        "Health and Housing Coalition, first meeting",
        Kind.COALITION,
        date(2024, 12, 5),
        "Thursday 5 December 2024",
        "NHS leaders, councillors, GPs and community leaders from across south London met for "
        "the first time, with a theatre performance and a community march.",
        sources.HOUSING_NEWS,
        key="coalition-2024-12",
        mode=Mode.IN_PERSON,
        outcome="Three priorities were discussed. They are the three parts of the housing plan.",
    ),
    Fact(
        "Conference on health inequalities and creativity",
        Kind.CONFERENCE,
        date(2025, 2, 1),
        "February 2025",
        "How creativity can help to make health fairer in south east London.",
        ASSETS_PAGE,
        mode=Mode.IN_PERSON,
        place="Southbank Centre",
        borough="Lambeth",
        outcome="The Creative Health in Bromley Network followed from it.",
    ),
    Fact(
        "Health and Housing Coalition, second meeting",
        Kind.COALITION,
        date(2025, 3, 24),
        "end of March 2025",
        "The partners had agreed to meet again to share what had moved. We have found no public "
        "record of what came of it.",
        sources.PROGRAMME_PAGE,
        key="coalition-2025-03",
    ),
    Fact(
        "Launch of the Creative Health in Bromley Network",
        Kind.OTHER,
        date(2025, 4, 28),
        "Monday 28 April 2025",
        "Partners from Bromley and south east London met to start the network.",
        {**ASSETS_PAGE, "source_date": "16 May 2025"},
        mode=Mode.IN_PERSON,
        borough="Bromley",
        outcome="The network was started.",
    ),
    Fact(
        "Lewisham LCP Strategic Board",
        Kind.BOARD,
        date(2025, 7, 24),
        "",
        "A board meeting open to the public, with questions sent in beforehand.",
        {**ASSETS_PAGE, "source_date": "24 July 2025"},
        mode=Mode.ONLINE,
        borough="Lewisham",
        outcome=NO_RECORD_OF_AFTER,
        times=(time(14), time(16, 15)),
    ),
    Fact(
        "South London Listens summer showcase",
        Kind.OTHER,
        date(2025, 6, 1),
        "summer 2025",
        "A showcase of South London Listens.",
        SHOWCASE_NEWS,
        outcome=NO_RECORD_OF_AFTER,
    ),
    Fact(
        "South London Listens Health Assembly",
        Kind.ASSEMBLY,
        date(2025, 9, 1),
        "autumn 2025",
        "Between 950 and 1,000 people met, and NHS and council leaders made commitments.",
        sources.CITIZENS_ASSEMBLY,
        key="assembly-2025",
        mode=Mode.IN_PERSON,
        place="St George’s Cathedral",
        borough="Southwark",
        outcome="Commitments were made, on homes and health among others.",
    ),
]


@dataclass(frozen=True)
class Plan:
    """A made-up meeting, as designed for the week of 23 November 2026."""

    title: str
    kind: Event.Kind
    day: date
    starts: time
    ends: time
    summary: str
    mode: Event.Mode
    key: str = ""
    place: str = ""
    borough: str = ""
    join_text: str = ""
    help_there: list[str] = field(default_factory=list)
    capacity: int | None = None
    sign_up: Event.SignUpRule = Event.SignUpRule.OPEN


COALITION = Plan(
    "Health and Housing Coalition: what has moved (demo)",
    Kind.COALITION,
    date(2026, 12, 3),
    time(18),
    time(20),
    "Residents, the NHS, councils and landlords go through the housing plan, action by action.",
    Mode.BOTH,
    key="coalition-next",
    place="Old Signal House (demo)",
    borough="Greenwich",
    join_text="Main hall, ground floor. To join online: https://meet.example.org/coalition",
    help_there=["Step-free, with a lift", "Hearing loop", "Travel costs paid on the evening"],
    capacity=80,
)
DROP_IN = Plan(
    "Housing advice drop-in (demo)",
    Kind.DROP_IN,
    date(2026, 12, 8),
    time(14),
    time(16),
    "Bring a letter or a question about your home.",
    Mode.IN_PERSON,
    key="drop-in",
    place="Quarry Lane Hub (demo)",
    borough="Lambeth",
    help_there=["Step-free entrance"],
    capacity=20,
)
OPEN_EVENING = Plan(
    "What we heard so far: open evening (demo)",
    Kind.LISTENING,
    date(2026, 12, 10),
    time(17, 30),
    time(19, 30),
    "See what people have told us this autumn, say what is missing, and eat with us.",
    Mode.IN_PERSON,
    key="open-evening",
    place="Ash Row Health Centre (demo)",
    borough="Southwark",
    join_text="Come to the main door and ask for the open evening. The door opens at 5:15pm.",
    help_there=[
        "British Sign Language interpreter booked",
        "Crèche for children under 8",
        "Step-free, with a fixed hearing loop",
        "Hot food, free",
    ],
    capacity=40,
)
HELP_HOUR = Plan(
    "How to book a room: online help hour (demo)",
    Kind.DROP_IN,
    date(2027, 1, 14),
    time(12, 30),
    time(13, 30),
    "For community groups: we show how to find a room and ask for it, and answer questions.",
    Mode.ONLINE,
    key="help-hour",
    join_text="https://meet.example.org/help-hour or phone 020 7946 0112",
    help_there=["Captions", "You can join by phone"],
)
ACCOUNTABILITY = Plan(
    "Accountability evening (demo)",
    Kind.ACCOUNTABILITY_ASSEMBLY,
    date(2027, 2, 24),
    time(18),
    time(20, 30),
    "Leaders answer for their pledges, one by one, and everybody in the room can ask.",
    Mode.IN_PERSON,
    place="Tanner’s Green Hospital Education Block (demo)",
    borough="Lewisham",
    join_text="Lecture hall, first floor. Show this e-mail at the desk.",
    help_there=[
        "British Sign Language interpreter booked",
        "Spanish and Portuguese interpreters",
        "Lift to the first floor",
    ],
    capacity=220,
)
PLANS = [COALITION, DROP_IN, OPEN_EVENING, HELP_HOUR, ACCOUNTABILITY]

GUESTS = [
    *("Abena", "Ada", "Aisha", "Alan", "Bea", "Carmen", "Chidi", "Dawn", "Dele", "Elif", "Esther"),
    *("Farah", "Femi", "Gloria", "Hamza", "Ines", "Jamal", "Joy", "Kofi", "Lena", "Lucia", "Maya"),
    *("Mehmet", "Miguel", "Nadia", "Nia", "Olga", "Omar", "Paulo", "Pearl", "Quynh", "Ravi"),
    *("Rita", "Salma", "Samuel", "Teresa", "Tunde", "Uma", "Vera", "Wes", "Xavier", "Yara", "Zoe"),
]
"""43 people for 40 places."""


def load(world: World) -> None:
    for fact in FACTS:
        event = _fact(world, fact)
        if fact.key:
            world.things[f"event:{fact.key}"] = event
    for plan in PLANS:
        event = _planned(world, plan)
        if plan.key:
            world.things[f"event:{plan.key}"] = event
    _sign_ups(world, world.things["event:open-evening"])
    _cancelled(world, world.things["event:drop-in"])
    _refused(world, world.things["event:help-hour"])


def _fact(world: World, fact: Fact) -> Event:
    starts, ends = fact.times or (None, None)
    return Event.objects.create(
        slug=f"{slugify(fact.title.replace('’', ''))}-{fact.day:%Y}",
        title=fact.title,
        kind=fact.kind,
        summary=fact.summary,
        starts_at=at(fact.day, starts) if starts else None,
        ends_at=at(fact.day, ends) if ends else None,
        sorts_on=fact.day,
        date_text=fact.dated,
        mode=fact.mode,
        place=fact.place,
        borough=world.things[f"borough:{fact.borough}"] if fact.borough else None,
        organiser=world.things[f"organisation:{fact.organiser}"] if fact.organiser else None,
        outcome=fact.outcome,
        **fact.source,
    )


def _planned(world: World, plan: Plan) -> Event:
    day = world.day(plan.day)
    return Event.objects.create(
        slug=slugify(plan.title),
        title=plan.title,
        kind=plan.kind,
        summary=plan.summary,
        starts_at=at(day, plan.starts),
        ends_at=at(day, plan.ends),
        sorts_on=day,
        mode=plan.mode,
        place=plan.place,
        borough=world.things[f"borough:{plan.borough}"] if plan.borough else None,
        join_text=plan.join_text,
        help_there="\n".join(plan.help_there),
        sign_up=plan.sign_up,
        capacity=plan.capacity,
        **MADE_UP,
    )


def _sign_ups(world: World, event: Event) -> None:
    """43 people for 40 places. One of them got the letter; nobody needs the other 42."""
    first, *others = GUESTS
    services.sign_up(
        event,
        name=f"{first} (demo)",
        email=f"{first.lower()}@example.org",
        language="en",
        now=world.now,
    )
    assert event.capacity is not None
    for number, name in enumerate(others, start=2):
        has_place = number <= event.capacity
        person = SignUp(
            uuid=uuid4(),
            event=event,
            name=f"{name} (demo)",
            email=f"{name.lower()}@example.org",
            state=SignUp.State.COMING if has_place else SignUp.State.WAITING,
            coming_since=world.now - timedelta(days=2) if has_place else None,
        )
        person.link_hash = hash_of(person.secret)
        person.save()


def _cancelled(world: World, event: Event) -> None:
    """One event that was called off after two people had signed up."""
    for name in GUESTS[:2]:
        services.sign_up(
            event,
            name=f"{name} (demo)",
            email=f"{name.lower()}@example.org",
            language="en",
            now=world.now,
        )
    services.cancel_event(
        event,
        because="The adviser is ill. We will offer a new date in January.",
        by=world.people["programme_staff"],
        now=world.now,
    )


def _refused(world: World, event: Event) -> None:
    """One letter that the mail server would not take. Trying again sends it."""
    address = "nell@example.org"
    services.sign_up(event, name="Nell (demo)", email=address, language="en", now=world.now)
    Message.objects.filter(address=address).update(
        state=Message.State.FAILED,
        attempts=MOST_ATTEMPTS,
        last_problem=SMTPRecipientsRefused.__name__,
    )
