"""When a site is open every week."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.clock import today
from spaces import services
from spaces.forms.hours import ChangeHoursForm
from spaces.forms.seen import VersionForm
from spaces.models import OpeningRule, Site, Space
from spaces.services import opening, sites
from spaces.views import SignedInRequest, posted
from spaces.views.changing_sites import Shown, do, site_or_403


@require_http_methods(["GET", "POST"])
def change_hours(request: SignedInRequest, slug: str) -> HttpResponse:
    """The weekly hours of a building."""
    return _change_hours(request, site_or_403(request, slug), None)


@require_http_methods(["GET", "POST"])
def change_space_hours(request: SignedInRequest, slug: str, space: str) -> HttpResponse:
    """Weekly hours of one space that are not those of its building."""
    site = site_or_403(request, slug)
    return _change_hours(request, site, get_object_or_404(site.spaces.all(), slug=space))


def _change_hours(request: SignedInRequest, site: Site, space: Space | None) -> HttpResponse:
    rules = opening.weekly_hours(site, space)
    has_own = any(rule.space_id is not None for rule in rules)
    form = ChangeHoursForm(
        posted(request), today=today(), initial=ChangeHoursForm.said_by(rules, today())
    )

    def change(seen: set[str]) -> None:
        asked = form.asked()
        services.change_hours(
            site, space=space, by=request.user, now=timezone.now(), seen=seen, **asked
        )

    context = {"space": space, "has_own": has_own}
    done = _("The opening hours are changed.")
    shown = _hours_shown(site, space, rules)
    return do(request, site, form, change, "change_hours", context, done=done, shown=shown)


def _hours_shown(site: Site, space: Space | None, rules: list[OpeningRule]) -> Shown:
    return Shown(
        rows=rules,
        there=lambda: opening.weekly_hours(site, space),
        told=lambda rules: {"seasons": sites.seasons_of(rules, today())},
        about=space or site,
        verbs=["spaces.hours_changed"],
    )


@require_http_methods(["GET", "POST"])
def follow_site_hours(request: SignedInRequest, slug: str, space: str) -> HttpResponse:
    """Open a space by the hours of its building again."""
    site = site_or_403(request, slug)
    followed = get_object_or_404(site.spaces.exclude(opening_rules=None).distinct(), slug=space)
    rules = opening.weekly_hours(site, followed)
    form = VersionForm(posted(request))

    def follow(seen: set[str]) -> None:
        services.follow_site_hours(
            followed, by=request.user, now=timezone.now(), seen=seen, **form.cleaned_data
        )

    done = _("It is open as the building is.")
    context, shown = {"space": followed}, _hours_shown(site, followed, rules)
    return do(request, site, form, follow, "follow_site_hours", context, done=done, shown=shown)
