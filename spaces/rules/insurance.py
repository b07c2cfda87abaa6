"""Which insurance a group needs at a site. Facts in, answer out.

What hosts' insurers ask of a group before their own cover counts for it: that it is no business, pays
nobody, meets in one place, and does nothing risky (villagehallinsurance.co.uk, norrisandfisher.com). The
number of people is ours. Each insurer has its own words, so the page sends people on to the site.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from core.templatetags.dates import pounds

MOST_PEOPLE = 100


class Way(StrEnum):
    HAVE = "have"
    """The group's own policy will do."""
    OWN = "own"
    """It needs a policy of its own."""
    HOST = "host"
    """The site's own insurance covers it."""
    ASK = "ask"
    """It may be covered; the site has to say."""


@dataclass(frozen=True)
class Answers:
    """What a group says of itself."""

    is_business: bool
    pays_somebody: bool
    meets_elsewhere: bool
    risks: frozenset[str]
    people: int
    has_policy: bool


@dataclass(frozen=True)
class Cover:
    """What is known of the host's cover; `is_offered` is None where nobody has told us."""

    is_offered: bool | None = None
    up_to: int = 0
    needed: int = 0


@dataclass(frozen=True)
class Found:
    way: Way
    reasons: list[str]


def find_way(said: Answers, cover: Cover | None) -> Found:
    """The answer and its reasons, in sentences for the group. `cover` is None while it has no site."""
    if said.has_policy:
        reasons = [_("You have a policy of your own, so it counts.")]
        if cover and cover.needed:
            reasons.append(
                _("At this site it must pay at least %(sum)s.") % {"sum": pounds(cover.needed)}
            )
        return Found(Way.HAVE, reasons)
    against = reasons_against(said)
    if against:
        return Found(Way.OWN, against)
    if cover is None:
        return Found(
            Way.ASK,
            [
                _("A group like yours is often covered by the insurance of the site."),
                _("Come back when you know the site, and we say what we know of its insurance."),
            ],
        )
    if cover.is_offered is None:
        return Found(
            Way.ASK,
            [
                _("A group like yours is often covered by the insurance of the site."),
                _("We do not know yet whether this site’s insurance does that."),
            ],
        )
    if not cover.is_offered:
        return Found(Way.OWN, [_("The insurance of this site does not cover groups that hire.")])
    if cover.up_to < cover.needed:
        return Found(
            Way.OWN,
            [
                _("The insurance of this site pays up to %(paid)s, and %(needed)s is needed.")
                % {"paid": pounds(cover.up_to), "needed": pounds(cover.needed)}
            ],
        )
    return Found(
        Way.HOST,
        [
            _("You are no business, pay nobody and meet in one place."),
            _("The insurance of this site pays up to %(paid)s for groups like yours.")
            % {"paid": pounds(cover.up_to)},
        ],
    )


def reasons_against_use(*, people: int, has_food: bool) -> list[str]:
    """Why a host's insurance does not cover one booking of a group that it covers; empty when it does.

    Food for the public is not covered. A booking says whether there is food (tea and biscuits are
    none) but not for whom, so where it is for the group alone somebody has to look.
    """
    told = [
        (people > MOST_PEOPLE, too_many_people()),
        (
            has_food,
            _(
                "Food is made or served. If it is for the people of the group alone, ask programme staff:"
                " they can confirm the booking all the same."
            ),
        ),
    ]
    return [words for is_so, words in told if is_so]


def too_many_people() -> str:
    return _("More than %(number)d people come.") % {"number": MOST_PEOPLE}


def reasons_against(said: Answers) -> list[str]:
    """Why a host's insurance does not cover such a group; empty when it may."""
    told = [
        (said.is_business, _("Your group is a business.")),
        (said.pays_somebody, _("You pay somebody for work in the group.")),
        (said.meets_elsewhere, _("You meet in more than one place.")),
        ("inflatables" in said.risks, _("You use a bouncy castle or the like.")),
        ("sport" in said.risks, _("You do sport or other exercise.")),
        ("food" in said.risks, _("You make or sell food for the public.")),
        (said.people > MOST_PEOPLE, too_many_people()),
    ]
    return [words for is_so, words in told if is_so]
