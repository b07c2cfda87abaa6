"""Changing what a booking is for and who comes: written, read with what becomes of it, then sent."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from core.clock import london, today
from spaces import permissions, rules, services
from spaces.forms.changing_asked import ChangeAskedForm
from spaces.models import Booking
from spaces.rules.changing import Asked
from spaces.rules.deciding import Use
from spaces.services import prices, turns
from spaces.views import SignedInRequest, booking_or_404, posted, status_of
from spaces.views.changing import what_was_done

FASTER = (
    services.CHANGED_MEANWHILE,
    services.JUST_TAKEN,
    services.TOO_CLOSE,
    services.TOO_OFTEN,
    turns.CROWDED,
)
"""Refused for what others did or asked for, not for what was typed."""


@require_http_methods(["GET", "POST"])
def change_what_was_asked(request: SignedInRequest, uuid: str) -> HttpResponse:
    """What for, who comes, how many, food and needs, for the time and the room that stand."""
    booking = booking_or_404(request, uuid)
    permissions.check_may_change(request.user, booking)
    belongs = permissions.belongs_to(request.user, booking.hirer)
    knows = not booking.hirer.is_sensitive or permissions.knows_group(request.user, booking.hirer)
    form = ChangeAskedForm(
        posted(request),
        booking=booking,
        belongs=belongs,
        knows=knows,
        # Whoever runs the site must not learn who belongs to a private group.
        asks_who_calls=not belongs and knows,
    )
    context: dict[str, Any] = {
        "booking": booking,
        "space": booking.space,
        "form": form,
        "belongs": belongs,
        "late": belongs and rules.bookings.is_late_to_cancel(booking, on=today()),
        "back": booking.get_absolute_url(),
    }
    if not rules.states.may_change(booking) or booking.starts_at <= timezone.now():
        return render(request, "spaces/already_decided.html", context, status=409)
    status = 200
    if form.is_bound and "again" not in request.POST:
        status = 422
        if form.is_valid():
            try:
                done = _change(request, booking, form, context)
            except ValidationError as refusal:
                code = getattr(refusal, "code", "")
                if not form.asks_why(refusal):
                    form.add_error(None, refusal)
                # What is written instead is read again before it is sent.
                form.shows_outcome("", "")
                if code == services.CHANGED_MEANWHILE:
                    context["as_it_is_now"] = context["booking"] = booking_or_404(request, uuid)
                    form.shows(context["booking"])
                if code in FASTER:
                    status = status_of(refusal)
                if code == "late":
                    # The refusal says all that the warning says.
                    context["late"] = False
            else:
                return done
    return render(request, "spaces/change_what_was_asked.html", context, status=status)


def _change(
    request: SignedInRequest, booking: Booking, form: ChangeAskedForm, context: dict[str, Any]
) -> HttpResponse:
    """Send it, once what becomes of the booking has been read."""
    now, use, asked = timezone.now(), form.use(), form.as_asked()
    outcome = services.outcome_of(booking, use, asked, now=now)
    is_other_use = use != Use.of(booking)
    price = services.price_after(booking, use)
    price_seen = prices.version_of_price(price)
    said = form.cleaned_data
    has_seen = said["outcome_seen"] == outcome and said["price_seen"] == price_seen
    # Whoever looked at an older booking is told so first.
    if (
        not has_seen
        and said["seen_at"] == booking.updated_at
        and (is_other_use or asked != Asked.of(booking))
    ):
        form.shows_outcome(outcome, price_seen)
        is_dearer = is_other_use and price and price.total_pence != booking.price_pence
        context |= {
            "outcome": outcome,
            "reasons": services.why_anew(booking, asked),
            "lines": rules.changing.lines(Asked.of(booking), asked, with_purpose=True),
            "use": use if is_other_use else None,
            "price": price.in_words() if is_dearer and price else "",
            "price_before": rules.prices.pence_in_words(booking.price_pence),
            "missing": services.papers.missing_for(
                booking.hirer,
                booking.space.site,
                london(booking.starts_at).date(),
                children=rules.ages.has_children(asked.ages),
                adults_at_risk=asked.has_adults_at_risk,
                food=asked.has_food,
                people=use.attendance,
            ),
        }
        return render(request, "spaces/check_what_was_asked.html", context)
    changed = services.change_booking(
        booking,
        use,
        asked=asked,
        by=request.user,
        now=now,
        seen_at=said["seen_at"],
        price_seen=price_seen,
        caller_name=said.get("caller_name", ""),
        less_time_free=said.get("less_time_free", ""),
    )
    messages.success(request, what_was_done(booking, changed))
    return redirect(booking)
