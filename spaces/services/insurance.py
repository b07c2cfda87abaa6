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

    Raises ValidationError when the site has to be asked first.
    """
    permissions.check_manages(by, hirer)
    way = find_way(said, site).way
    if way not in KEPT_AS:
        raise ValidationError(_("Ask the site first. Then come back."), code="not_known")
    route, _is_new = InsuranceRoute.objects.update_or_create(
        hirer=hirer,
        site=site,
        defaults={"route": KEPT_AS[way], "chosen_on": london(now).date(), "chosen_by": by},
    )
    record("spaces.insurance_route_kept", hirer, by=by, site=site.pk, route=route.route)
    confirming.confirm_at_once(hirer, now=now)
    return route
