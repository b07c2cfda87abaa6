"""For those who run a site: when it is open, when it is shut, what it costs, which rooms it has."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.clock import london, today
from core.forms import with_typed
from spaces import permissions, services
from spaces.forms.deciding import ConfirmForm
from spaces.forms.site_rules import RulesOfAskingForm
from spaces.forms.sites import (
    AddDayForm,
    ChangeDayForm,
    ChangeHoursForm,
    ClosureForm,
    EndPriceForm,
    SetPriceForm,
)
from spaces.models import Closure, DayException, Hirer, Site, Space
from spaces.services import site_rules, turns
from spaces.services import sites as sites_service
from spaces.views import SignedInRequest

LOST_RACES = {turns.CROWDED, turns.GONE}
"""Refusals that say: somebody else was quicker."""


@require_safe
def sites(request: SignedInRequest) -> HttpResponse:
    """The buildings that this person runs."""
    found = Site.objects.visible_to(request.user).select_related("borough")
    if not found.exists():
        raise PermissionDenied(_("Only people who run a site have work here."))
    context = {"sites": found.order_by("name", "pk")}
    return render(request, "spaces/sites.html", context)


@require_safe
def site(request: SignedInRequest, slug: str) -> HttpResponse:
    """One building: its hours, days with other hours, closures, prices, and what its rooms make up."""
    shown = get_object_or_404(Site.objects.visible_to(request.user), slug=slug)
    context = {
        "building": shown,
        "runs_site": permissions.looks_after(request.user, shown),
        "competing": site_rules.competing_at(shown),
        **sites_service.page_of_site(shown, now=timezone.now()),
    }
    return render(request, "spaces/site.html", context)


@require_http_methods(["GET", "POST"])
def set_rules_of_asking(request: SignedInRequest, slug: str) -> HttpResponse:
    """Who decides about requests, and how early they must come."""
    building = _site_or_403(request, slug)
    form = RulesOfAskingForm(
        _sent(request),
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


# --- Hours ---------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def change_hours(request: SignedInRequest, slug: str) -> HttpResponse:
    """The weekly hours of a building."""
    return _change_hours(request, _site_or_403(request, slug), None)


@require_http_methods(["GET", "POST"])
def change_space_hours(request: SignedInRequest, slug: str, space: str) -> HttpResponse:
    """Weekly hours of one space that are not those of its building."""
    site = _site_or_403(request, slug)
    return _change_hours(request, site, get_object_or_404(site.spaces.all(), slug=space))


def _change_hours(request: SignedInRequest, site: Site, space: Space | None) -> HttpResponse:
    own = list(site.opening_rules.filter(space=space))
    rules = own or list(site.opening_rules.filter(space=None))
    form = ChangeHoursForm(
        _sent(request), today=today(), initial=ChangeHoursForm.said_by(rules, today())
    )

    def change(seen: set[str]) -> None:
        asked = form.asked()
        services.change_hours(
            site, space=space, by=request.user, now=timezone.now(), seen=seen, **asked
        )

    context = {"space": space, "has_own": bool(own)}
    done = _("The opening hours are changed.")
    return _do(request, site, form, change, "change_hours", context, done=done)


@require_http_methods(["GET", "POST"])
def follow_site_hours(request: SignedInRequest, slug: str, space: str) -> HttpResponse:
    """Open a space by the hours of its building again."""
    site = _site_or_403(request, slug)
    followed = get_object_or_404(site.spaces.exclude(opening_rules=None).distinct(), slug=space)

    def follow(seen: set[str]) -> None:
        services.follow_site_hours(followed, by=request.user, now=timezone.now(), seen=seen)

    done = _("It is open as the building is.")
    context = {"space": followed}
    return _do(
        request, site, ConfirmForm(_sent(request)), follow, "follow_site_hours", context, done=done
    )


# --- Days with other hours -----------------------------------------------------------------------


@require_safe
def days(request: SignedInRequest, slug: str) -> HttpResponse:
    """The days with other hours that come, and the bank holidays on which it is open."""
    site = _site_or_403(request, slug)
    context = {
        "building": site,
        "days": services.coming_days(site, today=today()),
        "bank_holidays": services.bank_holidays_open(site, today=today()),
    }
    return render(request, "spaces/days.html", context)


@require_http_methods(["GET", "POST"])
def add_day(request: SignedInRequest, slug: str) -> HttpResponse:
    """Other hours on one day."""
    site = _site_or_403(request, slug)
    form = AddDayForm(_sent(request), site=site, today=today(), initial={"space": "all"})

    def add(seen: set[str]) -> None:
        said = form.fill(DayException())
        services.say_of_day(said, by=request.user, now=timezone.now(), seen=seen)

    return _do(request, site, form, add, "add_day", {}, done=_("The day is kept."), to="days")


@require_http_methods(["GET", "POST"])
def change_day(request: SignedInRequest, slug: str, number: int) -> HttpResponse:
    """Say anew what is true of one day."""
    site = _site_or_403(request, slug)
    said = _day_or_404(site, number)
    form = ChangeDayForm(_sent(request), initial=ChangeDayForm.said_by(said))

    def change(seen: set[str]) -> None:
        services.say_of_day(form.fill(said), by=request.user, now=timezone.now(), seen=seen)

    context = {"said": said}
    done = _("The day is changed.")
    return _do(request, site, form, change, "change_day", context, done=done, to="days")


@require_http_methods(["GET", "POST"])
def remove_day(request: SignedInRequest, slug: str, number: int) -> HttpResponse:
    """Let the usual hours hold that day."""
    site = _site_or_403(request, slug)
    said = _day_or_404(site, number)

    def remove(seen: set[str]) -> None:
        services.take_back_day(said, by=request.user, now=timezone.now(), seen=seen)

    form, context = ConfirmForm(_sent(request)), {"said": said}
    done = _("The usual hours hold that day again.")
    return _do(request, site, form, remove, "remove_day", context, done=done, to="days")


# --- Closures ------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def add_closure(request: SignedInRequest, slug: str) -> HttpResponse:
    """Shut a building or some of its rooms for a time."""
    site = _site_or_403(request, slug)
    form = ClosureForm(_sent(request), site=site, now=timezone.now())
    return _close(request, site, form, Closure(site=site), "add_closure", _("The closure is set."))


@require_http_methods(["GET", "POST"])
def change_closure(request: SignedInRequest, slug: str, number: int) -> HttpResponse:
    """Shut something else, or at another time."""
    site = _site_or_403(request, slug)
    closure = _closure_or_404(site, number)
    form = ClosureForm(
        _sent(request), site=site, now=timezone.now(), initial=ClosureForm.said_by(closure)
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
    def close(seen: set[str]) -> None:
        services.close_rooms(
            form.fill(closure),
            rooms=form.chosen_rooms,
            by=request.user,
            now=timezone.now(),
            seen=seen,
        )

    return _do(request, site, form, close, template, {"closure": closure}, done=done)


@require_http_methods(["GET", "POST"])
def lift_closure(request: SignedInRequest, slug: str, number: int) -> HttpResponse:
    """Open again, as if it had not been."""
    site = _site_or_403(request, slug)
    closure = _closure_or_404(site, number)

    def lift(seen: set[str]) -> None:
        services.open_rooms(closure, by=request.user)

    form, context = ConfirmForm(_sent(request)), {"closure": closure}
    done = _("The closure is lifted. Groups can ask for that time again.")
    return _do(request, site, form, lift, "lift_closure", context, done=done)


# --- Prices --------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def set_price(request: SignedInRequest, slug: str) -> HttpResponse:
    """What groups pay for one thing, from a day on."""
    site = _site_or_403(request, slug)
    initial = {"space": "all", "what": "hire", "per": "hour", "when": "always"}
    form = SetPriceForm(_sent(request), site=site, today=today(), initial=initial)

    def keep(seen: set[str]) -> None:
        services.set_price(site, by=request.user, now=timezone.now(), **form.asked())

    return _do(request, site, form, keep, "set_price", {}, done=_("The price is set."))


@require_http_methods(["GET", "POST"])
def end_price(request: SignedInRequest, slug: str, number: int) -> HttpResponse:
    """Charge something no more after a day."""
    site = _site_or_403(request, slug)
    charges = site.charges.lasting(today()).select_related("space", "site")
    charge = get_object_or_404(charges, pk=number)
    form = EndPriceForm(_sent(request), initial={"ends_on": today()})

    def end(seen: set[str]) -> None:
        ends_on = form.cleaned_data["ends_on"]
        services.end_price(charge, by=request.user, now=timezone.now(), ends_on=ends_on)

    context = {"charge": charge, "price": sites_service.price_row(charge, today())}
    return _do(request, site, form, end, "end_price", context, done=_("The price ends."))


# --- Small parts ---------------------------------------------------------------------------------


def _site_or_403(request: SignedInRequest, slug: str) -> Site:
    """A building that this person runs; who may only look at it is refused."""
    site = get_object_or_404(Site.objects.visible_to(request.user), slug=slug)
    permissions.check_runs(request.user, site)
    return site


def _day_or_404(site: Site, number: int) -> DayException:
    coming = site.day_exceptions.filter(day__gte=today()).select_related("space", "site")
    return get_object_or_404(coming, pk=number)


def _closure_or_404(site: Site, number: int) -> Closure:
    closures = site.closures.filter(ends_at__gt=timezone.now())
    return get_object_or_404(closures.select_related("site"), pk=number)


def _sent(request: SignedInRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _do(
    request: SignedInRequest,
    site: Site,
    form: forms.Form,
    act: Callable[[set[str]], None],
    template: str,
    context: dict[str, Any],
    *,
    done: str,
    to: str = "site",
) -> HttpResponse:
    """Do what a form asks. What would leave bookings outside is shown before, and asked once more."""
    wants_to_change = "change" in request.POST
    status = 422 if form.is_bound and not wants_to_change else 200
    if form.is_valid() and not wants_to_change:
        try:
            act(set(request.POST.get("seen", "").split()))
        except ValidationError as refusal:
            if refusal.code == services.UNSEEN:
                return _ask_once_more(request, site, refusal, to=to)
            if refusal.code in LOST_RACES:
                form.add_error(None, refusal)
                status = 409
            else:
                getattr(form, "refuse", lambda refusal: form.add_error(None, refusal))(refusal)
        else:
            messages.success(request, done)
            return redirect(f"spaces:{to}", site.slug)
    context |= {"building": site, "form": form}
    return render(request, f"spaces/{template}.html", context, status=status)


def _ask_once_more(
    request: SignedInRequest, site: Site, refusal: ValidationError, *, to: str
) -> HttpResponse:
    """The bookings that would be left outside; with those seen before, it was a race."""
    typed = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in ("csrfmiddlewaretoken", "seen", "change")
    ]
    now = timezone.now()
    context = {
        "building": site,
        "bookings": (refusal.params or {})["bookings"],
        "typed": typed,
        "is_race": "seen" in request.POST,
        "to": to,
        "my_hirers": {
            one.pk for one in Hirer.objects.visible_to(request.user).of_member(request.user)
        },
        "now": now,
        "today": london(now).date(),
    }
    status = 409 if context["is_race"] else 200
    return render(request, "spaces/bookings_affected.html", context, status=status)
