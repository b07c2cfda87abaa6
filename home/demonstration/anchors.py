"""Boroughs, organisations, networks: public facts with their sources; fiction ends in “(demo)”."""

from datetime import date
from typing import Any

from django.utils.text import slugify

from anchors.models import (
    Borough,
    Mandate,
    Network,
    NetworkMembership,
    Organisation,
    OrganisationFact,
)
from home.demonstration import sources
from home.demonstration.world import MADE_UP, World

Kind = Organisation.Kind
Sector = Organisation.Sector
Source = dict[str, Any]

ALL_SIX = ("Bexley", "Bromley", "Greenwich", "Lambeth", "Lewisham", "Southwark")
ICB = "NHS South East London ICB"
SWL_ICB = "NHS South West London ICB"
KCH = "King’s College Hospital NHS Foundation Trust"
LGT = "Lewisham and Greenwich NHS Trust"
OXLEAS = "Oxleas NHS Foundation Trust"
SLAM = "South London and Maudsley NHS Foundation Trust"
GSTT = "Guy’s and St Thomas’ NHS Foundation Trust"
KINGS = "King’s College London"
GOLDSMITHS = "Goldsmiths, University of London"
GREENWICH_UNIVERSITY = "University of Greenwich"
RAVENSBOURNE = "Ravensbourne University London"
COLLEGES = "London South East Colleges"
PEABODY = "Peabody"
ROYAL_GREENWICH = "Royal Borough of Greenwich"
CITIZENS = "Citizens UK"
MARLOW = "Marlow Street University Hospital Trust (demo)"
HARBOURSIDE = "Harbourside Arts Trust (demo)"
FERRIER = "Ferrier Lane College (demo)"

ALLIANCE = "South East London Anchor Alliance"
COALITION = "Health and Housing Coalition"
LISTENS = "South London Listens"

# Name, code, people, year, where from. No figure where no source that we use gives one.
BOROUGHS: list[tuple[str, str, int | None, int | None, Source]] = [
    ("Bexley", "E09000004", None, None, sources.ICS_NEWS),
    ("Bromley", "E09000006", 330_000, 2021, sources.BROMLEY_CENSUS),
    ("Greenwich", "E09000011", 289_100, 2021, sources.GREENWICH_CENSUS),
    ("Lambeth", "E09000022", None, None, sources.ICS_NEWS),
    ("Lewisham", "E09000023", None, None, sources.ICS_NEWS),
    ("Southwark", "E09000028", 307_637, 2021, sources.SOUTHWARK_CENSUS),
]

