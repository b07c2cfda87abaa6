"""What the made-up residents of the demonstration say. No real person or place is in it."""

from collections.abc import Mapping
from dataclasses import dataclass

from listening.models import Channel


@dataclass(frozen=True)
class Voice:
    """One person's words, written by hand to show something."""

    language: str
    theme: str
    words: Mapping[str, str]
    channel: str = ""
    age_band: str = ""


EXAMPLES = (
    Voice(
        "en", "work", {"pressure": "I clean two offices. By Friday there is no money for the bus."}
    ),
    Voice("es", "housing", {"pressure": "El moho está en la pared del cuarto de mi hija."}),
    Voice("bsl", "mental-health", {"pressure": "Letters come. I wait for someone to read them."}),
    Voice(
        "en",
        "housing",
        {"pressure": "There's nowhere warm to do homework."},
        age_band="13-15",
    ),
    Voice("en", "mental-health", {"pressure": "I can only do this at midnight."}),
    Voice("en", "mental-health", {"pressure": "I want to talk, but not where my family sees."}),
    Voice("en", "work", {"pressure": "Porters get no quiet break."}),
    Voice(
        "en",
        "migration",
        {
            "pressure": "Sam Example at 12 Sample Street says people like me can wait longer. "
            "So we wait."
        },
    ),
    Voice(
        "en",
        "mental-health",
        {"pressure": "Somebody at home hurts me. I do not know who to tell."},
    ),
    Voice("en", "housing", {"pressure": "The lift is broken a lot."}),
    Voice("pt", "housing", {"pressure": "A renda subiu outra vez."}, channel=Channel.PAPER),
    Voice("en", "work", {"pressure": "BEST PRICES for watches!!! Click example.org today"}),
)

# What people say of a theme, by language; "" is for languages with a few sentences for any theme.
SENTENCES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("en", "housing"): (
        "The rent takes half of what we earn.",
        "There is damp in two rooms and nobody comes to look.",
        "Five of us live in two rooms.",
        "We have been in temporary housing for three years.",
        "The heating breaks every winter.",
        "I am afraid to complain because the landlord may ask us to leave.",
    ),
    ("en", "work"): (
        "My hours change every week, so I cannot plan anything.",
        "I work two jobs and still use the food pantry.",
        "The bus to the early shift costs an hour of pay.",
        "I have a degree from another country and I clean.",
        "Prices go up and my pay does not.",
    ),
    ("en", "migration"): (
        "People speak to my child and not to me because of my accent.",
        "The forms are only in English.",
        "At work the same people always get the bad shifts.",
        "I was told to go home. This is my home.",
    ),
    ("en", "mental-health"): (
        "Some days I speak to nobody.",
        "We have waited a year for my son to be seen.",
        "I look after my mother and I am tired all the time.",
        "Since I stopped working the days are long.",
        "I worry at night and it makes me ill.",
    ),
    ("es", "housing"): (
        "El alquiler se lleva la mitad de lo que ganamos.",
        "Vivimos cuatro en una habitación.",
        "Hace frío en casa todo el invierno.",
    ),
    ("es", "work"): (
        "Trabajo de noche y no veo a mis hijos.",
        "Mi sueldo no llega a fin de mes.",
        "Tengo un título, pero aquí solo puedo limpiar.",
    ),
    ("es", "migration"): (
        "Los papeles están solo en inglés.",
        "Me da miedo preguntar porque no hablo bien.",
    ),
    ("es", "mental-health"): (
        "Me siento sola desde que llegué.",
        "La espera para ver a alguien es muy larga.",
    ),
    ("pt", "housing"): (
        "A casa é húmida e o senhorio não responde.",
        "Pagamos muito por um quarto pequeno.",
    ),
    ("pt", "work"): (
        "Trabalho muitas horas e o dinheiro não chega.",
        "O horário muda todas as semanas.",
    ),
    ("pt", "migration"): (
        "Falam comigo como se eu não percebesse.",
        "É difícil preencher os papéis em inglês.",
    ),
    ("pt", "mental-health"): (
        "Passo dias sem falar com ninguém.",
        "Tenho saudades da minha família e não durmo bem.",
    ),
    ("fr", ""): (
        "Le loyer est trop cher pour nous.",
        "J’attends un rendez-vous depuis des mois.",
        "Mon salaire ne suffit pas.",
    ),
    ("pl", ""): (
        "Czynsz jest za wysoki.",
        "Długo czekamy na pomoc.",
        "Pracuję dużo, a pieniędzy nie wystarcza.",
    ),
    ("ne", ""): ("घरभाडा धेरै महँगो छ।", "फारम अङ्ग्रेजीमा मात्र छ।"),
    ("bsl", ""): (
        "At the desk they speak and I cannot see what they say.",
        "There was no interpreter, so I went home.",
    ),
}

WISHES: Mapping[str, tuple[str, ...]] = {
    "en": (
        "Pay us enough to live here.",
        "Somebody who answers when we report a repair.",
        "A place to meet that costs nothing.",
        "English classes in the evening.",
        "One person to ring, not five.",
    ),
    "es": (
        "Clases de inglés por la tarde.",
        "Que alguien conteste cuando llamamos.",
        "Un lugar para reunirnos.",
    ),
    "pt": (
        "Aulas de inglês à noite.",
        "Que alguém venha ver a casa.",
        "Um lugar para nos encontrarmos.",
    ),
}
