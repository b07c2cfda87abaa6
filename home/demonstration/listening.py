"""Listening: three campaigns that took place, with their sources, and one made up to try it with.

Listening 2026 (demo) holds 357 responses and 14 sessions whose counts are laid down below cell for
cell; which response has which language, age or words is drawn with a fixed seed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import TypeVar
from uuid import UUID

from home.demonstration import sources
from home.demonstration.voices import EXAMPLES, SENTENCES, WISHES, Voice
from home.demonstration.world import MADE_UP, World
from listening.models import (
    Answer,
    Campaign,
    Channel,
    HeardGroup,
    ListeningSession,
    Question,
    QuestionText,
    Response,
    SessionChannel,
    Theme,
)
from listening.rules.receipts import ALPHABET, LENGTH, with_check_digit
from listening.services.answers import receipt_hashes

SEED = 20261123
T = TypeVar("T")

HEARD_GROUPS = (
    "People in low-paid or insecure work",
    "Migrants and refugees, and people who speak English as a second language",
    "Young people",
    "Disabled people",
    "LGBTQ+ people",
    "Health and care staff",
    "Carers and lone parents",
    "People from ethnic minorities",
    "People directly experiencing injustice",
)

# slug, label, the source's own title, what it covers in our words
THEMES = (
    ("housing", "Housing", "Housing"),
    ("work", "Work, wages and cost of living", "Work, Wages, and Cost of Living"),
    ("migration", "Migration and ethnicity", "Migration and Race"),
    (
        "mental-health",
        "Mental health and social isolation",
        "Mental Health and Social Isolation",
    ),
)
"""Slug, our label, and the programme's own title. What each holds no source says, so nor do we."""
DEMO_THEMES = (
    ("getting-around-demo", "Getting around (demo)", "Buses, lifts and safe ways to walk."),
    ("green-places-demo", "Green and safe places (demo)", "Parks, play and streets at night."),
)

# borough: people who spoke mainly of each of THEMES, in that order
SPOKE_OF = {
    "Bexley": (4, 6, 2, 5),
    "Bromley": (7, 8, 3, 9),
    "Greenwich": (14, 11, 9, 12),
    "Lambeth": (22, 18, 16, 19),
    "Lewisham": (26, 21, 17, 23),
    "Southwark": (31, 24, 22, 28),
}
LANGUAGES = {"en": 268, "es": 41, "pt": 22, "fr": 9, "pl": 7, "ne": 6, "bsl": 4}
CHANNELS = {Channel.WEB: 231, Channel.PAPER: 38, Channel.PHONE: 19, Channel.PARTNER: 69}
AGE_BANDS = {
    "13-15": 6,
    "16-24": 49,
    "25-34": 71,
    "35-44": 78,
    "45-54": 62,
    "55-64": 44,
    "65-74": 27,
    "75+": 11,
    "": 9,
}
MAY_BE_QUOTED = 96
WITHDRAWN = 3
WEEKS = [date(2026, 10, 5) + timedelta(weeks=week) for week in range(7)]
"""Weeks that are over in any week of loading, so that all is in the published figures."""
READ_BEFORE = date(2026, 11, 9)

