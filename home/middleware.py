"""Staff sign in with a second factor, or set one up before anything else."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from home.permissions import needs_second_factor

# Setting one up, showing who you are before that, leaving, and reading in your language.
SET_UP = ("mfa_",)
# Spare codes alone are not one.
SECOND_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
OPEN_WITHOUT = {"account_logout", "account_reauthenticate", "core:set_language"}


class SecondFactorRequired:
    """After sign-in: whose work needs a second factor, and has none, can only set one up or leave."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        user = request.user
        match = request.resolver_match
        if (
            match is None
            or match.view_name in OPEN_WITHOUT
            or match.view_name.startswith(SET_UP)
            or not user.is_authenticated
            or not needs_second_factor(user)
            or is_mfa_enabled(user, SECOND_FACTORS)
        ):
            return None
        return redirect("mfa_index")
