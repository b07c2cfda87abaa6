"""Finding out which insurance a group needs at a site, and keeping the answer."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from core.clock import london
from spaces import permissions
from spaces.models import Hirer, HirersCover, InsuranceRoute, Site, SiteRequirement
from spaces.rules import insurance as rules
from spaces.services import confirming

Route = InsuranceRoute.Route

KEPT_AS = {
    rules.Way.HAVE: Route.OWN,
    rules.Way.OWN: Route.OWN,
    rules.Way.HOST: Route.HOST,
}


def cover_at(site: Site) -> rules.Cover:
    """What is known of insurance at a site, and the sum it asks for."""
    asked = SiteRequirement.objects.of_site(site).filter(
        kind=SiteRequirement.Kind.INSURANCE, when=SiteRequirement.When.ALWAYS
    )
    needed = asked.aggregate(most=Max("min_cover_pounds"))["most"] or 0
    known = HirersCover.objects.filter(site=site).first()
    if known is None:
        return rules.Cover(needed=needed)
    return rules.Cover(known.is_offered, known.up_to_pounds or 0, needed)


def find_way(said: rules.Answers, site: Site | None) -> rules.Found:
    return rules.find_way(said, cover_at(site) if site else None)


@transaction.atomic
def keep_insurance_route(
    hirer: Hirer, site: Site, said: rules.Answers, *, by: User, now: datetime
) -> InsuranceRoute:
    """Keep what these answers mean for a group at a site; a later answer takes its place.

    A host covers groups that meet in one place. So a group that is covered here is not covered by
    another site any more, and a group that still has bookings there is not covered here.

    Raises ValidationError "not_known" when the site has to be asked first, "elsewhere" while the group
    has bookings at another site that covers it.
    """
    permissions.check_manages(by, hirer)
    way = find_way(said, site).way
    if way not in KEPT_AS:
        raise ValidationError(_("Ask the site first. Then come back."), code="not_known")
    # Two managers who keep two sites at once must see each other.
    Hirer.objects.in_turn().get(pk=hirer.pk)
    if KEPT_AS[way] == Route.HOST:
        _leave_other_hosts(hirer, site, now=now)
    route, _is_new = InsuranceRoute.objects.update_or_create(
        hirer=hirer,
        site=site,
        defaults={"route": KEPT_AS[way], "chosen_on": london(now).date(), "chosen_by": by},
    )
    record("spaces.insurance_route_kept", hirer, by=by, site=site.pk, route=route.route)
    confirming.confirm_at_once(hirer, now=now)
    return route


def _leave_other_hosts(hirer: Hirer, site: Site, *, now: datetime) -> None:
    others = hirer.insurance_routes.filter(route=Route.HOST).exclude(site=site)
    for other in others.holding_on(london(now).date()).in_order():
        if hirer.bookings.alive().filter(space__site=other.site, ends_at__gt=now).exists():
            raise ValidationError(
                _(
                    "Your group has bookings at %(site)s, whose insurance covers it. The insurance of"
                    " a site is for groups that meet in one place. So this was not kept. If you meet"
                    " in both, get insurance of your own. If you leave %(site)s, cancel your bookings"
                    " there first."
                )
                % {"site": other.site},
                code="elsewhere",
            )
    others.delete()
