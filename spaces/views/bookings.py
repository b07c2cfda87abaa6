"""Asking for a space, and what becomes of it."""

from collections.abc import Callable
from datetime import datetime, time
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.clock import london, today
from spaces import permissions, rules, services
from spaces.forms.bookings import ConfirmForm, RefusalForm, RequestBookingForm
from spaces.forms.finding import WeekForm
from spaces.models import Booking, Hirer, Site, Space
from spaces.services import finding, prices
from spaces.views import SignedInRequest

State = Booking.State


def booking_or_404(request: SignedInRequest, uuid: str) -> Booking:
    return get_object_or_404(Booking.objects.visible_to(request.user).with_people(), uuid=uuid)


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


@require_safe
def bookings(request: SignedInRequest) -> HttpResponse:
    """A timeline: what needs me, today, soon, later; and what is over."""
    visible = Booking.objects.visible_to(request.user)
    runs_sites = Site.objects.visible_to(request.user).exists()
    now = timezone.now()
    sections = services.timeline(visible, by=request.user, now=now, pages=request.GET)
    context = {
        "sections": sections,
        "runs_sites": runs_sites,
        "is_empty": not sections,
        "is_desk_quiet": runs_sites and not any(section.is_for_the_desk for section in sections),
        "my_hirers": {
            one.pk for one in Hirer.objects.visible_to(request.user).of_member(request.user)
        },
        "now": now,
        "today": london(now).date(),
    }
    return render(request, "spaces/bookings.html", context)


@require_safe
def booking(request: SignedInRequest, uuid: str) -> HttpResponse:
    """One booking: how it stands, what happens next and by when."""
    booking = booking_or_404(request, uuid)
    now = timezone.now()
    belongs = permissions.belongs_to(request.user, booking.hirer)
    may_decide = permissions.may_decide(request.user, booking)
    has_begun = booking.starts_at <= now
    context = {
        "booking": booking,
        "space": booking.space,
        "today": london(now).date(),
        "belongs": belongs,
        "is_over": booking.ends_at <= now,
        "reads_needs": permissions.reads_needs_of_booking(
            request.user, booking, is_over=booking.ends_at <= now
        ),
        "can_write": booking.ends_at > now
        and permissions.looks_after(request.user, booking.space.site),
        "is_just_asked": "asked" in request.GET
        and belongs
        and booking.state == State.REQUESTED
        and not has_begun,
        "can_decide": may_decide and booking.state == State.REQUESTED and not has_begun,
        "can_cancel": not has_begun
        and ((belongs and booking.is_alive) or (may_decide and booking.is_promised)),
        "decide_by": services.decide_by(booking),
        "is_overdue": services.decide_by(booking) < london(now).date(),
    }
    return render(request, "spaces/booking.html", context)


@require_http_methods(["GET", "POST"])
def approve_booking(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Promise the space to the group."""
    return _decide(
        request,
        uuid,
        "spaces/approve_booking.html",
        State.APPROVED,
        ConfirmForm(request.POST if request.method == "POST" else None),
        services.approve_booking,
        _("Approved. The group has been told."),
    )


@require_http_methods(["GET", "POST"])
def decline_booking(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Say no, with a reason."""
    return _decide(
        request,
        uuid,
        "spaces/decline_booking.html",
        State.DECLINED,
        RefusalForm(request.POST if request.method == "POST" else None),
        services.decline_booking,
        _("Declined. The group has been told why."),
    )


@require_http_methods(["GET", "POST"])
def cancel_booking(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Give a space back, or take it back. The page says what will happen and who is told."""
    booking = booking_or_404(request, uuid)
    data = request.POST if request.method == "POST" else None
    if permissions.belongs_to(request.user, booking.hirer):
        return _act(
            request,
            booking,
            "spaces/cancel_booking.html",
            State.CANCELLED_BY_HIRER,
            ConfirmForm(data),
            services.cancel_by_hirer,
            _("Cancelled. Everybody who needs to know has been told."),
            late=rules.bookings.is_late_to_cancel(booking, on=today()),
        )
    permissions.check_may_decide(request.user, booking)
    if booking.state == State.REQUESTED:
        messages.info(request, _("Nothing is promised yet: approve this request or decline it."))
        return redirect(booking)
    return _act(
        request,
        booking,
        "spaces/cancel_booking_by_site.html",
        State.CANCELLED_BY_SITE,
        RefusalForm(data),
        services.cancel_by_site,
        _("Cancelled. The group has been told why."),
    )


def _decide(
    request: SignedInRequest,
    uuid: str,
    template: str,
    wanted: Booking.State,
    form: ConfirmForm | RefusalForm,
    service: Callable[..., Booking],
    done: str,
) -> HttpResponse:
    booking = booking_or_404(request, uuid)
    permissions.check_may_decide(request.user, booking)
    return _act(request, booking, template, wanted, form, service, done)


def _act(
    request: SignedInRequest,
    booking: Booking,
    template: str,
    wanted: Booking.State,
    form: ConfirmForm | RefusalForm,
    service: Callable[..., Booking],
    done: str,
    **context: object,
) -> HttpResponse:
    """Show a page that asks, do what it asks once, and say calmly if somebody was faster."""
    status = 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                service(booking, by=request.user, now=timezone.now(), **form.cleaned_data)
            except ValidationError as refusal:
                form.add_error(None, refusal)
                status = 409
                booking = booking_or_404(request, str(booking.uuid))
            else:
                messages.success(request, done)
                return redirect(booking)
    page: dict[str, Any] = {
        "booking": booking,
        "space": booking.space,
    }
    if not rules.states.may_become(booking.state, wanted):
        return render(request, "spaces/already_decided.html", page, status=409)
    page |= {"form": form, "back": booking.get_absolute_url(), **context}
    return render(request, template, page, status=status)


@require_safe
def booking_calendar(request: SignedInRequest, uuid: str) -> HttpResponse:
    """The booking for a diary, once it is promised."""
    booking = booking_or_404(request, uuid)
    if not booking.is_promised:
        raise Http404
    entry = services.diary_entry(booking, method="PUBLISH", stamp=timezone.now())
    return HttpResponse(
        entry.text,
        content_type=f"text/calendar; charset=utf-8; method={entry.method}",
        headers={"Content-Disposition": f'attachment; filename="booking-{booking.reference}.ics"'},
    )
