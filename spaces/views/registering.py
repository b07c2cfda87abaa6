"""Making a group known, in steps that can be left and taken up again."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from spaces.forms.hirers import RegisterHirerForm
from spaces.forms.registering import RegisterStepForm, as_typed
from spaces.services import find_hirer_invitation
from spaces.services import registering as services
from spaces.services.registering import Answers
from spaces.views import SignedInRequest
from spaces.views.invitations import no_longer_good

TITLES = {
    "group": (gettext_lazy("Your group"), gettext_lazy("So that we know who asks.")),
    "work": (
        gettext_lazy("What you do"),
        gettext_lazy("So that we can see that rooms are used for local people."),
    ),
    "people": (
        gettext_lazy("Who answers for the group"),
        gettext_lazy("So that a site can ring somebody if something happens."),
    ),
}


@dataclass
class Step:
    name: str
    title: object
    why: object
    form: RegisterStepForm

    @property
    def is_begun(self) -> bool:
        return any(any(values) for values in self.form.typed().values())

    @property
    def is_done(self) -> bool:
        return self.is_begun and self.form.is_valid()


def _steps(answers: Answers) -> list[Step]:
    typed = as_typed(answers)
    return [Step(name, *TITLES[name], RegisterStepForm(typed, step=name)) for name in TITLES]


@require_http_methods(["GET", "POST"])
def register_hirer(request: SignedInRequest) -> HttpResponse:
    """What is asked and why, how far one has come, and the button that sends it.

    Whoever followed an invitation finds the name of their group filled in.
    """
    secret = request.GET.get("invitation", "")
    invitation = find_hirer_invitation(secret) if secret else None
    is_good = invitation is not None and invitation.is_good(timezone.now())
    if secret and request.method == "GET" and not is_good:
        return no_longer_good(request, invitation)
    answers = services.answers_of(request.user)
    if request.method == "POST" and not answers:
        return _sent_already(request)
    steps = _steps(answers)
    form = RegisterHirerForm(as_typed(answers) if request.method == "POST" else None)
    if form.is_valid() and all(step.is_done for step in steps):
        try:
            hirer = services.send_registration(
                by=request.user, now=timezone.now(), **form.cleaned_data
            )
        except ValidationError as refusal:
            if getattr(refusal, "code", "") == "sent_already":
                return _sent_already(request)
            form.add_error(None, refusal)
        else:
            messages.success(request, _("Your group is registered. We have sent you an e-mail."))
            return redirect(hirer)
    context: dict[str, Any] = {
        "steps": steps,
        "refused": form.errors,
        "is_whole": all(step.is_done for step in steps),
        "next": next((step for step in steps if not step.is_done), None),
        "is_begun": any(step.is_begun for step in steps),
        "carried": f"?{urlencode({'invitation': secret})}" if secret else "",
    }
    status = 422 if form.is_bound else 200
    return render(request, "spaces/register_hirer.html", context, status=status)


def _sent_already(request: SignedInRequest) -> HttpResponse:
    """Whoever presses twice, or comes back to an old page, finds the group that was made."""
    messages.info(request, _("There is nothing to send: what you typed was sent already."))
    return redirect("spaces:hirers")


@require_http_methods(["GET", "POST"])
def register_step(request: SignedInRequest, step: str) -> HttpResponse:
    """A few questions. Whatever is typed is kept, also when it is not right yet."""
    if step not in TITLES:
        raise Http404
    secret = request.GET.get("invitation", "")
    invitation = find_hirer_invitation(secret) if secret else None
    if request.method == "POST":
        form = RegisterStepForm(request.POST, step=step)
        brought_by = {services.INVITATION: [str(invitation.uuid)]} if invitation else {}
        services.keep_answers(request.user, form.typed() | brought_by)
        if "later" in request.POST.get("go", ""):
            messages.success(request, _("Saved. Come back within 60 days to finish it."))
            return redirect("spaces:register_hirer")
        if form.is_valid():
            after = [*TITLES, ""][[*TITLES].index(step) + 1]
            return (
                redirect("spaces:register_step", after)
                if after
                else redirect("spaces:register_hirer")
            )
        status = 422
    else:
        answers = services.answers_of(request.user)
        is_good = invitation is not None and invitation.is_good(timezone.now())
        invited = {"name": invitation.group_name} if invitation and is_good else {}
        form = RegisterStepForm(step=step, initial=invited | _shown(answers))
        status = 200
    title, why = TITLES[step]
    context = {
        "form": form,
        "title": title,
        "why": why,
        "number": [*TITLES].index(step) + 1,
        "total": len(TITLES),
    }
    return render(request, "spaces/register_step.html", context, status=status)


def _shown(answers: Answers) -> dict[str, Any]:
    """What was typed before, as a blank form shows it."""
    many = {"boroughs"}
    return {
        name: values if name in many else (values[0] if values else "")
        for name, values in answers.items()
    }
