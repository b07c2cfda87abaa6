"""Asking for a space in two steps: when, and then what for.

The first step keeps the room for some minutes, the second makes a request of it. Whoever is slow
loses nothing they wrote: the request goes through if the room is still free, and otherwise the page
says what can be had instead.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta
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
from core.sealing import BrokenSealError, seal, unseal
from spaces import permissions, rules, services
from spaces.forms.asking import HoldForGroupForm, HoldSpaceForm, TimeForm
from spaces.forms.finding import WeekForm
from spaces.forms.instead import InsteadForm, typed_instead
from spaces.forms.requesting import RequestBookingForm
from spaces.models import Booking, Hirer, Hold, Space
from spaces.services import finding, papers, prices, telling
from spaces.views import SignedInRequest

SAID = "spaces.hold_space"
SAID_FOR = timedelta(days=1)
"""How long what was written on the second page lasts while the time is changed on the first."""

Use = Hold | Booking
"""When, how many and how: what both know of the use that is asked for."""


# --- When -----------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def hold_space(request: SignedInRequest, slug: str) -> HttpResponse:
    """First: when, how many people and how the room is set out. Keeps the room for some minutes."""
    space = _space_or_404(slug)
    my_hirers = Hirer.objects.visible_to(request.user).of_member(request.user)
    hirers = my_hirers.approved().select_related("organisation").order_by("organisation__name")
    if request.method == "GET" and not hirers.exists():
        mine = my_hirers.select_related("organisation").order_by("-created_at", "pk")
        context: dict[str, Any] = {
            "space": space,
            "waiting": mine.awaiting_decision().first(),
            "declined": mine.decided().first(),
        }
        return render(request, "spaces/request_booking_first.html", context)

    return _first_page(request, space, lambda **facts: HoldSpaceForm(hirers=hirers, **facts))


@require_http_methods(["GET", "POST"])
def hold_space_for_group(request: SignedInRequest, slug: str) -> HttpResponse:
    """The same for those who look after the site, while somebody of a group is on the telephone."""
    space = _space_or_404(slug)
    permissions.check_may_answer_telephone(request.user, space)
    hirers = services.groups_that_telephone(request.user)
    chooses = permissions.is_programme_staff(request.user)
    return _first_page(
        request,
        space,
        lambda **facts: HoldForGroupForm(hirers=hirers, chooses=chooses, **facts),
        for_group=True,
    )


def _first_page(
    request: SignedInRequest,
    space: Space,
    make_form: Callable[..., TimeForm],
    *,
    for_group: bool = False,
) -> HttpResponse:
    changed = _use_to_change(request)
    is_sent = request.method == "POST" and changed is None
    form = make_form(
        data=typed_instead(request.POST) if is_sent else None,
        space=space,
        initial=_as_it_was(request, changed) if changed else _said_before(request, space),
    )
    context: dict[str, Any] = {"space": space, "form": form, "for_group": for_group}
    context["only_hirer"] = getattr(form, "only_hirer", None)
    context["period"] = period = _time_asked_for(request, form, changed)
    context["price"] = prices.in_words(space, today(), period)
    status = 422 if is_sent else 200
    if form.is_valid():
        now = timezone.now()
        try:
            hold = services.hold_space(space, by=request.user, now=now, **form.asked())
        except ValidationError as refusal:
            form.refuse(refusal)
            if getattr(refusal, "code", "") == services.JUST_TAKEN:
                status = 409
                context["alternatives"] = _alternatives(request, space, form.asked())
                context["asked_time"] = period
        else:
            said = _unsealed(form.cleaned_data["said"])
            if said is None:
                return redirect(hold)
            # What was written before changing the time stands there again.
            request_form = _request_form(hold, QueryDict(said["typed"]), bound=False)
            return _page_of_request(request, hold, request_form)
    return render(request, "spaces/hold_space.html", context, status=status)


def _space_or_404(slug: str) -> Space:
    offered = Space.objects.public().bookable_here().select_related("site__borough")
    return get_object_or_404(offered.prefetch_related("layouts", "site__charges"), slug=slug)


def _use_to_change(request: SignedInRequest) -> Use | None:
    """What is asked for so far, by whoever goes back from the second step to change it."""
    try:
        uuid = UUID(request.POST.get("change", ""))
    except ValueError:
        return None
    return _use(request, uuid)


def _as_it_was(request: SignedInRequest, use: Use) -> dict[str, Any]:
    """The first step filled in as it was, and what was written on the second one closed."""
    start, end = london(use.starts_at), london(use.ends_at)
    return {
        "hirer": use.hirer_id,
        "group": use.hirer.organisation.name,
        "caller_name": use.caller_name,
        "day": start.date(),
        "starts": start.time(),
        "ends": end.time(),
        "attendance": use.attendance,
        "layout": use.layout.kind if use.layout else "",
        "setup_minutes": use.setup_minutes,
        "cleardown_minutes": use.cleardown_minutes,
        "said": seal(
            {"typed": _without_token(request.POST).urlencode()}, purpose=SAID, now=timezone.now()
        ),
    }


def _without_token(posted: QueryDict) -> QueryDict:
    typed = posted.copy()
    for name in ("csrfmiddlewaretoken", "change", "instead"):
        typed.pop(name, None)
    return typed


def _unsealed(said: str) -> dict[str, Any] | None:
    if not said:
        return None
    try:
        return unseal(said, purpose=SAID, now=timezone.now(), good_for=SAID_FOR)
    except BrokenSealError:
        return None


def _said_before(request: SignedInRequest, space: Space) -> dict[str, Any]:
    """What somebody said while looking for a room, so that nobody is asked twice."""
    said = request.GET
    typed: dict[str, Any] = {
        "attendance": said.get("people", ""),
        "setup_minutes": said.get("setup", ""),
        "cleardown_minutes": said.get("cleardown", ""),
    }
    for field, name in (("starts", "from"), ("ends", "to")):
        typed[field] = _as_time(said.get(name, ""))
    day = said.get("day", "").split("-")
    if len(day) == 3:
        typed["day"] = list(reversed(day))
    typed["layout"] = next(
        (layout for layout in space.layouts.all() if layout.kind == said.get("layout")), None
    )
    return {name: value for name, value in typed.items() if value}


def _time_asked_for(
    request: SignedInRequest, form: TimeForm, changed: Use | None
) -> tuple[datetime, datetime] | None:
    """The time that is typed, or before that the one the link carried, if it is whole."""
    if changed is not None:
        return (changed.starts_at, changed.ends_at)
    if form.is_bound:
        form.is_valid()
        starts_at, ends_at = (form.cleaned_data.get(name) for name in ("starts_at", "ends_at"))
        return (starts_at, ends_at) if starts_at and ends_at and starts_at < ends_at else None
    carried = WeekForm(request.GET, today=today())
    return carried.period if carried.is_valid() else None


def _as_time(typed: str) -> time | str:
    """A time that a link carries; whatever else stands there is shown as it is."""
    try:
        return time.fromisoformat(typed)
    except ValueError:
        return typed[:20]


def _alternatives(
    request: SignedInRequest, space: Space, asked: dict[str, Any]
) -> finding.Alternatives:
    """What can be had instead of this; on the telephone, at the sites of whoever answers it."""
    names = ("starts_at", "ends_at", "attendance", "layout", "setup_minutes", "cleardown_minutes")
    found = finding.alternatives(space, now=timezone.now(), **{name: asked[name] for name in names})
    if not asked.get("caller_name"):
        return found
    theirs = [one for one in found.others if permissions.looks_after(request.user, one.space.site)]
    return replace(found, others=theirs)


# --- What for -------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def request_booking(request: SignedInRequest, slug: str, uuid: UUID) -> HttpResponse:
    """Then: what for, who comes, and money. Makes a request of the room that is kept."""
    use = _use(request, uuid)
    if use is None:
        raise Http404
    if request.method == "GET":
        if isinstance(use, Booking):
            return _sent(request, use)
        if use.space.slug != slug:
            raise Http404
        return _page_of_request(request, use, _request_form(use))

    refused: ValidationError | None = None
    space, asked = _space_or_404(use.space.slug), _facts_of(use)
    if "instead" in request.POST:
        space = _space_or_404(slug)
        asked = _facts_instead(request, space, use)
        try:
            use = services.hold_space(
                space, by=request.user, now=timezone.now(), form_id=uuid4(), **asked
            )
        except ValidationError as refusal:
            refused = refusal
    form = _request_form(use, request.POST)
    if refused is None and form.is_valid():
        try:
            booking = services.request_booking(
                space,
                by=request.user,
                now=timezone.now(),
                form_id=use.uuid if isinstance(use, Hold) else use.form_id,
                hold=use if isinstance(use, Hold) else None,
                **asked,
                **form.asked(),
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
        form.add_error(None, ValidationError(refused.messages))
        code = getattr(refused, "code", "")
        if code == services.JUST_TAKEN:
            status = 409
            context = {
                "alternatives": _alternatives(request, space, asked),
                "asked_time": (asked["starts_at"], asked["ends_at"]),
            }
        elif code == services.FORM_USED:
            status = 409
            context = {"earlier": use}
        elif code == rules.agreements.NEWER:
            status = 409
            form.show_newer(services.agreements.in_force_at(space.site))
    return _page_of_request(request, use, form, status=status, **context)


def _sent(request: SignedInRequest, booking: Booking) -> HttpResponse:
    if booking.caller_name:
        if telling.managers_of_group(booking.hirer, today()):
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


def _use(request: SignedInRequest, uuid: UUID) -> Use | None:
    """What this person keeps, or the request it became; nothing that is somebody else's."""
    hold = Hold.objects.visible_to(request.user).with_space().filter(uuid=uuid).first()
    if hold is not None:
        return hold
    sent = Booking.objects.visible_to(request.user).with_people()
    return sent.filter(form_id=uuid, requested_by=request.user).first()


