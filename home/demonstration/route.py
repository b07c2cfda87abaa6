"""What the made-up groups without a number show instead: their rules, or two people who know them."""

from datetime import datetime

from home.demonstration.past import done
from home.demonstration.world import World
from spaces.models import Hirer, HirerDocument
from spaces.services import documents, references

SHOWED_RULES = ["Hands Up Deaf Social", "Rainbow Table"]

REFEREES = {
    "Kickabout Elders": [
        ("Grace Mensah (demo)", "Park keeper, Greenwich", "They play in our park.", "yes"),
        ("Tom Birch (demo)", "Practice nurse, Greenwich", "I send people to them.", "yes"),
    ],
    "Tea and Tenants": [
        ("Mina Okoro (demo)", "Caretaker of the estate", "She opens the yard for us.", "yes"),
        ("Paul Sedge (demo)", "Librarian, Lambeth", "We met in his library.", ""),
    ],
}
"""Group -> name, part, how they know it, and what they answered so far."""


def load(world: World, hirer: Hirer, name: str, *, when: datetime) -> None:
    if name in SHOWED_RULES:
        done(
            world,
            when,
            lambda: documents.note_document_seen(
                hirer,
                by=world.people["programme_staff"],
                now=when,
                kind=HirerDocument.Kind.CONSTITUTION,
            ),
        )
    for number, (who, part, how, answer) in enumerate(REFEREES.get(name, [])):
        _reference(world, hirer, who, part, how, answer, number=number, when=when)


def _reference(
    world: World,
    hirer: Hirer,
    who: str,
    part: str,
    how: str,
    answer: str,
    *,
    number: int,
    when: datetime,
) -> None:
    email = f"{who.removesuffix(' (demo)').lower().replace(' ', '.')}@example.org"
    manager = hirer.registered_by
    assert manager is not None
    reference = done(
        world,
        when,
        lambda: references.ask_reference(
            hirer,
            by=manager,
            now=when,
            name=who,
            part=part,
            how_known=how,
            email=email,
            phone=f"020 7946 032{number}",
        ),
    )
    if answer:
        done(
            world,
            when,
            lambda: references.answer_reference(
                reference, now=when, says_yes=True, words="I know them well and trust them."
            ),
        )
