"""The public list and page of events, signing up without an account, and what staff do."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from core.clock import today
from core.limits import within_limit
from events import permissions, rules, services
from events.forms import CancelEventForm, FilterEventsForm, SignUpForm
from events.models import Event, SignUp

PER_PAGE = 20
PEOPLE_PER_PAGE = 100


# --- For everybody --------------------------------------------------------------------------------


@login_not_required
@require_safe
def events(request: HttpRequest) -> HttpResponse:
    """What comes, soonest first; then what was."""
    found = Event.objects.public().with_places().upcoming_first(timezone.now())
    form = FilterEventsForm(request.GET or None)
    if form.is_bound:
        if not form.is_valid():
            return render(request, "events/events.html", {"form": form}, status=422)
        if form.cleaned_data["kind"]:
            found = found.filter(kind=form.cleaned_data["kind"])
        if form.cleaned_data["borough"]:
            found = found.filter(borough=form.cleaned_data["borough"])
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "today": today()}
    return render(request, "events/events.html", context)


@login_not_required
@require_safe
def event(request: HttpRequest, slug: str) -> HttpResponse:
    """When, where, how to join and what help is there, on one screen."""
    now = timezone.now()
    shown = get_object_or_404(Event.objects.public().with_places(), slug=slug)
    is_open = rules.is_open(shown, now=now)
    coming = shown.sign_ups.coming().count() if is_open else 0
    context = {
        "event": shown,
        "is_open": is_open,
        "is_over": rules.is_over(shown, now=now),
        "has_room": rules.has_room(shown, coming=coming),
        "places_left": None if shown.capacity is None else max(shown.capacity - coming, 0),
        "today": today(),
        "may_look_after": request.user.is_authenticated
        and permissions.can_look_after_events(request.user),
    }
    return render(request, "events/event.html", context)


@login_not_required
@require_safe
def event_calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """The event as a calendar file. Only where the time is known exactly."""
    shown = get_object_or_404(Event.objects.public().with_exact_time(), slug=slug)
    file = services.public_calendar(shown)
    return HttpResponse(
        file.text,
        content_type=f"text/calendar; charset=utf-8; method={file.method}",
        headers={"Content-Disposition": f'attachment; filename="{shown.slug}.ics"'},
    )


# --- Signing up, without an account ---------------------------------------------------------------


@login_not_required
@require_http_methods(["GET", "POST"])
def sign_up(request: HttpRequest, slug: str) -> HttpResponse:
    """A name and an e-mail address; nothing more is asked."""
    now = timezone.now()
    shown = get_object_or_404(Event.objects.public().with_places(), slug=slug)
    form = SignUpForm(request.POST if request.method == "POST" else None)
    status = 422 if request.method == "POST" else 200
    limit = rules.SIGN_UPS_PER_MINUTE
    # Only a form without mistakes counts: correcting one takes nobody's turn away.
    if form.is_valid() and not within_limit("sign-up", request, per_minute=limit, now=now):
        status = 429
        form.add_error(
            None,
            _(
                "Many sign-ups came from your network in the last minute, perhaps not from you. "
                "Wait a minute, then press the button again."
            ),
        )
    elif form.is_valid():
        try:
            services.sign_up(
                shown,
                name=form.cleaned_data["name"],
                email=form.cleaned_data["email"],
                language=get_language() or "en",
                now=now,
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
            status = 409
        else:
            return redirect("events:signed_up", slug=shown.slug)
    context = {
        "event": shown,
        "form": form,
        "is_open": rules.is_open(shown, now=now),
        "is_over": rules.is_over(shown, now=now),
    }
    response = render(request, "events/sign_up.html", context, status=status)
    if status == 429:
        response.headers["Retry-After"] = "60"
    return response


@login_not_required
@require_safe
def signed_up(request: HttpRequest, slug: str) -> HttpResponse:
    """The same calm answer for everybody; the letter says how things stand."""
    shown = get_object_or_404(Event.objects.public().with_exact_time(), slug=slug)
    return render(request, "events/signed_up.html", {"event": shown})


@login_not_required
@never_cache
@require_safe
def manage_sign_up(request: HttpRequest, secret: str) -> HttpResponse:
    """What the person's own link opens. Looking changes nothing."""
    person = _person_behind(secret)
    context = {
        "person": person,
        "event": person.event,
        "secret": secret,
        "has_started": not rules.is_before_start(person.event, now=timezone.now()),
        "place_in_line": person.place_in_line(),
    }
    return render(request, "events/manage_sign_up.html", context)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def cancel_sign_up(request: HttpRequest, secret: str) -> HttpResponse:
    """Says what will happen; only the button does it."""
    person = _person_behind(secret)
    refusal = None
    if request.method == "POST":
        try:
            services.cancel_sign_up(person, now=timezone.now())
        except ValidationError as reason:
            refusal = reason
        else:
            return redirect("events:manage_sign_up", secret=secret)
    context = {"person": person, "event": person.event, "secret": secret, "refusal": refusal}
    status = 409 if refusal else 200
    return render(request, "events/cancel_sign_up.html", context, status=status)


def _person_behind(secret: str) -> SignUp:
    found = services.find_sign_up(secret)
    if found is None:
        raise Http404
    return found


# --- For programme staff --------------------------------------------------------------------------


@require_safe
def sign_ups(request: HttpRequest, slug: str) -> HttpResponse:
    """Who is coming and who waits."""
    user = cast(User, request.user)
    shown = get_object_or_404(Event.objects.visible_to(user).with_places(), slug=slug)
    if not permissions.can_look_after_events(user):
        raise PermissionDenied
    people = SignUp.objects.visible_to(user).filter(event=shown)
    numbers = people.numbers()
    context = {
        "event": shown,
        "numbers": numbers,
        "told": numbers[SignUp.State.COMING] + numbers[SignUp.State.WAITING],
        "page": Paginator(people.coming_first(), PEOPLE_PER_PAGE).get_page(request.GET.get("page")),
        "can_cancel": rules.can_be_cancelled(shown, now=timezone.now()),
    }
    return render(request, "events/sign_ups.html", context)


@require_http_methods(["GET", "POST"])
def cancel_event(request: HttpRequest, slug: str) -> HttpResponse:
    """Call an event off, with a reason that everybody reads."""
    user = cast(User, request.user)
    shown = get_object_or_404(Event.objects.visible_to(user).with_places(), slug=slug)
    if not permissions.can_look_after_events(user):
        raise PermissionDenied
    form = CancelEventForm(request.POST if request.method == "POST" else None)
    status = 422 if request.method == "POST" else 200
    if form.is_valid():
        try:
            services.cancel_event(
                shown, because=form.cleaned_data["because"], by=user, now=timezone.now()
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
            status = 409
        else:
            messages.success(request, _("The event is cancelled. Everybody is being told."))
            return redirect("events:sign_ups", slug=shown.slug)
    context = {
        "event": shown,
        "form": form,
        "numbers": SignUp.objects.visible_to(user).filter(event=shown).numbers(),
        "can_cancel": rules.can_be_cancelled(shown, now=timezone.now()),
    }
    return render(request, "events/cancel_event.html", context, status=status)
