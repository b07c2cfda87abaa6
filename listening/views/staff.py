"""Responses for staff. Lists carry no words; reading one response's words is written down."""

from typing import cast

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from core.clock import today
from listening import permissions
from listening.forms import FilterResponsesForm
from listening.models import Campaign, Response
from listening.rules.figures import counting_days
from listening.rules.languages import language_name
from listening.services.answers import read_response
from listening.services.figures import figures_of

PER_PAGE = 25


@require_safe
def responses(request: HttpRequest) -> HttpResponse:
    """What came in: counts for everybody who may see them, a list for those who read."""
    user = cast(User, request.user)
    if not permissions.can_see_figures(user):
        raise PermissionDenied
    visible = Response.objects.visible_to(user)
    codes = visible.order_by("language").values_list("language", flat=True).distinct()
    form = FilterResponsesForm(
        request.GET or None, languages=[(code, language_name(code)) for code in codes]
    )
    chosen = form.cleaned_data if form.is_valid() else {}
    found = visible.matching(**chosen).newest_first().with_names()
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    for response in page:
        response.language_name = language_name(response.language)  # type: ignore[attr-defined]
    campaign = chosen.get("campaign") or Campaign.objects.public().with_responses().first()
    day = today()
    context = {
        "form": form,
        "page": page,
        "reads_words": permissions.can_read_words(user),
        "campaign": campaign,
        "figures": figures_of(campaign, today=day) if campaign else None,
        "counted": counting_days(today=day, closes_on=campaign.closes_on) if campaign else None,
    }
    return render(request, "listening/responses.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def response(request: HttpRequest, uuid: str) -> HttpResponse:
    """One response. Its words are shown after a POST, and that somebody read them is kept."""
    user = cast(User, request.user)
    found = get_object_or_404(Response.objects.visible_to(user).with_names(), uuid=uuid)
    answers = read_response(found, by=user, today=today()) if request.method == "POST" else None
    context = {
        "response": found,
        "language_name": language_name(found.language),
        "answers": answers,
    }
    return render(request, "listening/response.html", context)
