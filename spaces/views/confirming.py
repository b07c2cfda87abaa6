"""Letting a group in although something is missing."""

from collections.abc import Iterable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.forms import with_typed
from spaces import permissions, services
from spaces.forms.agreements import ConfirmDespiteForm
from spaces.models import Booking, Hirer
from spaces.services import turns
from spaces.services.confirming import StillMissing
from spaces.views import SignedInRequest, booking_or_404, posted


@require_http_methods(["GET", "POST"])
def confirm_despite(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Confirm a booking with something missing, and say why. The reason is kept for good."""
    booking = booking_or_404(request, uuid)
    missing = services.what_is_missing(booking)
    form = ConfirmDespiteForm(posted(request), initial={"shown": _kinds(missing)})
    is_valid = form.is_valid()
    # Whoever was shown this page may send it, though something was mended or taken back meanwhile.
    shown = form.cleaned_data.get("shown", []) if form.is_bound else _kinds(missing).split()
    permissions.check_may_confirm_despite(request.user, booking, shown)
    if booking.state != Booking.State.APPROVED:
        return _is_not_approved(request, booking)
    if booking.hirer.state != Hirer.State.APPROVED:
        messages.info(
            request,
            _("This group may not book at the moment, so nothing of it can be confirmed."),
        )
        return redirect(booking)
    status = 422 if form.is_bound else 200
    if is_valid:
        try:
            booking = services.confirm_despite(
                booking, by=request.user, now=timezone.now(), **form.cleaned_data
            )
        except ValidationError as refusal:
            booking = booking_or_404(request, uuid)
            if booking.state != Booking.State.APPROVED:
                return _is_not_approved(request, booking)
            missing = services.what_is_missing(booking)
            kinds = _kinds(missing)
            if not permissions.may_confirm_despite(request.user, booking, kinds.split()):
                messages.info(
                    request,
                    _("More is missing by now. Only programme staff can confirm it like that."),
                )
                return redirect(booking)
            form.add_error(None, refusal)
            status = 409
            if refusal.code == turns.CHANGED_MEANWHILE:
                form.data = with_typed(form.data, shown=kinds)
        else:
            messages.success(
                request,
                _("Confirmed. The group has been told.")
                if booking.confirmed_despite
                else _(
                    "Nothing was missing any more. It is confirmed, and the group has been told."
                ),
            )
            return redirect(booking)
    context = {"booking": booking, "space": booking.space, "form": form, "missing": missing}
    return render(request, "spaces/confirm_despite.html", context, status=status)


def _kinds(missing: Iterable[StillMissing]) -> str:
    return " ".join(one.kind for one in missing)


def _is_not_approved(request: SignedInRequest, booking: Booking) -> HttpResponse:
    messages.info(
        request,
        _("This booking is confirmed already.")
        if booking.state == Booking.State.CONFIRMED
        else _("Only a booking that is approved can be confirmed."),
    )
    return redirect(booking)
