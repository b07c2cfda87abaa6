"""Inviting groups to register, and the page behind the link of an invitation."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from spaces import permissions, services
from spaces.forms.deciding import ConfirmForm
from spaces.forms.invitations import InviteHirerForm
from spaces.models import HirerInvitation, Space
from spaces.views import SignedInRequest, posted

A_PAGE = 20


@require_safe
def invitations(request: SignedInRequest) -> HttpResponse:
    """Whom we have invited, and what became of it."""
    permissions.check_invites(request.user)
    visible = HirerInvitation.objects.visible_to(request.user).with_people()
    page = Paginator(visible.order_by("-created_at", "-pk"), A_PAGE)
    context = {"page": page.get_page(request.GET.get("page")), "now": timezone.now()}
    return render(request, "spaces/invitations.html", context)


@require_http_methods(["GET", "POST"])
def invite_hirer(request: SignedInRequest) -> HttpResponse:
    """Write to a group that would gain from the rooms."""
    permissions.check_invites(request.user)
    mine = Space.objects.visible_to(request.user)
    spaces = Space.objects.public().filter(pk__in=mine.values("pk")).select_related("site")
    form = InviteHirerForm(
        posted(request),
        spaces=spaces.order_by("site__name", "name", "pk"),
        needs_a_space=not permissions.is_programme_staff(request.user),
    )
    if form.is_valid():
        try:
            services.invite_hirer(by=request.user, now=timezone.now(), **form.cleaned_data)
        except ValidationError as refusal:
            form.refuse(refusal)
        else:
            messages.success(
                request,
                _("Invited. The letter is on its way.")
                if permissions.is_programme_staff(request.user)
                else _(
                    "Invited. The letter is on its way, unless others wrote to this address during"
                    " the last week."
                ),
            )
            return redirect("spaces:invitations")
    status = 422 if form.is_bound else 200
    return render(request, "spaces/invite_hirer.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
def withdraw_hirer_invitation(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Take an invitation back, after a page that says what that means."""
    visible = HirerInvitation.objects.visible_to(request.user).with_people()
    invitation = get_object_or_404(visible, uuid=uuid)
    permissions.check_may_invite_groups(request.user, invitation.space)
    form = ConfirmForm(posted(request))
    status = 200
    if form.is_valid():
        try:
            services.withdraw_hirer_invitation(invitation, by=request.user, now=timezone.now())
        except ValidationError as refusal:
            form.add_error(None, refusal)
            status = 409
        else:
            messages.success(request, _("The invitation is withdrawn."))
            return redirect("spaces:invitations")
    context = {"invitation": invitation, "form": form}
    return render(request, "spaces/withdraw_hirer_invitation.html", context, status=status)


@login_not_required
@never_cache
@require_safe
def hirer_invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """What the link of a letter opens: what this is, and the way to register. Looking changes nothing.

    It tells nothing about the group: whoever holds the link may not be of it.
    """
    found = services.find_hirer_invitation(secret)
    if found is None or not found.is_good(timezone.now()):
        return no_longer_good(request, found)
    return render(request, "spaces/hirer_invitation.html", {"invitation": found, "secret": secret})


def no_longer_good(request: HttpRequest, found: HirerInvitation | None) -> HttpResponse:
    """A link that was used, withdrawn or ran out is gone (410); one that never was is not found."""
    context = {"invitation": found}
    status = 410 if found else 404
    return render(request, "spaces/hirer_invitation_over.html", context, status=status)
