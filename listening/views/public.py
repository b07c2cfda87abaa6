"""What listening is, what was heard, and how to stay safe: pages for everybody."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from core.clock import today
from core.disclosure import PublicCount
from listening.models import Campaign
from listening.rules.figures import counting_days
from listening.rules.languages import language_name, own_name
from listening.services.figures import figures_of


@dataclass(frozen=True)
class Offer:
    """A campaign that takes answers now, and the languages it asks in."""

    campaign: Campaign
    questions: int
    languages: list[dict[str, str]]
    heard: PublicCount


def offer_of(campaign: Campaign, *, day: date) -> Offer | None:
    """What can be answered; the language of the page first. None while no wording is approved."""
    papers = campaign.papers()
    here = (get_language() or settings.LANGUAGE_CODE).split("-")[0]
    codes = [code for code, _name in settings.LANGUAGES if code in papers]
    if not codes:
        return None
    return Offer(
        campaign=campaign,
        questions=len(papers[codes[0]]),
        languages=[
            {"code": code, "name": own_name(code)}
            for code in sorted(codes, key=lambda code: code != here)
        ],
        heard=figures_of(campaign, today=day).heard.people,
    )


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Why we listen, what can be answered now, and what was heard before."""
    return render(request, "listening/home.html", home_context())


def home_context() -> dict[str, object]:
    published = Campaign.objects.public().newest_first()
    day = today()
    open_now = published.open_on(day)
    offers = [offer for campaign in open_now if (offer := offer_of(campaign, day=day))]
    earlier = published.exclude(pk__in=[offer.campaign.pk for offer in offers])
    return {"offers": offers, "earlier": earlier}


@login_not_required
@require_safe
def campaign(request: HttpRequest, slug: str) -> HttpResponse:
    """Who was heard in one campaign, what about, and where that is known from."""
    found = get_object_or_404(Campaign.objects.public(), slug=slug)
    day = today()
    figures = figures_of(found, today=day)
    context = {
        "campaign": found,
        "is_open": Campaign.objects.public().open_on(day).filter(pk=found.pk).exists(),
        "themes": found.themes.public().order_by("pk"),
        "heard_groups": found.heard_groups.order_by("position", "pk"),
        "figures": figures if figures.heard.people else None,
        "counted": counting_days(today=day, closes_on=found.closes_on),
        "languages": [(language_name(code), people) for code, people in figures.by_language],
    }
    return render(request, "listening/campaign.html", context)


@login_not_required
@require_safe
def safety(request: HttpRequest) -> HttpResponse:
    """How to answer on a phone or computer that others use."""
    return render(request, "listening/safety.html")
