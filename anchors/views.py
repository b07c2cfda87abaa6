"""Who takes part: organisations, the networks they are in, and the six boroughs. All public."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from anchors import rules
from anchors.forms import FindOrganisationsForm
from anchors.models import (
    Borough,
    Network,
    NetworkMembership,
    Organisation,
    OrganisationFact,
    OrganisationQuerySet,
)
from core.clock import today

A_PAGE = 20


@login_not_required
@require_safe
def organisations(request: HttpRequest) -> HttpResponse:
    """Everybody who takes part, with filters that stay in the address."""
    form = FindOrganisationsForm(request.GET or None)
    context: dict[str, Any] = {"form": form, "boroughs": Borough.objects.public()}
    found = Organisation.objects.public()
    if form.is_bound:
        if not form.is_valid():
            return render(request, "anchors/organisations.html", context, status=422)
        found = chosen(found, form.cleaned_data)
    arts = Organisation.Sector.ARTS
    confirmed_arts = Organisation.objects.public().filter(sector=arts).confirmed_somewhere(today())
    asked = request.GET.get("sector", "")
    context |= {
        "page": Paginator(found.in_order().with_places(), A_PAGE).get_page(request.GET.get("page")),
        "arts_to_be_confirmed": asked in ("", arts) and not confirmed_arts.exists(),
    }
    return render(request, "anchors/organisations.html", context)


def chosen(found: OrganisationQuerySet, wanted: dict[str, Any]) -> OrganisationQuerySet:
    if wanted["q"]:
        found = found.matching(wanted["q"])
    if wanted["sector"]:
        found = found.filter(sector=wanted["sector"])
    if wanted["borough"]:
        found = found.filter(boroughs=wanted["borough"])
    if wanted["network"]:
        found = found.in_network(wanted["network"])
    return found


@login_not_required
@require_safe
def organisation(request: HttpRequest, slug: str) -> HttpResponse:
    """One organisation: what sources say of it, and the networks it is in."""
    body = get_object_or_404(Organisation.objects.public(), slug=slug)
    day = today()
    memberships = NetworkMembership.objects.public().filter(organisation=body).by_network()
    return render(
        request,
        "anchors/organisation.html",
        {
            "organisation": body,
            "boroughs": Borough.objects.public().filter(organisations=body),
            "facts": OrganisationFact.objects.public().filter(organisation=body),
            "memberships": [(one, rules.belonging(one, today=day)) for one in memberships],
        },
    )


@login_not_required
@require_safe
def networks(request: HttpRequest) -> HttpResponse:
    day = today()
    found = Network.objects.public().with_counts(day)
    return render(
        request,
        "anchors/networks.html",
        {"networks": [(one, rules.has_ended(one, today=day)) for one in found]},
    )


@login_not_required
@require_safe
def network(request: HttpRequest, slug: str) -> HttpResponse:
    """One network, its members confirmed by a source apart from those that are not, or no longer."""
    found = get_object_or_404(Network.objects.public(), slug=slug)
    day = today()
    members: dict[str, list[NetworkMembership]] = {how: [] for how in rules.Belonging}
    for one in NetworkMembership.objects.public().filter(network=found).by_organisation():
        members[rules.belonging(one, today=day)].append(one)
    return render(
        request,
        "anchors/network.html",
        {"network": found, "has_ended": rules.has_ended(found, today=day), **members},
    )
