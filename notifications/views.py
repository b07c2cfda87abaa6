"""What programme staff see of the letters: what could not be sent, and a way to try again."""

from typing import cast
from uuid import UUID

from django.contrib import messages as banners
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from notifications import permissions, services
from notifications.forms import FilterMessagesForm
from notifications.models import Message

PER_PAGE = 50


@require_safe
def messages(request: HttpRequest) -> HttpResponse:
    """Every letter, those that could not be sent first."""
    user = cast(User, request.user)
    if not permissions.can_look_after_messages(user):
        raise PermissionDenied
    letters = Message.objects.visible_to(user).dead_first()
    form = FilterMessagesForm(request.GET or None)
    if form.is_bound:
        if not form.is_valid():
            return render(request, "notifications/messages.html", {"form": form}, status=422)
        if form.cleaned_data["state"]:
            letters = letters.filter(state=form.cleaned_data["state"])
    page = Paginator(letters, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "reads_about_rooms": permissions.reads_letters_about_rooms(user),
    }
    return render(request, "notifications/messages.html", context)


@require_safe
def message(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One letter. Words that carry a code or a link are not shown; administrators read none about
    rooms.
    """
    return _message_page(request, uuid)


@require_POST
def try_again(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Send a letter that could not be sent once more."""
    user = cast(User, request.user)
    letter = get_object_or_404(Message.objects.visible_to(user), uuid=uuid)
    try:
        services.try_again(letter, by=user, now=timezone.now())
    except ValidationError as refusal:
        return _message_page(request, uuid, refusal=refusal, status=409)
    banners.success(request, _("We will try to send this message again now."))
    return redirect(letter)


def _message_page(
    request: HttpRequest,
    uuid: UUID,
    *,
    refusal: ValidationError | None = None,
    status: int = 200,
) -> HttpResponse:
    user = cast(User, request.user)
    letter = get_object_or_404(Message.objects.visible_to(user).select_related("user"), uuid=uuid)
    context = {
        "message": letter,
        "reads": permissions.reads_letter(user, letter),
        "refusal": refusal,
    }
    return render(request, "notifications/message.html", context, status=status)
