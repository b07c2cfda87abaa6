"""Finding one booking among many, for those who run a site and for programme staff."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.clock import london
from spaces import permissions, services
from spaces.forms.booking_list import FindBookingsForm
from spaces.models import Booking, Hirer, Site
from spaces.services import booking_list
from spaces.views import SignedInRequest

A_PAGE = 50


@require_safe
def find_bookings(request: SignedInRequest) -> HttpResponse:
    """By room, group, state, day and reference; what was asked stays in the address."""
    permissions.check_has_work_at_sites(request.user)
    run = Site.objects.visible_to(request.user)
    now = timezone.now()
    form = FindBookingsForm(
        request.GET or None,
        spaces=booking_list.rooms_at(run),
        today=london(now).date(),
    )
    context = {"form": form, "now": now, "today": london(now).date()}
    if form.is_bound and not form.is_valid():
        return render(request, "spaces/find_bookings.html", context, status=422)
    found = services.find_bookings(
        Booking.objects.visible_to(request.user),
        by=request.user,
        now=now,
        **(form.cleaned_data if form.is_bound else {}),
    )
    own = Hirer.objects.visible_to(request.user).of_member(request.user)
    context |= {
        "page": Paginator(found.with_people(), A_PAGE).get_page(request.GET.get("page")),
        "my_hirers": set(own.values_list("pk", flat=True)),
    }
    return render(request, "spaces/find_bookings.html", context)