# title, day, how, language, people heard, borough
SESSIONS = (
    ("Library drop-in (demo)", date(2026, 10, 6), SessionChannel.WORKSHOP, "en", 12, "Lewisham"),
    ("School parents’ forum (demo)", date(2026, 10, 8), SessionChannel.WORKSHOP, "en", 26, "Bexley"),
    ("Hospital porters’ break (demo)", date(2026, 10, 9), SessionChannel.SMALL_GROUP, "en", 9, ""),
    ("Deaf club with interpreter (demo)", date(2026, 10, 13), SessionChannel.BSL, "bsl", 11, "Bromley"),
    ("ESOL class (demo)", date(2026, 10, 15), SessionChannel.SMALL_GROUP, "es", 18, "Southwark"),
    ("Carers’ morning (demo)", date(2026, 10, 20), SessionChannel.SMALL_GROUP, "en", 14, "Greenwich"),
    ("Youth club (demo)", date(2026, 10, 22), SessionChannel.WORKSHOP, "en", 22, "Lambeth"),
    ("Faith hall (demo)", date(2026, 10, 25), SessionChannel.WORKSHOP, "pt", 25, "Lambeth"),
    ("LGBTQ+ social (demo)", date(2026, 10, 30), SessionChannel.SMALL_GROUP, "en", 8, ""),
    ("Dental clinic waiting room (demo)", date(2026, 11, 3), SessionChannel.ONE_TO_ONE, "en", 6, "Bexley"),
    ("Food pantry (demo)", date(2026, 11, 5), SessionChannel.SMALL_GROUP, "en", 19, "Greenwich"),
    ("Refugee hub (demo)", date(2026, 11, 10), SessionChannel.SMALL_GROUP, "en", 16, "Lewisham"),
    ("Retired men’s group (demo)", date(2026, 11, 12), SessionChannel.SMALL_GROUP, "en", 7, "Bromley"),
    ("Staff network online (demo)", date(2026, 11, 18), SessionChannel.VIRTUAL, "en", 10, ""),
)  # fmt: skip

# key, kind, then wording and hint in each language
QUESTIONS = (
    (
        "age",
        Question.Kind.AGE_BAND,
        {
            "en": (
                "How old are you?",
                "We ask so that we can tell whether we hear people of every age.",
            ),
            "es": (
                "¿Cuántos años tiene?",
                "Lo preguntamos para saber si escuchamos a personas de todas las edades.",
            ),
            "pt": (
                "Quantos anos tem?",
                "Perguntamos para saber se ouvimos pessoas de todas as idades.",
            ),
        },
    ),
    (
        "pressure",
        Question.Kind.WORDS,
        {
            "en": (
                "What puts pressure on you and your community?",
                "Write as much or as little as you like. Leave out names and addresses.",
            ),
            "es": (
                "¿Qué le causa presión a usted y a su comunidad?",
                "Escriba tanto o tan poco como quiera. No ponga nombres ni direcciones.",
            ),
            "pt": (
                "O que causa pressão a si e à sua comunidade?",
                "Escreva tanto ou tão pouco quanto quiser. Não escreva nomes nem moradas.",
            ),
        },
    ),
    (
        "difference",
        Question.Kind.WORDS,
        {
            "en": (
                "What one change would make the biggest difference?",
                "It can be a small thing.",
            ),
            "es": (
                "¿Qué cambio haría la mayor diferencia?",
                "Puede ser algo pequeño.",
            ),
            "pt": (
                "Que mudança faria a maior diferença?",
                "Pode ser uma coisa pequena.",
            ),
        },
    ),
    (
        "borough",
        Question.Kind.BOROUGH,
        {
            "en": (
                "Which borough do you live in?",
                "If you live somewhere else, choose “Skip this question”.",
            ),
            "es": (
                "¿En qué municipio (borough) vive?",
                "Si vive en otro lugar, elija «Saltar esta pregunta».",
            ),
            "pt": (
                "Em que município (borough) vive?",
                "Se vive noutro lugar, escolha «Saltar esta pergunta».",
            ),
        },
    ),
)


def load(world: World) -> None:
    groups = [
        HeardGroup.objects.create(slug=f"group-{place}", label=label, position=place)
        for place, label in enumerate(HEARD_GROUPS, start=1)
    ]
    _load_themes(world)
    _load_what_took_place(world, groups)
    _load_listening_2026(world, groups)


def _load_themes(world: World) -> None:
    for slug, label, wording in THEMES:
        world.things[f"theme:{slug}"] = Theme.objects.create(
            slug=slug,
            label=label,
            source_wording="" if wording == label else wording,
            **sources.LISTENING_NEWS,
        )
    for slug, label, definition in DEMO_THEMES:
        world.things[f"theme:{slug}"] = Theme.objects.create(
            slug=slug, label=label, definition=definition, **MADE_UP
        )


