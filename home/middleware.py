"""Staff sign in with a second factor, or set one up before anything else."""

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from home.permissions import needs_second_factor

OPEN_WITHOUT = ("account_logout", "account_reauthenticate", "mfa_index")


class SecondFactorRequired:
    """After sign-in: a person whose role needs a second factor and has none can only set one up or leave."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if (
            user.is_authenticated
            and not request.path.startswith(self.open_paths())
            and needs_second_factor(user)
            and not is_mfa_enabled(user)
        ):
            return redirect("mfa_index")
        return self.get_response(request)

    @staticmethod
    def open_paths() -> tuple[str, ...]:
        # The set-up pages of the second factor all live below its index.
        return tuple(reverse(name) for name in OPEN_WITHOUT) + (
            "/static/",
            reverse("core:set_language"),
        )
