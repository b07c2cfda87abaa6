"""Taking back that a group may book, with all that it has booked in sight."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.clock import london
from spaces import permissions, services
from spaces.forms.stopping import StopHirerForm
from spaces.models import Hirer
from spaces.services import affected, turns
from spaces.views import SignedInRequest, posted
from spaces.views.hirers import decided_already, hirer_or_404


@require_http_methods(["GET", "POST"])
def stop_hirer(request: SignedInRequest, slug: str) -> HttpResponse:
    """Stop a group from booking; its bookings to come are left or cancelled in the same act."""
    hirer = hirer_or_404(request, slug)
    permissions.check_may_decide_about_hirer(request.user, hirer)
    if hirer.state != Hirer.State.APPROVED:
        return decided_already(request, hirer)
    now = timezone.now()
    coming = services.bookings_to_come(hirer, now=now)
    form = StopHirerForm(posted(request), has_bookings=bool(coming))
    status, is_race = 422 if form.is_bound else 200, False
    if form.is_valid():
        seen = set(request.POST.get("seen", "").split())
        try:
            services.stop_hirer(hirer, by=request.user, now=now, seen=seen, **form.asked())
        except ValidationError as refusal:
            if refusal.code not in (affected.UNSEEN, turns.CROWDED):
                return decided_already(request, hirer_or_404(request, slug))
            status, is_race = 409, refusal.code == affected.UNSEEN
            coming = services.bookings_to_come(hirer, now=now)
            form.add_error(
                None,
                _("There is a booking that you have not seen. Look again.") if is_race else refusal,
            )
        else:
            messages.success(request, _("Stopped. The group has been told, and how it can appeal."))
            return redirect(hirer)
    services.note_look(hirer, by=request.user, belongs=False)
    context = {
        "hirer": hirer,
        "form": form,
        "bookings": coming,
        "late": services.late_cancellations(hirer, seen_by=request.user, now=now),
        "now": now,
        "today": london(now).date(),
        "my_hirers": (),
    }
    return render(request, "spaces/stop_hirer.html", context, status=status)
