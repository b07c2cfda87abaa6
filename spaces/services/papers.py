"""Which papers a group has, which run out, and which are missing. Reads only."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from spaces.models import HirerDocument
from spaces.rules import papers as rules

Kind = HirerDocument.Kind
standing = rules.standing

WHAT_FOR = {
    Kind.INSURANCE: _("Pays if somebody is hurt or something is broken because of your group."),
    Kind.SAFEGUARDING: _("Says how you keep children and adults at risk safe."),
    Kind.CONSTITUTION: _("Says what your group is for and who decides in it. One page is enough."),
    Kind.EQUALITY: _("Says that you treat people fairly."),
    Kind.RISK: _("Says what could go wrong and what you do about it."),
    Kind.FOOD: _("Shows that somebody knows how to keep food safe."),
    Kind.OTHER: _("Something else that a site asked you for."),
}
"""Why each kind is asked for, in a sentence."""

OVER_FOR = timedelta(days=60)
"""How long staff are told of a paper that has run out."""


@dataclass
class OnShelf:
    paper: HirerDocument
    standing: rules.Standing


@dataclass
class Shelf:
    """One kind of paper of a group: those that count now, and the earlier ones."""

    kind: HirerDocument.Kind
    what_for: object
    now: list[OnShelf] = field(default_factory=list)
    earlier: list[OnShelf] = field(default_factory=list)


def shelves(papers: QuerySet[HirerDocument], *, today: date) -> list[Shelf]:
    """The papers by kind, newest first; a kind without any has an empty shelf. One query."""
    found = {kind: Shelf(kind, WHAT_FOR[kind]) for kind in Kind}
    for paper in papers.select_related("added_by", "checked_by").order_by("-added_at", "-pk"):
        stands = rules.standing(paper, today=today)
        shelf = found[Kind(paper.kind)]
        is_earlier = stands in (rules.Standing.REPLACED, rules.Standing.REFUSED)
        # What was turned down last is what the group has to mend.
        is_earlier = is_earlier and bool(shelf.now or shelf.earlier)
        (shelf.earlier if is_earlier else shelf.now).append(OnShelf(paper, stands))
    return list(found.values())


def running_out(papers: QuerySet[HirerDocument], *, today: date) -> QuerySet[HirerDocument]:
    """Papers that run out within 30 days or did so in the last 60, the most urgent first."""
    ending = papers.running_out(today - OVER_FOR, today + rules.WARN_AHEAD)  # type: ignore[attr-defined]
    found: QuerySet[HirerDocument] = ending.with_people().order_by("valid_until", "pk")
    return found
