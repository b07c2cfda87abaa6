"""Reaching a group that asks for privacy, without knowing who it is."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from spaces import permissions, services
from spaces.forms.writing import WriteForm
from spaces.views import SignedInRequest, booking_or_404, posted, status_of


@require_http_methods(["GET", "POST"])
def write_to_group(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Write a few words to a private group about its booking."""
    booking = booking_or_404(request, uuid)
    permissions.check_may_write_to_group(request.user, booking)
    if not booking.hirer.is_sensitive or booking.ends_at <= timezone.now():
        raise Http404
    form = WriteForm(posted(request))
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            services.write_to_group(
                booking, by=request.user, now=timezone.now(), **form.cleaned_data
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
            status = status_of(refusal)
        else:
            messages.success(request, _("Sent to the group."))
            return redirect(booking)
    context = {"booking": booking, "space": booking.space, "form": form}
    return render(request, "spaces/write_to_group.html", context, status=status)
