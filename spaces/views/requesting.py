"""Asking for a space, the second step: what for, who comes, and money. Makes a request of what is kept."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.clock import london, today
from spaces import permissions, rules, services
from spaces.forms.instead import InsteadForm
from spaces.forms.requesting import RequestBookingForm
from spaces.models import Booking, Hold, Space
from spaces.services import audience, finding, papers, prices
from spaces.views import SignedInRequest

Use = Hold | Booking
"""When, how many and how: what both know of the use that is asked for."""


@require_http_methods(["GET", "POST"])
def request_booking(request: SignedInRequest, slug: str, uuid: UUID) -> HttpResponse:
    """Then: what for, who comes, and money. Makes a request of the room that is kept."""
    use = use_or_none(request, uuid)
    if use is None:
        raise Http404
    if request.method == "GET":
        if isinstance(use, Booking):
            return _sent(request, use)
        if use.space.slug != slug:
            return redirect(_elsewhere_since(request, slug, use) or use)
        return page_of_request(request, use, request_form(use))

    refused: ValidationError | None = None
    space, asked = space_or_404(use.space.slug), _facts_of(use)
    if "instead" in request.POST:
        space = space_or_404(slug)
        asked = _facts_instead(request, space, use)
        try:
            use = services.hold_space(
                space, by=request.user, now=timezone.now(), form_id=uuid4(), **asked
            )
        except ValidationError as refusal:
            refused = refusal
    form = request_form(use, request.POST)
    if "instead" in request.POST:
        # Each alternative says what it costs.
        form.show_price()
    if refused is None and form.is_valid():
        try:
            booking = services.request_booking(
                space,
                by=request.user,
                now=timezone.now(),
                form_id=use.uuid if isinstance(use, Hold) else use.form_id,
                hold=use if isinstance(use, Hold) else None,
                **(asked | form.asked()),
                **_accepted(form),
            )
        except ValidationError as refusal:
            refused = refusal
        else:
            return _sent(request, booking)
    context: dict[str, Any] = {}
    status = 422
    if refused is not None:
        form.is_valid()
        if not form.asks_why(refused):
            form.add_error(None, ValidationError(refused.messages))
        code = getattr(refused, "code", "")
        if code in (services.JUST_TAKEN, services.TOO_CLOSE):
            status = 409
            context = {
                "alternatives": alternatives_to(request, space, asked),
                "asked_time": (asked["starts_at"], asked["ends_at"]),
            }
        elif code == services.FORM_USED:
            status = 409
            context = {"earlier": use}
        elif code == services.NEW_PRICE:
            status = 409
            form.show_price()
        elif code == services.TOO_OFTEN:
            status = 429
        elif code == rules.agreements.NEWER:
            status = 409
            form.show_newer(services.agreements.in_force_at(space.site))
    return page_of_request(request, use, form, status=status, **context)


def _elsewhere_since(request: SignedInRequest, slug: str, use: Use) -> Use | None:
    """What this person keeps in another room, or asked for there since. Whoever chose that room after a
    refusal, and loads the page again, still has the number of the first room in the address.
    """
    kept = Hold.objects.visible_to(request.user).filter(space__slug=slug)
    sent = Booking.objects.visible_to(request.user).filter(
        space__slug=slug, requested_by=request.user, requested_at__gte=use.created_at
    )
    return (
        kept.select_related("space").order_by("-expires_at").first()
        or sent.order_by("-requested_at").first()
    )


def _sent(request: SignedInRequest, booking: Booking) -> HttpResponse:
    if booking.caller_name:
        if audience.managers_of_group(booking.hirer, today()):
            messages.success(request, _("Asked for. The managers of the group have been told."))
        else:
            messages.success(
                request,
                _(
                    "Asked for. The group has no manager to whom we could write: tell the caller how"
                    " it goes on."
                ),
            )
        return redirect(booking)
    return redirect(f"{booking.get_absolute_url()}?asked")


def _facts_of(use: Use) -> dict[str, Any]:
    names = ["hirer", "caller_name", "less_time_free", "starts_at", "ends_at", "attendance"]
    names += ["layout", "setup_minutes", "cleardown_minutes", "wheelchair_users"]
    return {name: getattr(use, name) for name in names}


def _facts_instead(request: SignedInRequest, space: Space, use: Use) -> dict[str, Any]:
    """The same use at the time and in the space of one of the alternatives."""
    chosen = InsteadForm(request.POST)
    if not chosen.is_valid():
        raise Http404
    starts_at, ends_at = chosen.cleaned_data["instead"]
    kind = use.layout.kind if use.layout else ""
    layout = next((one for one in space.layouts.all() if one.kind == kind), None)
    # The reason was for another time.
    instead = {"starts_at": starts_at, "ends_at": ends_at, "layout": layout, "less_time_free": ""}
    return _facts_of(use) | instead


def _accepted(form: RequestBookingForm) -> dict[str, Any]:
    accepted = form.accepted()
    if accepted is None:
        return {}
    version, role = accepted
    return {"accepts": services.agreements.version_shown(version), "role": role}


@require_POST
def let_go(request: SignedInRequest, slug: str, uuid: UUID) -> HttpResponse:
    """Give the room back before the minutes are over."""
    holds = Hold.objects.visible_to(request.user).with_space()
    hold = get_object_or_404(holds, uuid=uuid, space__slug=slug)
    services.let_go(hold, by=request.user, now=timezone.now())
    messages.success(request, _("We do not keep the room for you any more."))
    return redirect(hold.space)


def space_or_404(slug: str) -> Space:
    offered = Space.objects.public().bookable_here().select_related("site__borough")
    return get_object_or_404(offered.prefetch_related("layouts", "site__charges"), slug=slug)


def use_or_none(request: SignedInRequest, uuid: UUID) -> Use | None:
    """What this person keeps, or the request it became; nothing that is somebody else's."""
    hold = Hold.objects.visible_to(request.user).with_space().filter(uuid=uuid).first()
    if hold is not None:
        return hold
    sent = Booking.objects.visible_to(request.user).with_people()
    return sent.filter(form_id=uuid, requested_by=request.user).first()


