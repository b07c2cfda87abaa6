"""The outermost layer: what is true of every answer, errors included."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

Handler = Callable[[HttpRequest], HttpResponse]

FALLBACK_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'; object-src 'none'"
    ),
}


def is_utf8(request: HttpRequest) -> bool:
    charset = (request.content_params or {}).get("charset", "utf-8")
    return charset.strip("\"' ").lower().replace("_", "-") in {"utf-8", "utf8", ""}


def has_nul(request: HttpRequest) -> bool:
    return "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", "")


class Outermost:
    """First in MIDDLEWARE.

    A form posted with a charset other than UTF-8 would escape Django's own error handling as a bare
    500, and a NUL character would fail in Postgres: both are refused here in words. Then the
    headers that every answer carries are filled in where nothing nearer has set them.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_utf8(request):
            response = HttpResponse(render_to_string("415.html"), status=415)
        elif has_nul(request):
            response = HttpResponse(render_to_string("400.html"), status=400)
        else:
            response = self.get_response(request)
        for name, value in FALLBACK_HEADERS.items():
            response.headers.setdefault(name, value)
        if settings.HTTPS:
            response.headers.setdefault(
                "Strict-Transport-Security", "max-age=63072000; includeSubDomains; preload"
            )
        if not request.path.startswith(settings.STATIC_URL):
            user = getattr(request, "user", None)
            signed_in = user is not None and user.is_authenticated
            response.headers.setdefault("Cache-Control", "no-cache, private")
            if signed_in:
                response.headers["Cache-Control"] = "no-store"
        return response
