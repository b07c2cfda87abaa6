"""What a small group that is not registered shows instead of a number. Facts in, answer out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.clock import day_ends
from spaces.models import Hirer, Reference

Kind = Hirer.GroupKind

SMALL = frozenset({Kind.UNREGISTERED, Kind.TENANTS, Kind.FAITH, Kind.OTHER})
"""Without a number that anybody can look up."""
ENOUGH_REFERENCES = 2
MOST_REFERENCES = 6
"""Ever asked about one group, so that nobody is written to without end."""

CONTACT_KEPT_FOR = timedelta(days=90)
"""How long, after the decision, we can reach a referee."""
CONTACT_KEPT_AT_MOST = timedelta(days=365)
"""The same while nobody decides."""
LINK_GOOD_FOR = timedelta(days=30)
"""Of a referee, as of an invitation to register."""
DRAFT_KEPT_FOR = timedelta(days=60)
"""After somebody last typed in it."""


@dataclass(frozen=True)
class Route:
    """How far a group has come: its rules, or two people who know it."""

    is_small: bool
    has_rules: bool = False
    rules_wait: bool = False
    said_yes: int = 0
    said_no: int = 0
    asked: int = 0
    inside: int = 0
    """How many that were named belong to the group by now, or are invited to: they do not count."""

    @property
    def is_complete(self) -> bool:
        return not self.is_small or self.has_rules or self.said_yes >= ENOUGH_REFERENCES

    @property
    def waits_for_others(self) -> bool:
        """The group has done its part: somebody checks its rules, or those it named are to answer."""
        return not self.is_complete and (self.rules_wait or not self.missing_references)

    @property
    def waits_for_group(self) -> bool:
        """It is the group's turn: nobody else has anything to check or to answer."""
        return not self.is_complete and not self.waits_for_others

    @property
    def missing_references(self) -> int:
        """How many more have to be named, whoever is asked already."""
        return max(0, ENOUGH_REFERENCES - self.said_yes - self.asked)


def check_complete(route: Route, *, despite: str) -> None:
    """A group is approved once its route is complete, or with the reason why it need not be."""
    if not route.is_complete and not despite:
        raise ValidationError(
            {
                "despite": ValidationError(
                    _("Something is still missing. Say why you approve the group all the same."),
                    code="incomplete",
                )
            }
        )


def check_may_ask(route: Route, hirer: Hirer, *, asked_ever: int) -> None:
    if not route.is_small or hirer.state == Hirer.State.APPROVED:
        raise ValidationError(_("This group needs no references."), code="not_needed")
    if asked_ever >= MOST_REFERENCES:
        raise ValidationError(
            _("You have named %(number)d people already. Contact us, and we will help."),
            code="too_many",
            params={"number": MOST_REFERENCES},
        )


def check_is_outside(*, is_inside: bool, is_written_down: bool) -> None:
    """Nobody vouches for their own group; staff who ring up are told so of somebody else."""
    if is_inside:
        raise ValidationError(
            _("This person belongs to the group or is invited to it, so it must be somebody else.")
            if is_written_down
            else _(
                "You belong to this group or are invited to it. We can only ask people outside it."
            ),
            code="own_group",
        )


def link_ends(reference: Reference) -> datetime:
    return day_ends(reference.asked_at + LINK_GOOD_FOR)


def is_link_good(reference: Reference, *, now: datetime) -> bool:
    """Say whether a referee's own link still opens the question: for some weeks, while we know whom
    we asked, and until the group is decided about. One that was declined names people anew.
    """
    hirer = reference.hirer
    is_decided = hirer.state == Hirer.State.APPROVED or (
        hirer.state in Hirer.REFUSED
        and hirer.decided_at is not None
        and hirer.decided_at > reference.asked_at
    )
    return (
        reference.answer == Reference.Answer.WAITING
        and reference.contact_removed_on is None
        and now < link_ends(reference)
        and not is_decided
    )


def check_link_good(reference: Reference, *, now: datetime) -> None:
    if not is_link_good(reference, now=now):
        raise ValidationError(_("This link does not hold any more."), code="not_from_here")


def check_waits(reference: Reference) -> None:
    if reference.answer != Reference.Answer.WAITING:
        raise ValidationError(
            _("This reference was answered or taken back already."), code="not_from_here"
        )
