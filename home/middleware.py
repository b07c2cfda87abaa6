"""What a request meets after sign-in: the second step that staff need, and one language a page."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from accounts.models import User
from home.permissions import needs_second_factor
from home.services import sign_in

# Setting one up, showing who you are before that, leaving, and reading in your language.
SET_UP = ("mfa_",)
OPEN_WITHOUT = {"account_logout", "account_reauthenticate", "core:set_language"}

NOT_WRITTEN = {"seen", "shown"}
"""Fields that hold several words which nobody wrote."""


class SignInFirst(LoginRequiredMiddleware):
    """Every page that does not say otherwise is for people who are signed in.

    Whoever was signed out while they wrote reads what they wrote, and can copy it.
    """

    def process_view(
        self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        to_sign_in = super().process_view(request, view_func, view_args, view_kwargs)
        if to_sign_in is None:
            return None
        written = [
            value.strip()
            for name, values in request.POST.lists()
            for value in values
            if len(value.split()) > 1 and name not in NOT_WRITTEN
        ]
        if not written:
            return to_sign_in
        context = {"written": written, "sign_in": to_sign_in.headers["Location"]}
        page = render(request, "signed_out.html", context, status=403)
        page.headers["Cache-Control"] = "no-store"
        return page

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseRedirect:
        """Back to the page on which somebody pressed a button: its own address may take no GET."""
        page = request.headers.get("Referer", "")
        is_ours = url_has_allowed_host_and_scheme(page, {request.get_host()})
        if request.method != "POST" or not is_ours:
            return super().handle_no_permission(request, view_func)
        there = urlunsplit(("", "", *urlsplit(page)[2:4], ""))
        return redirect_to_login(there, reverse(settings.LOGIN_URL))


class SecondFactorRequired:
    """After sign-in: whose work needs a second factor shows it in this session, and stays awake.

    Who has none can only set one up or leave.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        user = request.user
        match = request.resolver_match
        if match is None or not isinstance(user, User) or not needs_second_factor(user):
            return None
        # What was typed on a page left open is still taken; the page after it asks who is there.
        if request.method in {"GET", "HEAD"}:
            now = timezone.now()
            if sign_in.is_idle(request.session, now=now):
                return self.sign_in_again(request)
            sign_in.note_seen(request.session, now=now)
        if match.view_name in OPEN_WITHOUT or match.view_name.startswith(SET_UP):
            return None
        if not sign_in.has_second_step(user):
            return redirect("mfa_index")
        if not sign_in.has_shown_second_step(request, user):
            return self.show_second_step(request)
        return None

    def sign_in_again(self, request: HttpRequest) -> HttpResponse:
        logout(request)
        messages.info(request, _("You were away for half an hour. Sign in again to go on."))
        return redirect_to_login(request.get_full_path(), reverse(settings.LOGIN_URL))

    def show_second_step(self, request: HttpRequest) -> HttpResponse:
        there = request.get_full_path() if request.method == "GET" else reverse("home:waiting")
        return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': there})}")


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
