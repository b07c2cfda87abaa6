"""Offering rooms: begun, looked at, sent, taken back and answered. Its parts are in `offer_parts`."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.clock import today
from spaces import permissions, rules, services
from spaces.forms.deciding import ConfirmForm
from spaces.forms.offer_answers import DecideOfferForm, SendOfferForm, as_seen
from spaces.forms.offers import StartOfferForm
from spaces.models import Site, SpaceOffer
from spaces.rules import access, fit
from spaces.services import bank_holidays, calendar, site_papers
from spaces.views import SignedInRequest, posted
from spaces.views.finding import page_of_space
from spaces.views.offer_parts import my_offer_or_404, offer_or_404, room_or_404

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
    offer = offer_or_404(request, uuid)
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


@require_http_methods(["GET", "POST"])
def send_offer(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Read it all once more, and send it."""
    offer = my_offer_or_404(request, uuid)
    if request.method == "GET" and not offer.is_open:
        return redirect(offer)
    form = SendOfferForm(posted(request), offer=offer)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            services.send_offer(offer, by=request.user, now=timezone.now(), **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
            status = 409
        else:
            messages.success(request, _("Sent. Programme staff read it and write to you."))
            return redirect(offer)
    missing = [
        (step.missing, reverse(f"spaces:{step.name}", args=[offer.uuid]))
        for step in rules.offers.still_to_do(services.what_is_told(offer))
    ]
    context = {"offer": offer, "form": form, "missing": missing, **_all_of(offer)}
    return render(request, "spaces/send_offer.html", context, status=status)


@require_http_methods(["GET", "POST"])
def withdraw_offer(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Take the offer back, after a page that says what that means."""
    offer = my_offer_or_404(request, uuid)
    if request.method == "GET" and not rules.offers.may_become(offer, SpaceOffer.State.WITHDRAWN):
        return redirect(offer)
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
    offer = offer_or_404(request, uuid)
    space = room_or_404(offer, number)
    return page_of_space(request, space, offer=offer)


@require_http_methods(["GET", "POST"])
def decide_offer(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Publish it, ask for changes, or say no: once, and to what was read."""
    offer = offer_or_404(request, uuid)
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
                return _decided_already(request, offer_or_404(request, uuid))
            form.add_error(None, refusal)
            status = 409
        else:
            messages.success(request, _("Answered. Whoever offers the rooms has been told."))
            unpriced = Site.objects.visible_to(request.user).without_prices()
            site = unpriced.filter(offer=offer).first()
            return redirect(f"{site.get_absolute_url()}#prices" if site else offer)
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


def _all_of(offer: SpaceOffer) -> dict[str, Any]:
    """Everything that is told, for those who read it once more."""
    site = offer.site
    if site is None:
        return {"rooms": [], "seasons": [], "access": []}
    rooms = list(site.spaces.with_site().prefetch_related("equipment").order_by("pk"))
    facts = {fact.key: fact for fact in site.access_facts.filter(space=None)}
    return {
        "rooms": [
            {
                "space": space,
                "holds": [fit.told_of(one) for one in space.layouts.all()],
                "equipment": sorted(space.equipment.all(), key=lambda thing: thing.kind),
            }
            for space in rooms
        ],
        "seasons": calendar.seasons_of(rooms[0], today()) if rooms else [],
        "access": access.in_parts(facts) if facts else [],
        "surveyed_on": access.usual_day(facts),
        "open_on": bank_holidays.open_in_offer(offer, today=today()),
        "arrival": services.arrival_told(site),
        "papers": [site_papers.in_words(one, today=today()) for one in site_papers.asked_at(site)],
    }
