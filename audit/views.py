"""What happened, for staff."""

from typing import cast

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import User
from audit import permissions
from audit.forms import FilterRecordsForm
from audit.models import AuditRecord

PER_PAGE = 50


@require_safe
def records(request: HttpRequest) -> HttpResponse:
    """Everything that was written down, newest first, by verb, person or thing."""
    user = cast(User, request.user)
    if not permissions.can_read_records(user):
        raise PermissionDenied
    found = AuditRecord.objects.visible_to(user)
    form = FilterRecordsForm(request.GET or None, records=found)
    if form.is_bound:
        if not form.is_valid():
            return render(request, "audit/records.html", {"form": form}, status=422)
        found = found.matching(**form.cleaned_data)
    page = Paginator(found.newest_first(), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "audit/records.html", {"form": form, "page": page})
