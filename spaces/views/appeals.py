"""A group that was not approved appeals, and somebody else looks again."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from spaces import permissions, rules, services
from spaces.forms.appeals import AppealForm, DecideAppealForm
from spaces.models import Hirer
from spaces.services.route import route_of
from spaces.views import SignedInRequest, posted
from spaces.views.hirers import decided_already, hirer_or_404


@require_http_methods(["GET", "POST"])
def appeal(request: SignedInRequest, slug: str) -> HttpResponse:
    """Say in the group’s own words why the decision is wrong."""
    hirer = hirer_or_404(request, slug)
    permissions.check_may_appeal(request.user, hirer)
    last = services.last_appeal(hirer)
    is_open = last is not None and not last.outcome
    nothing_to_do = (
        hirer.state not in Hirer.REFUSED or is_open or rules.hirers.is_final(hirer, last)
    )
    if nothing_to_do and request.method == "GET":
        return redirect(hirer)
    form = AppealForm(posted(request))
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            services.appeal(hirer, by=request.user, now=timezone.now(), **form.cleaned_data)
        except ValidationError as refusal:
            # Somebody of the group was faster, say. What was written here stays to be copied.
            form.add_error(None, refusal)
            status = 409
        else:
            messages.success(request, _("We have your appeal. Somebody else will look at it."))
            return redirect(hirer)
    context = {
        "hirer": hirer,
        "form": form,
        "appeal_days": settings.DECIDE_APPEALS_WITHIN_WORKING_DAYS,
    }
    return render(request, "spaces/appeal.html", context, status=status)


@require_http_methods(["GET", "POST"])
def decide_appeal(request: SignedInRequest, slug: str) -> HttpResponse:
    """Look again at a group that somebody else declined."""
    hirer = hirer_or_404(request, slug)
    permissions.check_may_decide_about_hirer(request.user, hirer)
    found = services.open_appeal(hirer)
    if found is None:
        return decided_already(request, hirer)
    permissions.check_is_somebody_else(request.user, found)
    form = DecideAppealForm(posted(request), must_check=not hirer.prevent_checks.exists())
    if form.is_valid():
        try:
            services.decide_appeal(found, by=request.user, now=timezone.now(), **form.asked_for())
        except ValidationError:
            return decided_already(request, hirer_or_404(request, slug))
        messages.success(request, _("Decided. The group has been told."))
        return redirect(hirer)
    services.note_look(hirer, by=request.user, belongs=False)
    context = {
        "hirer": hirer,
        "form": form,
        "appeal": found,
        "due": services.appeal_due(found),
        "late": services.late_cancellations(hirer, seen_by=request.user, now=timezone.now()),
        "route": route_of(hirer),
    }
    status = 422 if form.is_bound else 200
    return render(request, "spaces/decide_appeal.html", context, status=status)
