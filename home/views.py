"""Pages that need several apps: the front page, what waits for a person, health, demonstration."""

from typing import cast

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from audit.forms import FilterRecordsForm
from audit.models import AuditRecord
from audit.permissions import can_read_records
from core.clock import today
from home import services
from home.services import sign_in
from notifications.models import Message

RECORDS_PER_PAGE = 50


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this is, what you can do, whether it is for you, and why you can trust it."""
    return render(request, "home/home.html", services.front_page(now=timezone.now()))


@login_not_required
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "home/accessibility.html")


@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "home/privacy.html")


@login_not_required
@require_safe
def cookies(request: HttpRequest) -> HttpResponse:
    return render(request, "home/cookies.html")


@login_not_required
@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    return render(request, "home/contact.html")


@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """Where a signed-in person lands: what needs them, by the parts they play today."""
    sections = services.waiting_for(cast(User, request.user), now=timezone.now(), today=today())
    return render(request, "home/waiting.html", {"sections": sections})


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """How somebody signs in, and where each part of it is changed."""
    person = cast(User, request.user)
    context = {"person": person, "has_second_step": sign_in.has_second_step(person)}
    return render(request, "home/account.html", context)


@require_safe
def records(request: HttpRequest) -> HttpResponse:
    """Everything that was written down, newest first, by verb, person or thing."""
    user = cast(User, request.user)
    if not can_read_records(user):
        raise PermissionDenied
    found = AuditRecord.objects.visible_to(user)
    form = FilterRecordsForm(request.GET or None, records=found)
    if form.is_bound:
        if not form.is_valid():
            return render(request, "home/records.html", {"form": form}, status=422)
        found = found.matching(**form.cleaned_data)
    page = Paginator(found.newest_first(), RECORDS_PER_PAGE).get_page(request.GET.get("page"))
    lines = services.lines_of(page, reader=user)
    return render(request, "home/records.html", {"form": form, "page": page, "lines": lines})


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Whether the portal can do its work: database, Redis, and a timetable that still ticks."""
    parts = services.health(now=timezone.now())
    well = all(part == "ok" for part in parts.values())
    return JsonResponse(parts, status=200 if well else 503)


# --- Only in the demonstration ------------------------------------------------------------------


@login_not_required
@require_http_methods(["GET", "POST"])
def try_it_as(request: HttpRequest) -> HttpResponse:
    """Sign in as a demonstration person with one click. Exists only in demonstration mode."""
    only_in_the_demonstration()
    if request.method == "POST":
        person = get_object_or_404(
            services.demonstration_people(), email=request.POST.get("email", "")
        )
        login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
        sign_in.note_as_the_pages_would(request, person)
        return redirect("home:waiting")
    return render(request, "home/try_it_as.html", {"people": services.demonstration_cast()})


@login_not_required
@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """Every letter the demonstration has written, so that a newcomer sees a reminder arrive."""
    only_in_the_demonstration()
    letters = Message.objects.public().newest_first()
    address = request.GET.get("address", "")
    if address:
        letters = letters.filter(address=address)
    page = Paginator(letters, 25).get_page(request.GET.get("page"))
    return render(request, "home/mailbox.html", {"page": page, "address": address})


@login_not_required
@require_safe
def mailbox_message(request: HttpRequest, uuid: str) -> HttpResponse:
    only_in_the_demonstration()
    letter = get_object_or_404(Message.objects.public(), uuid=uuid)
    return render(request, "home/mailbox_message.html", {"letter": letter})


def only_in_the_demonstration() -> None:
    if not settings.DEMONSTRATION:
        raise Http404
