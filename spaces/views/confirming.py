"""Letting a group in although something is missing."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from spaces import permissions, services
from spaces.forms.agreements import ConfirmDespiteForm
from spaces.models import Booking
from spaces.views import SignedInRequest, booking_or_404


@require_http_methods(["GET", "POST"])
def confirm_despite(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Confirm a booking with something missing, and say why. The reason is kept for good."""
    booking = booking_or_404(request, uuid)
    missing = services.what_is_missing(booking)
    permissions.check_may_confirm_despite(request.user, booking, [one.kind for one in missing])
    if booking.state != Booking.State.APPROVED:
        messages.info(request, _("Only a booking that is approved can be confirmed."))
        return redirect(booking)
    form = ConfirmDespiteForm(request.POST if request.method == "POST" else None)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            services.confirm_despite(
                booking, by=request.user, now=timezone.now(), **form.cleaned_data
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
            status = 409
        else:
            messages.success(request, _("Confirmed. The group has been told."))
            return redirect(booking)
    context = {"booking": booking, "space": booking.space, "form": form, "missing": missing}
    return render(request, "spaces/confirm_despite.html", context, status=status)
