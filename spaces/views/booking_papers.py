"""The papers of a group, seen from one of its bookings."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.clock import london, today
from spaces import permissions
from spaces.models import HirerDocument
from spaces.services import papers
from spaces.views import SignedInRequest, booking_or_404


@require_safe
def booking_papers(request: SignedInRequest, uuid: str) -> HttpResponse:
    """For whoever decides, and for the group: what is there, and what is missing on that day."""
    booking = booking_or_404(request, uuid)
    day = london(booking.starts_at).date()
    site = booking.space.site
    missing = papers.missing_for(
        booking.hirer,
        site,
        day,
        space=booking.space,
        children=booking.has_children,
        adults_at_risk=booking.has_adults_at_risk,
        food=booking.has_food,
        people=booking.attendance,
    )
    all_uses = papers.missing_for(
        booking.hirer,
        site,
        day,
        space=booking.space,
        children=True,
        adults_at_risk=True,
        food=True,
        people=booking.attendance,
    )
    shown = HirerDocument.objects.visible_to(request.user).filter(hirer=booking.hirer)
    context = {
        "booking": booking,
        "day": day,
        "missing": missing,
        "missing_for_some": [one for one in all_uses if one.kind not in {o.kind for o in missing}],
        "shelves": [shelf for shelf in papers.shelves(shown, today=today()) if shelf.now],
        "today": today(),
        "belongs": permissions.belongs_to(request.user, booking.hirer),
        "manages": permissions.manages(request.user, booking.hirer),
        "is_opened": permissions.reads_contact(request.user, booking),
    }
    return render(request, "spaces/booking_papers.html", context)
