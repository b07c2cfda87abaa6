"""Pages that belong to no part of the programme: errors and health."""

import json
import logging
import sys
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, RawPostDataException
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, requires_csrf_token
from django.views.decorators.http import require_POST, require_safe

from core.limits import within_limit

logger = logging.getLogger(__name__)

REPORTS_PER_MINUTE = 10


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Nothing else is asked."""
    return HttpResponse("ok", content_type="text/plain")


# A browser sends this by itself and has no token to send. Nothing is changed by it.
@csrf_exempt
@login_not_required
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """A browser has stopped something that our content policy forbids.

    The log says which rule and from which host; the page it was on stays between visitor and us.
    """
    if within_limit("csp_report", request, per_minute=REPORTS_PER_MINUTE, now=timezone.now()):
        try:
            report = json.loads(request.body)["csp-report"]
            rule, blocked = str(report["violated-directive"]), str(report.get("blocked-uri", ""))
            host = urlsplit(blocked).hostname or blocked
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return HttpResponse(status=400)
        except RawPostDataException:  # A form with files has been read already.
            return HttpResponse(status=400)
        logger.warning("Content policy: %.40r stopped %.80r", rule, host)
    return HttpResponse(status=204)


@requires_csrf_token
def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


@login_not_required
def no_such_page(request: HttpRequest) -> HttpResponse:
    """Every address that is nobody's."""
    raise Http404


@requires_csrf_token
def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    # Whoever refused may have said why, in words for this person.
    return render(request, "403.html", {"exception": str(exception)}, status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    # Static: reading the request again is what failed.
    if isinstance(exception, RequestDataTooBig):
        return HttpResponse(render_to_string("413.html"), status=413)
    return HttpResponse(render_to_string("400.html"), status=400)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    return HttpResponse(render_to_string("429.html"), status=429, headers={"Retry-After": "300"})


def server_error(request: HttpRequest) -> HttpResponse:
    # Static: the database may be what failed. Then it is not a mistake of ours but a pause.
    if isinstance(sys.exception(), OperationalError | InterfaceError):
        headers = {"Retry-After": "10"}
        return HttpResponse(render_to_string("503.html"), status=503, headers=headers)
    return HttpResponse(render_to_string("500.html"), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)
