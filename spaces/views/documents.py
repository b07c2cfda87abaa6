"""Papers of a group: sent, looked at, checked and handed on."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.clock import today
from spaces import permissions
from spaces.forms.deciding import ConfirmForm
from spaces.forms.documents import (
    CheckDocumentForm,
    DocumentForm,
    FindWrongForm,
    PeopleCheckForm,
    SeenDocumentForm,
)
from spaces.models import Hirer, HirerDocument, InsuranceRoute, PeopleCheck
from spaces.rules import papers as rules
from spaces.services import documents as services
from spaces.services import found_wrong, note_look, papers
from spaces.views import SignedInRequest, posted
from spaces.views.hirers import hirer_or_404

A_PAGE = 20


def _document_or_404(request: SignedInRequest, uuid: str) -> HirerDocument:
    visible = HirerDocument.objects.visible_to(request.user).with_people()
    return get_object_or_404(visible.select_related("replaces"), uuid=uuid)


def _kind_or_404(kind: str) -> HirerDocument.Kind:
    if kind not in HirerDocument.Kind.values:
        raise Http404
    return HirerDocument.Kind(kind)


@require_safe
def documents(request: SignedInRequest, slug: str) -> HttpResponse:
    """All papers of a group, by kind, and how each stands today."""
    hirer = hirer_or_404(request, slug)
    visible = HirerDocument.objects.visible_to(request.user)
    checks = PeopleCheck.objects.visible_to(request.user)
    context = {
        "hirer": hirer,
        "shelves": papers.shelves(visible.filter(hirer=hirer), today=today()),
        "today": today(),
        "routes": InsuranceRoute.objects.visible_to(request.user).filter(hirer=hirer).in_order(),
        "people_checks": checks.counting().filter(hirer=hirer).newest_first(),
        "manages": permissions.manages(request.user, hirer),
        "can_check": permissions.may_check_papers(request.user, hirer),
    }
    belongs = permissions.belongs_to(request.user, hirer)
    note_look(hirer, by=request.user, belongs=belongs)
    return render(request, "spaces/documents.html", context)


@require_http_methods(["GET", "POST"])
def add_document(request: SignedInRequest, slug: str, kind: str) -> HttpResponse:
    """Send a paper; programme staff write down instead that they saw one."""
    hirer, wanted = hirer_or_404(request, slug), _kind_or_404(kind)
    if permissions.manages(request.user, hirer):
        return _send(request, hirer, wanted)
    if not permissions.may_check_papers(request.user, hirer):
        raise PermissionDenied
    form = SeenDocumentForm(posted(request), kind=wanted)
    if form.is_valid():
        try:
            document = services.note_document_seen(
                hirer, by=request.user, now=timezone.now(), kind=wanted, **form.cleaned_data
            )
        except ValidationError as refusal:
            _beside(form, refusal)
        else:
            messages.success(request, _("Written down. The group has been told."))
            return redirect(document)
    context = {"hirer": hirer, "kind": wanted, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "spaces/note_document_seen.html", context, status=status)


@require_http_methods(["GET", "POST"])
def replace_document(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Send a newer one of a paper; the earlier one stays until the new one is accepted."""
    document = _document_or_404(request, uuid)
    permissions.check_manages(request.user, document.hirer)
    return _send(request, document.hirer, HirerDocument.Kind(document.kind), replaces=document)


def _send(
    request: SignedInRequest,
    hirer: Hirer,
    kind: HirerDocument.Kind,
    *,
    replaces: HirerDocument | None = None,
) -> HttpResponse:
    known: dict[str, Any] = {}
    if replaces is not None:
        known = {name: getattr(replaces, name) for name in ("title", "insurer", "cover_pounds")}
    data = (request.POST, request.FILES) if request.method == "POST" else ()
    form = DocumentForm(*data, kind=kind, initial=known)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            document = services.add_document(
                hirer,
                by=request.user,
                now=timezone.now(),
                kind=kind,
                replaces=replaces,
                **form.asked(),
            )
        except ValidationError as refusal:
            _beside(form, refusal)
            status = 409 if getattr(refusal, "code", "") == "not_from_here" else 422
        else:
            messages.success(request, _("Sent. We check it and write to you."))
            return redirect(document)
    context = {"hirer": hirer, "kind": kind, "replaces": replaces, "form": form}
    return render(request, "spaces/add_document.html", context, status=status)


