"""Shutting a site or some of its rooms for a time."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from spaces import services
from spaces.forms.closures import ClosureForm
from spaces.forms.seen import VersionForm
from spaces.models import Closure, Site
from spaces.services import sites
from spaces.views import SignedInRequest, posted
from spaces.views.changing_sites import Shown, do, site_or_403


@require_http_methods(["GET", "POST"])
def add_closure(request: SignedInRequest, slug: str) -> HttpResponse:
    """Shut a building or some of its rooms for a time."""
    site = site_or_403(request, slug)
    form = ClosureForm(posted(request), site=site, now=timezone.now())
    return _close(request, site, form, Closure(site=site), "add_closure", _("The closure is set."))


@require_http_methods(["GET", "POST"])
def change_closure(request: SignedInRequest, slug: str, number: int) -> HttpResponse:
    """Shut something else, or at another time."""
    site = site_or_403(request, slug)
    closure = _closure_or_404(site, number)
    form = ClosureForm(
        posted(request), site=site, now=timezone.now(), initial=ClosureForm.said_by(closure)
    )
    return _close(request, site, form, closure, "change_closure", _("The closure is changed."))


def _close(
    request: SignedInRequest,
    site: Site,
    form: ClosureForm,
    closure: Closure,
    template: str,
    done: str,
) -> HttpResponse:
    def close(seen: set[str]) -> str:
        services.close_rooms(
            form.fill(closure),
            rooms=form.chosen_rooms,
            by=request.user,
            now=timezone.now(),
            seen=seen,
            version=form.cleaned_data.get("version"),
        )
        return f"{done} {sites.closure_in_words(closure)}"

    context, shown = {"closure": closure}, _closure_shown(closure) if closure.pk else None
    return do(request, site, form, close, template, context, done=done, shown=shown)


@require_http_methods(["GET", "POST"])
def end_closure(request: SignedInRequest, slug: str, number: int) -> HttpResponse:
    """Open again, as if it had not been."""
    site = site_or_403(request, slug)
    closure, form = _closure_or_404(site, number), VersionForm(posted(request))

    def end(seen: set[str]) -> None:
        services.open_rooms(closure, by=request.user, **form.cleaned_data)

    context, shown = {"closure": closure}, _closure_shown(closure)
    done = _("The closure is ended. Groups can ask for that time again.")
    return do(request, site, form, end, "end_closure", context, done=done, shown=shown)


def _closure_shown(closure: Closure) -> Shown:
    return Shown(
        rows=[closure],
        there=lambda: closure.site.closures.filter(pk=closure.pk),
        told=lambda closures: {"lines": [sites.closure_in_words(one) for one in closures]},
        about=closure,
        verbs=["spaces.rooms_closed"],
    )


def _closure_or_404(site: Site, number: int) -> Closure:
    closures = site.closures.filter(ends_at__gt=timezone.now())
    return get_object_or_404(closures.select_related("site"), pk=number)
