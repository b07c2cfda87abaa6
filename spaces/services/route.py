"""How far a small group has come on its way to being approved."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from spaces import rules
from spaces.models import Hirer, HirerDocument, Reference
from spaces.rules.route import Route
from spaces.services import telling


def route_of(hirer: Hirer) -> Route:
    """Two queries, none for a group with a number."""
    return routes_of([hirer])[hirer.pk]


def routes_of(hirers: Iterable[Hirer]) -> dict[int, Route]:
    """The same for many groups, by their keys, in as many queries."""
    hirers = list(hirers)
    small = [hirer.pk for hirer in hirers if hirer.group_kind in rules.route.SMALL]
    papers = HirerDocument.objects.current().filter(
        hirer__in=small, kind=HirerDocument.Kind.CONSTITUTION
    )
    rules_are = set(papers.values_list("hirer", "state"))
    named = Reference.objects.filter(hirer__in=small).exclude(answer=Reference.Answer.WITHDRAWN)
    inside = named.telling_if_inside().values_list("hirer", "is_inside", "answer")  # type: ignore[misc]
    answers = Counter(inside)
    return {
        hirer.pk: Route(
            is_small=True,
            has_rules=(hirer.pk, HirerDocument.State.ACCEPTED) in rules_are,
            rules_wait=(hirer.pk, HirerDocument.State.WAITING) in rules_are,
            said_yes=answers[hirer.pk, False, Reference.Answer.YES],
            said_no=answers[hirer.pk, False, Reference.Answer.NO],
            asked=answers[hirer.pk, False, Reference.Answer.WAITING],
            inside=sum(answers[hirer.pk, True, answer] for answer in Reference.Answer),
        )
        if hirer.pk in small
        else Route(is_small=False)
        for hirer in hirers
    }


def ask_once_complete(hirer: Hirer, *, now: datetime) -> None:
    """Ask programme staff to decide, once there is nothing more to wait for."""
    if hirer.state == Hirer.State.REGISTERED and route_of(hirer).is_complete:
        telling.ask_about_hirer(hirer, now=now)
