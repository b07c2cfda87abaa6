"""Telling us that something is wrong about a space, and answering."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.limits import within_limit, within_limit_for_all
from spaces import permissions, services
from spaces.forms.reports import AnswerReportForm, ReportFactForm
from spaces.models import FactReport, Site, Space
from spaces.views import SignedInRequest, posted

A_PAGE = 20
REPORTS_PER_MINUTE = 5
REPORTS_PER_HOUR_FROM_ALL = 120


@login_not_required
@require_http_methods(["GET", "POST"])
def report_fact(request: HttpRequest, slug: str) -> HttpResponse:
    """Tell us what is wrong about a space; nobody needs an account."""
    now = timezone.now()
    space = get_object_or_404(Space.objects.public().with_site(), slug=slug)
    form = ReportFactForm(
        posted(request),
        initial={"fact": request.GET.get("fact", "")},
    )
    status = 422 if form.is_bound else 200
    # Only a form without mistakes counts: correcting one takes nobody's turn away.
    if form.is_valid() and not (
        within_limit("report-fact", request, per_minute=REPORTS_PER_MINUTE, now=now)
        and within_limit_for_all("report-fact", per_hour=REPORTS_PER_HOUR_FROM_ALL, now=now)
    ):
        status = 429
        form.add_error(
            None,
            _(
                "Many reports came in just now, perhaps not from you. Wait a minute, then press the"
                " button again."
            ),
        )
    elif form.is_valid():
        services.report_fact(space, now=now, **form.told())
        return redirect("spaces:fact_reported", slug=space.slug)
    response = render(
        request, "spaces/report_fact.html", {"space": space, "form": form}, status=status
    )
    if status == 429:
        response.headers["Retry-After"] = "60"
    return response


@login_not_required
@require_safe
def fact_reported(request: HttpRequest, slug: str) -> HttpResponse:
    """The same thanks for everybody."""
    space = get_object_or_404(Space.objects.public().with_site(), slug=slug)
    return render(request, "spaces/fact_reported.html", {"space": space})


@require_safe
def fact_reports(request: SignedInRequest) -> HttpResponse:
    """What people told about the sites I look after: what waits first, the longest first."""
    if not Site.objects.visible_to(request.user).exists():
        raise PermissionDenied
    visible = FactReport.objects.visible_to(request.user).with_space()
    context = {
        "waiting": Paginator(visible.open().order_by("created_at", "pk"), A_PAGE).get_page(
            request.GET.get("waiting")
        ),
        "page": Paginator(visible.answered().order_by("-decided_at", "-pk"), A_PAGE).get_page(
            request.GET.get("page")
        ),
    }
    return render(request, "spaces/fact_reports.html", context)


@require_http_methods(["GET", "POST"])
def fact_report(request: SignedInRequest, uuid: str) -> HttpResponse:
    """One report, and its answer."""
    visible = FactReport.objects.visible_to(request.user).with_space()
    report = get_object_or_404(visible, uuid=uuid)
    can_answer = permissions.looks_after(request.user, report.space.site)
    if request.method == "POST" and not can_answer:
        raise PermissionDenied
    form = AnswerReportForm(posted(request), report=report)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            _answer(request, report, form)
        except ValidationError as refusal:
            form.add_error(None, refusal)
            if getattr(refusal, "code", "") == services.CHANGED_MEANWHILE:
                status = 409
            report = get_object_or_404(visible, uuid=uuid)
        else:
            messages.success(request, _("Answered. Thank you."))
            return redirect("spaces:fact_reports")
    was_faster = report.state != FactReport.State.OPEN and form.is_bound
    if was_faster:
        status = 409
    context = {
        "report": report,
        "space": report.space,
        "form": form,
        "is_open": report.state == FactReport.State.OPEN,
        "was_faster": was_faster,
        "can_answer": can_answer,
        "told": services.told_now(report),
    }
    return render(request, "spaces/fact_report.html", context, status=status)


def _answer(request: SignedInRequest, report: FactReport, form: AnswerReportForm) -> None:
    said = form.cleaned_data
    now = timezone.now()
    if said["outcome"] == "left":
        services.leave_fact(report, by=request.user, now=now, answer=said["answer"])
    else:
        services.mend_fact(
            report,
            by=request.user,
            now=now,
            answer=said["answer"],
            value=said.get("value", ""),
            note=said.get("note", ""),
        )
