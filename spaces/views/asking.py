"""Asking for a space."""

from datetime import datetime, time
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from core.clock import today
from spaces import services
from spaces.forms.asking import RequestBookingForm
from spaces.forms.finding import WeekForm
from spaces.models import Booking, Hirer, Space
from spaces.services import finding, prices
from spaces.views import SignedInRequest


@require_http_methods(["GET", "POST"])
def request_booking(request: SignedInRequest, slug: str) -> HttpResponse:
    """Ask for a space on behalf of a group."""
    space = get_object_or_404(Space.objects.public().bookable_here().with_site(), slug=slug)
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

    form = RequestBookingForm(
        _typed(request) if request.method == "POST" else None,
        space=space,
        hirers=hirers,
        initial=_said_before(request, space),
    )
    context = {"space": space, "form": form, "only_hirer": form.only_hirer}
    context["period"] = period = _time_asked_for(request, form)
    context["price"] = prices.in_words(space, today(), period)
    status = 422 if request.method == "POST" else 200
    if form.is_valid():
        try:
            booking = services.request_booking(
                space, by=request.user, now=timezone.now(), **form.asked()
            )
        except ValidationError as refusal:
            form.refuse(refusal)
            code = getattr(refusal, "code", "")
            if code == services.JUST_TAKEN:
                status = 409
                context["alternatives"] = _alternatives(space, form)
            elif code == services.FORM_USED:
                status = 409
                context["earlier"] = (
                    Booking.objects.visible_to(request.user)
                    .filter(form_id=form.cleaned_data["form_id"])
                    .first()
                )
                form.renew()
        else:
            return redirect(f"{booking.get_absolute_url()}?asked")
    return render(request, "spaces/request_booking.html", context, status=status)


def _typed(request: SignedInRequest) -> QueryDict:
    """What was typed; whoever chose one of the alternatives has its time in place of their own."""
    typed = request.POST.copy()
    for name, chosen in zip(
        ("day", "starts", "ends"), typed.get("instead", "").split(), strict=False
    ):
        typed[name] = chosen
    return typed


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
    request: SignedInRequest, form: RequestBookingForm
) -> tuple[datetime, datetime] | None:
    """The time that is typed, or before that the one the link carried, if it is whole."""
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


def _alternatives(space: Space, form: RequestBookingForm) -> finding.Alternatives:
    """What can be had instead of what the form asks for."""
    names = ("starts_at", "ends_at", "attendance", "layout", "setup_minutes", "cleardown_minutes")
    asked = form.asked()
    return finding.alternatives(space, now=timezone.now(), **{name: asked[name] for name in names})
