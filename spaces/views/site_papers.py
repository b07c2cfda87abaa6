"""Which papers a site asks for, for those who run it."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.clock import london, today
from spaces import services
from spaces.forms.seen import VersionForm
from spaces.forms.site_papers import AskForPaperForm
from spaces.models import Booking, Hirer, Site, SiteRequirement
from spaces.services import site_papers as papers
from spaces.views import SignedInRequest, posted
from spaces.views.changing_sites import Shown, do, site_or_403

MOST_SHOWN = 50


@require_safe
def site_papers(request: SignedInRequest, slug: str) -> HttpResponse:
    """What is asked here, by the site and by every site, and which bookings to come lack a paper."""
    site, now = site_or_403(request, slug), timezone.now()
    coming = Booking.objects.visible_to(request.user).at(site).alive().filter(starts_at__gt=now)
    lacking = [(one, " ".join(lacks.values())) for one, lacks in papers.lacking(coming)]
    own = Hirer.objects.visible_to(request.user).of_member(request.user)
    context = {
        "building": site,
        "asked": [
            (one, papers.in_words(one, today=london(now).date())) for one in papers.asked_at(site)
        ],
        "everywhere": [
            papers.in_words(one, today=london(now).date())
            for one in SiteRequirement.objects.public().filter(site=None).order_by("kind", "pk")
        ],
        "lacking": lacking[:MOST_SHOWN],
        "more": max(0, len(lacking) - MOST_SHOWN),
        "number": len(lacking),
        "my_hirers": set(own.values_list("pk", flat=True)),
        "now": now,
        "today": london(now).date(),
    }
    return render(request, "spaces/site_papers.html", context)


@require_http_methods(["GET", "POST"])
def ask_for_paper(request: SignedInRequest, slug: str) -> HttpResponse:
    """Ask for one more paper from a day on."""
    site = site_or_403(request, slug)
    initial = {"space": "all", "when": "always"}
    form = AskForPaperForm(posted(request), site=site, today=today(), initial=initial)

    def keep(seen: set[str]) -> None:
        services.ask_for_paper(site, by=request.user, now=timezone.now(), seen=seen, **form.asked())

    return do(
        request,
        site,
        form,
        keep,
        "ask_for_paper",
        {},
        done=_("Saved. Groups read it before they ask for a room."),
        shown=_shown(site),
        to="site_papers",
        then="site_papers",
        asking="bookings_lacking",
    )


@require_http_methods(["GET", "POST"])
def stop_asking_for_paper(request: SignedInRequest, slug: str, number: int) -> HttpResponse:
    """Ask for a paper no more."""
    site = site_or_403(request, slug)
    asked = get_object_or_404(site.requirements.select_related("site", "space"), pk=number)
    form = VersionForm(posted(request))

    def stop(seen: set[str]) -> None:
        services.stop_asking_for_paper(asked, by=request.user, **form.cleaned_data)

    return do(
        request,
        site,
        form,
        stop,
        "stop_asking_for_paper",
        {"asked": papers.in_words(asked, today=today())},
        done=_("You do not ask for this paper any more."),
        shown=_shown(site, asked),
        to="site_papers",
    )


def _shown(site: Site, one: SiteRequirement | None = None) -> Shown:
    rows = site.requirements.filter(pk=one.pk) if one else site.requirements.all()
    return Shown(
        rows=list(rows),
        there=lambda: rows.select_related("space"),
        told=lambda there: {"lines": [papers.in_words(each, today=today()) for each in there]},
        about=site,
        verbs=["spaces.paper_asked_for", "spaces.paper_not_asked_for"],
    )
