"""Which insurance a group needs, and the register of hires that insurers ask sites for."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.clock import today
from spaces import permissions
from spaces.forms.insurance import InsuranceForm
from spaces.models import Booking, Hirer, HirersCover, Site
from spaces.services import hires
from spaces.services import insurance as services
from spaces.views import SignedInRequest


@login_not_required
@require_safe
def insurance(request: HttpRequest) -> HttpResponse:
    """A few questions, by GET, so that the answer can be shared; nothing is kept."""
    # A link from the page of a room carries the site alone.
    is_asked = bool(set(request.GET) & set(InsuranceForm.base_fields) - {"site"})
    form = InsuranceForm(
        request.GET if is_asked else None, initial={"site": request.GET.get("site", "")}
    )
    return _answer(request, form)


def _answer(request: HttpRequest, form: InsuranceForm) -> HttpResponse:
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        site = form.cleaned_data["site"]
        found = services.find_way(form.said(), site)
        context |= {"found": found, "way": found.way.value, "chosen": site}
        context["cover"] = HirersCover.objects.public().filter(site=site).first()
        if site is not None and request.user.is_authenticated and found.way in services.KEPT_AS:
            visible = Hirer.objects.visible_to(request.user).managed_by(request.user)
            context["hirers"] = visible.select_related("organisation").order_by("pk")
            typed = request.POST if request.method == "POST" else request.GET
            context["answers"] = [
                (name, value) for name in form.fields for value in typed.getlist(name)
            ]
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "spaces/insurance.html", context, status=status)


@require_POST
def keep_insurance_route(request: SignedInRequest) -> HttpResponse:
    """Keep the answer for a group that this person manages."""
    visible = Hirer.objects.visible_to(request.user).select_related("organisation")
    hirer = get_object_or_404(visible, organisation__slug=request.POST.get("hirer", ""))
    permissions.check_manages(request.user, hirer)
    form = InsuranceForm(request.POST)
    if form.is_valid() and form.cleaned_data["site"] is None:
        form.add_error("site", _("Choose the site that this is about"))
    if form.is_valid():
        try:
            services.keep_insurance_route(
                hirer, form.cleaned_data["site"], form.said(), by=request.user, now=timezone.now()
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("Kept with your group’s papers."))
            return redirect("spaces:documents", hirer.organisation.slug)
    return _answer(request, form)


@require_safe
def hire_registers(request: SignedInRequest) -> HttpResponse:
    """The sites this person runs, with the register of this year and the last."""
    sites = Site.objects.visible_to(request.user).order_by("name", "pk")
    year = today().year
    return render(
        request, "spaces/hire_registers.html", {"sites": sites, "years": [year, year - 1]}
    )


@require_safe
def hire_register(request: SignedInRequest, slug: str, year: int) -> HttpResponse:
    """Every hire of a year at a site, as its insurer asks for it: who, when and how long."""
    site = get_object_or_404(Site.objects.visible_to(request.user), slug=slug)
    if year not in hires.YEARS:
        raise Http404
    bookings = Booking.objects.visible_to(request.user).filter(space__site=site)
    answer = HttpResponse(
        hires.register(bookings, year=year, now=timezone.now()),
        content_type="text/csv; charset=utf-8",
    )
    answer["Content-Disposition"] = f'attachment; filename="hires-{site.slug}-{year}.csv"'
    return answer