def _facts_of(use: Use) -> dict[str, Any]:
    names = ("hirer", "caller_name", "starts_at", "ends_at", "attendance", "layout")
    return {name: getattr(use, name) for name in (*names, "setup_minutes", "cleardown_minutes")}


def _facts_instead(request: SignedInRequest, space: Space, use: Use) -> dict[str, Any]:
    """The same use at the time and in the space of one of the alternatives."""
    chosen = InsteadForm(request.POST)
    if not chosen.is_valid():
        raise Http404
    starts_at, ends_at = chosen.cleaned_data["instead"]
    kind = use.layout.kind if use.layout else ""
    layout = next((one for one in space.layouts.all() if one.kind == kind), None)
    return _facts_of(use) | {"starts_at": starts_at, "ends_at": ends_at, "layout": layout}


def _request_form(
    use: Use, typed: QueryDict | None = None, *, bound: bool = True
) -> RequestBookingForm:
    price = prices.price_for(use.space, use.starts_at, use.ends_at)
    initial: dict[str, Any] = {}
    if typed is not None and not bound:
        initial = {name: typed.get(name) for name in typed} | {
            "who_comes": typed.getlist("who_comes")
        }
    return RequestBookingForm(
        typed if bound else None,
        costs_money=price is not None and price.total_pence > 0,
        # Who telephones for a group accepts later, for themselves.
        conditions=None if use.caller_name else services.agreements.in_force_at(use.space.site),
        initial=initial,
    )


def _accepted(form: RequestBookingForm) -> dict[str, Any]:
    accepted = form.accepted()
    if accepted is None:
        return {}
    version, role = accepted
    return {"accepts": services.agreements.version_shown(version), "role": role}


def _page_of_request(
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
        "missing": papers.missing_by_answer(
            use.hirer, use.space.site, london(use.starts_at).date()
        ),
        "ticked": form.ticked,
    }
    return render(request, "spaces/request_booking.html", context, status=status)


@require_POST
def let_go(request: SignedInRequest, slug: str, uuid: UUID) -> HttpResponse:
    """Give the room back before the minutes are over."""
    holds = Hold.objects.visible_to(request.user).with_space()
    hold = get_object_or_404(holds, uuid=uuid, space__slug=slug)
    services.let_go(hold, by=request.user)
    messages.success(request, _("We do not keep the room for you any more."))
    return redirect(hold.space)