def _facts(world: World) -> list[Theme]:
    return [world.things[f"theme:{theme[0]}"] for theme in THEMES]


def _load_what_took_place(world: World, groups: list[HeardGroup]) -> None:
    """Public facts. The campaigns overlap in place and time, so their figures are never added."""
    Campaign.objects.create(
        slug="south-london-listens",
        name="South London Listens, first campaign",
        summary="Three mental health trusts, councils and Citizens UK asked people in twelve "
        "boroughs of south London how they were after Covid-19. A campaign of its own: its figures "
        "are not added to ours.",
        dates_text="From November 2020",
        people_heard_text="about 6,000",
        **sources.SLL_ACTION_PLAN,
    )
    Campaign.objects.create(
        slug="south-london-listens-going-deeper",
        name="South London Listens: Going Deeper",
        summary="A second round in the same twelve boroughs. A campaign of its own: its figures are "
        "not added to ours.",
        dates_text="Summer 2023",
        people_heard_text="about 4,000",
        **sources.SLL_ACTION_PLAN,
    )
    campaign = Campaign.objects.create(
        slug="listening-campaign-2023",
        name="South East London listening campaign 2023",
        summary="What puts pressure on you and your community’s ability to thrive? Health services, "
        "councils, universities and Citizens UK asked people in six boroughs: in workshops and "
        "small groups, one to one, at online events, through a survey and an online forum.",
        opens_on=date(2023, 6, 1),
        closes_on=date(2023, 9, 30),
        dates_text="June to September 2023",
        people_heard_text="over 2,500",
        **sources.PROGRAMME_PAGE,
    )
    campaign.themes.set(_facts(world))
    campaign.heard_groups.set(groups)
    world.things["campaign:2023"] = campaign


def _load_listening_2026(world: World, groups: list[HeardGroup]) -> None:
    campaign = Campaign.objects.create(
        slug="listening-2026-demo",
        name="Listening 2026 (demo)",
        summary="Three years on: what puts pressure on you and your community now?",
        opens_on=world.day(date(2026, 10, 5)),
        closes_on=world.day(date(2026, 12, 18)),
        takes_answers=True,
        **MADE_UP,
    )
    campaign.themes.set(
        [*_facts(world), *(world.things[f"theme:{theme[0]}"] for theme in DEMO_THEMES)]
    )
    campaign.heard_groups.set(groups)
    world.things["campaign:2026"] = campaign
    _ask(campaign, world)
    ListeningSession.objects.bulk_create(
        ListeningSession(
            campaign=campaign,
            title=title,
            held_on=world.day(held_on),
            channel=channel,
            language=language,
            people_heard=people,
            borough=world.things[f"borough:{borough}"] if borough else None,
            recorded_by=world.people["facilitator"],
        )
        for title, held_on, channel, language, people, borough in SESSIONS
    )
    _answer(campaign, world)


def _ask(campaign: Campaign, world: World) -> None:
    for position, (key, kind, texts) in enumerate(QUESTIONS, start=1):
        question = Question.objects.create(campaign=campaign, key=key, kind=kind, position=position)
        for language, (wording, hint) in texts.items():
            QuestionText.objects.create(
                question=question,
                language=language,
                wording=wording,
                hint=hint,
                written_by=world.people["facilitator"],
                approved_by=world.people["listening_editor"],
                approved_at=world.at(date(2026, 9, 28), 10),
            )


@dataclass
class Person:
    """One made-up response before it is a row."""

    borough: str
    theme: str
    language: str = ""
    channel: str = ""
    age_band: str = ""
    may_quote: bool = False
    week: date = WEEKS[0]
    words: dict[str, str] = field(default_factory=dict)


def spread(counts: dict[T, int]) -> Iterator[T]:
    """Each key as often as its count says."""
    for key, count in counts.items():
        yield from [key] * count


