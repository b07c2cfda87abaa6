"""What the page of a site tells those who run it. Reads only, in a constant number of queries."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from audit.models import AuditRecord
from core.clock import london
from spaces.models import AccessKey, Charge, Closure, OpeningRule, Site, Space
from spaces.rules import access, prices, times
from spaces.services.opening import coming_days

SHOWN = 5


def page_of_site(site: Site, *, now: datetime) -> dict[str, Any]:
    today = london(now).date()
    spaces = list(
        site.spaces.exclude(status=Space.Status.ARCHIVED)
        .prefetch_related("rooms")
        .order_by("name", "pk")
    )
    with_page = set(site.spaces.public().values_list("pk", flat=True))
    rules = list(site.opening_rules.order_by("weekday", "opens_minute", "pk"))
    days, closures = coming_days(site, today=today), _closures(site, now=now)
    return {
        "today": today,
        "seasons": _seasons(rules, None, today),
        "spaces": [
            {
                "space": space,
                "seasons": _seasons(rules, space, today),
                "rooms": sorted(space.rooms.all(), key=lambda room: (room.name, room.pk)),
                "shares": _sharing(space, spaces),
                "has_page": space.pk in with_page,
            }
            for space in spaces
        ],
        "days": days[:SHOWN],
        "more_days": max(0, len(days) - SHOWN),
        "closures": closures[:SHOWN],
        "more_closures": closures[SHOWN:],
        "prices": _prices(site, today),
        "access": _access(site),
    }


def _access(site: Site) -> dict[str, Any]:
    """How much is known about the building itself, and when most of it was checked."""
    told = {fact.key: fact for fact in site.access_facts.filter(space=None)}
    parts = access.in_parts(told)
    return {
        "known": sum(len(part.known) for part in parts),
        "of": len(AccessKey),
        "surveyed_on": access.usual_day(told),
    }


def _seasons(
    rules: Iterable[OpeningRule], space: Space | None, today: date
) -> list[dict[str, Any]]:
    return seasons_of(
        [rule for rule in rules if rule.space_id == (space.pk if space else None)], today
    )


def seasons_of(rules: Iterable[OpeningRule], today: date) -> list[dict[str, Any]]:
    return [
        {"starts": starts, "ends": ends, "hours": hours}
        for (starts, ends), hours in times.seasons(rules, today)
    ]


def _sharing(space: Space, spaces: Iterable[Space]) -> list[Space]:
    """The other spaces that cannot be had while this one is taken: they need one of its rooms."""
    rooms = {room.pk for room in space.rooms.all()}
    return [
        other
        for other in spaces
        if other != space and rooms & {room.pk for room in other.rooms.all()}
    ]


def _closures(site: Site, *, now: datetime) -> list[dict[str, Any]]:
    coming = site.closures.filter(ends_at__gt=now).prefetch_related("rooms")
    return [
        {
            "closure": closure,
            "words": times.closure_in_words(closure),
            "rooms": sorted(room.name for room in closure.rooms.all()),
        }
        for closure in coming.order_by("starts_at", "pk")
    ]


def _prices(site: Site, today: date) -> list[dict[str, Any]]:
    """What is charged now or will be, of the whole building first."""
    charges = site.charges.lasting(today).select_related("space")
    in_order = sorted(
        prices.in_order(charges), key=lambda charge: charge.space.name if charge.space else ""
    )
    return [{"charge": charge, "row": price_row(charge, today)} for charge in in_order]


def price_row(charge: Charge, today: date) -> prices.Row:
    return prices.row_of(charge, today)


def price_in_words(charge: Charge, today: date) -> str:
    """Hire: £10 an hour, at any time. Of the whole building, or of one of its rooms."""
    row = price_row(charge, today)
    of = charge.space.name if charge.space else _("The whole building")
    return f"{row.what}: {row.price}. {row.when}. {of}."


def closure_in_words(closure: Closure) -> str:
    """Friday 25 December 2026: Christmas Day. Of the whole building, or of some of its rooms."""
    rooms = sorted(room.name for room in closure.rooms.all())
    return f"{times.closure_in_words(closure)}. {', '.join(rooms) or _('The whole building')}."


def last_change(about: Model, verbs: Iterable[str]) -> AuditRecord | None:
    """Who did one of these last to a thing, and when."""
    acts = AuditRecord.objects.about(about).filter(verb__in=list(verbs))
    return acts.newest_first().first()