# Name, sector, boroughs where a source gives them, where we read of it, what else people call it.
INSTITUTIONS: list[tuple[str, str, tuple[str, ...], Source, list[str]]] = [
    (ICB, Sector.NHS, ALL_SIX, sources.ICB_LAUNCH, ["SEL ICB", "NHS SEL"]),
    (KCH, Sector.NHS, (), sources.KCH_ANCHOR, ["King’s", "KCH"]),
    (LGT, Sector.NHS, ("Bexley", "Greenwich", "Lewisham"), sources.LGT_ABOUT, ["LGT"]),
    (OXLEAS, Sector.NHS, (), sources.OXLEAS_NEWS, ["Oxleas"]),
    (SLAM, Sector.NHS, (), sources.SLAM_NEWS, ["SLaM"]),
    (GSTT, Sector.NHS, ("Lambeth", "Southwark"), sources.GSTT_PAGE, ["GSTT"]),
    ("London Borough of Bexley", Sector.COUNCIL, ("Bexley",), sources.ICS_NEWS, []),
    ("London Borough of Bromley", Sector.COUNCIL, ("Bromley",), sources.ICS_NEWS, []),
    (ROYAL_GREENWICH, Sector.COUNCIL, ("Greenwich",), sources.ICS_NEWS, ["Greenwich Council"]),
    ("London Borough of Lambeth", Sector.COUNCIL, ("Lambeth",), sources.ICS_NEWS, []),
    ("London Borough of Lewisham", Sector.COUNCIL, ("Lewisham",), sources.ICS_NEWS, []),
    ("London Borough of Southwark", Sector.COUNCIL, ("Southwark",), sources.ICS_NEWS, []),
    (KINGS, Sector.UNIVERSITY, ("Lambeth", "Southwark"), sources.LAUNCH_NEWS, ["KCL", "King’s"]),
    (GOLDSMITHS, Sector.UNIVERSITY, ("Lewisham",), sources.CIVIC_AGREEMENT, ["Goldsmiths"]),
    (GREENWICH_UNIVERSITY, Sector.UNIVERSITY, ("Greenwich",), sources.GREENWICH_ANCHORS, []),
    (RAVENSBOURNE, Sector.UNIVERSITY, ("Greenwich",), sources.GREENWICH_ANCHORS, []),
    (COLLEGES, Sector.COLLEGE, ("Greenwich",), sources.GREENWICH_ANCHORS, []),
    (PEABODY, Sector.HOUSING, ("Greenwich",), sources.GREENWICH_ANCHORS, []),
]  # fmt: skip
GREENWICH_PARTNERS: list[tuple[str, str]] = [
    ("GCDA", Sector.VCSE),
    ("GLL", Sector.OTHER),
    ("Greenwich Enterprise Board", Sector.OTHER),
    ("Greenwich Hospital", Sector.OTHER),
    ("Metro Charity", Sector.VCSE),
    ("Visit Greenwich", Sector.OTHER),
]
CAREERS_PARTNERS = [
    "Lewisham Refugee and Migrant Network",
    "Bexley Deaf Centre",
    "Bromley DeafPlus",
    "Lewisham Speaking Up",
    "Ladies of Virtue Outreach CIC",
    "Policy Centre for African Peoples",
    "Bromley Third Sector Enterprise",
    "Bromley Mencap",
]
MADE_UP_INSTITUTIONS: list[tuple[str, str, str, str]] = [
    (MARLOW, Sector.NHS, "Lewisham", "A made-up hospital trust that shows how an institution works here."),
    (FERRIER, Sector.COLLEGE, "Bexley", "A made-up college that shows how an institution works here."),
    (HARBOURSIDE, Sector.ARTS, "Greenwich", "A made-up arts trust that shows how an institution works here."),
]  # fmt: skip

