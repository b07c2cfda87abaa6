"""People who know a small group: named, asked, and what they said."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from spaces import permissions
from spaces.forms.deciding import ConfirmForm
from spaces.forms.references import AnswerReferenceForm, AskReferenceForm
from spaces.models import Hirer, Reference
from spaces.rules.route import is_link_good
from spaces.services import note_look
from spaces.services import references as services
from spaces.services.route import route_of
from spaces.views import SignedInRequest, posted
from spaces.views.hirers import hirer_or_404


def _reference_or_404(request: SignedInRequest, uuid: str) -> Reference:
    visible = Reference.objects.visible_to(request.user).alive()
    return get_object_or_404(visible.select_related("hirer__organisation"), uuid=uuid)


@require_safe
def references(request: SignedInRequest, slug: str) -> HttpResponse:
    """Whom a group has named, and what came back. What they wrote is for staff alone."""
    hirer = hirer_or_404(request, slug)
    route = route_of(hirer)
    visible = Reference.objects.visible_to(request.user).filter(hirer=hirer).alive()
    found, now = list(visible.telling_if_inside().in_order()), timezone.now()
    context = {
        "hirer": hirer,
        "route": route,
        "references": found,
        "ended": {one.pk for one in found if one.email and not is_link_good(one, now=now)},
        "manages": permissions.manages(request.user, hirer),
        "can_check": permissions.may_check_papers(request.user, hirer),
        "is_needed": route.is_small and hirer.state != Hirer.State.APPROVED,
    }
    belongs = permissions.belongs_to(request.user, hirer)
    note_look(hirer, by=request.user, belongs=belongs)
    return render(request, "spaces/references.html", context)


@require_http_methods(["GET", "POST"])
def ask_reference(request: SignedInRequest, slug: str) -> HttpResponse:
    """Name somebody outside the group who knows it."""
    hirer = hirer_or_404(request, slug)
    permissions.check_manages(request.user, hirer)
    form = AskReferenceForm(posted(request))
    if form.is_valid():
        try:
            reference = services.ask_reference(
                hirer, by=request.user, now=timezone.now(), **form.cleaned_data
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            done = _("Named. We have written to them.") if reference.email else _("Named.")
            messages.success(request, done)
            return redirect("spaces:references", slug)
    context = {"hirer": hirer, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "spaces/ask_reference.html", context, status=status)


@require_http_methods(["GET", "POST"])
def withdraw_reference(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Take a name back before it is answered for."""
    reference = _reference_or_404(request, uuid)
    permissions.check_manages(request.user, reference.hirer)
    form = ConfirmForm(posted(request))
    status = 200
    if form.is_valid():
        try:
            services.withdraw_reference(reference, by=request.user, now=timezone.now())
        except ValidationError as refusal:
            form.add_error(None, refusal)
            status = 409
        else:
            messages.success(request, _("Taken back. They are not asked any more."))
            return redirect("spaces:references", reference.hirer.organisation.slug)
    context = {"reference": reference, "hirer": reference.hirer, "form": form}
    return render(request, "spaces/withdraw_reference.html", context, status=status)


@require_http_methods(["GET", "POST"])
def note_reference(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Write down what a referee said on the telephone."""
    reference = _reference_or_404(request, uuid)
    permissions.check_may_check_papers(request.user, reference.hirer)
    form = AnswerReferenceForm(posted(request))
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            services.answer_reference(reference, by=request.user, now=timezone.now(), **form.said())
        except ValidationError as refusal:
            form.add_error(None, refusal)
            status = 409
        else:
            messages.success(request, _("Written down."))
            return redirect("spaces:references", reference.hirer.organisation.slug)
    context = {"reference": reference, "hirer": reference.hirer, "form": form}
    note_look(reference.hirer, by=request.user, belongs=False)
    return render(request, "spaces/note_reference.html", context, status=status)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def answer_reference(request: HttpRequest, secret: str) -> HttpResponse:
    """What a referee's own link opens, without an account. Looking changes nothing."""
    reference = services.find_reference(secret, now=timezone.now())
    if reference is None:
        return render(request, "spaces/reference_over.html", status=404)
    if reference.answer != Reference.Answer.WAITING:
        # Whoever pressed twice said the same twice; another answer is not kept, and must be told so.
        differs = request.method == "POST" and request.POST.get("answer") != reference.answer
        status = 409 if differs else 200
        return render(
            request, "spaces/reference_answered.html", {"differs": differs}, status=status
        )
    form = AnswerReferenceForm(posted(request))
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            signed_in = request.user if isinstance(request.user, User) else None
            services.answer_reference(
                reference, now=timezone.now(), signed_in=signed_in, **form.said()
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
            status = 409
        else:
            return redirect("spaces:answer_reference", secret)
    context = {"reference": reference, "hirer": reference.hirer, "form": form}
    return render(request, "spaces/answer_reference.html", context, status=status)
