"""Deciding about a booking, and taking it back."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.clock import today
from spaces import permissions, rules, services
from spaces.forms.deciding import ConfirmForm, RefusalForm
from spaces.models import Booking
from spaces.views import SignedInRequest, booking_or_404

State = Booking.State


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
