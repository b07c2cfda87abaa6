"""Doors of the spaces app."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from accounts.models import User
from spaces.models import Booking


class SignedInRequest(HttpRequest):
    """A request behind the sign-in: whoever sends it is a person."""

    user: User


def booking_or_404(request: SignedInRequest, uuid: str) -> Booking:
    return get_object_or_404(Booking.objects.visible_to(request.user).with_people(), uuid=uuid)
