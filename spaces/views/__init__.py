"""Doors of the spaces app."""

from django.http import HttpRequest

from accounts.models import User


class SignedInRequest(HttpRequest):
    """A request behind the sign-in: whoever sends it is a person."""

    user: User