@require_safe
def document(request: SignedInRequest, uuid: str) -> HttpResponse:
    """One paper: its facts, how it stands and what can be done with it."""
    document = _document_or_404(request, uuid)
    manages = permissions.manages(request.user, document.hirer)
    newer = document.replacements.exclude(state=HirerDocument.State.NOT_ACCEPTED)
    visible = Hirer.objects.visible_to(request.user)
    context = {
        "document": document,
        "hirer": document.hirer,
        "standing": rules.standing(document, today=today()).value,
        "today": today(),
        "file_goes_on": rules.file_goes_on(document),
        "newer": newer.first(),
        "knows_group": visible.filter(pk=document.hirer_id).exists(),
        "can_replace": manages
        and document.state == HirerDocument.State.ACCEPTED
        and document.replaced_on is None
        and not newer.exists(),
        "send_another": papers.where_to_send_another(document) if manages else "",
        "can_remove": manages and document.state == HirerDocument.State.WAITING,
        "can_check": permissions.may_check_papers(request.user, document.hirer)
        and document.state == HirerDocument.State.WAITING
        and document.added_by != request.user,
        "can_find_wrong": permissions.may_check_papers(request.user, document.hirer)
        and document.state == HirerDocument.State.ACCEPTED,
        "reasons": dict(HirerDocument.FoundWrong.choices),
    }
    belongs = permissions.belongs_to(request.user, document.hirer)
    note_look(document.hirer, by=request.user, belongs=belongs)
    return render(request, "spaces/document.html", context)


