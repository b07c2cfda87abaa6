"""Photographs of spaces: shown to everybody, kept by those who run the site."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from core.pictures import CONTENT_TYPE
from spaces import permissions, rules, services
from spaces.forms.deciding import ConfirmForm
from spaces.forms.photographs import AddPhotographForm, DescribePhotographForm
from spaces.models import Photograph, Space
from spaces.views import SignedInRequest, posted


@login_not_required
@require_safe
def picture(request: HttpRequest, fingerprint: str, size: str) -> HttpResponse:
    """One photograph in one of its sizes: for everybody when its space is on offer.

    Its address changes with the picture, so what a browser has once it never needs to ask for again.
    """
    if size not in Photograph.Size.values:
        raise Http404
    wanted = Photograph.objects.public().filter(fingerprint=fingerprint)
    content = wanted.values_list(size, flat=True).first()
    caching = "public, max-age=31536000, immutable"
    if content is None and isinstance(request.user, User):
        own = Photograph.objects.visible_to(request.user).filter(fingerprint=fingerprint)
        content, caching = own.values_list(size, flat=True).first(), "no-store"
    if content is None:
        raise Http404
    headers = {"Cache-Control": caching, "Content-Disposition": 'inline; filename="room.webp"'}
    return HttpResponse(bytes(content), content_type=CONTENT_TYPE, headers=headers)


@require_http_methods(["GET", "POST"])
def photographs(request: SignedInRequest, slug: str) -> HttpResponse:
    """The photographs of one space, and a form for one more."""
    space = _space_or_404(request, slug)
    is_sent = request.method == "POST"
    form = AddPhotographForm(request.POST if is_sent else None, request.FILES if is_sent else None)
    if form.is_valid():
        try:
            services.add_photograph(space, by=request.user, now=timezone.now(), **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("The photograph is added."))
            return redirect("spaces:photographs", slug=slug)
    there = Photograph.objects.visible_to(request.user).filter(space=space).in_order()
    context = {
        "space": space,
        "photographs": there,
        "form": form,
        "most": rules.photographs.MOST_PHOTOGRAPHS,
        "is_full": len(there) >= rules.photographs.MOST_PHOTOGRAPHS,
    }
    status = 422 if form.is_bound else 200
    return render(request, "spaces/photographs.html", context, status=status)


@require_http_methods(["GET", "POST"])
def describe_photograph(request: SignedInRequest, slug: str, uuid: str) -> HttpResponse:
    """Say anew what is to be seen on a photograph."""
    photograph = _photograph_or_404(request, slug, uuid)
    form = DescribePhotographForm(
        posted(request),
        initial={"alternative_text": photograph.alternative_text, "caption": photograph.caption},
    )
    if form.is_valid():
        try:
            services.describe_photograph(photograph, by=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("The new words are kept."))
            return redirect("spaces:photographs", slug=slug)
    context = {"space": photograph.space, "photograph": photograph, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "spaces/describe_photograph.html", context, status=status)


@require_http_methods(["GET", "POST"])
def remove_photograph(request: SignedInRequest, slug: str, uuid: str) -> HttpResponse:
    """Take a photograph away, after a page that says what that means."""
    photograph = _photograph_or_404(request, slug, uuid)
    form = ConfirmForm(posted(request))
    if form.is_valid():
        try:
            services.remove_photograph(photograph, by=request.user)
        except ValidationError as gone:
            messages.info(request, gone.messages[0])
        else:
            messages.success(request, _("The photograph is removed."))
        return redirect("spaces:photographs", slug=slug)
    context = {"space": photograph.space, "photograph": photograph, "form": form}
    return render(request, "spaces/remove_photograph.html", context)


@require_POST
def move_photograph(request: SignedInRequest, slug: str, uuid: str) -> HttpResponse:
    """Show a photograph one place earlier."""
    photograph = _photograph_or_404(request, slug, uuid)
    try:
        services.move_photograph(photograph, by=request.user)
    except ValidationError as gone:
        messages.info(request, gone.messages[0])
    return redirect("spaces:photographs", slug=slug)


def _space_or_404(request: SignedInRequest, slug: str) -> Space:
    visible = Space.objects.visible_to(request.user).select_related("site__offer")
    space = get_object_or_404(visible, slug=slug)
    permissions.check_may_describe(request.user, space)
    return space


def _photograph_or_404(request: SignedInRequest, slug: str, uuid: str) -> Photograph:
    space = _space_or_404(request, slug)
    there = Photograph.objects.visible_to(request.user).select_related("space__site__offer")
    photograph: Photograph = get_object_or_404(there, space=space, uuid=uuid)
    return photograph
