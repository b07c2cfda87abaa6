"""Offering rooms, a page at a time; and what programme staff see and answer."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.clock import today
from spaces import permissions, rules, services
from spaces.forms.deciding import ConfirmForm
from spaces.forms.offer_access import AccessForm
from spaces.forms.offer_answers import DecideOfferForm, as_seen
from spaces.forms.offer_terms import TermsForm
from spaces.forms.offers import BuildingForm, HoursForm, OfferedRoomForm, StartOfferForm
from spaces.models import AccessFact, Layout, Space, SpaceOffer
from spaces.models.minutes import clock_of
from spaces.rules import access, fit
from spaces.services import calendar
from spaces.views import SignedInRequest, posted
from spaces.views.finding import page_of_space

A_PAGE = 20


@require_safe
def offers(request: SignedInRequest) -> HttpResponse:
    """What I offer; for programme staff what was sent to them, what waits first."""
    visible = SpaceOffer.objects.visible_to(request.user).with_people()
    mine = visible.filter(by=request.user).order_by("-created_at", "pk")
    others = visible.exclude(by=request.user)
    decided = others.exclude(state=SpaceOffer.State.SENT).order_by("-updated_at", "pk")
    waiting = others.awaiting_decision().order_by("sent_at", "pk")
    context = {
        "is_staff": permissions.is_programme_staff(request.user),
        "mine": mine,
        "waiting": Paginator(waiting, A_PAGE).get_page(request.GET.get("waiting")),
        "page": Paginator(decided, A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "spaces/offers.html", context)


@require_http_methods(["GET", "POST"])
def offer_space(request: SignedInRequest) -> HttpResponse:
    """Begin to offer rooms."""
    form = StartOfferForm(
        posted(request),
        organisations=permissions.may_offer_for(request.user),
    )
    if form.is_valid():
        try:
            offer = services.start_offer(by=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            return redirect(offer)
    open_ones = SpaceOffer.objects.visible_to(request.user).filter(by=request.user).open()
    context = {"form": form, "open_ones": open_ones.with_people().order_by("-updated_at", "pk")}
    status = 422 if form.is_bound else 200
    return render(request, "spaces/offer_space.html", context, status=status)


@require_safe
def offer(request: SignedInRequest, uuid: str) -> HttpResponse:
    """The list of what is still to be told; or, once it is sent, all that was told."""
    offer = _offer_or_404(request, uuid)
    told = services.what_is_told(offer)
    context = {
        "offer": offer,
        "is_mine": offer.by_id == request.user.pk,
        "can_decide": permissions.may_decide_about_offer(request.user, offer)
        and offer.state == SpaceOffer.State.SENT,
    }
    if context["is_mine"] and offer.is_open:
        steps = rules.offers.steps(told)
        context |= {
            "steps": [
                {"step": step, "url": reverse(f"spaces:{step.name}", args=[offer.uuid])}
                for step in steps
            ],
            "is_complete": rules.offers.is_complete(told),
            "done": sum(step.is_done for step in steps if step.is_needed),
            "needed": sum(step.is_needed for step in steps),
        }
        return render(request, "spaces/offer.html", context)
    return render(request, "spaces/offer_sent.html", context | _all_of(offer))


# --- One page for each part of it -----------------------------------------------------------------

Saved = Callable[[dict[str, Any]], object]


def _step(
    request: SignedInRequest,
    offer: SpaceOffer,
    form: forms.Form,
    save: Saved,
    *,
    title: str,
    intro: str = "",
    template: str = "offer_step",
    then: str = "",
    **context: object,
) -> HttpResponse:
    """Ask one page of questions. What is refused comes back as it was typed."""
    if not form.is_bound and not offer.is_open:
        return redirect(offer)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            save(form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
            status = 409 if getattr(refusal, "code", "") == "not_from_here" else 422
        else:
            messages.success(request, _("Saved."))
            return redirect(then or offer)
    shown = {"offer": offer, "form": form, "title": title, "intro": intro, **context}
    return render(request, f"spaces/{template}.html", shown, status=status)


@require_http_methods(["GET", "POST"])
def offer_building(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Where it is and whom to ask."""
    offer = _my_offer_or_404(request, uuid)
    site = offer.site
    names = ("name", "borough", "district", "getting_there", "contact_name", "contact_email")
    initial = {name: getattr(site, name) for name in (*names, "contact_phone")} if site else {}
    if not site:
        initial = {"contact_name": request.user.name, "contact_email": request.user.email}
    return _step(
        request,
        offer,
        BuildingForm(posted(request), initial=initial),
        lambda told: services.save_building(offer, by=request.user, **told),
        title=_("The building"),
    )


@require_safe
def offer_rooms(request: SignedInRequest, uuid: str) -> HttpResponse:
    """The rooms told of so far."""
    offer = _my_offer_or_404(request, uuid)
    if not offer.is_open or offer.site is None:
        return redirect(offer)
    rooms = offer.site.spaces.prefetch_related("layouts", "photographs").order_by("pk")
    context = {
        "offer": offer,
        "rooms": [
            {"space": space, "holds": fit.holds_in_words(list(space.layouts.all()), fit.Wish())}
            for space in rooms
        ],
    }
    return render(request, "spaces/offer_rooms.html", context)


