"""What the navigation of a signed-in person shows."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from accounts.models import User
from home.permissions import Duties, Role, duties_of


def navigation(request: HttpRequest) -> dict[str, Any]:
    """`staff_nav`: a list of {label, url, current}, empty for visitors. Asked for only when shown."""
    return {"staff_nav": SimpleLazyObject(lambda: staff_nav(request))}


def staff_nav(request: HttpRequest) -> list[dict[str, Any]]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    items = [
        {"label": label, "url": url, "current": request.path.startswith(url)}
        for label, url in places(user, duties_of(user))
    ]
    return items if len(items) > 1 else []


def places(user: User, duties: Duties) -> list[tuple[str, str]]:
    """The pages behind the sign-in that this person has work on."""
    programme = user.holds(Role.PROGRAMME_STAFF, Role.PROGRAMME_LEAD)
    hears = user.holds(
        Role.LISTENING_EDITOR,
        Role.SAFEGUARDING_LEAD,
        Role.FACILITATOR,
        Role.PROGRAMME_STAFF,
        Role.PROGRAMME_LEAD,
    )
    found = [(_("Waiting for you"), reverse("home:waiting"))]
    if duties.acts_for_a_group or duties.runs_a_site or programme:
        found.append((_("Bookings"), reverse("spaces:bookings")))
    if duties.runs_a_site or programme:
        found.append((_("Sites"), reverse("spaces:sites")))
    if duties.acts_for_a_group or programme:
        found.append((_("Groups"), reverse("spaces:hirers")))
    if programme:
        found.append((_("Rooms not found"), reverse("spaces:unmet_demand")))
    if hears:
        found.append((_("Answers"), reverse("listening:responses")))
    if user.holds(Role.PROGRAMME_STAFF, Role.ADMINISTRATOR):
        found.append((_("Messages"), reverse("notifications:messages")))
    if user.holds(Role.PROGRAMME_STAFF, Role.PROGRAMME_LEAD, Role.ADMINISTRATOR):
        found.append((_("What happened"), reverse("home:records")))
    if user.is_staff:
        found.append((_("Tables"), reverse("admin:index")))
    return found
