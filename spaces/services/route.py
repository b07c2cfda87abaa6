"""How far a small group has come on its way to being approved."""

from datetime import datetime

from django.db.models import Count, Q

from spaces import rules
from spaces.models import Hirer, HirerDocument, Reference
from spaces.rules.route import Route
from spaces.services import telling


def route_of(hirer: Hirer) -> Route:
    """Two queries, none for a group with a number."""
    if hirer.group_kind not in rules.route.SMALL:
        return Route(is_small=False)
    papers = set(
        hirer.documents.current()
        .filter(kind=HirerDocument.Kind.CONSTITUTION)
        .values_list("state", flat=True)
    )
    outside = Q(is_inside=False)
    answers = hirer.references.telling_if_inside().aggregate(
        yes=Count("pk", filter=outside & Q(answer=Reference.Answer.YES)),
        asked=Count("pk", filter=outside & Q(answer=Reference.Answer.WAITING)),
        inside=Count("pk", filter=~outside & ~Q(answer=Reference.Answer.WITHDRAWN)),
    )
    return Route(
        is_small=True,
        has_rules=HirerDocument.State.ACCEPTED in papers,
        rules_wait=HirerDocument.State.WAITING in papers,
        said_yes=answers["yes"],
        asked=answers["asked"],
        inside=answers["inside"],
    )


def ask_once_complete(hirer: Hirer, *, now: datetime) -> None:
    """Ask programme staff to decide, once there is nothing more to wait for."""
    if hirer.state == Hirer.State.REGISTERED and route_of(hirer).is_complete:
        telling.ask_about_hirer(hirer, now=now)
