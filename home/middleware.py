"""What a request meets after sign-in: the second step that staff need, and one language a page."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation

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


TRANSLATED = {"home:home", "home:privacy", "home:cookies", "home:contact"}
TRANSLATED_APPS = {"listening", "events"}
NOT_YET = {"listening:responses", "listening:response", "events:sign_ups", "events:cancel_event"}
"""Pages behind the sign-in of apps whose public pages are translated."""


class EnglishUntilTranslated:
    """A page that is not translated comes in English as a whole, and says so in the language asked for.

    Half a page in each language is worse than either, and a screen reader would read one with the
    sounds of the other.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        asked = translation.get_language() or settings.LANGUAGE_CODE
        if asked != settings.LANGUAGE_CODE and not is_translated(request):
            translation.activate(settings.LANGUAGE_CODE)
            request.LANGUAGE_CODE = settings.LANGUAGE_CODE
            request.language_asked_for = asked  # type: ignore[attr-defined]


def is_translated(request: HttpRequest) -> bool:
    match = request.resolver_match
    if match is None or match.view_name in NOT_YET:
        return False
    return match.view_name in TRANSLATED or match.namespace in TRANSLATED_APPS
