"""What those who run a site say of it, of its rooms, and of getting in and around."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.clock import today
from spaces import services
from spaces.forms.access import TellAccessForm
from spaces.forms.describing import ChangeRoomForm
from spaces.forms.site_words import DescribeSiteForm
from spaces.models import Site, Space
from spaces.views import SignedInRequest, posted
from spaces.views.changing_sites import NO_CHANGE, Shown, do, site_or_403


@require_http_methods(["GET", "POST"])
def describe_site(request: SignedInRequest, slug: str) -> HttpResponse:
    """Whom groups ask, how they get there, and the house rules."""
    site = site_or_403(request, slug)
    form = DescribeSiteForm(posted(request), site=site)

    def describe(seen: set[str]) -> str | None:
        is_new = services.describe_site(site, by=request.user, **form.cleaned_data)
        return None if is_new else NO_CHANGE

    shown = Shown(
        rows=[site],
        there=lambda: Site.objects.visible_to(request.user).filter(pk=site.pk),
        told=lambda sites: {"lines": [line for one in sites for line in form.in_words(one)]},
        about=site,
        verbs=["spaces.site_described"],
        version_of=services.version_of_site_words,
    )
    done = _("Saved. Groups read it at once.")
    return do(request, site, form, describe, "describe_site", {}, done=done, shown=shown)


@require_http_methods(["GET", "POST"])
def change_room(request: SignedInRequest, slug: str, space: str) -> HttpResponse:
    """What a room is like, how many it holds, and what is in it."""
    site = site_or_403(request, slug)
    spaces = site.spaces.exclude(status=Space.Status.ARCHIVED)
    room = get_object_or_404(spaces.select_related("site"), slug=space)
    form = ChangeRoomForm(posted(request), space=room)

    def change(seen: set[str]) -> str | None:
        is_new = services.change_room(
            room, by=request.user, now=timezone.now(), seen=seen, **form.cleaned_data
        )
        return None if is_new else NO_CHANGE

    shown = Shown(
        rows=[room],
        there=lambda: spaces.filter(pk=room.pk),
        told=lambda rooms: {"lines": [line for one in rooms for line in form.in_words(one)]},
        about=room,
        verbs=["spaces.room_changed"],
        version_of=services.version_of_room,
    )
    return do(
        request,
        site,
        form,
        change,
        "change_room",
        {"space": room},
        done=_("Saved. Groups read it at once."),
        shown=shown,
        asking="bookings_too_big",
    )


@require_http_methods(["GET", "POST"])
def site_access(request: SignedInRequest, slug: str) -> HttpResponse:
    """What is known about getting in and around a building."""
    return _access(request, site_or_403(request, slug), None)


@require_http_methods(["GET", "POST"])
def space_access(request: SignedInRequest, slug: str, space: str) -> HttpResponse:
    """Where one room is not as its building is."""
    site = site_or_403(request, slug)
    spaces = site.spaces.exclude(status=Space.Status.ARCHIVED)
    return _access(request, site, get_object_or_404(spaces, slug=space))


def _access(request: SignedInRequest, site: Site, space: Space | None) -> HttpResponse:
    own, of_building = site.access_facts.filter(space=space), site.access_facts.filter(space=None)
    told = list(own)
    form = TellAccessForm(
        posted(request), today=today(), told=told, of_building=of_building if space else None
    )

    def tell(seen: set[str]) -> str | None:
        told = services.tell_access(site, space=space, by=request.user, **form.cleaned_data)
        return None if told else NO_CHANGE

    shown = Shown(
        rows=told,
        there=own.all,
        told=lambda facts: {"lines": form.in_words(facts)},
        about=space or site,
        verbs=["spaces.access_told", "spaces.access_fact_mended"],
    )
    done = _("Saved. Groups read it at once.")
    return do(request, site, form, tell, "access", {"space": space}, done=done, shown=shown)
