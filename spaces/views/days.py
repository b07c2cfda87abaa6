"""Days on which a site has other hours than usual."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from core.clock import today
from spaces import services
from spaces.forms.days import AddDayForm, BankHolidaysForm, ChangeDayForm
from spaces.forms.seen import VersionForm
from spaces.models import DayException, Site
from spaces.rules import times
from spaces.services import bank_holidays
from spaces.views import SignedInRequest, posted
from spaces.views.changing_sites import NO_CHANGE, Shown, do, site_or_403


@require_safe
def days(request: SignedInRequest, slug: str) -> HttpResponse:
    """The days with other hours that come, and the bank holidays on which it is open."""
    site = site_or_403(request, slug)
    context = {
        "building": site,
        "days": services.coming_days(site, today=today()),
        "bank_holidays": services.bank_holidays_open(site, today=today()),
        "form": _bank_holidays_form(request, site),
    }
    return render(request, "spaces/days.html", context)


@require_http_methods(["GET", "POST"])
def close_bank_holidays(request: SignedInRequest, slug: str) -> HttpResponse:
    """Closed on all bank holidays until a day."""
    site = site_or_403(request, slug)
    form = _bank_holidays_form(request, site)

    def close(seen: set[str]) -> str:
        closed = services.close_bank_holidays(
            site,
            by=request.user,
            now=timezone.now(),
            seen=seen,
            until=form.cleaned_data["until"],
        )
        if not closed:
            return NO_CHANGE
        return ngettext(
            "Closed on %(number)d more bank holiday.",
            "Closed on %(number)d more bank holidays.",
            len(closed),
        ) % {"number": len(closed)}

    return do(request, site, form, close, "close_bank_holidays", {}, done="", to="days")


def _bank_holidays_form(request: SignedInRequest, site: Site) -> BankHolidaysForm:
    until = bank_holidays.last_day_that_can_be_asked_for(site, today=today())
    return BankHolidaysForm(posted(request), initial={"until": until})


@require_http_methods(["GET", "POST"])
def add_day(request: SignedInRequest, slug: str) -> HttpResponse:
    """Other hours on one day."""
    site = site_or_403(request, slug)
    form = AddDayForm(posted(request), site=site, today=today(), initial={"space": "all"})

    def add(seen: set[str]) -> None:
        said = form.fill(DayException())
        services.say_of_day(said, by=request.user, now=timezone.now(), seen=seen)

    return do(request, site, form, add, "add_day", {}, done=_("The day is kept."), to="days")


@require_http_methods(["GET", "POST"])
def change_day(request: SignedInRequest, slug: str, number: int) -> HttpResponse:
    """Say anew what is true of one day."""
    site = site_or_403(request, slug)
    said = _day_or_404(site, number)
    form = ChangeDayForm(posted(request), initial=ChangeDayForm.said_by(said))

    def change(seen: set[str]) -> None:
        version = form.cleaned_data["version"]
        services.say_of_day(
            form.fill(said), by=request.user, now=timezone.now(), seen=seen, version=version
        )

    context, shown = {"said": said}, _day_shown(said)
    done = _("The day is changed.")
    return do(request, site, form, change, "change_day", context, done=done, shown=shown, to="days")


@require_http_methods(["GET", "POST"])
def remove_day(request: SignedInRequest, slug: str, number: int) -> HttpResponse:
    """Let the usual hours hold that day."""
    site = site_or_403(request, slug)
    said, form = _day_or_404(site, number), VersionForm(posted(request))

    def remove(seen: set[str]) -> None:
        services.take_back_day(
            said, by=request.user, now=timezone.now(), seen=seen, **form.cleaned_data
        )

    context, shown = {"said": said}, _day_shown(said)
    done = _("The usual hours hold that day again.")
    return do(request, site, form, remove, "remove_day", context, done=done, shown=shown, to="days")


def _day_shown(said: DayException) -> Shown:
    return Shown(
        rows=[said],
        there=lambda: said.site.day_exceptions.filter(pk=said.pk),
        told=lambda days: {"lines": [times.exception_in_words(day) for day in days]},
        about=said,
        verbs=["spaces.day_exception_set"],
    )


def _day_or_404(site: Site, number: int) -> DayException:
    coming = site.day_exceptions.filter(day__gte=today()).select_related("space", "site")
    return get_object_or_404(coming, pk=number)
