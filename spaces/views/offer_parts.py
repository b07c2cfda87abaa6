"""Telling of rooms that are offered, one page for each part."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.clock import today
from spaces import permissions, services
from spaces.forms.deciding import ConfirmForm
from spaces.forms.offer_access import AccessForm
from spaces.forms.offer_terms import TermsForm
from spaces.forms.offers import BuildingForm, HoursForm, OfferedRoomForm
from spaces.forms.registering import as_typed
from spaces.models import Space, SpaceOffer
from spaces.models.minutes import clock_of
from spaces.rules import fit
from spaces.services import bank_holidays, offer_drafts
from spaces.views import SignedInRequest, posted

Saved = Callable[[dict[str, Any]], object]


def _step(
    request: SignedInRequest,
    offer: SpaceOffer,
    make: Callable[[QueryDict | None], forms.Form],
    save: Saved,
    *,
    title: str,
    part: str = "",
    intro: str = "",
    template: str = "offer_step",
    then: str = "",
    **context: object,
) -> HttpResponse:
    """Ask one page of questions. What is refused comes back as it was typed, and is kept: who leaves
    the page finds it there, with what is wrong beside it, until it is put right.
    """
    sent = posted(request)
    if sent is None and not offer.is_open:
        return redirect(offer)
    if part and sent is not None and "throw_away" in sent:
        offer_drafts.throw_away(offer, part, by=request.user)
        messages.success(request, _("What you typed is thrown away. All that was saved stays."))
        return redirect(then or offer)
    kept = offer_drafts.typed_in(offer, part) if part and sent is None else {}
    form = make(as_typed(kept) if kept else sent)
    status = 422 if sent is not None else 200
    if sent is not None and form.is_valid():
        try:
            save(form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
            status = 409 if getattr(refusal, "code", "") == "not_from_here" else 422
        else:
            messages.success(request, _("Saved."))
            return redirect(then or offer)
    is_kept = bool(kept) or (sent is not None and bool(part) and status == 422)
    if sent is not None and is_kept:
        kept_words = _("What you typed is kept. Put right what is marked, now or later.")
        messages.info(request, kept_words)
        offer_drafts.keep_typed(offer, part, _asked_in(form, sent), by=request.user)
    shown = {"offer": offer, "form": form, "title": title, "intro": intro, "is_kept": is_kept}
    shown |= context
    return render(request, f"spaces/{template}.html", shown, status=status)


def _asked_in(form: forms.Form, sent: QueryDict) -> dict[str, list[str]]:
    """What was sent for the questions of a form; some have several boxes, such as those of a day."""
    return {
        name: list(values)
        for name, values in sent.lists()
        if any(name == field or name.startswith(f"{field}_") for field in form.fields)
    }


@require_http_methods(["GET", "POST"])
def offer_building(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Where it is and whom to ask."""
    offer = my_offer_or_404(request, uuid)
    site = offer.site
    names = BuildingForm.base_fields
    initial = {name: getattr(site, name) for name in names} if site else {}
    if not site:
        initial = {"contact_name": request.user.name, "contact_email": request.user.email}
    return _step(
        request,
        offer,
        lambda typed: BuildingForm(typed, initial=initial),
        lambda told: services.save_building(offer, by=request.user, **told),
        title=_("The building"),
        part="building",
    )


@require_safe
def offer_rooms(request: SignedInRequest, uuid: str) -> HttpResponse:
    """The rooms told of so far."""
    offer = my_offer_or_404(request, uuid)
    if not offer.is_open or offer.site is None:
        return redirect(offer)
    rooms = offer.site.spaces.prefetch_related("layouts", "photographs").order_by("pk")
    not_right = offer_drafts.parts_not_right(offer)
    context = {
        "offer": offer,
        "is_begun": offer_drafts.part_of_room(None) in not_right,
        "rooms": [
            {
                "space": space,
                "holds": fit.holds_in_words(list(space.layouts.all()), fit.Wish()),
                "is_right": offer_drafts.part_of_room(space) not in not_right,
            }
            for space in rooms
        ],
    }
    return render(request, "spaces/offer_rooms.html", context)


