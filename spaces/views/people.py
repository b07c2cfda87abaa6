"""Who acts for a group: inviting, accepting, handing over, changing, leaving."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from anchors.models import Mandate
from core.clock import today
from spaces import permissions, rules, services
from spaces.forms.deciding import ConfirmForm
from spaces.forms.people import AnswerForm, AppointForm, HandOverForm, InviteForm
from spaces.models import Hirer, Invitation
from spaces.views import SignedInRequest, posted
from spaces.views.hirers import hirer_or_404


def _mandate_or_404(hirer: Hirer, mandate_id: int) -> Mandate:
    people = services.people_of(hirer, today=today())
    mandate = next((one for one in people if one.pk == mandate_id), None)
    if mandate is None:
        raise Http404
    return mandate


def _act(
    request: SignedInRequest,
    hirer: Hirer,
    template: str,
    form: Any,
    service: Callable[[], object],
    done: str,
    *,
    to: str = "",
    **context: object,
) -> HttpResponse:
    """Show a page that asks, do what it asks, and say in words if it cannot be done."""
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            service()
        except ValidationError as refusal:
            if hasattr(form, "refuse"):
                form.refuse(refusal)
            else:
                form.add_error(None, refusal)
            status = 409
        else:
            messages.success(request, done)
            return redirect(to or hirer)
    return render(request, template, {"hirer": hirer, "form": form, **context}, status=status)


@require_http_methods(["GET", "POST"])
def invite(request: SignedInRequest, slug: str) -> HttpResponse:
    """Ask a colleague by e-mail to act for the group."""
    hirer = hirer_or_404(request, slug)
    permissions.check_may_invite(request.user, hirer)
    form = InviteForm(posted(request))
    return _act(
        request,
        hirer,
        "spaces/invite.html",
        form,
        lambda: services.invite(hirer, by=request.user, now=timezone.now(), **form.cleaned_data),
        _("Invited. We have sent them an e-mail."),
    )


@require_http_methods(["GET", "POST"])
def withdraw_invitation(request: SignedInRequest, slug: str, number: int) -> HttpResponse:
    """Take an invitation back before it is answered."""
    hirer = hirer_or_404(request, slug)
    permissions.check_may_invite(request.user, hirer)
    now = timezone.now()
    invitation = services.open_invitations(hirer, now=now).filter(pk=number).first()
    if invitation is None:
        raise Http404
    belongs = permissions.belongs_to(request.user, hirer)
    services.note_look(hirer, by=request.user, belongs=belongs)
    return _act(
        request,
        hirer,
        "spaces/withdraw_invitation.html",
        ConfirmForm(posted(request)),
        lambda: services.withdraw_invitation(invitation, by=request.user, now=now),
        _("Taken back. The link in their e-mail opens nothing any more."),
        invitation=invitation,
    )


@login_not_required
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """What the link of a letter opens: who asks, and what to do to say yes or no."""
    found = services.find_invitation(secret, now=timezone.now())
    if found is None:
        # Whoever pressed twice is in, and whoever opens their letter again looks for the group.
        if isinstance(request.user, User) and request.POST.get("answer") != "no":
            joined = services.group_joined(secret, by=request.user)
            if joined is not None:
                return redirect(joined)
        return render(request, "spaces/invitation_over.html", status=404)
    if not isinstance(request.user, User) or not services.is_for(found, request.user):
        is_signed_in = request.user.is_authenticated
        context = {"invitation": found, "is_signed_in": is_signed_in}
        status = 403 if request.method == "POST" else 200
        return render(request, "spaces/invitation_of_another.html", context, status=status)
    return _answer(request, found, request.user)


@require_http_methods(["GET", "POST"])
def take_over(request: SignedInRequest, slug: str) -> HttpResponse:
    """Say yes or no to a manager who wants to hand over."""
    hirer = hirer_or_404(request, slug)
    found = services.hand_over_to(request.user, hirer, now=timezone.now())
    if found is None or not services.is_for(found, request.user):
        if services.took_over(request.user, hirer):
            return render(request, "spaces/taken_over.html", {"hirer": hirer})
        raise Http404
    return _answer(request, found, request.user)


def _answer(request: HttpRequest, found: Invitation, user: User) -> HttpResponse:
    form = AnswerForm(posted(request))
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            if form.cleaned_data["answer"] == "no":
                services.decline_invitation(found, by=user, now=timezone.now())
                messages.success(request, _("You said no. We have told the person who asked."))
                return redirect("home:waiting")
            hirer = services.accept_invitation(found, by=user, now=timezone.now())
        except (ValidationError, PermissionDenied):
            if form.cleaned_data["answer"] == "yes" and services.said_yes(found, by=user):
                return redirect(found.hirer)
            return render(request, "spaces/invitation_over.html", status=409)
        messages.success(request, _("Done. You act for this group from now on."))
        return redirect(hirer)
    context = {"invitation": found, "hirer": found.hirer, "form": form}
    return render(request, "spaces/invitation.html", context, status=status)


@require_http_methods(["GET", "POST"])
def hand_over(request: SignedInRequest, slug: str) -> HttpResponse:
    """Ask a member to take the group over."""
    hirer = hirer_or_404(request, slug)
    permissions.check_manages(request.user, hirer)
    people = services.people_of(hirer, today=today())
    members = [one for one in people if one.kind == Mandate.Kind.MEMBER and one.user.is_active]
    form = HandOverForm(posted(request), members=members)
    return _act(
        request,
        hirer,
        "spaces/hand_over.html",
        form,
        lambda: services.offer_hand_over(
            form.chosen(),
            hirer=hirer,
            sender_then=form.cleaned_data["sender_then"],
            by=request.user,
            now=timezone.now(),
        ),
        _("Asked. Until they say yes, everything stays as it is."),
        members=members,
    )


@require_http_methods(["GET", "POST"])
def change_kind(request: SignedInRequest, slug: str, mandate_id: int) -> HttpResponse:
    """Make a member a manager, or a manager a member."""
    hirer = hirer_or_404(request, slug)
    permissions.check_manages(request.user, hirer)
    mandate = _mandate_or_404(hirer, mandate_id)
    is_manager = mandate.kind == Mandate.Kind.MANAGER
    kind = Mandate.Kind.MEMBER if is_manager else Mandate.Kind.MANAGER
    return _act(
        request,
        hirer,
        "spaces/change_kind.html",
        ConfirmForm(posted(request)),
        lambda: services.change_kind(
            mandate, kind, hirer=hirer, by=request.user, now=timezone.now()
        ),
        _("Changed."),
        mandate=mandate,
        is_manager=is_manager,
    )


@require_http_methods(["GET", "POST"])
def appoint_manager(request: SignedInRequest, slug: str, mandate_id: int) -> HttpResponse:
    """Programme staff make a member the manager of a group that cannot do so itself."""
    hirer = hirer_or_404(request, slug)
    permissions.check_may_appoint(request.user, hirer)
    mandate = _mandate_or_404(hirer, mandate_id)
    if mandate.kind == Mandate.Kind.MANAGER or not mandate.user.is_active:
        raise Http404
    services.note_look(hirer, by=request.user, belongs=False)
    form = AppointForm(posted(request))
    return _act(
        request,
        hirer,
        "spaces/appoint_manager.html",
        form,
        lambda: services.appoint_manager(
            mandate, hirer=hirer, by=request.user, now=timezone.now(), **form.cleaned_data
        ),
        _("Done. They look after the group now, and have been told."),
        mandate=mandate,
    )


@require_http_methods(["GET", "POST"])
def end_membership(request: SignedInRequest, slug: str, mandate_id: int) -> HttpResponse:
    """Take somebody out of a group."""
    hirer = hirer_or_404(request, slug)
    permissions.check_manages(request.user, hirer)
    mandate = _mandate_or_404(hirer, mandate_id)
    if mandate.user == request.user:
        return redirect("spaces:leave_group", slug)
    return _act(
        request,
        hirer,
        "spaces/end_membership.html",
        ConfirmForm(posted(request)),
        lambda: services.end_membership(mandate, hirer=hirer, by=request.user, now=timezone.now()),
        _("Done. They no longer act for the group."),
        mandate=mandate,
    )


@require_http_methods(["GET", "POST"])
def leave_group(request: SignedInRequest, slug: str) -> HttpResponse:
    """Leave a group oneself."""
    hirer = hirer_or_404(request, slug)
    people = services.people_of(hirer, today=today())
    mandate = next((one for one in people if one.user == request.user), None)
    if mandate is None:
        raise Http404
    return _act(
        request,
        hirer,
        "spaces/leave_group.html",
        ConfirmForm(posted(request)),
        lambda: services.end_membership(mandate, hirer=hirer, by=request.user, now=timezone.now()),
        _("Done. You no longer act for the group."),
        to="spaces:hirers",
        answers_for_it=rules.hirers.is_same_name(hirer.responsible_adult, request.user.name)
        or rules.hirers.is_same_name(hirer.deputy_name, request.user.name),
        is_only_manager=mandate.kind == Mandate.Kind.MANAGER
        and not services.has_manager(one for one in people if one.user != request.user),
    )