FACTS: list[tuple[str, str, Source]] = [
    (
        ICB,
        "It has been the statutory body for the NHS in South East London since 1 July 2022.",
        sources.ICB_LAUNCH,
    ),
    (
        ICB,
        "It plans health care for more than 1.9 million people in six boroughs.",
        sources.ICB_LAUNCH,
    ),
    (ICB, "It took part in the listening campaign of 2023.", sources.LAUNCH_NEWS),
    (
        ICB,
        "It was reported to be an accredited London Living Wage employer.",
        sources.LIVING_WAGE_NEWS,
    ),
    (KCH, "It has over 15,000 staff.", sources.KCH_ANCHOR),
    (KCH, "It spends about £1.6 billion a year.", sources.KCH_ANCHOR),
    (KCH, "As an anchor institution it aims for 260 apprenticeships a year.", sources.KCH_ANCHOR),
    (LGT, "It has almost 7,500 staff.", sources.LGT_ABOUT),
    (LGT, "It runs hospitals in Woolwich and Lewisham.", sources.LGT_ABOUT),
    (OXLEAS, "It is one of the founders of South London Listens.", sources.OXLEAS_NEWS),
    (
        OXLEAS,
        "With community leaders it is exploring its own sites for community housing.",
        sources.OXLEAS_NEWS,
    ),
    (SLAM, "It has been a Living Wage employer since February 2020.", sources.SLAM_NEWS),
    (GSTT, "It has run community services since 2011.", sources.GSTT_PAGE),
    (KINGS, "It was a partner in the listening campaign of 2023.", sources.LAUNCH_NEWS),
    (
        KINGS,
        "It hosted the South London Listens accountability assembly in October 2022.",
        sources.KINGS_HOSTS,
    ),
    (
        GOLDSMITHS,
        "It brought together 11 anchor institutions for an agreement, 2021 to 2024.",
        sources.CIVIC_AGREEMENT,
    ),
    (GREENWICH_UNIVERSITY, "It takes part in Anchored in Greenwich.", sources.GREENWICH_ANCHORS),
    (RAVENSBOURNE, "It takes part in Anchored in Greenwich.", sources.GREENWICH_ANCHORS),
    (COLLEGES, "It takes part in Anchored in Greenwich.", sources.GREENWICH_ANCHORS),
    (PEABODY, "It takes part in Anchored in Greenwich.", sources.GREENWICH_ANCHORS),
    *(
        (
            f"London Borough of {name}",
            "It is a partner in the Integrated Care System.",
            sources.OXLEAS_SYSTEM,
        )
        for name in ("Bexley", "Bromley", "Lambeth", "Lewisham", "Southwark")
    ),
    (ROYAL_GREENWICH, "It is a partner in the Integrated Care System.", sources.OXLEAS_SYSTEM),
    (
        CITIZENS,
        "It is a community organising charity. It coordinated the listening campaign of 2023.",
        sources.LAUNCH_NEWS,
    ),
    *(
        (
            name,
            "It worked with the NHS to find ways round barriers to jobs in anchor institutions.",
            sources.PROGRAMME_PAGE,
        )
        for name in CAREERS_PARTNERS
    ),
    (
        "Bromley Third Sector Enterprise",
        "It and Bromley Mencap were one of the seven partnerships.",
        sources.PROGRAMME_PAGE,
    ),
    (
        "Bromley Mencap",
        "It and Bromley Third Sector Enterprise were one of the seven partnerships.",
        sources.PROGRAMME_PAGE,
    ),
    (
        "South East London VCSE Strategic Alliance",
        "It speaks for voluntary, community and social enterprise organisations.",
        sources.VCSE_CHARTER,
    ),
    (
        "Community Southwark",
        "It has reported on the rooms and buildings that community groups need.",
        sources.COMMUNITY_SOUTHWARK,
    ),
    (
        "NHS England",
        "It now includes Health Education England, which paid for the work on barriers to jobs.",
        sources.PROGRAMME_PAGE,
    ),
    (SWL_ICB, "It is a partner in the Health and Housing Coalition.", sources.HOUSING_NEWS),
]


def load(world: World) -> None:
    boroughs = {borough.name: borough for borough in _boroughs()}
    organisations = _organisations(boroughs)
    for position, (name, text, source) in enumerate(FACTS):
        OrganisationFact.objects.create(
            organisation=organisations[name], text=text, position=position, **source
        )
    _networks(organisations)
    _mandates(world, organisations[MARLOW])
    world.things |= {f"borough:{name}": borough for name, borough in boroughs.items()}
    world.things |= {f"organisation:{name}": body for name, body in organisations.items()}


def _boroughs() -> list[Borough]:
    return [
        Borough.objects.create(
            name=name,
            slug=slugify(name),
            ons_code=code,
            population=people,
            population_year=year,
            **source,
        )
        for name, code, people, year, source in BOROUGHS
    ]


def _organisations(boroughs: dict[str, Borough]) -> dict[str, Organisation]:
    made: dict[str, Organisation] = {}

    def make(name: str, kind: str, sector: str, where: tuple[str, ...], **facts: Any) -> None:
        body = Organisation.objects.create(
            name=name, slug=slugify(name.replace("’", "")), kind=kind, sector=sector, **facts
        )
        body.boroughs.set(boroughs[place] for place in where)
        made[name] = body

    for name, sector, where, source, aliases in INSTITUTIONS:
        make(name, Kind.ANCHOR_INSTITUTION, sector, where, aliases=aliases, **source)
    for name, sector in GREENWICH_PARTNERS:
        make(name, Kind.PARTNER, sector, ("Greenwich",), **sources.GREENWICH_ANCHORS)
    for name in CAREERS_PARTNERS:
        where = tuple(place for place in ALL_SIX if name.startswith(place))
        make(name, Kind.PARTNER, Sector.VCSE, where, **sources.PROGRAMME_PAGE)
    make(CITIZENS, Kind.PARTNER, Sector.VCSE, (), **sources.LAUNCH_NEWS)
    make(SWL_ICB, Kind.PARTNER, Sector.NHS, (), aliases=["SWL ICB"], **sources.HOUSING_NEWS)
    make("NHS England", Kind.PARTNER, Sector.NHS, (), **sources.PROGRAMME_PAGE)
    make(
        "South East London VCSE Strategic Alliance",
        Kind.PARTNER,
        Sector.VCSE,
        ALL_SIX,
        **sources.VCSE_CHARTER,
    )
    make(
        "Community Southwark",
        Kind.PARTNER,
        Sector.VCSE,
        ("Southwark",),
        **sources.COMMUNITY_SOUTHWARK,
    )
    for name, sector, place, summary in MADE_UP_INSTITUTIONS:
        make(name, Kind.ANCHOR_INSTITUTION, sector, (place,), summary=summary, **MADE_UP)
    return made