@require_safe
def offer_photographs(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Straight to the photographs of the only room, or to the list of rooms."""
    offer = my_offer_or_404(request, uuid)
    rooms = list(offer.site.spaces.all()[:2]) if offer.site else []
    if len(rooms) == 1 and offer.is_open:
        return redirect("spaces:photographs", slug=rooms[0].slug)
    return redirect("spaces:offer_rooms", uuid=offer.uuid)


@require_http_methods(["GET", "POST"])
def add_offered_room(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Tell of one more room."""
    offer = my_offer_or_404(request, uuid)
    return _room_step(request, offer, None, title=_("Add a room"))


@require_http_methods(["GET", "POST"])
def change_offered_room(request: SignedInRequest, uuid: str, number: int) -> HttpResponse:
    """Tell of a room anew."""
    offer = my_offer_or_404(request, uuid)
    return _room_step(request, offer, room_or_404(offer, number), title=_("Change a room"))


def _room_step(
    request: SignedInRequest, offer: SpaceOffer, space: Space | None, *, title: str
) -> HttpResponse:
    initial = OfferedRoomForm.said_of(space) if space else {}
    return _step(
        request,
        offer,
        lambda typed: OfferedRoomForm(typed, initial=initial),
        lambda told: services.save_offered_room(offer, by=request.user, space=space, **told),
        title=title,
        part=offer_drafts.part_of_room(space),
        template="offer_room",
        then=reverse("spaces:offer_rooms", args=[offer.uuid]),
    )


@require_http_methods(["GET", "POST"])
def remove_offered_room(request: SignedInRequest, uuid: str, number: int) -> HttpResponse:
    """Take a room out of the offer, after a page that says what goes with it."""
    offer = my_offer_or_404(request, uuid)
    space = room_or_404(offer, number)
    return _step(
        request,
        offer,
        ConfirmForm,
        lambda told: services.remove_offered_room(offer, space, by=request.user),
        title=_("Remove this room?"),
        template="remove_offered_room",
        then=reverse("spaces:offer_rooms", args=[offer.uuid]),
        space=space,
    )


@require_http_methods(["GET", "POST"])
def offer_hours(request: SignedInRequest, uuid: str) -> HttpResponse:
    """When the building is open."""
    offer = my_offer_or_404(request, uuid)
    initial: dict[str, Any] = {}
    for rule in offer.site.opening_rules.all() if offer.site else ():
        initial[f"opens_{rule.weekday}"] = clock_of(rule.opens_minute)
        initial[f"closes_{rule.weekday}"] = clock_of(rule.closes_minute)
    holidays = bank_holidays.coming(offer.site, today=today()) if offer.site else []
    if offer.site and offer.holidays_until:
        initial["closed_on"] = [
            day.isoformat() for day in bank_holidays.closed_in_offer(offer, holidays)
        ]
    return _step(
        request,
        offer,
        lambda typed: HoursForm(typed, initial=initial, holidays=holidays),
        lambda told: services.save_hours(offer, by=request.user, **told),
        title=_("Opening hours"),
        part="hours",
        intro=_("When community groups can use the rooms. Leave a day empty when it is closed."),
        template="offer_hours",
    )


@require_http_methods(["GET", "POST"])
def offer_access(request: SignedInRequest, uuid: str) -> HttpResponse:
    """How one gets in and around."""
    offer = my_offer_or_404(request, uuid)
    initial: dict[str, Any] = {}
    for fact in offer.site.access_facts.filter(space=None) if offer.site else ():
        initial |= {f"value_{fact.key}": fact.value, f"note_{fact.key}": fact.note}
        if fact.surveyed_on:
            initial["surveyed_on"] = fact.surveyed_on
    return _step(
        request,
        offer,
        lambda typed: AccessForm(typed, initial=initial, today=today()),
        lambda told: services.save_access(offer, by=request.user, **told),
        title=_("Access"),
        part="access",
        intro=_("“Not yet checked” is an honest answer. People rely on a yes."),
        template="offer_access",
    )


@require_http_methods(["GET", "POST"])
def offer_terms(request: SignedInRequest, uuid: str) -> HttpResponse:
    """What it costs, how far ahead, the house rules and how to get in."""
    offer = my_offer_or_404(request, uuid)
    initial: dict[str, Any] = {"price_text": offer.price_text}
    if offer.site:
        asked = list(offer.site.requirements.all())
        initial |= {
            "notice_days": -(-offer.site.min_notice_hours // 24),
            "cancel_notice_working_days": offer.site.cancel_notice_working_days,
            "house_rules": offer.site.house_rules,
            "papers": [one.kind for one in asked],
            "min_cover_pounds": next(
                (one.min_cover_pounds for one in asked if one.min_cover_pounds), None
            ),
        }
        if told := services.arrival_told(offer.site):
            initial |= asdict(told)
            initial["cost"] = "free" if offer.is_free else "some"
    return _step(
        request,
        offer,
        lambda typed: TermsForm(typed, initial=initial),
        lambda told: services.save_terms(offer, by=request.user, **told),
        title=_("Terms and how to get in"),
        part="terms",
    )


def offer_or_404(request: SignedInRequest, uuid: str) -> SpaceOffer:
    visible = SpaceOffer.objects.visible_to(request.user).with_people()
    return get_object_or_404(visible, uuid=uuid)


def my_offer_or_404(request: SignedInRequest, uuid: str) -> SpaceOffer:
    offer = offer_or_404(request, uuid)
    permissions.check_offers(request.user, offer)
    return offer


def room_or_404(offer: SpaceOffer, number: int) -> Space:
    if offer.site is None:
        raise Http404
    return get_object_or_404(offer.site.spaces.with_site(), pk=number)