def alternatives_to(
    request: SignedInRequest, space: Space, asked: dict[str, Any]
) -> finding.Alternatives:
    """What can be had instead of this; on the telephone, at the sites of whoever answers it."""
    names = ["starts_at", "ends_at", "attendance", "layout", "setup_minutes", "cleardown_minutes"]
    names.append("wheelchair_users")
    use, now = {name: asked[name] for name in names}, timezone.now()
    if not asked.get("caller_name"):
        return finding.alternatives(space, **use, now=now, needed=asked["hirer"].access_needs)
    # What a group needs is not for whoever answers the telephone.
    found = finding.alternatives(space, **use, now=now)
    theirs = [one for one in found.others if permissions.looks_after(request.user, one.space.site)]
    return replace(found, others=theirs)


def request_form(
    use: Use, typed: QueryDict | None = None, *, written: QueryDict | None = None
) -> RequestBookingForm:
    """With what is sent now, or with what was written before the time was changed."""
    price = prices.price_for(use.space, use.starts_at, use.ends_at)
    initial: dict[str, Any] = {}
    if written is not None:
        initial = written.dict() | {"ages": written.getlist("ages")}
    return RequestBookingForm(
        typed,
        costs_money=price is not None and price.total_pence > 0,
        price=prices.version_of_price(price),
        # Who telephones for a group accepts later, for themselves.
        conditions=None if use.caller_name else services.agreements.in_force_at(use.space.site),
        is_by_telephone=bool(use.caller_name),
        initial=initial,
    )


def _missing(use: Use, form: RequestBookingForm) -> papers.MissingByAnswer:
    """What the group lacks for what was answered, and for any answer while nothing was."""
    day = london(use.starts_at).date()
    found = papers.missing_by_answer(use.hirer, use.space, day, people=use.attendance)
    if not form.is_bound:
        return found
    said = form.ticked
    return found.where(at_risk=said["at_risk"], food=said["food"])


def page_of_request(
    request: SignedInRequest,
    use: Use,
    form: RequestBookingForm,
    *,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    now, period = timezone.now(), (use.starts_at, use.ends_at)
    use_id = use.uuid if isinstance(use, Hold) else use.form_id
    is_kept = isinstance(use, Hold) and not use.space.lets_compete
    runs_until = use.expires_at if isinstance(use, Hold) and use.expires_at > now else None
    context |= {
        "space": use.space,
        "use": use,
        "use_id": use_id,
        "form": form,
        "is_held": isinstance(use, Hold),
        "is_kept": is_kept,
        "kept_until": runs_until if is_kept else None,
        "form_address": reverse("spaces:request_booking", args=[use.space.slug, use_id]),
        "period": period,
        "price": prices.in_words(use.space, london(use.starts_at).date(), period),
        "is_full_price": prices.price_for(use.space, *period) is not None,
        "missing": _missing(use, form),
        # What a group needs is not for whoever answers the telephone.
        "lacks": [] if use.caller_name else finding.lacking_for(use.hirer, use.space),
        "is_trusted": services.says_yes_at_once(use, now=now),
        "ticked": form.ticked,
    }
    return render(request, "spaces/request_booking.html", context, status=status)
