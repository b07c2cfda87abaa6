"""How the access facts of a space are told: in parts, the known first. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from spaces.models import AccessFact, AccessKey
from spaces.rules.fit import Facts

PARTS: list[tuple[object, AccessKey]] = [
    (_("Arriving"), AccessKey.BLUE_BADGE),
    (_("Getting in"), AccessKey.STEP_FREE),
    (_("Moving around"), AccessKey.LIFT),
    (_("Toilets"), AccessKey.ACCESSIBLE_TOILET),
    (_("Hearing, seeing and feeling calm"), AccessKey.HEARING_LOOP),
    (_("Also here"), AccessKey.PRAYER_ROOM),
]
"""The name of each part, and the first of its questions; it goes up to the first of the next."""


@dataclass(frozen=True)
class Part:
    """One part of the questions: what is known, and what nobody has checked yet."""

    name: object
    known: list[AccessFact]
    not_checked: list[AccessFact]


def keys_in_parts() -> list[tuple[object, list[AccessKey]]]:
    """Every question there is, under the name of its part."""
    keys = list(AccessKey)
    starts = [keys.index(first) for _name, first in PARTS] + [len(keys)]
    return [
        (name, keys[start:end])
        for (name, _first), start, end in zip(PARTS, starts, starts[1:], strict=False)
    ]


def in_parts(facts: Facts) -> list[Part]:
    """All of them, so that what nobody has checked shows too."""
    return [_part(name, keys, facts) for name, keys in keys_in_parts()]


def _part(name: object, keys: list[AccessKey], facts: Facts) -> Part:
    not_checked = AccessFact.Value.NOT_CHECKED
    those = [facts.get(key.value) or AccessFact(key=key, value=not_checked) for key in keys]
    return Part(
        name,
        known=[fact for fact in those if fact.value != not_checked],
        not_checked=[fact for fact in those if fact.value == not_checked],
    )


WAYS_THERE = (AccessKey.TRANSPORT, AccessKey.BLUE_BADGE, AccessKey.DROP_OFF)


def ways_there(facts: Facts) -> list[AccessFact]:
    """What is known about coming by public transport and by car."""
    return answers_to([key.value for key in WAYS_THERE], facts)


def answers_to(needs: Iterable[str], facts: Facts) -> list[AccessFact]:
    """For each need what is known: there, not there, or not yet checked."""
    not_checked = AccessFact.Value.NOT_CHECKED
    return [facts.get(key) or AccessFact(key=key, value=not_checked) for key in needs]


def summed_up(answers: Sequence[AccessFact]) -> str:
    """Whether a space works for a group, in one sentence."""
    missing = sum(fact.value == AccessFact.Value.NO for fact in answers)
    unknown = sum(not _is_known(fact) for fact in answers)
    if missing:
        return ngettext(
            "Not as it is: %(number)d thing your group needs is not there.",
            "Not as it is: %(number)d things your group needs are not there.",
            missing,
        ) % {"number": missing}
    if unknown:
        return ngettext(
            "Perhaps: %(number)d thing your group needs is not yet checked. Ask the site.",
            "Perhaps: %(number)d things your group needs are not yet checked. Ask the site.",
            unknown,
        ) % {"number": unknown}
    return gettext("Yes: everything your group needs is there.")


def usual_day(facts: Facts) -> date | None:
    """The day on which most was checked: said once, so that only other days are said beside a fact."""
    days = Counter(
        fact.surveyed_on for fact in facts.values() if fact.surveyed_on and _is_known(fact)
    )
    return max(days, key=lambda day: (days[day], day), default=None)


def _is_known(fact: AccessFact) -> bool:
    return fact.value != AccessFact.Value.NOT_CHECKED