def _networks(organisations: dict[str, Organisation]) -> None:
    def network(name: str, scope: str, summary: str, source: Source, **facts: Any) -> Network:
        return Network.objects.create(
            name=name, slug=slugify(name), scope=scope, summary=summary, **source, **facts
        )

    def join(net: Network, name: str, source: Source, part: str = "") -> None:
        NetworkMembership.objects.create(
            network=net,
            organisation=organisations[name],
            standing=NetworkMembership.Standing.CONFIRMED,
            part=part,
            **source,
        )

    alliance = network(
        ALLIANCE,
        "All six boroughs",
        "Anchor institutions that share what they know and work as equal partners with communities.",
        sources.PROGRAMME_PAGE,
    )
    for name in (ICB, KINGS):
        join(alliance, name, sources.LAUNCH_NEWS)
    for name, *_rest in INSTITUTIONS:
        if name not in (ICB, KINGS):
            NetworkMembership.objects.create(
                network=alliance,
                organisation=organisations[name],
                standing=NetworkMembership.Standing.NOT_CONFIRMED,
            )

    greenwich = network(
        "Anchored in Greenwich",
        "Greenwich",
        "Organisations rooted in Greenwich that signed a charter together.",
        sources.GREENWICH_ANCHORS,
    )
    for name in (
        ROYAL_GREENWICH,
        *(name for name, _sector in GREENWICH_PARTNERS),
        COLLEGES,
        PEABODY,
        RAVENSBOURNE,
        GREENWICH_UNIVERSITY,
    ):
        join(greenwich, name, sources.GREENWICH_ANCHORS)

    civic = network(
        "Lewisham Civic University Agreement",
        "Lewisham",
        "An agreement of 11 anchor institutions. The text that we read names only the convenor.",
        sources.CIVIC_AGREEMENT,
        starts_on=date(2021, 1, 1),
        ends_on=date(2024, 12, 31),
        dates_text="2021 to 2024",
    )
    join(civic, GOLDSMITHS, sources.CIVIC_AGREEMENT, "Convenor")

    network(
        "London Anchor Institutions’ Network",
        "London",
        "22 institutions across London. We have seen none of ours named as a member.",
        sources.LONDON_ANCHORS,
    )

    listens = network(
        LISTENS,
        "Twelve south London boroughs",
        "Mental health trusts, councils and communities who listen together, since 2020.",
        sources.SLL_ACTION_PLAN,
    )
    join(listens, OXLEAS, sources.OXLEAS_NEWS, "Founding partner")
    join(listens, SLAM, sources.SLL_FIRST_PLAN)
    join(listens, CITIZENS, sources.SLL_ACTION_PLAN)
    join(listens, ICB, sources.OXLEAS_NEWS)

    coalition = network(
        COALITION,
        "South London",
        "NHS leaders, councillors, GPs and community leaders who work on homes and health together.",
        sources.PROGRAMME_PAGE,
    )
    for name in (ICB, SWL_ICB, CITIZENS):
        join(coalition, name, sources.HOUSING_NEWS)


def _mandates(world: World, trust: Organisation) -> None:
    parts = {
        "institution_editor": Mandate.Kind.EDITOR,
        "institution_approver": Mandate.Kind.APPROVER,
        "health_staff": Mandate.Kind.HEALTH_STAFF,
    }
    for who, kind in parts.items():
        if person := world.people.get(who):
            Mandate.objects.create(
                user=person, organisation=trust, kind=kind, starts_on=world.day(date(2025, 1, 6))
            )
