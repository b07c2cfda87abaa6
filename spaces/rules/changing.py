"""What of a change to what was asked must be agreed to again. Facts in, answer out."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from spaces.models import AgeGroup, Booking
from spaces.models.ages import AGES_OF_CHILDREN
from spaces.rules import ages


@dataclass(frozen=True)
class Asked:
    """What a yes was about, besides when, how many and how the room is laid out."""

    purpose: str
    ages: tuple[str, ...]
    has_adults_at_risk: bool
    has_food: bool
    needs: str

    @classmethod
    def of(cls, booking: Booking) -> "Asked":
        return cls(
            booking.purpose,
            tuple(booking.ages),
            booking.has_adults_at_risk,
            booking.has_food,
            booking.needs,
        )


class Outcome(StrEnum):
    """What becomes of a booking once it is changed so."""

    HOLDS = "holds"
    """It was promised and stays so: nobody need agree again."""
    AGAIN = "again"
    """It was promised, and must be agreed to again."""
    BY_RULE = "by_rule"
    """It must be agreed to again, and a rule does so at once."""
    WAITS = "waits"
    """Nobody had promised it: whoever decides looks at what it is now."""
    WAITS_ANEW = "waits_anew"
    """Nobody had promised it, and whoever said yes already is asked again."""


def why_anew(
    before: Asked, after: Asked, *, purpose_was_judged: bool, food_counts: bool
) -> list[str]:
    """Why what was agreed to does not cover this, in sentences; empty where nobody need agree again.

    More risk is always asked about. Another purpose only where a person, not a rule, said yes to the
    one before; food only where the site asks for papers because of it, or its own insurance, which
    covers no food, is the group's. Less of anything, other adults and other needs are nobody's yes.
    """
    told = [
        (_brings_other_children(before.ages, after.ages), _("Other people under 18 come.")),
        (
            after.has_adults_at_risk and not before.has_adults_at_risk,
            _("Adults at risk come now."),
        ),
        (
            food_counts and after.has_food and not before.has_food,
            _("Food is made or served now, and the site asks for more where it is."),
        ),
        (
            purpose_was_judged and after.purpose != before.purpose,
            _("It is for something else than somebody said yes to."),
        ),
    ]
    return [words for is_so, words in told if is_so]


def _brings_other_children(before: Collection[str], after: Collection[str]) -> bool:
    """Whoever said yes to young people of 12 has not said yes to babies. Where it was not asked which
    ages come, all of them were agreed to.
    """
    if AgeGroup.SOME_UNDER_18 in before:
        return False
    return not set(AGES_OF_CHILDREN).isdisjoint(set(after) - set(before))


@dataclass(frozen=True)
class Line:
    """One thing that changed: its name, how it was and how it is; words of people only for some."""

    name: str
    before: str
    after: str


def lines(before: Asked, after: Asked, *, with_purpose: bool) -> list[Line]:
    """What changed, for letters and pages. What people need is named and never repeated; what it is
    for is repeated only to readers who may know it.
    """
    found = []
    if before.purpose != after.purpose:
        words = (before.purpose, after.purpose) if with_purpose else ("", "")
        found.append(Line(_("What for"), *words))
    if before.ages != after.ages:
        found.append(Line(_("Ages"), ages.in_words(before.ages), ages.in_words(after.ages)))
    for name, was, now in (
        (_("Adults at risk"), before.has_adults_at_risk, after.has_adults_at_risk),
        (_("Food"), before.has_food, after.has_food),
    ):
        if was != now:
            found.append(Line(name, _("yes") if was else _("no"), _("yes") if now else _("no")))
    if before.needs != after.needs:
        found.append(Line(_("What people need to take part"), "", ""))
    return found
