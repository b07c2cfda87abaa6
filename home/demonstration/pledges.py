"""What was promised. Real bodies: only what sources say. Made-up progress: only for “(demo)”."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from anchors.models import Organisation
from home.demonstration import sources
from home.demonstration.anchors import (
    CAREERS_PARTNERS,
    FERRIER,
    HARBOURSIDE,
    ICB,
    MARLOW,
    OXLEAS,
    SWL_ICB,
)
from home.demonstration.world import CHECKED_ON, MADE_UP, World
from listening.models import Theme
from pledges.models import (
    DeliveryStatus,
    Owner,
    Pledge,
    PledgeOwner,
    PledgeStatusChange,
    PledgeUpdate,
)

S = DeliveryStatus
Source = dict[str, Any]

HOUSING = "housing"
WORK = "work"
MIGRATION = "migration"
MIND = "mental-health"

NOVEMBER_2023: dict[str, Any] = {"made_on": date(2023, 11, 30), "made_text": "November 2023"}
AUTUMN_2025: dict[str, Any] = {"made_on": date(2025, 11, 30), "made_text": "autumn 2025"}
# The programme's page has no date of its own; what it tells lies between these two.
IN_2024 = (date(2024, 11, 30), "between July and November 2024")
LATE_2025 = (date(2025, 11, 30), "autumn 2025")
NOT_SEEN = (CHECKED_ON, "")
# The same for a status: "since 2024".
SINCE_2024 = (date(2024, 11, 30), "2024")


@dataclass(frozen=True)
class News:
    """One update about a real body: the last day it could have been, as told, what, and who says so."""

    on: tuple[date, str]
    what_changed: str
    source: Source
    whats_next: str = ""


@dataclass(frozen=True)
class Fact:
    """A pledge of a real body, with no more than sources say."""

    reference: str
    title: str
    words: str
    source: Source
    status: DeliveryStatus
    reason: str
    status_source: Source
    # The day of the source of the status. What is not known has not been known since we looked.
    since: tuple[date, str]
    themes: tuple[str, ...] = ()
    lead: str = ""
    partners: tuple[str, ...] = ()
    summary: str = ""
    made: dict[str, Any] = field(default_factory=lambda: NOVEMBER_2023)
    due: dict[str, Any] = field(default_factory=dict)
    news: tuple[News, ...] = ()


FACTS = (
    Fact(
        "PL-01",
        "A real Living Wage for people who work in anchor institutions",
        "To champion a real Living Wage for people who work in South East London’s anchor "
        "institutions.",
        sources.ASSEMBLY_NEWS,
        S.IN_PROGRESS,
        "The programme says that it is developing a Living Wage action plan.",
        sources.PROGRAMME_PAGE,
        SINCE_2024,
        (WORK,),
        ICB,
        news=(
            News(
                IN_2024,
                "A Living Wage action plan is being developed, to help reduce low pay and insecure "
                "work in health and social care.",
                sources.PROGRAMME_PAGE,
            ),
            News(
                (date(2025, 11, 30), "about November 2025"),
                "The Integrated Care Board itself was reported to be an accredited London Living "
                "Wage employer.",
                sources.LIVING_WAGE_NEWS,
            ),
        ),
    ),
    Fact(
        "PL-02",
        "Publish a plan to become a Living Wage System",
        "To publish a plan in 2024 to become a Living Wage System. South West London made the same "
        "promise for itself.",
        sources.LEADERS_PLEDGE,
        S.NOT_KNOWN,
        "It was promised for 2024. No public page that we know says whether it was published.",
        sources.LEADERS_PLEDGE,
        NOT_SEEN,
        (WORK,),
        ICB,
        due={"due_on": date(2024, 12, 31), "due_text": "2024"},
    ),
    Fact(
        "PL-03",
        "Fewer barriers to careers in anchor institutions",
        "To break down barriers to careers in anchor institutions for communities that are "
        "under-represented in them.",
        sources.PROGRAMME_PAGE,
        S.IN_PROGRESS,
        "Seven partnerships found solutions. A report of them was shared with NHS employers.",
        sources.PROGRAMME_PAGE,
        SINCE_2024,
        (WORK,),
        ICB,
        tuple(CAREERS_PARTNERS),
        news=(
            News(
                (date(2024, 6, 30), "2023 and early 2024"),
                "Partners looked at barriers in 2023 and at solutions in early 2024.",
                sources.VCSE_CAREERS,
                "They planned to put the solutions into practice in late 2024.",
            ),
            News(
                IN_2024,
                "Health Education England, now NHS England, paid for the work. Seven partnerships "
                "of voluntary organisations worked on solutions with under-represented "
                "communities. A report was shared with NHS employers.",
                sources.PROGRAMME_PAGE,
                "A workshop in autumn 2024 was planned, to discuss progress.",
            ),
        ),
    ),
    Fact(
        "PL-04",
        "Show people which English classes there are",
        "To champion English for Speakers of Other Languages (ESOL) by giving people more "
        "information about the classes they could join.",
        sources.PROGRAMME_PAGE,
        S.IN_PROGRESS,
        "A directory of classes is published. The programme is looking at what else would help.",
        sources.PROGRAMME_PAGE,
        SINCE_2024,
        (WORK, MIGRATION),
        ICB,
        news=(
            News(
                IN_2024,
                "A directory of ESOL classes is published on the South East London Good Work jobs "
                "hub.",
                sources.PROGRAMME_PAGE,
            ),
        ),
    ),
    Fact(
        "PL-05",
        "NHS rooms for community groups at low or no cost",
        "To open space that the NHS owns to community groups and voluntary organisations, at low "
        "or no cost.",
        sources.PROGRAMME_PAGE,
        S.IN_PROGRESS,
        "A digital platform is made. Spaces are being identified.",
        sources.PROGRAMME_PAGE,
        SINCE_2024,
        (),
        ICB,
        news=(
            News(
                IN_2024,
                "A digital platform is made that will let community groups book spaces.",
                sources.PROGRAMME_PAGE,
                "Identify spaces with community leaders and NHS organisations, and share the "
                "platform with groups.",
            ),
        ),
    ),
    Fact(
        "PL-06",
        "Agree a plan for health and housing together",
        "To bring partners together and agree a plan on health and housing that rests on evidence.",
        sources.LEADERS_PLEDGE,
        S.IN_PROGRESS,
        "The Coalition has met and three priorities are agreed. The full launch is planned for "
        "summer 2025.",
        sources.HOUSING_NEWS,
        (date(2025, 2, 7), ""),
        (HOUSING,),
        ICB,
        (SWL_ICB,),
        summary="No public page that we know says whether the full launch planned for summer 2025 "
        "took place.",
        news=(
            News(
                (date(2024, 7, 31), "July 2024"),
                "The first workshop on health and housing took place.",
                sources.PROGRAMME_PAGE,
                "Agree a plan in November 2024.",
            ),
            News(
                (date(2024, 12, 5), ""),
                "The Health and Housing Coalition met for the first time and discussed three "
                "priorities.",
                sources.HOUSING_NEWS,
                "Meet again at the end of March 2025. Launch the plan in full in summer 2025.",
            ),
            News(
                LATE_2025,
                "Leaders said at an assembly that the work of the Coalition goes on.",
                sources.SLL_EQUITY_NEWS,
            ),
        ),
    ),
    Fact(
        "PL-07",
        "Support for children and parents who wait for mental health care",
        "To support children, young people and parents, above all while they wait for children’s "
        "mental health services, and to keep the information about where to find help up to date.",
        sources.LEADERS_PLEDGE,
        S.NOT_KNOWN,
        "Senior NHS leaders in south London made it. No public page that we know says which "
        "organisation leads it, or what was done.",
        sources.LEADERS_PLEDGE,
        NOT_SEEN,
        (MIND,),
    ),
    Fact(
        "PL-08",
        "Keep going with Be Well",
        "To keep tackling isolation through the Be Well programme of local hubs and champions.",
        sources.SLL_EQUITY_NEWS,
        S.IN_PROGRESS,
        "Leaders repeated their support in 2025. Which organisation leads is not stated.",
        sources.SLL_EQUITY_NEWS,
        LATE_2025,
        (MIND,),
        made=AUTUMN_2025,
        news=(News(LATE_2025, "There are nearly 100 Be Well hubs.", sources.OXLEAS_NEWS),),
    ),
    Fact(
        "PL-09",
        "Look at NHS sites for genuinely affordable homes",
        "To explore sites that the NHS owns for genuinely affordable homes.",
        sources.CITIZENS_ASSEMBLY,
        S.IN_PROGRESS,
        "Three NHS sites were reported as planned. Which organisation leads is not stated.",
        sources.CITIZENS_ASSEMBLY,
        LATE_2025,
        (HOUSING,),
        "",
        (OXLEAS,),
        made=AUTUMN_2025,
        news=(
            News(
                LATE_2025,
                "Oxleas is exploring its own sites with community leaders.",
                sources.OXLEAS_NEWS,
            ),
        ),
    ),
    Fact(
        "PL-10",
        "No more charges for GP letters about housing",
        "To end charges for letters from GPs that people need for housing.",
        sources.CITIZENS_ASSEMBLY,
        S.NOT_KNOWN,
        "It was reported as secured. No public page that we know says who carries it out, or where.",
        sources.CITIZENS_ASSEMBLY,
        NOT_SEEN,
        (HOUSING,),
        made=AUTUMN_2025,
    ),
    Fact(
        "PL-11",
        "Free Wi-Fi in temporary accommodation",
        "Councils are to pay for free Wi-Fi in temporary accommodation.",
        sources.CITIZENS_ASSEMBLY,
        S.NOT_KNOWN,
        "No public page that we know says which councils, or since when.",
        sources.CITIZENS_ASSEMBLY,
        NOT_SEEN,
        (HOUSING,),
        made=AUTUMN_2025,
    ),
    Fact(
        "PL-12",
        "Help for pregnant migrants with no money",
        "A new partnership for pregnant migrant women who may be left with nothing to live on.",
        sources.CITIZENS_ASSEMBLY,
        S.NOT_KNOWN,
        "No public page that we know says who is in the partnership.",
        sources.CITIZENS_ASSEMBLY,
        NOT_SEEN,
        (MIGRATION,),
        made=AUTUMN_2025,
    ),
    Fact(
        "PL-13",
        "27 temporary homes in an empty building",
        "To turn a building that is no longer used into 27 temporary homes.",
        sources.CITIZENS_ASSEMBLY,
        S.NOT_KNOWN,
        "No public page that we know says where, who leads it, or how far it is.",
        sources.CITIZENS_ASSEMBLY,
        NOT_SEEN,
        (HOUSING,),
        made=AUTUMN_2025,
    ),
)


def load(world: World) -> None:
    for fact in FACTS:
        world.things[f"pledge:{fact.reference}"] = _fact(world, fact)
    _local_interviews(world)
    _english_tasters(world)
    _rehearsal_hours(world)
    _night_bus(world)


def _fact(world: World, fact: Fact) -> Pledge:
    assembly = "event:assembly-2023" if fact.made is NOVEMBER_2023 else "event:assembly-2025"
    pledge = Pledge.objects.create(
        reference=fact.reference,
        title=fact.title,
        words=fact.words,
        summary=fact.summary,
        made_at=world.things.get(assembly),
        **fact.made,
        **fact.due,
        **fact.source,
    )
    pledge.themes.set(Theme.objects.filter(slug__in=fact.themes))
    if fact.lead:
        _own(pledge, fact.lead, Owner.Part.LEAD)
    for name in fact.partners:
        _own(pledge, name, Owner.Part.PARTNER)
    PledgeStatusChange.objects.create(
        pledge=pledge,
        status=fact.status,
        reason=fact.reason,
        effective_on=fact.since[0],
        date_text=fact.since[1],
        **fact.status_source,
    )
    for news in fact.news:
        PledgeUpdate.objects.create(
            pledge=pledge,
            what_changed=news.what_changed,
            whats_next=news.whats_next,
            link_title=news.source["source_title"][:120],
            link_url=news.source["source_url"],
            published_on=news.on[0],
            date_text=news.on[1],
        )
    return pledge


def _own(pledge: Pledge, name: str, part: Owner.Part, accepted_on: date | None = None) -> None:
    PledgeOwner.objects.create(
        pledge=pledge,
        organisation=Organisation.objects.get(name=name),
        part=part,
        accepted_on=accepted_on,
    )


# --- Made up --------------------------------------------------------------------------------------


def _made_up(
    world: World, reference: str, title: str, words: str, owner: str, *, made_on: date, **facts: Any
) -> Pledge:
    """A pledge of a made-up institution, accepted on the day it was made unless told otherwise."""
    accepted_on = facts.pop("accepted_on", made_on)
    themes = facts.pop("themes", ())
    pledge = Pledge.objects.create(
        reference=reference,
        title=title,
        words=words,
        words_are="spoken",
        made_on=made_on,
        **facts,
        **MADE_UP,
    )
    pledge.themes.set(Theme.objects.filter(slug__in=themes))
    _own(pledge, owner, Owner.Part.LEAD, accepted_on)
    world.things[f"pledge:{reference}"] = pledge
    return pledge


def _local_interviews(world: World) -> None:
    """Without news for 97 days on the day of loading, so that the page says so by itself."""
    made_on = world.today - timedelta(days=240)
    pledge = _made_up(
        world,
        "PL-91",
        "An interview for a local person for every entry job (demo)",
        "For every entry job, we will interview at least one person who lives nearby.",
        MARLOW,
        made_on=made_on,
        due_on=world.day(date(2027, 3, 31)),
        themes=(WORK,),
    )
    editor = world.people["institution_editor"]
    PledgeStatusChange.objects.create(
        pledge=pledge,
        status=S.IN_PROGRESS,
        reason="Two of five departments have started.",
        effective_on=world.today - timedelta(days=160),
        by=world.people["programme_staff"],
        **MADE_UP,
    )
    PledgeUpdate.objects.create(
        pledge=pledge,
        what_changed="Two of our five departments now interview at least one local person for "
        "every entry job. 31 people were interviewed and 9 were hired.",
        whats_next="Start in the other three departments.",
        published_on=world.today - timedelta(days=97),
        by=editor,
    )


def _english_tasters(world: World) -> None:
    """Made, but not yet accepted by the organisation that is to carry it out."""
    pledge = _made_up(
        world,
        "PL-92",
        "A free English taster each term (demo)",
        "We will run a free taster class in English for Speakers of Other Languages each term.",
        FERRIER,
        made_on=world.day(date(2026, 10, 29)),
        accepted_on=None,
        due_on=world.day(date(2027, 7, 16)),
        themes=(WORK, MIGRATION),
    )
    PledgeStatusChange.objects.create(
        pledge=pledge,
        status=S.NOT_STARTED,
        reason="It waits for the college to accept it.",
        effective_on=world.day(date(2026, 10, 29)),
        by=world.people["programme_staff"],
        **MADE_UP,
    )


def _rehearsal_hours(world: World) -> None:
    """An update corrected once; the earlier words stay on the page."""
    pledge = _made_up(
        world,
        "PL-93",
        "40 free rehearsal hours a year (demo)",
        "Community groups will have 40 free rehearsal hours a year in our building.",
        HARBOURSIDE,
        made_on=world.day(date(2026, 6, 18)),
        due_on=world.day(date(2027, 6, 18)),
        themes=(MIND,),
    )
    staff = world.people["programme_staff"]
    PledgeStatusChange.objects.create(
        pledge=pledge,
        status=S.IN_PROGRESS,
        reason="Groups have used the first hours.",
        effective_on=world.day(date(2026, 9, 7)),
        by=staff,
        **MADE_UP,
    )
    first = PledgeUpdate.objects.create(
        pledge=pledge,
        what_changed="Groups have used 28 of the 40 hours.",
        whats_next="Offer the rest on Sunday afternoons.",
        published_on=world.day(date(2026, 11, 5)),
        by=staff,
    )
    PledgeUpdate.objects.create(
        pledge=pledge,
        corrects=first,
        what_changed="Groups have used 18 of the 40 hours. We had counted one group twice.",
        whats_next="Offer the rest on Sunday afternoons.",
        published_on=world.day(date(2026, 11, 9)),
        by=staff,
    )


def _night_bus(world: World) -> None:
    """Stopped, with its reason, and approved by a second person. It stays on the page."""
    pledge = _made_up(
        world,
        "PL-94",
        "A night bus link for staff and visitors (demo)",
        "We will pay for a bus between the hospital and the station after 10pm.",
        MARLOW,
        made_on=world.day(date(2025, 12, 4)),
        themes=(WORK,),
    )
    editor = world.people["institution_editor"]
    PledgeStatusChange.objects.create(
        pledge=pledge,
        status=S.IN_PROGRESS,
        reason="A trial began on two nights a week.",
        effective_on=world.day(date(2026, 2, 2)),
        by=editor,
        **MADE_UP,
    )
    PledgeUpdate.objects.create(
        pledge=pledge,
        what_changed="Four people a night used the trial bus on average.",
        published_on=world.day(date(2026, 7, 27)),
        by=editor,
    )
    PledgeStatusChange.objects.create(
        pledge=pledge,
        status=S.WITHDRAWN,
        reason="Too few people used the trial. The money goes to taxis for staff who finish late.",
        effective_on=world.day(date(2026, 9, 14)),
        by=editor,
        approved_by=world.people["programme_staff"],
        **MADE_UP,
    )
