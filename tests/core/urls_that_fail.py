"""The portal's addresses, and some that answer in every unhappy way."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from config import urls as portal
from core.views import too_many_requests


@login_not_required
def breaks(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("A mistake of ours.")


@login_not_required
def database_away(request: HttpRequest) -> HttpResponse:
    raise OperationalError("connection refused")


@login_not_required
def forbidden(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


@login_not_required
def refused(request: HttpRequest) -> HttpResponse:
    raise BadRequest


@login_not_required
def busy(request: HttpRequest) -> HttpResponse:
    return too_many_requests(request)


@login_not_required
@require_safe
def only_read(request: HttpRequest) -> HttpResponse:
    return HttpResponse("read")


@login_not_required
def echo(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(len(request.POST)))


@login_not_required
def calendar(request: HttpRequest) -> HttpResponse:
    return HttpResponse("BEGIN:VCALENDAR", content_type="text/calendar")


@login_not_required
def stream(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(["a", "b"])


urlpatterns = [
    path("test/breaks/", breaks),
    path("test/database-away/", database_away),
    path("test/forbidden/", forbidden),
    path("test/refused/", refused),
    path("test/busy/", busy),
    path("test/only-read/", only_read),
    path("test/echo/", echo),
    path("test/calendar.ics", calendar),
    path("test/stream/", stream),
    *portal.urlpatterns,
]
handler400, handler403 = portal.handler400, portal.handler403
handler404, handler500 = portal.handler404, portal.handler500
handler429 = portal.handler429
