"""More about one space: its rules on one page."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from core.clock import today
from spaces.models import Space
from spaces.rules import house
from spaces.services import agreements, prices


@login_not_required
@require_safe
def space_rules(request: HttpRequest, slug: str) -> HttpResponse:
    """What somebody who uses a space keeps to, to be read once and printed."""
    space = get_object_or_404(Space.objects.public().with_site(), slug=slug)
    layouts = sorted(space.layouts.all(), key=lambda layout: (-layout.capacity, layout.kind))
    context = {
        "space": space,
        "conditions": agreements.in_force_at(space.site),
        "chapters": house.chapters(
            space,
            layouts,
            prices.in_words(space, today()),
            decide_within=settings.DECIDE_BOOKINGS_WITHIN_WORKING_DAYS,
        ),
    }
    return render(request, "spaces/space_rules.html", context)