@require_safe
def offer_photographs(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Straight to the photographs of the only room, or to the list of rooms."""
    offer = _my_offer_or_404(request, uuid)
    rooms = list(offer.site.spaces.all()[:2]) if offer.site else []
    if len(rooms) == 1 and offer.is_open:
        return redirect("spaces:photographs", slug=rooms[0].slug)
    return redirect("spaces:offer_rooms", uuid=offer.uuid)


@require_http_methods(["GET", "POST"])
def add_offered_room(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Tell of one more room."""
    offer = _my_offer_or_404(request, uuid)
    return _room_step(request, offer, None, title=_("Add a room"))


@require_http_methods(["GET", "POST"])
def change_offered_room(request: SignedInRequest, uuid: str, number: int) -> HttpResponse:
    """Tell of a room anew."""
    offer = _my_offer_or_404(request, uuid)
    return _room_step(request, offer, _room_or_404(offer, number), title=_("Change a room"))


def _room_step(
    request: SignedInRequest, offer: SpaceOffer, space: Space | None, *, title: str
) -> HttpResponse:
    initial: dict[str, Any] = {}
    if space:
        initial = {"name": space.name, "kind": space.kind, "summary": space.summary}
        holds: Mapping[str, int] = {one.kind: one.capacity for one in space.layouts.all()}
        initial |= {f"holds_{kind}": holds.get(kind) for kind in Layout.Kind.values}
    return _step(
        request,
        offer,
        OfferedRoomForm(posted(request), initial=initial),
        lambda told: services.save_offered_room(offer, by=request.user, space=space, **told),
        title=title,
        then=reverse("spaces:offer_rooms", args=[offer.uuid]),
        back=reverse("spaces:offer_rooms", args=[offer.uuid]),
    )


@require_http_methods(["GET", "POST"])
def remove_offered_room(request: SignedInRequest, uuid: str, number: int) -> HttpResponse:
    """Take a room out of the offer, after a page that says what goes with it."""
    offer = _my_offer_or_404(request, uuid)
    space = _room_or_404(offer, number)
    return _step(
        request,
        offer,
        ConfirmForm(posted(request)),
        lambda told: services.remove_offered_room(offer, space, by=request.user),
        title=_("Remove this room?"),
        template="remove_offered_room",
        then=reverse("spaces:offer_rooms", args=[offer.uuid]),
        space=space,
    )


@require_http_methods(["GET", "POST"])
def offer_hours(request: SignedInRequest, uuid: str) -> HttpResponse:
    """When the building is open."""
    offer = _my_offer_or_404(request, uuid)
    initial: dict[str, Any] = {}
    for rule in offer.site.opening_rules.all() if offer.site else ():
        initial[f"opens_{rule.weekday}"] = clock_of(rule.opens_minute)
        initial[f"closes_{rule.weekday}"] = clock_of(rule.closes_minute)
    return _step(
        request,
        offer,
        HoursForm(posted(request), initial=initial),
        lambda told: services.save_hours(offer, by=request.user, **told),
        title=_("Opening hours"),
        intro=_("When community groups can use the rooms. Leave a day empty when it is closed."),
        template="offer_hours",
    )


@require_http_methods(["GET", "POST"])
def offer_access(request: SignedInRequest, uuid: str) -> HttpResponse:
    """How one gets in and around."""
    offer = _my_offer_or_404(request, uuid)
    initial: dict[str, Any] = {}
    for fact in offer.site.access_facts.filter(space=None) if offer.site else ():
        initial |= {f"value_{fact.key}": fact.value, f"note_{fact.key}": fact.note}
        if fact.surveyed_on:
            initial["surveyed_on"] = fact.surveyed_on
    typed = posted(request)
    return _step(
        request,
        offer,
        AccessForm(typed, initial=initial, today=today()),
        lambda told: services.save_access(offer, by=request.user, **told),
        title=_("Access"),
        intro=_("“Not yet checked” is an honest answer. People rely on a yes."),
    )


@require_http_methods(["GET", "POST"])
def offer_terms(request: SignedInRequest, uuid: str) -> HttpResponse:
    """What it costs, how far ahead, the house rules and how to get in."""
    offer = _my_offer_or_404(request, uuid)
    initial: dict[str, Any] = {"price_text": offer.price_text}
    if offer.site:
        initial |= {
            "notice_days": -(-offer.site.min_notice_hours // 24),
            "cancel_notice_working_days": offer.site.cancel_notice_working_days,
            "house_rules": offer.site.house_rules,
        }
        if told := services.arrival_told(offer.site):
            initial |= asdict(told)
            initial["cost"] = "free" if offer.is_free else "some"
    return _step(
        request,
        offer,
        TermsForm(posted(request), initial=initial),
        lambda told: services.save_terms(offer, by=request.user, **told),
        title=_("Terms and how to get in"),
    )


# --- Sending, and what follows --------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def send_offer(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Read it all once more, and send it."""
    offer = _my_offer_or_404(request, uuid)
    if request.method == "GET" and not offer.is_open:
        return redirect(offer)
    form = ConfirmForm(posted(request))
    status = 200
    if form.is_valid():
        try:
            services.send_offer(offer, by=request.user, now=timezone.now())
        except ValidationError as refusal:
            form.add_error(None, refusal)
            status = 409
        else:
            messages.success(request, _("Sent. Programme staff read it and write to you."))
            return redirect(offer)
    is_complete = rules.offers.is_complete(services.what_is_told(offer))
    context = {"offer": offer, "form": form, "is_complete": is_complete, **_all_of(offer)}
    return render(request, "spaces/send_offer.html", context, status=status)


@require_http_methods(["GET", "POST"])
def withdraw_offer(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Take the offer back, after a page that says what that means."""
    offer = _my_offer_or_404(request, uuid)
    form = ConfirmForm(posted(request))
    status = 200
    if form.is_valid():
        try:
            services.withdraw_offer(offer, by=request.user, now=timezone.now())
        except ValidationError as refusal:
            form.add_error(None, refusal)
            status = 409
        else:
            messages.success(request, _("The offer is withdrawn."))
            return redirect("spaces:offers")
    context = {"offer": offer, "form": form}
    return render(request, "spaces/withdraw_offer.html", context, status=status)


@require_safe
def preview_offered_room(request: SignedInRequest, uuid: str, number: int) -> HttpResponse:
    """A room as everybody will see it."""
    offer = _offer_or_404(request, uuid)
    space = _room_or_404(offer, number)
    return page_of_space(request, space, offer=offer)


@require_http_methods(["GET", "POST"])
def decide_offer(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Publish it, ask for changes, or say no: once, and to what was read."""
    offer = _offer_or_404(request, uuid)
    permissions.check_may_decide_about_offer(request.user, offer)
    form = DecideOfferForm(posted(request), offer=offer)
    seen = as_seen(offer.sent_at)
    was_faster = form.is_bound and (form["seen"].value() or "") != seen
    if was_faster or offer.state != SpaceOffer.State.SENT:
        return _decided_already(request, offer)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            _answer(offer, form.cleaned_data, by=request)
        except ValidationError as refusal:
            if getattr(refusal, "code", "") == "not_from_here":
                return _decided_already(request, _offer_or_404(request, uuid))
            form.add_error(None, refusal)
            status = 409
        else:
            messages.success(request, _("Answered. Whoever offers the rooms has been told."))
            return redirect(offer)
    context = {"offer": offer, "form": form, **_all_of(offer)}
    context["acts_for_it"] = permissions.acts_for(offer.by, offer.organisation)
    return render(request, "spaces/decide_offer.html", context, status=status)


def _answer(offer: SpaceOffer, told: dict[str, Any], *, by: SignedInRequest) -> None:
    answer: dict[str, Any] = {"by": by.user, "now": timezone.now(), "seen": offer.sent_at}
    if told["outcome"] == "publish":
        services.publish_offer(offer, makes_manager=told["makes_manager"], **answer)
    elif told["outcome"] == "ask":
        services.ask_for_changes(offer, note=told["question"], **answer)
    else:
        services.decline_offer(offer, note=told["reason"], **answer)


def _decided_already(request: HttpRequest, offer: SpaceOffer) -> HttpResponse:
    """Somebody was faster; the page says who."""
    return render(request, "spaces/offer_decided.html", {"offer": offer}, status=409)


# --- Small parts ----------------------------------------------------------------------------------


def _offer_or_404(request: SignedInRequest, uuid: str) -> SpaceOffer:
    visible = SpaceOffer.objects.visible_to(request.user).with_people()
    return get_object_or_404(visible, uuid=uuid)


def _my_offer_or_404(request: SignedInRequest, uuid: str) -> SpaceOffer:
    offer = _offer_or_404(request, uuid)
    permissions.check_offers(request.user, offer)
    return offer


def _room_or_404(offer: SpaceOffer, number: int) -> Space:
    if offer.site is None:
        raise Http404
    return get_object_or_404(offer.site.spaces.with_site(), pk=number)


def _all_of(offer: SpaceOffer) -> dict[str, Any]:
    """Everything that is told, for those who read it once more."""
    site = offer.site
    if site is None:
        return {"rooms": [], "seasons": [], "facts": []}
    rooms = list(site.spaces.with_site().order_by("pk"))
    facts = {fact.key: fact for fact in site.access_facts.filter(space=None)}
    return {
        "rooms": [
            {"space": space, "holds": [fit.how_many(one) for one in space.layouts.all()]}
            for space in rooms
        ],
        "seasons": calendar.seasons_of(rooms[0], today()) if rooms else [],
        "facts": access.answers_to(AccessFact.Key.values, facts),
        "surveyed_on": access.usual_day(facts),
        "arrival": services.arrival_told(site),
    }
