"""Changing a booking that stands, and bringing back one that ended."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.clock import london, today
from spaces import permissions, rules, services
from spaces.forms.changing import ChangeBookingForm, ReinstateForm
from spaces.forms.instead import typed_instead
from spaces.models import Booking
from spaces.services import finding, prices
from spaces.views import SignedInRequest, booking_or_404, in_words, posted, status_of


@require_http_methods(["GET", "POST"])
def change_booking(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Another time, size or layout in the same room; the page says what must be decided anew."""
    booking = booking_or_404(request, uuid)
    permissions.check_may_change(request.user, booking)
    belongs = permissions.belongs_to(request.user, booking.hirer)
    form = ChangeBookingForm(
        typed_instead(request.POST) if request.method == "POST" else None,
        booking=booking,
        belongs=belongs,
        # Whoever runs the site must not learn who belongs to a private group.
        asks_who_calls=not belongs
        and (
            not booking.hirer.is_sensitive or permissions.knows_group(request.user, booking.hirer)
        ),
    )
    context: dict[str, Any] = {
        "booking": booking,
        "space": booking.space,
        "form": form,
        "belongs": belongs,
        "late": belongs and rules.bookings.is_late_to_cancel(booking, on=today()),
        "is_trusted": services.rule_says_yes(booking, now=timezone.now()),
        "back": booking.get_absolute_url(),
    }
    if not rules.states.may_change(booking) or booking.starts_at <= timezone.now():
        return render(request, "spaces/already_decided.html", context, status=409)
    goes_back = "again" in request.POST
    status = 422 if form.is_bound and not goes_back else 200
    if not goes_back and form.is_valid():
        try:
            changed = services.change_booking(
                booking,
                form.use(),
                by=request.user,
                now=timezone.now(),
                seen_at=form.cleaned_data["seen_at"],
                price_seen=form.cleaned_data["price_seen"],
                free_use_reason=form.cleaned_data.get("free_use_reason", ""),
                caller_name=form.cleaned_data.get("caller_name", ""),
                less_time_free=form.cleaned_data.get("less_time_free", ""),
            )
        except ValidationError as refusal:
            code = getattr(refusal, "code", "")
            if code == services.NEW_PRICE:
                return _check_price(request, booking, form, context)
            form.refuse(refusal)
            if code in (services.JUST_TAKEN, services.TOO_CLOSE):
                status = 409
                context["alternatives"] = finding.alternatives(
                    booking.space, now=timezone.now(), **vars(form.use())
                )
            elif code == services.CHANGED_MEANWHILE:
                status = 409
                context["as_it_is_now"] = context["booking"] = booking_or_404(request, uuid)
                form.shows(context["booking"])
            elif code == services.TOO_OFTEN:
                status = 429
            elif code == "late":
                # The refusal says all that the warning says.
                context["late"] = False
        else:
            messages.success(request, what_was_done(booking, changed))
            return redirect(booking)
    return render(request, "spaces/change_booking.html", context, status=status)


def what_was_done(before: Booking, changed: Booking) -> str:
    if before.is_promised and not changed.is_promised:
        return _(
            "Changed. It must be approved again before it counts. Everybody who needs to know has been"
            " told."
        )
    return _("Changed. Everybody who needs to know has been told.")


def _check_price(
    request: SignedInRequest, booking: Booking, form: ChangeBookingForm, context: dict[str, Any]
) -> HttpResponse:
    """Nobody sends a change before they have seen what it costs in full."""
    use, space = form.use(), booking.space
    price = services.price_after(booking, use)
    form.shows_price(price.total_pence if price else None)
    context |= {
        "use": use,
        "price": price.in_words()
        if price
        else prices.in_words(space, london(use.starts_at).date()),
        "price_before": rules.prices.pence_in_words(booking.price_pence),
        "costs_money": bool(price and price.total_pence),
        "asks_anew": rules.deciding.needs_new_decision(rules.deciding.Use.of(booking), use),
    }
    return render(request, "spaces/check_price.html", context)


@require_http_methods(["GET", "POST"])
def reinstate_booking(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Bring back what was declined or cancelled, if the room can still be had."""
    booking = booking_or_404(request, uuid)
    if not booking.is_alive:
        permissions.check_may_reinstate(request.user, booking)
    form = ReinstateForm(posted(request))
    context: dict[str, Any] = {
        "booking": booking,
        "space": booking.space,
        "form": form,
        "back": booking.get_absolute_url(),
    }
    if booking.is_alive or booking.starts_at <= timezone.now():
        return render(request, "spaces/already_decided.html", context, status=409)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            back = services.reinstate_booking(
                booking, by=request.user, now=timezone.now(), **form.cleaned_data
            )
        except ValidationError as refusal:
            if not form.asks_why(refusal):
                form.add_error(None, in_words(refusal))
            status = status_of(refusal)
        else:
            if back.is_promised:
                messages.success(request, _("Brought back and approved. Everybody has been told."))
            else:
                messages.success(request, _("Brought back. It waits for a decision again."))
            return redirect(booking)
    # Nobody is shown a button that can only be refused.
    context["why_not_back"] = services.why_not_back(booking, by=request.user, now=timezone.now())
    return render(request, "spaces/reinstate_booking.html", context, status=status)
