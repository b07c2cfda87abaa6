"""Finding a space: the pages anyone may read."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from accounts.models import User
from core.clock import london, monday_of, today
from core.paging import OneLook
from spaces import permissions
from spaces.forms.finding import FindForm, WeekForm
from spaces.models import AccessFact, Hirer, Space, SpaceOffer
from spaces.rules import access, fit, months, times
from spaces.rules.house import who_decides
from spaces.rules.months import MonthDay
from spaces.rules.prices import costs_money, price_list, who_pays
from spaces.rules.weeks import Hour, length_here
from spaces.services import calendar, days, demand, finding, misses, papers, prices, reports, words

ON_A_PAGE = 10


@login_not_required
@require_safe
def spaces(request: HttpRequest) -> HttpResponse:
    """Find a room: a sentence with blanks, and what is really free."""
    now = timezone.now()
    asked = FindForm.is_asked(request.GET)
    form = FindForm(request.GET if asked else None, today=today())
    context: dict[str, Any] = {
        "form": form,
        "is_asked": asked,
        "saved_needs": _saved_needs(request),
    }
    if asked and not form.is_valid():
        return render(request, "spaces/spaces.html", context, status=422)

    wish = form.wish() if asked else fit.Wish()
    if asked:
        wish = replace(wish, what=words.understand(form.cleaned_data["what"]))
    elsewhere = finding.booked_elsewhere(wish, now=now)
    first_that_day: dict[int, datetime] = {}
    if wish.day is None:
        fits = finding.find(wish, now=now)
    else:
        fits, first_that_day = days.free_on_day(wish, now=now)
    look = OneLook(
        fits.as_results(),
        ON_A_PAGE,
        beside=None if elsewhere is None else elsewhere.as_results(),
        at_most_beside=finding.HOW_MANY,
    )
    page = look.get_page(request.GET.get("page"))
    found = list(page.object_list)
    first_free: Mapping[int, datetime | None] = first_that_day
    if wish.period is None and wish.day is None:
        first_free = calendar.first_free(found, now=now, **wish.aside)
    offers = _offers([*found, *look.beside], wish, first_free, now=now)
    context |= {
        "page": page,
        "wish": wish,
        "offers": offers[: len(found)],
        "misses": [],
        "elsewhere": offers[len(found) :],
    }
    if asked and _is_looked_at(request):
        demand.note_unmet_demand(wish, found=page.paginator.count, now=now)
    if not found:
        context["misses"] = _near(wish, now=now)
    return render(request, "spaces/spaces.html", context)


def _near(wish: fit.Wish, *, now: datetime) -> list[dict[str, Any]]:
    """What comes near as a result shows it: what differs, and never the same twice."""
    near = misses.near_misses(wish, now=now)
    first_free = {miss.space.pk: miss.starts_at for miss in near if wish.day}
    offers = _offers([miss.space for miss in near], wish, first_free, now=now)
    return [
        {
            **offer,
            "differs": miss.differs,
            "price": prices.in_words(miss.space, london(now).date(), miss.period),
            **{
                name: "" if _is_told(offer[name], miss.differs) else offer[name]
                for name in ("holds", "wheelchairs")
            },
            "ask_url": ask_url(miss.space, miss.starts_at, miss.ends_at, wish),
            "url": _page_url(miss.space, miss.starts_at, miss.ends_at, wish),
        }
        for miss, offer in zip(near, offers, strict=True)
    ]


NOT_READ = re.compile(r"bot|crawl|spider|slurp|preview", re.IGNORECASE)


def _is_looked_at(request: HttpRequest) -> bool:
    """Say whether somebody seems to read the first page of this search: no program that reads the web,
    no browser that fetches ahead, no picture of another page.
    """
    told = request.headers
    ahead = " ".join(told.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Moz"))
    return (
        request.method == "GET"
        and "page" not in request.GET
        and "prefetch" not in ahead.lower()
        and told.get("Sec-Fetch-Dest", "document") == "document"
        and not NOT_READ.search(told.get("User-Agent", ""))
    )


@login_not_required
@require_safe
def space(request: HttpRequest, slug: str) -> HttpResponse:
    """One space: what it is like, what it costs, who decides, and when it is free."""
    public = Space.objects.public().with_site().select_related("site__borough", "site__owner")
    shown = get_object_or_404(public, slug=slug)
    return page_of_space(request, shown)


def page_of_space(
    request: HttpRequest, shown: Space, *, offer: SpaceOffer | None = None
) -> HttpResponse:
    """The page of a space; of one that is still an `offer`, without anything to ask for."""
    now = timezone.now()
    form = WeekForm(request.GET or None, today=today())
    is_wrong = form.is_bound and not form.is_valid()
    answers = form.cleaned_data if form.is_bound and not is_wrong else {}
    wish, period = fit.Wish(), None
    if answers:
        period = form.period
        wish = fit.Wish(
            people=answers["people"],
            layout=answers["layout"],
            wheelchairs=answers["wheelchairs"],
            starts_at=period[0] if period else None,
            ends_at=period[1] if period else None,
            **form.aside,
        )
    facts = finding.access_of([shown])[shown.pk]
    alike = finding.alike(shown, wish, facts, now=now)
    layouts = sorted(shown.layouts.all(), key=lambda layout: (-layout.capacity, layout.kind))
    context: dict[str, Any] = {
        "space": shown,
        "offer": offer,
        "form": form,
        "wish": wish,
        "access": access.in_parts(facts),
        "there": access.ways_there(facts),
        "doubted": reports.doubted(shown, facts),
        "works": _does_it_work(request, facts),
        "surveyed_on": access.usual_day(facts),
        "layouts": layouts,
        "equipment": shown.equipment.order_by("kind", "pk"),
        "holds": max((layout.capacity for layout in layouts), default=0),
        "seasons": calendar.seasons_of(shown, today()),
        "exceptions": calendar.coming_exceptions(shown, london(now).date()),
        "closures": calendar.coming_closures(shown, now=now),
        "prices": price_list(shown.charges_here, london(now).date()),
        "costs_money": costs_money(shown.charges_here, london(now).date()),
        "who_pays": who_pays(shown.charges_here, london(now).date()),
        "price": prices.in_words(shown, london(now).date(), period),
        "runs_site": offer is None
        and isinstance(request.user, User)
        and permissions.looks_after(request.user, shown.site),
        "can_describe": offer is None
        and isinstance(request.user, User)
        and permissions.may_describe(request.user, shown),
        "alike": _offers(alike, replace(wish, needs=fit.there(facts)), {}, now=now),
        "alike_have": [AccessFact.Key(key).label for key in fit.there(facts)],
        "who_decides": who_decides(shown, settings.DECIDE_BOOKINGS_WITHIN_WORKING_DAYS),
        "today": london(now).date(),
        "papers_needed": papers.asked_for(shown, today=london(now).date()),
    }
    if shown.is_booked_here and offer is None:
        context["is_free_then"] = period and finding.is_free(shown, *period, now=now, **wish.aside)
        context["ask_url"] = ask_url(shown, wish.starts_at, wish.ends_at, wish)
        context["for_group_url"] = ask_url(
            shown, wish.starts_at, wish.ends_at, wish, page="hold_space_for_group"
        )
        context |= _when_free(request, shown, wish, answers, now=now)
        if period is not None and not context["is_free_then"]:
            context["elsewhere_url"] = f"{reverse('spaces:spaces')}?{_carried(*period, wish)}"
            known = finding.times_around([shown], period, now=now, **wish.aside)[shown.pk]
            context["why_not"] = finding.why_not(shown, *period, known=known, now=now, **wish.aside)
            context["other_times"] = [
                {
                    "starts_at": starts_at,
                    "ends_at": ends_at,
                    "url": ask_url(shown, starts_at, ends_at, wish),
                }
                for starts_at, ends_at in finding.other_times(shown, *period, now=now, **wish.aside)
            ]
    return render(request, "spaces/space.html", context, status=422 if is_wrong else 200)


def _my_groups(request: HttpRequest) -> list[Hirer]:
    """The groups of whoever is reading, if they signed in."""
    if not isinstance(request.user, User):
        return []
    mine = (
        Hirer.objects.visible_to(request.user)
        .of_member(request.user)
        .select_related("organisation")
    )
    return list(mine.order_by("organisation__name", "pk"))


def _does_it_work(request: HttpRequest, facts: fit.Facts) -> dict[str, Any] | None:
    """Whether a space has what a group of the reader needs: the one chosen, or the first with needs."""
    mine = _my_groups(request)
    if not mine:
        return None
    chosen = next(
        (one for one in mine if str(one.pk) == request.GET.get("group")),
        max(mine, key=lambda one: bool(one.access_needs)),
    )
    answers = access.answers_to(chosen.access_needs, facts)
    return {
        "hirer": chosen,
        "answers": answers,
        "sum": access.summed_up(answers),
        "others": [one for one in mine if one != chosen],
    }


def _saved_needs(request: HttpRequest) -> list[dict[str, Any]]:
    """For each group of the reader a link to this search that asks for what it needs as well."""
    links = []
    for one in _my_groups(request):
        if one.access_needs:
            query = request.GET.copy()
            query.setlist("need", list(dict.fromkeys([*query.getlist("need"), *one.access_needs])))
            query.pop("page", None)
            links.append({"hirer": one, "url": f"?{query.urlencode()}"})
    return links


def _when_free(
    request: HttpRequest, shown: Space, wish: fit.Wish, answers: dict[str, Any], *, now: datetime
) -> dict[str, Any]:
    """The week asked for, or that of the time looked for, or of the month asked for, or else the first
    with something free; and the month asked for, or else that of the same day. Always a week and a
    month in which somebody could ask, so that an old link still leads somewhere.
    """
    today = london(now).date()
    last_day = times.last_day(now, shown.site.horizon_weeks)
    wished = 0
    if wish.period is not None:
        wished = (wish.period[1] - wish.period[0]) // timedelta(minutes=1)
    minutes = length_here(shown, wished)
    day = answers.get("week") or (wish.starts_at and london(wish.starts_at).date())
    day = day or answers.get("month")
    known = None
    if day is None:
        first, known = calendar.first_free_and_known(
            shown, now=now, minutes=length_here(shown, 0), **wish.aside
        )
        day = london(first).date() if first else today
    monday = monday_of(min(max(day, today), last_day))
    first_day = months.first_of(min(max(answers.get("month") or day, today), last_day))
    week, month = calendar.week_and_month(
        shown, monday, first_day, now=now, minutes=minutes, known=known, **wish.aside
    )

    def week_beside(weeks: int) -> str:
        return _beside(request, "week", week=monday + timedelta(weeks=weeks), month=None)

    def month_beside(number: int) -> str:
        return _beside(request, "month", month=months.beside(first_day, number), week=None)

    return {
        "week": week,
        "days": [
            {"day": day, "hours": [_hour(shown, hour, wish) for hour in day.hours]}
            for day in week.days_to_show
        ],
        "length": times.length_in_words(minutes),
        "aside": times.aside_in_words(**wish.aside),
        "notice": times.length_in_words(shown.site.min_notice_hours * 60),
        "last_day": last_day,
        "earlier": week_beside(-1) if monday > monday_of(today) else "",
        "later": week_beside(1) if monday < monday_of(last_day) else "",
        "month": month,
        "weekdays": list(WEEKDAYS.values()),
        "is_month_asked_for": answers.get("month") is not None,
        "month_weeks": [
            [day and {"day": day, "url": _day_url(request, day, first_day)} for day in days]
            for days in month.weeks
        ],
        "earlier_month": month_beside(-1) if first_day > months.first_of(today) else "",
        "later_month": month_beside(1) if first_day < months.first_of(last_day) else "",
    }


def _day_url(request: HttpRequest, day: MonthDay, first_day: date) -> str:
    """Where the hours of a day are; empty when nobody could ask for it."""
    if not day.may_be_asked_for:
        return ""
    return _beside(
        request, f"day-{day.date.isoformat()}", week=monday_of(day.date), month=first_day
    )


def _beside(request: HttpRequest, fragment: str, *, week: date | None, month: date | None) -> str:
    """This page with another week or month, and everything else that was asked for."""
    query = request.GET.copy()
    for name, value in (("week", week and week.isoformat()), ("month", month and f"{month:%Y-%m}")):
        query.pop(name, None)
        if value:
            query[name] = value
    return f"?{query.urlencode()}#{fragment}"


def _hour(shown: Space, hour: Hour, wish: fit.Wish) -> dict[str, Any]:
    url = ask_url(shown, hour.starts_at, hour.ends_at, wish) if hour.starts_at else ""
    return {"state": hour.state.value, "starts_at": hour.starts_at, "url": url}


def _offers(
    found: Iterable[Space],
    wish: fit.Wish,
    first_free: Mapping[int, datetime | None],
    *,
    now: datetime,
) -> list[dict[str, Any]]:
    """What a result shows of each space, with the time asked for carried along."""
    found = list(found)
    if not found:
        return []
    facts = finding.access_of(found, fit.NEEDS)
    return [
        {
            "space": one,
            "holds": fit.holds_in_words(list(one.layouts.all()), wish),
            "wheelchairs": fit.wheelchairs_in_words(list(one.layouts.all()), wish),
            "price": prices.in_words(one, london(now).date(), wish.period),
            "known": fit.shown_first(facts[one.pk], wish),
            "not_checked": fit.how_many_not_checked(facts[one.pk]),
            "searchable": len(fit.NEEDS),
            "next_free": first_free.get(one.pk),
            "looked_for_next": one.pk in first_free,
            "url": _page_url(one, wish.starts_at, wish.ends_at, wish),
            "ask_url": ask_url(
                one, first_free.get(one.pk) if wish.day else wish.starts_at, wish.ends_at, wish
            ),
        }
        for one in found
    ]


def _is_told(words: str, differs: Iterable[str]) -> bool:
    """Say whether the difference says it already."""
    return any(words in difference for difference in differs)


def _page_url(
    shown: Space, starts_at: datetime | None, ends_at: datetime | None, wish: fit.Wish
) -> str:
    """Its page at the time looked for; or with the week of a day that was told without a time."""
    if wish.day is None:
        query = _carried(starts_at, ends_at, wish)
    else:
        day = london(starts_at).date() if starts_at else wish.day
        week = urlencode({"week": day.isoformat()})
        query = "&".join(filter(None, [_carried(None, None, wish), week]))
    return shown.get_absolute_url() + (f"?{query}" if query else "")


def ask_url(
    shown: Space,
    starts_at: datetime | None,
    ends_at: datetime | None,
    wish: fit.Wish,
    *,
    page: str = "hold_space",
) -> str:
    """Where to ask for it; empty when it is booked somewhere else."""
    if not shown.is_booked_here:
        return ""
    query = _carried(starts_at, ends_at, wish)
    address = reverse(f"spaces:{page}", args=[shown.slug])
    return address + (f"?{query}" if query else "")


def _carried(starts_at: datetime | None, ends_at: datetime | None, wish: fit.Wish) -> str:
    """The time, the time aside and the people, as both the page and the request form read them."""
    carried: dict[str, str | int] = {}
    if starts_at is not None:
        carried["day"] = london(starts_at).date().isoformat()
        carried["from"] = f"{london(starts_at):%H:%M}"
    if starts_at is not None and ends_at is not None:
        carried["to"] = f"{london(ends_at):%H:%M}"
    if wish.people:
        carried["people"] = wish.people
    if wish.layout:
        carried["layout"] = wish.layout
    if wish.wheelchairs:
        carried["wheelchairs"] = wish.wheelchairs
    if wish.setup_minutes:
        carried["setup"] = wish.setup_minutes
    if wish.cleardown_minutes:
        carried["cleardown"] = wish.cleardown_minutes
    return urlencode(carried)