def people_who_answered(random: Random) -> list[Person]:
    """357 people whose counts are exactly those above."""
    people = [
        Person(borough, THEMES[place][0])
        for borough, counts in SPOKE_OF.items()
        for place, count in enumerate(counts)
        for _person in range(count)
    ]
    random.shuffle(people)
    for person, language in zip(people, spread(LANGUAGES), strict=True):
        person.language = language
    # Questions are asked on the site in three languages, so the others came through a partner.
    elsewhere = [person for person in people if person.language not in ("en", "es", "pt")]
    others = [person for person in people if person not in elsewhere]
    for person in elsewhere:
        person.channel = Channel.PARTNER
    left = {**CHANNELS, Channel.PARTNER: CHANNELS[Channel.PARTNER] - len(elsewhere)}
    for person, channel in zip(others, _shuffled(spread(left), random), strict=True):
        person.channel = channel
    for person, age_band in zip(people, _shuffled(spread(AGE_BANDS), random), strict=True):
        person.age_band = age_band
    for person in people:
        person.week = random.choice(WEEKS)
    _give_words(people, random)
    quotable = [person for person in people if person.words not in ({}, EXAMPLES[-1].words)]
    for person in random.sample(quotable, MAY_BE_QUOTED):
        person.may_quote = True
    random.shuffle(people)
    return people


def _shuffled(values: Iterable[T], random: Random) -> list[T]:
    listed = list(values)
    random.shuffle(listed)
    return listed


def _give_words(people: list[Person], random: Random) -> None:
    """Everybody says something but those who took their words back."""
    spoken: set[int] = set()
    for example in EXAMPLES:
        place = _voice(people, spoken, example)
        people[place].words = dict(example.words)
        spoken.add(place)
    silent = [place for place in range(len(people)) if place not in spoken][-WITHDRAWN:]
    for place, person in enumerate(people):
        if place in silent:
            person.week = WEEKS[1]
        if place in spoken or place in silent:
            continue
        person.words["pressure"] = random.choice(
            SENTENCES.get((person.language, person.theme)) or SENTENCES[person.language, ""]
        )
        if person.language in WISHES and random.random() < 0.6:
            person.words["difference"] = random.choice(WISHES[person.language])


def _voice(people: list[Person], spoken: set[int], example: Voice) -> int:
    """The first person who could have said this. Ages are swapped, so that their counts stay."""
    place = next(
        place
        for place, person in enumerate(people)
        if place not in spoken
        and (person.language, person.theme) == (example.language, example.theme)
        and example.channel in ("", person.channel)
    )
    if example.age_band:
        other = next(
            person
            for number, person in enumerate(people)
            if person.age_band == example.age_band and number not in spoken
        )
        other.age_band, people[place].age_band = people[place].age_band, example.age_band
    return place


def _answer(campaign: Campaign, world: World) -> None:
    random = Random(SEED)  # noqa: S311 - made-up people, the same each time
    people = people_who_answered(random)
    papers = campaign.papers()
    responses = [_response(campaign, world, person, random) for person in people]
    Response.objects.bulk_create(responses)
    Answer.objects.bulk_create(
        Answer(response=response, text=text, words=person.words[text.question.key])
        for person, response in zip(people, responses, strict=True)
        for text in papers.get(person.language, papers["en"])
        if text.question.key in person.words
    )


def _response(campaign: Campaign, world: World, person: Person, random: Random) -> Response:
    symbols = "".join(random.choice(ALPHABET) for _place in range(LENGTH - 1))
    took_words_back = not person.words
    return Response(
        campaign=campaign,
        submission=_uuid(random),
        uuid=_uuid(random),
        receipt_hash=receipt_hashes(with_check_digit(symbols))[0],
        language=person.language,
        channel=person.channel,
        borough=world.things[f"borough:{person.borough}"],
        age_band=person.age_band,
        theme=world.things[f"theme:{person.theme}"],
        received_week=world.day(person.week),
        may_quote=person.may_quote,
        read_on=world.day(person.week + timedelta(days=8)) if person.week < READ_BEFORE else None,
        withdrawn_on=world.day(date(2026, 11, 16)) if took_words_back else None,
    )


def _uuid(random: Random) -> UUID:
    return UUID(int=random.getrandbits(128), version=4)
