"""What a group itself has to do before it is approved, or before a paper of it counts. Reads only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.clock import at
from spaces.models import Hirer, HirerAppeal, HirerDocument
from spaces.rules.route import Route
from spaces.services.papers import OVER_FOR, where_to_send_another
from spaces.services.route import routes_of

Kind = HirerDocument.Kind
State = Hirer.State


@dataclass(frozen=True)
class StillAsked:
    """One thing that a group has to do: what, why, where it does it, and who of it may."""

    hirer: Hirer
    title: str
    words: str
    url: str
    takes_a_manager: bool = True


def still_asked_of(hirers: Iterable[Hirer], *, today: date) -> list[StillAsked]:
    """What waits for these groups and for nobody else; empty while it is the turn of others.

    Five queries, however many groups. The organisations of the groups are to be read with them.
    """
    hirers = list(hirers)
    appealing = set(
        HirerAppeal.objects.open().filter(hirer__in=hirers).values_list("hirer", flat=True)
    )
    routes = routes_of(hirers)
    refused = _refused(hirers, today=today)
    found = []
    for hirer in hirers:
        may_mend = hirer.state in Hirer.REFUSED and hirer.pk not in appealing
        if may_mend:
            found.append(_declined(hirer))
        elif hirer.state != State.APPROVED and routes[hirer.pk].waits_for_group:
            of_rules = [one for one in refused if _is_rules_of(hirer, one)]
            found.append(_route(hirer, routes[hirer.pk], of_rules))
        if hirer.responsible_left or hirer.deputy_left:
            found.append(_who_answers(hirer))
        found += [
            _paper(hirer, paper)
            for paper in refused
            if paper.hirer_id == hirer.pk
            # What is said above has them already, or the group needs them no more.
            and (hirer.state == State.APPROVED or not _is_rules_of(hirer, paper))
        ]
    return found


def _is_rules_of(hirer: Hirer, paper: HirerDocument) -> bool:
    return paper.hirer_id == hirer.pk and paper.kind == Kind.CONSTITUTION


def _refused(hirers: list[Hirer], *, today: date) -> list[HirerDocument]:
    """The newest paper of each kind that was turned down lately, where none of its kind counts."""
    papers = HirerDocument.objects.filter(hirer__in=hirers)
    holding = papers.current().filter(Q(valid_until=None) | Q(valid_until__gte=today))
    known = set(holding.values_list("hirer", "kind", "title"))
    turned_down = papers.filter(
        state=HirerDocument.State.NOT_ACCEPTED, checked_at__gte=at(today - OVER_FOR, time.min)
    )
    found = []
    turned_down = turned_down.select_related("hirer__organisation", "replaces")
    for paper in turned_down.order_by("-added_at", "-pk"):
        if (paper.hirer_id, paper.kind, paper.title) not in known:
            known.add((paper.hirer_id, paper.kind, paper.title))
            found.append(paper)
    return found


def _declined(hirer: Hirer) -> StillAsked:
    return StillAsked(
        hirer,
        title=(
            _("%(group)s may not book for now")
            if hirer.state == State.STOPPED
            else _("%(group)s was not approved")
        )
        % {"group": hirer},
        words=_("Read why, and what your group can do now."),
        url=hirer.get_absolute_url(),
        takes_a_manager=False,
    )


def _who_answers(hirer: Hirer) -> StillAsked:
    gone = hirer.responsible_adult if hirer.responsible_left else hirer.deputy_name
    return StillAsked(
        hirer,
        title=_("Who answers for %(group)s now?") % {"group": hirer},
        words=_(
            "%(person)s left the group or handed over. Say who answers for it on the day, or that it is"
            " still the same person."
        )
        % {"person": gone},
        url=reverse("spaces:hirer_facts", args=[hirer.organisation.slug]),
    )


def _route(hirer: Hirer, route: Route, refused_rules: list[HirerDocument]) -> StillAsked:
    words = ngettext(
        "Send its rules, or name %(number)d person outside the group who knows it. We cannot decide"
        " before.",
        "Send its rules, or name %(number)d people outside the group who know it. We cannot decide"
        " before.",
        route.missing_references,
    ) % {"number": route.missing_references}
    for paper in refused_rules:
        why = _("We could not accept the rules you sent. Reason: %(reason)s")
        words = " ".join([why % {"reason": paper.reason}, words])
    return StillAsked(
        hirer,
        title=_("What we still need of %(group)s") % {"group": hirer},
        words=words,
        url=f"{hirer.get_absolute_url()}#needed",
    )


def _paper(hirer: Hirer, paper: HirerDocument) -> StillAsked:
    words = (
        _(
            "%(group)s: we had accepted the last one, and it does not count any more. Reason: %(reason)s"
        )
        if paper.found_wrong
        else _("%(group)s: we could not accept the last one. Reason: %(reason)s")
    )
    return StillAsked(
        hirer,
        title=_("Send another: %(paper)s") % {"paper": paper.name},
        words=words % {"group": hirer, "reason": paper.reason},
        url=where_to_send_another(paper),
    )