@require_POST
def document_file(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Hand on the file, as a file and nothing else. Asked for by a form, because it leaves a record."""
    document = _document_or_404(request, uuid)
    if not document.has_file:
        raise Http404
    # Whatever is in it, a browser stores it and opens nothing of it here.
    answer = HttpResponse(
        services.file_of(document, by=request.user), content_type="application/octet-stream"
    )
    answer["Content-Disposition"] = (
        f'attachment; filename="{document.kind}-{str(document.uuid)[:8]}.{document.file_type}"'
    )
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@require_http_methods(["GET", "POST"])
def remove_document(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Take back a paper that nobody has checked."""
    document = _document_or_404(request, uuid)
    permissions.check_manages(request.user, document.hirer)
    if document.state != HirerDocument.State.WAITING:
        return _checked_already(request, document.hirer)
    form = ConfirmForm(posted(request))
    if form.is_valid():
        try:
            services.remove_document(document, by=request.user)
        except ValidationError:
            return _checked_already(request, document.hirer)
        messages.success(request, _("Taken back. The file is deleted."))
        return redirect("spaces:documents", document.hirer.organisation.slug)
    context = {"document": document, "hirer": document.hirer, "form": form}
    return render(request, "spaces/remove_document.html", context)


@require_http_methods(["GET", "POST"])
def check_document(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Say whether a paper will do, once."""
    document = _document_or_404(request, uuid)
    permissions.check_may_check_papers(request.user, document.hirer)
    if document.state != HirerDocument.State.WAITING:
        return _checked_already(request, document.hirer)
    permissions.check_did_not_add(request.user, document)
    form = CheckDocumentForm(posted(request))
    if form.is_valid():
        now = timezone.now()
        try:
            if form.cleaned_data["outcome"] == "accept":
                services.accept_document(document, by=request.user, now=now)
            else:
                reason = form.cleaned_data["reason"]
                services.refuse_document(document, by=request.user, now=now, reason=reason)
        except ValidationError:
            return _checked_already(request, document.hirer)
        messages.success(request, _("Checked. The group has been told."))
        return redirect("spaces:papers_to_check")
    context = {"document": document, "hirer": document.hirer, "form": form, "today": today()}
    status = 422 if form.is_bound else 200
    note_look(document.hirer, by=request.user, belongs=False)
    return render(request, "spaces/check_document.html", context, status=status)


@require_http_methods(["GET", "POST"])
def find_wrong(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Take back that a paper was accepted; first the page says which bookings rely on it."""
    document = _document_or_404(request, uuid)
    permissions.check_may_check_papers(request.user, document.hirer)
    if document.state != HirerDocument.State.ACCEPTED:
        return _checked_already(request, document.hirer)
    now, form = timezone.now(), FindWrongForm(posted(request))
    if form.is_valid():
        try:
            found_wrong.find_wrong(document, by=request.user, now=now, **form.cleaned_data)
        except ValidationError:
            return _checked_already(request, document.hirer)
        messages.success(request, _("Written down. The paper does not count any more."))
        return redirect(document)
    context = {
        "document": document,
        "hirer": document.hirer,
        "form": form,
        "today": today(),
        "standing": rules.standing(document, today=today()).value,
        "now": now,
        "my_hirers": (),
        "relying": found_wrong.relying_on(document, now=now),
    }
    note_look(document.hirer, by=request.user, belongs=False)
    status = 422 if form.is_bound else 200
    return render(request, "spaces/find_wrong.html", context, status=status)


def _checked_already(request: SignedInRequest, hirer: Hirer) -> HttpResponse:
    """Somebody was faster."""
    return render(request, "spaces/document_checked.html", {"hirer": hirer}, status=409)


@require_safe
def papers_to_check(request: SignedInRequest) -> HttpResponse:
    """For programme staff: what waits to be checked, oldest first, and what runs out next."""
    if not permissions.is_programme_staff(request.user):
        raise PermissionDenied
    visible = HirerDocument.objects.visible_to(request.user)
    waiting = visible.to_check_by(request.user).with_people().order_by("added_at", "pk")
    ending = papers.running_out(visible, today=today())
    context = {
        "waiting": Paginator(waiting, A_PAGE).get_page(request.GET.get("waiting")),
        "ending": Paginator(ending, A_PAGE).get_page(request.GET.get("page")),
        "today": today(),
    }
    return render(request, "spaces/papers_to_check.html", context)


@require_http_methods(["GET", "POST"])
def note_people_check(request: SignedInRequest, slug: str) -> HttpResponse:
    """Write down that we saw DBS certificates: level, day and number of people, nothing else."""
    hirer = hirer_or_404(request, slug)
    permissions.check_may_check_papers(request.user, hirer)
    form = PeopleCheckForm(posted(request), initial={"seen_on": today()})
    if form.is_valid():
        try:
            services.note_people_check(
                hirer, by=request.user, now=timezone.now(), **form.cleaned_data
            )
        except ValidationError as refusal:
            _beside(form, refusal)
        else:
            messages.success(request, _("Written down."))
            return redirect("spaces:documents", slug)
    context = {"hirer": hirer, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "spaces/note_people_check.html", context, status=status)


@require_http_methods(["GET", "POST"])
def take_back_people_check(request: SignedInRequest, slug: str, check_id: int) -> HttpResponse:
    """Take away such a note when it was a mistake."""
    hirer = hirer_or_404(request, slug)
    permissions.check_may_check_papers(request.user, hirer)
    visible = PeopleCheck.objects.visible_to(request.user).select_related("hirer")
    check = get_object_or_404(visible.counting(), hirer=hirer, pk=check_id)
    now = timezone.now()
    form = ConfirmForm(posted(request))
    status = 200
    if form.is_valid():
        try:
            found_wrong.take_back_people_check(check, by=request.user, now=now)
        except ValidationError as refusal:
            form.add_error(None, refusal)
            status = 409
        else:
            messages.success(request, _("Taken back."))
            return redirect("spaces:documents", slug)
    context = {
        "hirer": hirer,
        "check": check,
        "form": form,
        "now": now,
        "today": today(),
        "my_hirers": (),
        "relying": found_wrong.relying_on(check, now=now),
    }
    note_look(hirer, by=request.user, belongs=False)
    return render(request, "spaces/take_back_people_check.html", context, status=status)


def _beside(form: SeenDocumentForm | PeopleCheckForm, refusal: ValidationError) -> None:
    """Put a refusal beside its field; on top where the form does not ask for that field."""
    told = refusal.error_dict if hasattr(refusal, "error_dict") else {"": [refusal]}
    for name, errors in told.items():
        for error in errors:
            form.add_error(name if name in form.fields else None, error)
