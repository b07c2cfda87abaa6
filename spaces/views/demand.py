"""What groups looked for and did not find, for those who plan rooms."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.clock import today
from spaces import permissions
from spaces.rules.demand import WEEKS_SHOWN, Line, finding
from spaces.services import demand
from spaces.views import SignedInRequest


@require_safe
def unmet_demand(request: SignedInRequest) -> HttpResponse:
    """Counted by borough, time of the week, size, access need and places for wheelchairs."""
    if not permissions.may_see_unmet_demand(request.user):
        raise PermissionDenied
    found = demand.unmet_demand(today=today())

    def table(
        heading: str, caption: str, first: str, lines: list[Line], *, note: str = ""
    ) -> dict[str, object]:
        return {
            "heading": heading,
            "note": note if lines else "",
            "caption": caption,
            "sentence": finding(lines, found.total),
            "head": [first, _("Searches"), _("No room at all")],
            "rows": [[line.name, str(line.searches), str(line.found_nothing)] for line in lines],
        }

    context = {
        "demand": found,
        "weeks": WEEKS_SHOWN,
        "times": {
            "sentence": finding(found.most_asked_times, found.total),
            "head": [_("Day"), *found.parts],
            "rows": [[day, *(str(number) for number in numbers)] for day, numbers in found.times],
        },
        "tables": [
            table(_("Where"), _("Searches by borough"), _("Borough"), found.boroughs),
            table(
                _("For how many people"), _("Searches by size of group"), _("People"), found.sizes
            ),
            table(
                _("With which access"),
                _("Searches by access need"),
                _("Access need"),
                found.needs,
                note=_("What nobody has checked counts as not there."),
            ),
            table(
                _("With how many places for wheelchairs"),
                _("Searches by places for wheelchairs"),
                _("Wheelchairs"),
                found.wheelchairs,
                note=_("A room of which nobody has checked how many it takes counts as too small."),
            ),
        ],
    }
    return render(request, "spaces/unmet_demand.html", context)
