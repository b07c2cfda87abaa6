"""What a group needs, saved once, so that it need not be said again."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from spaces import permissions, services
from spaces.forms.needs import NONE, HirerNeedsForm
from spaces.views import SignedInRequest, posted
from spaces.views.hirers import hirer_or_404


@require_http_methods(["GET", "POST"])
def hirer_needs(request: SignedInRequest, slug: str) -> HttpResponse:
    """Say what a room must have for a group, and how to reach it."""
    hirer = hirer_or_404(request, slug)
    permissions.check_belongs(request.user, hirer)
    form = HirerNeedsForm(
        posted(request),
        initial={
            "access_needs": hirer.access_needs or ([NONE] if hirer.communication_needs else []),
            "communication_needs": hirer.communication_needs,
        },
    )
    if form.is_valid():
        services.save_needs(hirer, by=request.user, **form.cleaned_data)
        messages.success(request, _("Saved. Rooms now say whether they work for your group."))
        return redirect(hirer)
    status = 422 if form.is_bound else 200
    context = {"hirer": hirer, "form": form}
    return render(request, "spaces/hirer_needs.html", context, status=status)
