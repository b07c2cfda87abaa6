"""Keeping what groups looked for and did not find, and counting it."""

import json
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import sha256

from django.db.models import Count, Q, TextChoices
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from anchors.models import Borough
from core.clock import london, monday_of
from core.limits import within_limit_for_all
from spaces.models import AccessFact, UnmetDemand
from spaces.models.demand import UnmetDemandQuerySet
from spaces.rules import demand
from spaces.rules.demand import Line
from spaces.rules.fit import NEEDS, Wish
from spaces.rules.words import NO_WORDS
from spaces.services.days import how_many_unused
from spaces.services.finding import fitting, free_then

ALIKE_IN_AN_HOUR = 1
"""A reload, and whoever looks again and again, is one search."""
MOST_IN_AN_HOUR = 60
MOST_IN_A_WEEK = 2000
"""Counted in Postgres, so it holds while Redis is away."""


def note_unmet_demand(wish: Wish, *, found: int, now: datetime) -> UnmetDemand | None:
    """Keep that a search found nothing or next to nothing, if it says so much and none of the limits
    is reached. See docs/decisions/unmet-demand.md.
    """
    if not demand.is_told_enough(wish) or not demand.is_poor(found, wish):
        return None
    if wish.what or wish.equipment or wish.period or wish.day:
        # The words and the things are not kept, nor how soon and for how long, so they must not be
        # the reason either.
        said = replace(wish, what=NO_WORDS, equipment=())
        if wish.day:
            found = how_many_unused(fitting(said, now=now), wish.day, now=now, **wish.aside)
        else:
            found = free_then(said, now=now).count()
        if not demand.is_poor(found, wish):
            return None
    kept = demand.coarse(wish, today=london(now).date())
    if not _is_within_limits(kept | {"borough": wish.borough}, now=now):
        return None
    borough = Borough.objects.public().filter(slug=wish.borough).first() if wish.borough else None
    return UnmetDemand.objects.create(borough=borough, found=found, **kept)


def _is_within_limits(kept: dict[str, object], *, now: datetime) -> bool:
    alike = sha256(json.dumps(kept, default=str, sort_keys=True).encode()).hexdigest()
    of_this_week = UnmetDemand.objects.asked_since(monday_of(london(now).date()))
    return (
        within_limit_for_all(f"demand-{alike}", per_hour=ALIKE_IN_AN_HOUR, now=now)
        and within_limit_for_all("demand", per_hour=MOST_IN_AN_HOUR, now=now)
        and of_this_week.count() < MOST_IN_A_WEEK
    )


def forget_unmet_demand(*, today: date) -> int:
    """Delete what is older than two years; return how many searches that was."""
    oldest = monday_of(today) - timedelta(weeks=demand.WEEKS_KEPT)
    return UnmetDemand.objects.filter(asked_in_week__lt=oldest).delete()[0]


# --- Counted -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Demand:
    """The searches of some weeks, counted in five ways."""

    since: date
    total: int
    found_nothing: int
    boroughs: list[Line]
    times: list[tuple[str, list[int]]]
    """For each weekday its mornings, afternoons and evenings."""
    parts: list[str]
    without_time: int
    sizes: list[Line]
    needs: list[Line]
    wheelchairs: list[Line]
    most_asked_times: list[Line]


NOTHING = Count("pk", filter=Q(found=0))


def unmet_demand(*, today: date) -> Demand:
    """What was looked for in the last 13 weeks, this one included. Five queries, however much."""
    since = monday_of(today) - timedelta(weeks=demand.WEEKS_SHOWN - 1)
    asked = UnmetDemand.objects.asked_since(since)
    counted = asked.aggregate(
        total=Count("pk"),
        nothing=NOTHING,
        without_time=Count("pk", filter=Q(weekday=None)),
        **{key.value: Count("pk", filter=Q(needs__contains=[key.value])) for key in NEEDS},
        **{
            f"{key.value}_nothing": Count("pk", filter=Q(needs__contains=[key.value], found=0))
            for key in NEEDS
        },
    )
    by_time = {
        (weekday, part): (searches, nothing)
        for weekday, part, searches, nothing in asked.exclude(weekday=None)
        .values_list("weekday", "part_of_day")
        .annotate(searches=Count("pk"), nothing=NOTHING)
    }
    parts = UnmetDemand.PartOfDay
    return Demand(
        since=since,
        total=counted["total"],
        found_nothing=counted["nothing"],
        boroughs=demand.most_first(
            Line(name or _("Any borough"), searches, nothing)
            for name, searches, nothing in asked.values_list("borough__name").annotate(
                searches=Count("pk"), nothing=NOTHING
            )
        ),
        times=[
            (str(name), [by_time.get((weekday, part.value), (0, 0))[0] for part in parts])
            for weekday, name in WEEKDAYS.items()
        ],
        parts=[str(part.label) for part in parts],
        without_time=counted["without_time"],
        most_asked_times=[
            Line(_time_in_words(weekday, part), searches, nothing)
            for (weekday, part), (searches, nothing) in sorted(by_time.items())
        ],
        sizes=_in_bands(asked, "size", UnmetDemand.Size),
        needs=demand.most_first(
            Line(
                str(AccessFact.Key(key).label),
                counted[key.value],
                counted[f"{key.value}_nothing"],
            )
            for key in NEEDS
            if counted[key.value]
        ),
        wheelchairs=_in_bands(asked, "wheelchairs", UnmetDemand.Wheelchairs),
    )


def _in_bands(asked: UnmetDemandQuerySet, field: str, bands: type[TextChoices]) -> list[Line]:
    """Those that said so, by how many, the fewest first."""
    counted = {
        band: (searches, nothing)
        for band, searches, nothing in asked.exclude(**{field: ""})
        .values_list(field)
        .annotate(searches=Count("pk"), nothing=NOTHING)
    }
    return [Line(str(band.label), *counted[band.value]) for band in bands if band.value in counted]


def _time_in_words(weekday: int, part: str) -> str:
    return _("%(weekday)s %(part)s") % {
        "weekday": WEEKDAYS[weekday],
        "part": str(UnmetDemand.PartOfDay(part).label).lower(),
    }
