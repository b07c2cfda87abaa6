"""How a paper of a group stands on a day, and which are missing. Facts in, answer out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.clock import london
from core.templatetags.dates import pounds, short_date
from spaces.models import HirerDocument, SiteRequirement
from spaces.models.documents import FILE_KEPT_FOR
from spaces.rules import insurance

Kind = HirerDocument.Kind
State = HirerDocument.State

WARN_AHEAD = timedelta(days=30)
URGENT = timedelta(days=14)
LAST_CALL = timedelta(days=3)

MOST_TO_CHECK = 20
"""Papers of one group that may wait to be checked at one time."""


class Standing(StrEnum):
    """How a paper stands; the first of these that is true of it."""

    WAITING = "waiting"
    REFUSED = "refused"
    REPLACED = "replaced"
    OVER = "over"
    LAST_CALL = "last_call"
    URGENT = "urgent"
    SOON = "soon"
    NOT_YET = "not_yet"
    GOOD = "good"


def standing(paper: HirerDocument, *, today: date) -> Standing:
    if paper.state == State.WAITING:
        return Standing.WAITING
    if paper.state == State.NOT_ACCEPTED:
        return Standing.REFUSED
    if paper.replaced_on is not None:
        return Standing.REPLACED
    if paper.valid_until is not None:
        left = paper.valid_until - today
        if left < timedelta(0):
            return Standing.OVER
        for limit, name in (
            (LAST_CALL, Standing.LAST_CALL),
            (URGENT, Standing.URGENT),
            (WARN_AHEAD, Standing.SOON),
        ):
            if left <= limit:
                return name
    if paper.valid_from is not None and paper.valid_from > today:
        return Standing.NOT_YET
    return Standing.GOOD


def holds_on(paper: HirerDocument, day: date) -> bool:
    """Say whether an accepted paper holds on a day: its first and last day are included.

    One that was replaced holds until its own last day, because the new one may begin later.
    """
    return (
        paper.state == State.ACCEPTED
        and (paper.valid_from is None or paper.valid_from <= day)
        and (paper.valid_until is None or day <= paper.valid_until)
    )


def check_dates(
    kind: str, valid_from: date | None, valid_until: date | None, *, today: date
) -> None:
    if kind == Kind.INSURANCE and valid_until is None:
        raise ValidationError(
            {
                "valid_until": ValidationError(
                    _("Enter the last day of the insurance"), code="required"
                )
            }
        )
    if valid_until is not None and valid_from is not None and valid_until < valid_from:
        raise ValidationError(
            {
                "valid_until": ValidationError(
                    _("The last day must be on or after the first day"), code="reversed"
                )
            }
        )
    if valid_until is not None and valid_until < today:
        raise ValidationError(
            {
                "valid_until": ValidationError(
                    _("This paper has run out. Send the one that holds now."), code="over"
                )
            }
        )


def check_to_check(paper: HirerDocument) -> None:
    if paper.state != State.WAITING:
        raise already_checked()


def already_checked() -> ValidationError:
    return ValidationError(
        _("This paper is checked already, or was taken back."), code="not_from_here"
    )


def check_replaceable(paper: HirerDocument) -> None:
    if paper.state != State.ACCEPTED or paper.replaced_on is not None:
        raise ValidationError(
            _("Only a paper that we accepted can be replaced. Add a new one instead."),
            code="not_from_here",
        )


def check_accepted(paper: HirerDocument) -> None:
    """Only what was accepted can be found wrong later; what was replaced may still count."""
    if paper.state != State.ACCEPTED:
        raise ValidationError(
            _("This paper is not accepted, so there is nothing to take back."),
            code="not_from_here",
        )


def check_not_too_many(to_check: int) -> None:
    if to_check >= MOST_TO_CHECK:
        raise ValidationError(
            _("Too many of your papers wait to be checked. Take some back, or wait for us."),
            code="too_many",
        )


def file_goes_on(paper: HirerDocument) -> date | None:
    """The day from which the file is no longer kept; None while nobody knows."""
    ended = paper.replaced_on
    if ended is None and paper.state == State.NOT_ACCEPTED and paper.checked_at is not None:
        ended = london(paper.checked_at).date()
    if ended is None:
        ended = paper.valid_until
    return ended + FILE_KEPT_FOR if ended else None


CHECKS_HOLD_FOR = timedelta(days=3 * 365)
"""DBS certificates have no last day; three years is what schools and charities work with."""

Asked = SiteRequirement.Kind
When = SiteRequirement.When

ALWAYS_ASKED = (SiteRequirement(kind=Asked.SAFEGUARDING, when=When.AT_RISK),)
"""Whatever the tables say: nobody meets children or adults at risk here without a policy."""


@dataclass(frozen=True)
class Use:
    """What a booking is like, as far as papers go. `day` is its day in London."""

    day: date
    has_children: bool = False
    has_adults_at_risk: bool = False
    has_food: bool = False
    people: int = 1


@dataclass(frozen=True)
class Missing:
    """One paper that is missing on a day: its kind, what is wrong in a sentence, and why it is asked."""

    kind: SiteRequirement.Kind
    words: str
    why: str
    is_sent: bool = False
    """The group has sent one, and programme staff still have to check it."""


def is_asked(demand: SiteRequirement, use: Use) -> bool:
    if demand.starts_on is not None and use.day < demand.starts_on:
        return False
    if demand.when == When.AT_RISK:
        return use.has_children or use.has_adults_at_risk
    return demand.when == When.ALWAYS or use.has_food


def needed(demands: Iterable[SiteRequirement], use: Use) -> list[SiteRequirement]:
    """What is asked of such a use, each kind once."""
    return each_once(demand for demand in [*demands, *ALWAYS_ASKED] if is_asked(demand, use))


def each_once(demands: Iterable[SiteRequirement]) -> list[SiteRequirement]:
    """In the order of the kinds; of two insurances the one with the higher sum."""
    found: dict[str, SiteRequirement] = {}
    for demand in demands:
        known = found.setdefault(demand.kind, demand)
        if (demand.min_cover_pounds or 0) > (known.min_cover_pounds or 0):
            found[demand.kind] = demand
    return [found[kind] for kind in Asked if kind in found]


def now_and_later(demands: Iterable[SiteRequirement], today: date) -> list[SiteRequirement]:
    """What is asked on a day, each kind once, and then what more is asked from a later day on."""
    demands = list(demands)
    later = {one.starts_on for one in demands if one.starts_on and one.starts_on > today}
    found: list[SiteRequirement] = []
    for day in [today, *sorted(later)]:
        asked = each_once(one for one in demands if not one.starts_on or one.starts_on <= day)
        found += [one for one in asked if one not in found]
    return found


def missing(
    papers: Iterable[HirerDocument],
    demands: Iterable[SiteRequirement],
    use: Use,
    *,
    checks_seen_on: date | None = None,
    host_cover: int | None = None,
) -> list[Missing]:
    """Which papers a group lacks for such a use on its day.

    `checks_seen_on` is when staff last saw DBS certificates; `host_cover` what the site's own
    insurance pays for this group, in pounds, where it goes that way. That covers no use with too many
    people or with food: there the group's own insurance counts, or nothing.
    """
    papers = list(papers)
    not_covered = insurance.reasons_against_use(people=use.people, has_food=use.has_food)
    sent = {paper.kind for paper in papers if paper.state == State.WAITING}
    found = []
    for demand in needed(demands, use):
        if demand.kind == Asked.PEOPLE_CHECK:
            words = _wrong_with_checks(checks_seen_on, use.day)
        elif demand.kind == Asked.INSURANCE and host_cover is not None and not not_covered:
            words = _wrong_with_sum(host_cover, demand)
        else:
            own = [paper for paper in papers if paper.kind == demand.kind]
            words = _wrong_with_papers(own, demand, use.day)
            if words and demand.kind == Asked.INSURANCE and host_cover is not None:
                words = " ".join(
                    [words, _("The site’s own insurance does not count here:"), *not_covered]
                )
        if words:
            kind = Asked(demand.kind)
            found.append(Missing(kind, words, why_asked(demand), is_sent=kind.value in sent))
    return found


def why_asked(demand: SiteRequirement) -> str:
    if demand.when == When.AT_RISK:
        return _("Asked because children or adults at risk come.")
    if demand.when == When.FOOD:
        return _("Asked because food is made or served.")
    if demand.site is None:
        return _("Every site asks for it.")
    if demand.space is not None:
        return _("%(room)s: every group needs it there.") % {"room": demand.space.name}
    return _("%(site)s asks every group for it.") % {"site": demand.site}


def _wrong_with_checks(seen_on: date | None, day: date) -> str:
    if seen_on is None:
        return _("Programme staff have not seen DBS certificates yet.")
    if day - seen_on > CHECKS_HOLD_FOR:
        return _("Programme staff last saw DBS certificates on %(day)s, too long before.") % {
            "day": short_date(seen_on)
        }
    return ""


def _wrong_with_papers(own: list[HirerDocument], demand: SiteRequirement, day: date) -> str:
    """Nothing when one of them holds on the day and pays enough; else what comes nearest to it."""
    holding = [paper for paper in own if holds_on(paper, day)]
    if holding:
        best = max(paper.cover_pounds or 0 for paper in holding)
        return _wrong_with_sum(best, demand)
    name = demand.get_kind_display()
    if any(paper.state == State.WAITING for paper in own):
        return _("%(paper)s: it is sent, and programme staff still have to check it.") % {
            "paper": name
        }
    accepted = [paper for paper in own if paper.state == State.ACCEPTED]
    last = max((paper.valid_until for paper in accepted if paper.valid_until), default=None)
    if last is not None and last < day:
        return _("%(paper)s: its last day is %(last)s.") % {
            "paper": name,
            "last": short_date(last),
        }
    first = min((paper.valid_from for paper in accepted if paper.valid_from), default=None)
    if first is not None and first > day:
        return _("%(paper)s: its first day is %(first)s.") % {
            "paper": name,
            "first": short_date(first),
        }
    return _("%(paper)s: not sent to us yet, or not accepted.") % {"paper": name}


def _wrong_with_sum(paid: int, demand: SiteRequirement) -> str:
    if paid >= (demand.min_cover_pounds or 0):
        return ""
    return _("%(paper)s: it pays up to %(paid)s, and %(needed)s is needed.") % {
        "paper": demand.get_kind_display(),
        "paid": pounds(paid),
        "needed": pounds(demand.min_cover_pounds),
    }
