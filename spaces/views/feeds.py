"""Calendars that people subscribe to."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.limits import within_limit_for_all
from core.secret_links import hash_of
from spaces import permissions, services
from spaces.models import Space
from spaces.views import SignedInRequest
from spaces.views.hirers import hirer_or_404

A_MINUTE, A_DAY = 60, 24 * 60 * 60
FETCHES_AN_HOUR = 60


@login_not_required
@require_safe
def space_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """When a space is taken or closed, and nothing of by whom."""
    space = get_object_or_404(Space.objects.public().bookable_here().with_site(), slug=slug)
    now = timezone.now()
    text: str = cache.get(f"busy-{space.pk}") or services.busy_feed(space, now=now)
    cache.add(f"busy-{space.pk}", text, A_MINUTE)
    answer = _calendar(text, "busy.ics")
    etag, changed = quote_etag(hash_of(text)[:32]), _changed_at(space, text, now)
    answer.headers["Cache-Control"] = f"public, max-age={A_MINUTE}"
    answer.headers["ETag"] = etag
    answer.headers["Last-Modified"] = http_date(changed)
    return get_conditional_response(request, etag, changed, answer) or answer


def _changed_at(space: Space, text: str, now: datetime) -> int:
    """When the calendar became what it is, as far as the cache remembers."""
    key, digest = f"busy-changed-{space.pk}", hash_of(text)
    known = cache.get(key)
    if known is None or known[0] != digest:
        known = (digest, int(now.timestamp()))
        cache.set(key, known, A_DAY)
    return int(known[1])


@login_not_required
@require_safe
def group_feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The bookings of a group for the calendar of one of its people."""
    found = services.find_feed(secret)
    if found is None:
        raise Http404
    now = timezone.now()
    if not within_limit_for_all(f"feed-{found.pk}", per_hour=FETCHES_AN_HOUR, now=now):
        return HttpResponse(status=429, headers={"Retry-After": "3600", "X-Robots-Tag": "none"})
    answer = _calendar(services.group_feed(found.hirer, now=now), "bookings.ics")
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "none"
    return answer


@require_http_methods(["GET", "POST"])
def group_calendar(request: SignedInRequest, slug: str) -> HttpResponse:
    """Make a secret address for one's own calendar; it is shown once."""
    hirer = hirer_or_404(request, slug)
    permissions.check_may_ask(request.user, hirer)
    if request.method == "POST":
        address = services.make_feed(hirer, by=request.user, now=timezone.now())
        return render(
            request, "spaces/group_calendar_made.html", {"hirer": hirer, "address": address}
        )
    context = {"hirer": hirer, "feed": services.feed_of(request.user, hirer)}
    return render(request, "spaces/group_calendar.html", context)


@require_POST
def stop_group_calendar(request: SignedInRequest, slug: str) -> HttpResponse:
    """Stop one's own address."""
    hirer = hirer_or_404(request, slug)
    permissions.check_may_ask(request.user, hirer)
    if services.stop_feed(hirer, by=request.user, now=timezone.now()):
        messages.success(request, _("Stopped. The address opens nothing any more."))
    return redirect("spaces:group_calendar", slug)


def _calendar(text: str, name: str) -> HttpResponse:
    return HttpResponse(
        text,
        content_type="text/calendar; charset=utf-8; method=PUBLISH",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
