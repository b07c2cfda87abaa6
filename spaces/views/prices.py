"""What groups pay at a site."""

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.clock import today
from spaces import services
from spaces.forms.prices import EndPriceForm, SetPriceForm
from spaces.models import Charge, Site, Space
from spaces.services import sites
from spaces.views import SignedInRequest, posted
from spaces.views.changing_sites import Shown, do, site_or_403


@require_http_methods(["GET", "POST"])
def set_price(request: SignedInRequest, slug: str) -> HttpResponse:
    """What groups pay for one thing, from a day on."""
    site = site_or_403(request, slug)
    initial = {"space": "all", "what": "hire", "per": "hour", "when": "always"}
    form = SetPriceForm(posted(request), site=site, today=today(), initial=initial)

    def keep(seen: set[str]) -> str:
        charge = services.set_price(site, by=request.user, now=timezone.now(), **form.asked())
        return f"{done} {sites.price_in_words(charge, today())}"

    shown, done = _prices_shown(site.charges.all(), site), _("The price is set.")
    return do(request, site, form, keep, "set_price", {}, done=done, shown=shown)


@require_http_methods(["GET", "POST"])
def end_price(request: SignedInRequest, slug: str, number: int) -> HttpResponse:
    """Charge something no more after a day."""
    site = site_or_403(request, slug)
    charges = site.charges.lasting(today()).select_related("space", "site")
    charge = get_object_or_404(charges, pk=number)
    form = EndPriceForm(posted(request), initial={"ends_on": today()})

    def end(seen: set[str]) -> None:
        services.end_price(charge, by=request.user, now=timezone.now(), **form.cleaned_data)

    context = {"charge": charge, "price": sites.price_row(charge, today())}
    shown = _prices_shown(site.charges.filter(pk=charge.pk), charge.space or site)
    return do(
        request, site, form, end, "end_price", context, done=_("The price ends."), shown=shown
    )


def _prices_shown(charges: QuerySet[Charge], about: Site | Space) -> Shown:
    return Shown(
        rows=list(charges),
        there=lambda: charges.select_related("space"),
        told=lambda there: {"lines": [sites.price_in_words(one, today()) for one in there]},
        about=about,
        verbs=["spaces.price_set", "spaces.price_ended"],
    )
