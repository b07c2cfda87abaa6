"""The outermost layer: what is true of every answer, errors included."""

from collections.abc import Callable
from typing import Any

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.forms import BaseForm
from django.forms.utils import ErrorList
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    UnreadablePostError,
)
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.template.response import TemplateResponse

Handler = Callable[[HttpRequest], HttpResponse]

FALLBACK_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in settings.PERMISSIONS_POLICY),
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'; object-src 'none'"
    ),
}
SIGN_OUT = {"account_logout", "admin:logout"}


def is_utf8(request: HttpRequest) -> bool:
    charset = (request.content_params or {}).get("charset", "utf-8")
    return charset.strip("\"' ").lower() in {"utf-8", ""}


def is_too_big(request: HttpRequest) -> bool:
    """Say so before a byte of it is read. A request that does not tell its size is read as empty."""
    told = str(request.META.get("CONTENT_LENGTH") or "0")
    return not told.isdecimal() or int(told) > settings.LARGEST_REQUEST


def refusal(exception: Exception | None = None) -> HttpResponse:
    """Our own page for a request that cannot be taken in.

    With DEBUG Django would show its own, and break on that when the address has too many fields.
    """
    status = 413 if isinstance(exception, RequestDataTooBig) else 400
    return HttpResponse(render_to_string(f"{status}.html"), status=status)


def has_nul(request: HttpRequest) -> bool:
    """Look for a NUL character wherever one can reach Postgres before any form has looked."""
    return (
        "\x00" in request.path
        or "%00" in request.META.get("QUERY_STRING", "")
        or any("\x00" in value for value in request.COOKIES.values())
    )


class Outermost:
    """First in MIDDLEWARE.

    A form posted with a charset other than UTF-8 would escape Django's own error handling as a bare
    500, and a NUL character would fail in Postgres: both are refused here in words. Then the
    headers that every answer carries are filled in where nothing nearer has set them.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_too_big(request):
            response = HttpResponse(render_to_string("413.html"), status=413)
        elif not is_utf8(request):
            response = HttpResponse(render_to_string("415.html"), status=415)
        elif has_nul(request):
            response = refusal()
        else:
            response = self.get_response(request)
        for name, value in FALLBACK_HEADERS.items():
            response.headers.setdefault(name, value)
        if settings.HTTPS:
            response.headers.setdefault(
                "Strict-Transport-Security", "max-age=63072000; includeSubDomains; preload"
            )
        if not request.path.startswith(settings.STATIC_URL):
            response.headers.setdefault("Cache-Control", "no-cache, private")
            # Told by the cookie, not by the user: asking who it is would ask Postgres, which may
            # be what just failed.
            # What a view calls public is the same for everybody, signed in or not.
            is_public = response.headers["Cache-Control"].startswith("public")
            if _has_session(request, response) and not is_public:
                response.headers["Cache-Control"] = "no-store"
        if _signed_out(request, response):
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """No browser lets a person type a NUL, so whoever posts one gets a 400 from every form."""
        if request.method != "POST":
            return None
        try:
            posted = list(request.POST.lists())
        except UnreadablePostError:
            return None  # The browser went away: nobody is left to answer.
        except SuspiciousOperation as too_much:
            return refusal(too_much)
        for name, values in posted:
            if "\x00" in name or any("\x00" in value for value in values):
                return refusal()
        return None


class ContentPolicy(CSPMiddleware):
    """While DEBUG is on the library gives no policy to a 404, which is Django's page then.

    In the demonstration it is ours, with the forms and the script of every page.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if settings.DEBUG and response.status_code == 404:
            response[HEADER] = build_policy(nonce=getattr(request, "_csp_nonce", None))
        answer: HttpResponseBase = super().process_response(request, response)
        return answer


class OurPagesEverywhere:
    """Whoever opens the address of a button gets our page, and not the empty one of Django.

    So do people who try the demonstration, which runs with DEBUG, where Django would show its own.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed):
            page = render(request, "405.html", status=405)
            page.headers["Allow"] = response.headers["Allow"]
            return page
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Http404):
            return render(request, "404.html", status=404)
        if isinstance(exception, BadRequest | SuspiciousOperation):
            return refusal(exception)
        return None


class RefusedFormsSaySo:
    """A page that comes back because its form was refused answers 422, whoever wrote its view."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_template_response(
        self, request: HttpRequest, response: TemplateResponse
    ) -> TemplateResponse:
        if request.method == "POST" and response.status_code == 200:
            shown = (response.context_data or {}).values()
            # The admin wraps its form in another object, and lists what is wrong in the rows below it.
            asked = [getattr(thing, "form", thing) for thing in shown]
            if any(
                (isinstance(one, BaseForm) and one.errors) or (isinstance(one, ErrorList) and one)
                for one in asked
            ):
                response.status_code = 422
        return response


def _has_session(request: HttpRequest, response: HttpResponse) -> bool:
    name = settings.SESSION_COOKIE_NAME
    return name in request.COOKIES or name in response.cookies


def _signed_out(request: HttpRequest, response: HttpResponse) -> bool:
    match = request.resolver_match
    return (
        request.method == "POST"
        and match is not None
        and match.view_name in SIGN_OUT
        and response.status_code < 400
    )
