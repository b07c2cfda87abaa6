"""The housing plan: its priorities are facts, its detailed actions are made up and say so."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from anchors.models import Organisation
from home.demonstration import sources
from home.demonstration.anchors import CITIZENS, HARBOURSIDE, ICB, MARLOW, SWL_ICB
from home.demonstration.world import MADE_UP, World
from housing.models import (
    Action,
    ActionOwner,
    ActionPlan,
    ActionStatusChange,
    ActionUpdate,
    HousingFact,
    PriorityArea,
    Seat,
)
from pledges.models import ENDS, DeliveryStatus, Owner

S = DeliveryStatus
FIRST_MEETING = date(2024, 12, 5)

PRIORITIES: list[tuple[str, str, str, dict[str, Any]]] = [
    (
        "nhs-land",
        "NHS land for affordable homes",
        "Use land that the NHS owns to build affordable homes, social homes among them.",
        sources.HOUSING_NEWS,
    ),
    (
        "housing-advocacy",
        "Help with housing inside health services",
        "Have people in health services who stand up for those with housing problems, and get "
        "better at spotting such problems.",
        sources.PROGRAMME_PAGE,
    ),
    (
        "community-power",
        "Community power over housing and health",
        "Make sure that communities can shape decisions about homes and health.",
        sources.PROGRAMME_PAGE,
    ),
]


@dataclass(frozen=True)
class MadeUp:
    """A made-up action, as designed for the week of 23 November 2026."""

    priority: int
    reference: str
    title: str
    owner: str
    status: DeliveryStatus
    reason: str
    since: date
    due: date | None = None
    update: str = ""
    updated: date | None = None


ACTIONS = (
    MadeUp(
        1,
        "A1.1",
        "List spare NHS sites and publish how they are chosen (demo)",
        MARLOW,
        S.IN_PROGRESS,
        "The list is drafted; the rules for choosing are being written.",
        date(2026, 9, 21),
        date(2027, 1, 31),
        "We have listed six sites. Two could take homes within three years.",
        date(2026, 11, 10),
    ),
    MadeUp(
        1,
        "A1.2",
        "Hold a workshop on community land in two boroughs (demo)",
        HARBOURSIDE,
        S.NOT_STARTED,
        "The date is set. Invitations go out in January.",
        date(2026, 10, 12),
        date(2027, 3, 18),
    ),
    MadeUp(
        2,
        "A2.1",
        "Put a housing adviser into two clinics (demo)",
        MARLOW,
        S.IN_PROGRESS,
        "One adviser has started, two mornings a week.",
        date(2026, 10, 5),
        date(2027, 4, 30),
        "The first adviser saw 22 people in October. Most asked about damp or rent.",
        date(2026, 11, 4),
    ),
    MadeUp(
        2,
        "A2.2",
        "Ask about damp and mould on home visits (demo)",
        MARLOW,
        S.NOT_STARTED,
        "The question is written. Staff are not trained yet.",
        date(2026, 10, 12),
        date(2027, 2, 26),
    ),
    MadeUp(
        2,
        "A2.3",
        "Write one free GP letter for housing (demo)",
        MARLOW,
        S.IN_PROGRESS,
        "Blocked: the offices that read the letter ask for different things.",
        date(2026, 9, 28),
        date(2026, 12, 18),
        "The draft is written. We need one answer from everybody who will read such letters.",
        date(2026, 11, 17),
    ),
    MadeUp(
        3,
        "A3.1",
        "Set up a paid panel of 12 people with experience of bad housing (demo)",
        HARBOURSIDE,
        S.DELIVERED,
        "12 people have joined, and the panel has met.",
        date(2026, 11, 9),
        date(2026, 11, 30),
        "The panel met for the first time. 12 people came; all were paid for their time.",
        date(2026, 11, 9),
    ),
    MadeUp(
        3,
        "A3.2",
        "Hold a community meeting about the plan every year (demo)",
        HARBOURSIDE,
        S.NOT_STARTED,
        "The first is planned for June.",
        date(2026, 11, 2),
        date(2027, 6, 24),
    ),
)


def load(world: World) -> None:
    plan = ActionPlan.objects.create(
        version=1,
        title="Health and Housing Action Plan",
        summary="Bad housing makes people ill. NHS leaders, councillors and community leaders "
        "across south London have named three priorities to work on together.",
        state=ActionPlan.State.ENGAGEMENT,
        **sources.PROGRAMME_PAGE,
    )
    priorities = [
        PriorityArea.objects.create(
            plan=plan, number=number, slug=slug, title=title, summary=summary, **source
        )
        for number, (slug, title, summary, source) in enumerate(PRIORITIES, start=1)
    ]
    for made_up in ACTIONS:
        _action(world, made_up, priorities[made_up.priority - 1])
    _figures()
    _seats(world)


def _action(world: World, made_up: MadeUp, priority: PriorityArea) -> None:
    action = Action.objects.create(
        priority=priority,
        reference=made_up.reference,
        title=made_up.title,
        due_on=made_up.due and world.day(made_up.due),
        **MADE_UP,
    )
    ActionOwner.objects.create(
        action=action,
        organisation=Organisation.objects.get(name=made_up.owner),
        part=Owner.Part.LEAD,
        accepted_on=world.day(date(2026, 9, 21)),
    )
    chair, staff = world.people["coalition_chair"], world.people["programme_staff"]
    ActionStatusChange.objects.create(
        action=action,
        status=made_up.status,
        reason=made_up.reason,
        effective_on=world.day(made_up.since),
        by=staff,
        approved_by=chair if made_up.status in ENDS else None,
        **MADE_UP,
    )
    if made_up.updated:
        ActionUpdate.objects.create(
            action=action,
            what_changed=made_up.update,
            published_on=world.day(made_up.updated),
            by=chair,
        )


def _figures() -> None:
    HousingFact.objects.create(
        figure="£1.4bn",
        sentence="is what poor housing costs the NHS each year, by an estimate of 2021.",
        position=1,
        **sources.HOUSING_ARTICLE,
    )
    HousingFact.objects.create(
        figure="13%",
        sentence="of London households could not afford to keep warm in 2023: fuel poverty.",
        position=2,
        **sources.HOUSING_ARTICLE,
    )


def _seats(world: World) -> None:
    for name, part, source in (
        (ICB, Seat.Part.CHAIR, sources.HOUSING_NEWS),
        (SWL_ICB, Seat.Part.CHAIR, sources.HOUSING_NEWS),
        (CITIZENS, Seat.Part.MEMBER, sources.PROGRAMME_PAGE),
    ):
        Seat.objects.create(
            organisation=Organisation.objects.get(name=name),
            part=part,
            starts_on=FIRST_MEETING,
            **source,
        )
    Seat.objects.create(
        community="Tenants with experience of bad housing (demo)",
        part=Seat.Part.CHAIR,
        held_by=world.people["coalition_chair"],
        starts_on=world.day(date(2025, 9, 1)),
        **MADE_UP,
    )
