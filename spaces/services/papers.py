"""Which papers a group has, which run out, and which are missing. Reads only."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Max, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.clock import london
from spaces.models import (
    Booking,
    Hirer,
    HirerDocument,
    HirersCover,
    InsuranceRoute,
    PeopleCheck,
    Site,
    SiteRequirement,
    Space,
)
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


def where_to_send_another(refused: HirerDocument) -> str:
    """The page on which another is sent in place of a paper that was turned down; "" for any other."""
    if refused.state != HirerDocument.State.NOT_ACCEPTED:
        return ""
    earlier = refused.replaces
    if earlier is not None and earlier.replaced_on is None:
        return reverse("spaces:replace_document", args=[earlier.uuid])
    return reverse("spaces:add_document", args=[refused.hirer.organisation.slug, refused.kind])


def running_out(papers: QuerySet[HirerDocument], *, today: date) -> QuerySet[HirerDocument]:
    """Papers that run out within 30 days or did so in the last 60, the most urgent first."""
    ending = papers.running_out(today - OVER_FOR, today + rules.WARN_AHEAD)  # type: ignore[attr-defined]
    found: QuerySet[HirerDocument] = ending.with_people().order_by("valid_until", "pk")
    return found


def missing_for(
    hirer: Hirer,
    site: Site,
    day: date,
    *,
    space: Space | None = None,
    children: bool = False,
    adults_at_risk: bool = False,
    food: bool = False,
    people: int = 1,
) -> list[rules.Missing]:
    """Which papers a group lacks for a use at a site on a day in London; empty when it has all.
    Without `space`, what that room alone asks for is left out.

    Each says its `kind`, in `words` what is wrong, and `why` it is asked. At most five queries,
    however many papers. Private groups are no exception: the words never name the group.
    """
    use = rules.Use(day, children, adults_at_risk, food, people)
    [missing] = _missing_for_uses(hirer, site, day, [use], space=space)
    return missing


def _missing_for_uses(
    hirer: Hirer, site: Site, day: date, uses: Iterable[rules.Use], *, space: Space | None
) -> list[list[rules.Missing]]:
    papers = list(hirer.documents.accepted() | hirer.documents.to_check())
    asked = SiteRequirement.objects
    demands = list(asked.of_space(space) if space else asked.of_site(site))
    checks_seen_on = hirer.people_checks.counting().aggregate(last=Max("seen_on"))["last"]
    host_cover = host_cover_for(hirer, site, day)
    return [
        rules.missing(papers, demands, use, checks_seen_on=checks_seen_on, host_cover=host_cover)
        for use in uses
    ]


@dataclass(frozen=True)
class MissingByAnswer:
    """What a group lacks whatever it does, and what more if somebody at risk comes, or food is made."""

    always: list[rules.Missing]
    at_risk: list[rules.Missing]
    food: list[rules.Missing]

    def __bool__(self) -> bool:
        return bool(self.always or self.at_risk or self.food)

    def where(self, *, at_risk: bool, food: bool) -> "MissingByAnswer":
        """Without what nobody asks for, once it is known who comes and whether there is food."""
        return MissingByAnswer(
            self.always, self.at_risk if at_risk else [], self.food if food else []
        )


def missing_by_answer(hirer: Hirer, space: Space, day: date, *, people: int) -> MissingByAnswer:
    """The same for whoever has not said yet who comes and whether there is food, read once."""
    uses = [
        rules.Use(day, people=people),
        rules.Use(day, has_children=True, has_adults_at_risk=True, people=people),
        rules.Use(day, has_food=True, people=people),
    ]
    always, at_risk, food = _missing_for_uses(hirer, space.site, day, uses, space=space)
    return MissingByAnswer(
        always,
        [one for one in at_risk if one not in always],
        [one for one in food if one not in always],
    )


def missing_for_bookings(
    bookings: Iterable[Booking], *, without: HirerDocument | PeopleCheck | None = None
) -> dict[int, list[rules.Missing]]:
    """What `missing_for` says of each booking, by its key. Five queries, however many bookings.

    `without` is a paper that is looked past, as if the group had never sent it, or a note that we saw DBS
    certificates, as if we had not.
    """
    bookings = list(bookings)
    hirers = {booking.hirer_id for booking in bookings}
    sites = {booking.space.site_id for booking in bookings}
    papers = defaultdict(list)
    counting = HirerDocument.objects.accepted() | HirerDocument.objects.to_check()
    checks = PeopleCheck.objects.counting()
    if isinstance(without, HirerDocument):
        counting = counting.exclude(pk=without.pk)
    elif isinstance(without, PeopleCheck):
        checks = checks.exclude(pk=without.pk)
    for paper in counting.filter(hirer__in=hirers):
        papers[paper.hirer_id].append(paper)
    asked = SiteRequirement.objects.filter(Q(site__in=sites) | Q(site=None))
    demands = list(asked.select_related("site", "space"))
    seen = dict(
        checks.filter(hirer__in=hirers)
        .values("hirer")
        .annotate(last=Max("seen_on"))
        .values_list("hirer", "last")
    )
    routes = InsuranceRoute.objects.filter(
        hirer__in=hirers, site__in=sites, route=InsuranceRoute.Route.HOST
    )
    chosen = {(route.hirer_id, route.site_id): route for route in routes}
    covers = {
        cover.site_id: cover.up_to_pounds
        for cover in HirersCover.objects.filter(site__in=sites, is_offered=True)
    }

    def missing_in(booking: Booking) -> list[rules.Missing]:
        site, day = booking.space.site_id, london(booking.starts_at).date()
        route = chosen.get((booking.hirer_id, site))
        return rules.missing(
            papers[booking.hirer_id],
            [
                one
                for one in demands
                if one.site_id in (None, site) and one.space_id in (None, booking.space_id)
            ],
            rules.Use(
                day,
                booking.has_children,
                booking.has_adults_at_risk,
                booking.has_food,
                booking.attendance,
            ),
            checks_seen_on=seen.get(booking.hirer_id),
            host_cover=covers.get(site) if route and route.holds_on(day) else None,
        )

    return {booking.pk: missing_in(booking) for booking in bookings}


def host_cover_for(hirer: Hirer, site: Site, day: date) -> int | None:
    """What the site's own insurance pays for this group, in pounds; None if it does not go that way."""
    goes_that_way = InsuranceRoute.objects.holding_on(day).filter(
        hirer=hirer, site=site, route=InsuranceRoute.Route.HOST
    )
    if not goes_that_way.exists():
        return None
    cover = HirersCover.objects.filter(site=site, is_offered=True).first()
    return cover.up_to_pounds if cover else None


def food_counts(hirer: Hirer, site: Site, day: date) -> bool:
    """Say whether it matters here that this group makes or serves food: the site asks for papers
    then, or its own insurance is the group's, which covers no food.
    """
    asks = SiteRequirement.objects.of_site(site).filter(when=SiteRequirement.When.FOOD).exists()
    return asks or host_cover_for(hirer, site, day) is not None


@dataclass
class AskedFor:
    """When papers are asked for, and which: kind and sum."""

    when: str
    papers: list[SiteRequirement]


def asked_for(space: Space, *, today: date) -> list[AskedFor]:
    """What is asked for in this room, for those who think of asking for it. One query.

    After what is asked now stands what is asked in addition from a later day on.
    """
    demands = [*SiteRequirement.objects.of_space(space), *rules.ALWAYS_ASKED]
    found = [
        AskedFor(when, rules.now_and_later([one for one in demands if one.when == when], today))
        for when in SiteRequirement.When
    ]
    return [asked for asked in found if asked.papers]
