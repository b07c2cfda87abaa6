"""For those who run a site: its page, and how requests for its rooms are decided.

Hours, days with other hours, closures and prices have pages of their own beside this one.
"""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.clock import today
from core.forms import with_typed
from spaces import permissions, services
from spaces.forms.addresses import ChangeAddressForm
from spaces.forms.site_rules import RulesOfAskingForm
from spaces.models import Booking, Hirer, Site
from spaces.services import site_papers, site_rules, turns
from spaces.services import sites as sites_service
from spaces.views import SignedInRequest, posted
from spaces.views.arrival import saved_and_told
from spaces.views.changing_sites import Shown, do, site_or_403


@require_safe
def sites(request: SignedInRequest) -> HttpResponse:
    """The buildings that this person runs."""
    permissions.check_has_work_at_sites(request.user)
    found = Site.objects.visible_to(request.user).select_related("borough")
    context = {"sites": found.order_by("name", "pk")}
    return render(request, "spaces/sites.html", context)


@require_safe
def site(request: SignedInRequest, slug: str) -> HttpResponse:
    """One building: its hours, days with other hours, closures, prices, and what its rooms make up."""
    found = Site.objects.visible_to(request.user).select_related("borough", "offer")
    shown, now = get_object_or_404(found, slug=slug), timezone.now()
    booked = Booking.objects.visible_to(request.user).at(shown)
    context = {
        "building": shown,
        "runs_site": permissions.looks_after(request.user, shown),
        "is_theirs": found.managed_by(request.user).filter(pk=shown.pk).exists(),
        "competing": site_rules.competing_at(shown),
        "papers": [site_papers.in_words(one, today=today()) for one in site_papers.asked_at(shown)],
        "left": services.left_outside(booked, now=now),
        **sites_service.page_of_site(shown, now=now),
    }
    return render(request, "spaces/site.html", context)


@require_safe
def bookings_outside(request: SignedInRequest, slug: str) -> HttpResponse:
    """The bookings that stand although they no longer fit, to be gone through one by one."""
    building, now = site_or_403(request, slug), timezone.now()
    own = Hirer.objects.visible_to(request.user).of_member(request.user)
    booked = Booking.objects.visible_to(request.user).at(building)
    context = {
        "building": building,
        "left": services.left_outside(booked, now=now),
        "my_hirers": set(own.values_list("pk", flat=True)),
        "now": now,
        "today": today(),
    }
    return render(request, "spaces/bookings_outside.html", context)


@require_http_methods(["GET", "POST"])
def set_rules_of_asking(request: SignedInRequest, slug: str) -> HttpResponse:
    """Who decides about requests, and how early they must come."""
    building = site_or_403(request, slug)
    form = RulesOfAskingForm(
        posted(request),
        site=building,
        seen=site_rules.version_of_rules(building),
        is_programme=permissions.is_programme_staff(request.user),
    )
    is_race, status = False, 422 if form.is_bound else 200
    if form.is_valid():
        try:
            services.set_rules_of_asking(building, by=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
            is_race, status = refusal.code == turns.CHANGED_MEANWHILE, 409
            if is_race:
                # What was typed, over the rules as they are now: sent again, it is kept.
                building.refresh_from_db()
                form.data = with_typed(form.data, seen=site_rules.version_of_rules(building))
        else:
            messages.success(request, _("Saved. It holds for what is asked from now on."))
            return redirect("spaces:site", building.slug)
    context = {
        "building": building,
        "form": form,
        "is_race": is_race,
        "competing": site_rules.competing_at(building) if is_race else [],
    }
    return render(request, "spaces/set_rules_of_asking.html", context, status=status)


@require_http_methods(["GET", "POST"])
def change_address(request: SignedInRequest, slug: str) -> HttpResponse:
    """Where a building stands."""
    building = site_or_403(request, slug)
    initial = {"street": building.street, "postcode": building.postcode}
    form = ChangeAddressForm(posted(request), initial=initial)

    def change(seen: set[str]) -> str | None:
        told = services.change_address(
            building, by=request.user, now=timezone.now(), **form.cleaned_data
        )
        return saved_and_told(told) if told else None

    shown = Shown(
        rows=[building],
        there=lambda: (
            Site.objects.visible_to(request.user).filter(pk=building.pk).select_related("borough")
        ),
        told=lambda sites: {"lines": [", ".join(site.address) for site in sites]},
        about=building,
        verbs=["spaces.address_changed"],
        version_of=services.version_of_address,
    )
    done = _("The address is saved. Groups read it at once.")
    return do(request, building, form, change, "change_address", {}, done=done, shown=shown)
