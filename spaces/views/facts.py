"""What is known about a group: kept by its managers, its name by programme staff."""

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
from spaces.forms.facts import FactsForm, NameForm
from spaces.models import Hirer
from spaces.views import SignedInRequest, posted
from spaces.views.hirers import hirer_or_404


@require_http_methods(["GET", "POST"])
def hirer_facts(request: SignedInRequest, slug: str) -> HttpResponse:
    """Look at what is known of the group, mend it, and say that it is right."""
    hirer = hirer_or_404(request, slug)
    permissions.check_manages(request.user, hirer)
    form = FactsForm(
        posted(request),
        is_private=hirer.is_sensitive,
        initial={
            **{name: getattr(hirer, name) for name in services.FACTS},
            "boroughs": hirer.organisation.boroughs.all(),
            "seen": services.version_of(hirer),
        },
    )

    def save() -> Hirer:
        facts = {"is_sensitive": hirer.is_sensitive} | form.cleaned_data
        return services.keep_facts(hirer, by=request.user, now=timezone.now(), **facts)

    return _keep(
        request,
        hirer,
        "spaces/hirer_facts.html",
        form,
        save,
        _("Thank you. We have written down that this is right."),
        is_to_confirm=rules.hirers.is_to_confirm(hirer, today=today()),
        confirm_by=rules.hirers.confirm_by(hirer),
    )


@require_http_methods(["GET", "POST"])
def hirer_name(request: SignedInRequest, slug: str) -> HttpResponse:
    """Programme staff give a group another name, or say whether its name is private."""
    hirer = hirer_or_404(request, slug)
    permissions.check_may_appoint(request.user, hirer)
    form = NameForm(
        posted(request),
        initial={
            "name": hirer.organisation.name,
            "is_sensitive": hirer.is_sensitive,
            "seen": services.version_of(hirer),
        },
    )
    return _keep(
        request,
        hirer,
        "spaces/hirer_name.html",
        form,
        lambda: services.change_name(
            hirer, by=request.user, now=timezone.now(), **form.cleaned_data
        ),
        _("Kept. The group’s managers have been told."),
    )


def _keep(
    request: SignedInRequest,
    hirer: Hirer,
    template: str,
    form: Any,
    save: Callable[[], Hirer],
    done: str,
    **context: object,
) -> HttpResponse:
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            kept = save()
        except ValidationError as refusal:
            form.add_error(None, refusal)
            if getattr(refusal, "code", "") == "changed":
                status = 409
                # What was typed, over the facts as they are now: sent again, it is kept.
                form.data = form.data.copy()
                form.data["seen"] = services.version_of(hirer)
        else:
            messages.success(request, done)
            return redirect(kept)
    return render(request, template, {"hirer": hirer, "form": form, **context}, status=status)
