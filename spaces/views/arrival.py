"""How groups get in, said by those who run a site."""

from dataclasses import asdict

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from core.forms import with_typed
from spaces import permissions, services
from spaces.forms.arrival import ArrivalForm
from spaces.models import Arrival, Site, Space
from spaces.services import turns
from spaces.views import SignedInRequest, posted


@require_http_methods(["GET", "POST"])
def site_arrival(request: SignedInRequest, slug: str) -> HttpResponse:
    """How groups get into a site."""
    site = get_object_or_404(Site.objects.visible_to(request.user), slug=slug)
    return _arrival(request, site, None)


@require_http_methods(["GET", "POST"])
def space_arrival(request: SignedInRequest, slug: str) -> HttpResponse:
    """Where a space differs from its site in that."""
    spaces = Space.objects.visible_to(request.user).select_related("site")
    space = get_object_or_404(spaces, slug=slug)
    return _arrival(request, space.site, space)


def _arrival(request: SignedInRequest, site: Site, space: Space | None) -> HttpResponse:
    permissions.check_may_say_how_to_get_in(request.user, site)
    told = services.arrival_told(site, space)
    of_site = services.arrival_told(site) if space else Arrival()
    seen = services.version_of_arrival(told)
    form = ArrivalForm(
        posted(request),
        initial=asdict(told) | {"seen": seen},
        is_of_space=space is not None,
    )
    status, shown = (422 if form.is_bound else 200), told
    if form.is_valid():
        shown = form.cleaned_data["arrival"]
        if "look" in request.POST:
            status = 200
        else:
            try:
                groups = services.say_how_to_get_in(
                    site, space, by=request.user, now=timezone.now(), **form.cleaned_data
                )
            except ValidationError as refusal:
                if refusal.code != turns.CROWDED:
                    form.data = with_typed(form.data, seen=seen)
                form.add_error(None, refusal)
                status, shown = 409, told
            else:
                messages.success(request, saved_and_told(groups))
                return redirect(request.path)
    context = {
        "place": site,
        "space": space,
        "form": form,
        "is_typed": form.is_bound and form.is_valid(),
        "arrival": shown.before(of_site),
        "spaces": [] if space else site.spaces.order_by("name", "pk"),
        "site_url": reverse("spaces:site_arrival", args=[site.slug]),
    }
    return render(request, "spaces/arrival.html", context, status=status)


def saved_and_told(bookings: int) -> str:
    """What whoever changes how groups get in reads then."""
    if not bookings:
        return _("Saved.")
    return ngettext(
        "Saved. We have written to the group of %(number)d booking in the next 7 days.",
        "Saved. We have written to the groups of %(number)d bookings in the next 7 days.",
        bookings,
    ) % {"number": bookings}
