"""Asking for a space in two steps: when, and then what for.

The first step keeps the room for some minutes, the second makes a request of it. Whoever is slow
loses nothing they wrote: the request goes through if the room is still free, and otherwise the page
says what can be had instead. The second step is in `requesting`.
"""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from core.clock import london, today
from core.sealing import BrokenSealError, seal, unseal
from spaces import permissions, services
from spaces.forms.asking import HoldForGroupForm, HoldSpaceForm, TimeForm
from spaces.forms.finding import WeekForm
from spaces.forms.instead import typed_instead
from spaces.models import Hirer, Hold, Space
from spaces.services import prices
from spaces.views import SignedInRequest
from spaces.views.requesting import (
    Use,
    alternatives_to,
    page_of_request,
    request_form,
    space_or_404,
    use_or_none,
)

SAID = "spaces.hold_space"
SAID_FOR = timedelta(days=1)
"""How long what was written on the second page lasts while the time is changed on the first."""


@require_http_methods(["GET", "POST"])
def hold_space(request: SignedInRequest, slug: str) -> HttpResponse:
    """First: when, how many people and how the room is set out. Keeps the room for some minutes."""
    space = space_or_404(slug)
    my_hirers = Hirer.objects.visible_to(request.user).of_member(request.user)
    hirers = my_hirers.approved().select_related("organisation").order_by("organisation__name")
    if request.method == "GET" and not hirers.exists():
        looks_after = permissions.looks_after(request.user, space.site)
        if looks_after and not my_hirers.exists():
            return redirect(_with_query(request, "spaces:hold_space_for_group", space))
        mine = my_hirers.select_related("organisation").order_by("-created_at", "pk")
        waiting = mine.awaiting_decision().first()
        context: dict[str, Any] = {
            "space": space,
            "waiting": waiting,
            "still_asked": services.still_asked_of([waiting], today=today()) if waiting else [],
            "declined": mine.decided().first(),
            "for_group_url": _with_query(request, "spaces:hold_space_for_group", space)
            if looks_after
            else "",
        }
        return render(request, "spaces/request_booking_first.html", context)

    return _first_page(request, space, lambda **facts: HoldSpaceForm(hirers=hirers, **facts))


@require_http_methods(["GET", "POST"])
def hold_space_for_group(request: SignedInRequest, slug: str) -> HttpResponse:
    """The same for those who look after the site, while somebody of a group is on the telephone."""
    space = space_or_404(slug)
    permissions.check_may_answer_telephone(request.user, space)
    hirers = services.groups_that_telephone(request.user)
    chooses = permissions.is_programme_staff(request.user)
    has_group = Hirer.objects.visible_to(request.user).of_member(request.user).exists()
    return _first_page(
        request,
        space,
        lambda **facts: HoldForGroupForm(hirers=hirers, chooses=chooses, **facts),
        for_group=True,
        as_usual_url=_with_query(request, "spaces:hold_space", space) if has_group else "",
    )


def _with_query(request: SignedInRequest, name: str, space: Space) -> str:
    """Another page about a space, with the time and the number that this one was opened with."""
    address, query = reverse(name, args=[space.slug]), request.GET.urlencode()
    return f"{address}?{query}" if query else address


def _first_page(
    request: SignedInRequest,
    space: Space,
    make_form: Callable[..., TimeForm],
    *,
    for_group: bool = False,
    as_usual_url: str = "",
) -> HttpResponse:
    changed = _use_to_change(request)
    is_sent = request.method == "POST" and changed is None
    form = make_form(
        data=typed_instead(request.POST) if is_sent else None,
        space=space,
        initial=_as_it_was(request, changed) if changed else _said_before(request, space),
    )
    context: dict[str, Any] = {
        "space": space,
        "form": form,
        "for_group": for_group,
        "as_usual_url": as_usual_url,
    }
    context["only_hirer"] = getattr(form, "only_hirer", None)
    context["period"] = period = _time_asked_for(request, form, changed)
    context["price"] = prices.in_words(space, today(), period)
    # A site that tells its price in words alone tells none for a time.
    context["is_full_price"] = period is not None and prices.price_for(space, *period) is not None
    status = 422 if is_sent else 200
    if form.is_valid():
        now = timezone.now()
        try:
            hold = services.hold_space(space, by=request.user, now=now, **form.asked())
        except ValidationError as refusal:
            form.refuse(refusal)
            code = getattr(refusal, "code", "")
            if code == services.FORM_USED:
                status = 409
                context["earlier"] = use_or_none(request, form.cleaned_data["form_id"])
                form.renew()
            elif code == services.TOO_OFTEN:
                status = 429
                kept = Hold.objects.visible_to(request.user).with_space().filter(space=space)
                context["kept"] = kept.order_by("-expires_at").first()
            elif code in (services.JUST_TAKEN, services.TOO_CLOSE):
                status = 409
                context["alternatives"] = alternatives_to(request, space, form.asked())
                context["asked_time"] = period
        else:
            said = _unsealed(form.cleaned_data["said"])
            if said is None:
                return redirect(hold)
            # What was written before changing the time stands there again.
            written = QueryDict(said["typed"])
            return page_of_request(request, hold, request_form(hold, written=written))
    return render(request, "spaces/hold_space.html", context, status=status)


def _use_to_change(request: SignedInRequest) -> Use | None:
    """What is asked for so far, by whoever goes back from the second step to change it."""
    try:
        uuid = UUID(request.POST.get("change", ""))
    except ValueError:
        return None
    return use_or_none(request, uuid)


def _as_it_was(request: SignedInRequest, use: Use) -> dict[str, Any]:
    """The first step filled in as it was, and what was written on the second one closed."""
    start, end = london(use.starts_at), london(use.ends_at)
    return {
        "hirer": use.hirer_id,
        "group": use.hirer.organisation.name,
        "caller_name": use.caller_name,
        "less_time_free": use.less_time_free,
        "day": start.date(),
        "starts": start.time(),
        "ends": end.time(),
        "attendance": use.attendance,
        "wheelchair_users": use.wheelchair_users or None,
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
        "wheelchair_users": said.get("wheelchairs", ""),
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
