"""Doors of the spaces app."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict
from django.shortcuts import get_object_or_404

from accounts.models import User
from spaces import rules, services
from spaces.models import Booking


class SignedInRequest(HttpRequest):
    """A request behind the sign-in: whoever sends it is a person."""

    user: User


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is filled with: what was sent, or nothing while the page is only looked at."""
    return request.POST if request.method == "POST" else None


def booking_or_404(request: SignedInRequest, uuid: str) -> Booking:
    return get_object_or_404(Booking.objects.visible_to(request.user).with_people(), uuid=uuid)


def in_words(refusal: ValidationError) -> ValidationError:
    """Why something cannot be, on a page that has no time to choose: without “choose another”."""
    is_about_time = "why" in (getattr(refusal, "params", None) or {})
    return ValidationError(rules.times.why_of(refusal) if is_about_time else refusal.messages)


def status_of(refusal: ValidationError) -> int:
    """Why a booking that was seen is not changed: somebody was faster, or it was done too often."""
    return 429 if getattr(refusal, "code", "") == services.TOO_OFTEN else 409
