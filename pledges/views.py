"""What was promised, how it stands, and what answers each theme. Staff add to the record."""

from datetime import date
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from audit.permissions import can_read_records
from core.clock import today
from core.disclosure import PublicCount
from listening.models import Campaign, Theme
from listening.rules.figures import counting_days
from listening.services.figures import figures_of
from pledges import permissions, rules, services
from pledges.forms import ChangeStatusForm, CorrectUpdateForm, FindPledgesForm, WriteUpdateForm
from pledges.models import Pledge, PledgeQuerySet, PledgeStatusChange, PledgeUpdate

A_PAGE = 20


@login_not_required
@require_safe
def pledges(request: HttpRequest) -> HttpResponse:
    """Every promise; what is past its date or without news comes first."""
    day = today()
    form = FindPledgesForm(request.GET or None)
    is_filtered = any(request.GET.get(name) for name in form.fields)
    everything = Pledge.objects.public().with_standing()
    found = everything
    if form.is_bound:
        if not form.is_valid():
            context = {"form": form, "is_filtered": is_filtered}
            return render(request, "pledges/pledges.html", context, status=422)
        found = chosen(found, form.cleaned_data)
    page = Paginator(found.late_first(day).with_owners(), A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "pledges/pledges.html",
        {
            "form": form,
            "is_filtered": is_filtered,
            "page": page,
            "rows": [(pledge, rules.standing(pledge, today=day)) for pledge in page],
            "summary": rules.summary(
                everything.only("due_on", "due_text", "made_text", "review_every_days"), today=day
            ),
            "today": day,
        },
    )


def chosen(found: PledgeQuerySet, wanted: dict[str, Any]) -> PledgeQuerySet:
    if wanted["q"]:
        found = found.matching(wanted["q"])
    if wanted["status"] == "late":
        found = found.past_due(today())
    elif wanted["status"] == "stale":
        found = found.stale(today())
    elif wanted["status"] == "ended":
        found = found.ended()
    elif wanted["status"]:
        found = found.with_status(wanted["status"])
    if wanted["theme"]:
        found = found.answering(wanted["theme"])
    if wanted["organisation"]:
        found = found.owned_by(wanted["organisation"])
    return found


@login_not_required
@require_safe
def pledge(request: HttpRequest, reference: str) -> HttpResponse:
    """One promise: its words, who, by when, how it stands and everything done since."""
    day = today()
    promise = get_object_or_404(
        Pledge.objects.public().with_standing().with_owners().select_related("made_at"),
        reference=reference,
    )
    person = request.user if isinstance(request.user, User) else None
    return render(
        request,
        "pledges/pledge.html",
        {
            "pledge": promise,
            "standing": rules.standing(promise, today=day),
            "thread": rules.thread(
                PledgeUpdate.objects.public().filter(pledge=promise),
                PledgeStatusChange.objects.public().filter(pledge=promise),
            ),
            "may_write": person is not None and permissions.can_write_update(person, promise),
            "may_change_status": person is not None and permissions.can_change_status(person),
            "may_read_history": person is not None and can_read_records(person),
            "today": day,
        },
    )


@login_not_required
@require_safe
def theme(request: HttpRequest, slug: str) -> HttpResponse:
    """You said, we promised, we did: one theme from what was heard to what has been done."""
    day = today()
    heard = get_object_or_404(Theme.objects.public(), slug=slug)
    answers = Pledge.objects.public().answering(heard).with_standing().with_owners()
    promises = list(answers.select_related("made_at").in_order())
    campaigns = Campaign.objects.public().filter(themes=heard).order_by("opens_on", "pk")
    return render(
        request,
        "pledges/theme.html",
        {
            "theme": heard,
            "campaigns": [
                (
                    one,
                    people_who_said(heard, one, day=day),
                    counting_days(today=day, closes_on=one.closes_on),
                )
                for one in campaigns
            ],
            "promises": [(promise, rules.standing(promise, today=day)) for promise in promises],
            "deeds": rules.thread(
                PledgeUpdate.objects.public().filter(pledge__in=promises).select_related("pledge"),
                [],
            ),
            "today": day,
        },
    )


def people_who_said(theme: Theme, campaign: Campaign, *, day: date) -> PublicCount | None:
    """How many answers to a campaign are about this theme, as the campaign publishes it.

    None for a campaign that was not held here: then a source says how many people were heard.
    """
    if not campaign.takes_answers:
        return None
    table = figures_of(campaign, today=day).by_borough_and_theme
    if theme.label not in table.columns:
        return None
    return table.totals.cells[list(table.columns).index(theme.label)]


def _promise(by: User, reference: str) -> Pledge:
    """What this person may add to the record of, as it stands now."""
    return get_object_or_404(
        Pledge.objects.visible_to(by).public().with_standing(), reference=reference
    )


@require_http_methods(["GET", "POST"])
def write_update(request: HttpRequest, reference: str) -> HttpResponse:
    """Programme staff, or an owner's editor, say what has changed."""
    by = cast(User, request.user)
    promise = _promise(by, reference)
    if not permissions.can_write_update(by, promise):
        raise PermissionDenied
    form = WriteUpdateForm(request.POST if request.method == "POST" else None)
    status = refused(form)
    if form.is_valid():
        try:
            services.write_update(promise, by=by, today=today(), **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
            form.renew()
            status = 409
        else:
            messages.success(request, _("The update is published. Everybody can read it now."))
            return redirect(promise)
    context = {"pledge": promise, "form": form}
    return render(request, "pledges/write_update.html", context, status=status)


@require_http_methods(["GET", "POST"])
def correct_update(request: HttpRequest, reference: str, uuid: UUID) -> HttpResponse:
    """Put better words beside words that are public; the earlier ones stay."""
    by = cast(User, request.user)
    update = get_object_or_404(
        PledgeUpdate.objects.visible_to(by).public().select_related("pledge"),
        pledge__reference=reference,
        uuid=uuid,
    )
    if not permissions.can_correct(by, update):
        raise PermissionDenied
    form = CorrectUpdateForm(
        request.POST if request.method == "POST" else None, initial=update.words()
    )
    status = refused(form)
    if form.is_valid():
        try:
            services.correct_update(update, by=by, today=today(), **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
            form.renew()
            status = 422 if form.has_error("what_changed", rules.NOTHING_CHANGED) else 409
        else:
            messages.success(request, _("The correction is published. The earlier words stay."))
            return redirect(update.pledge)
    context = {"pledge": update.pledge, "update": update, "form": form}
    return render(request, "pledges/correct_update.html", context, status=status)


@require_http_methods(["GET", "POST"])
def change_status(request: HttpRequest, reference: str) -> HttpResponse:
    """Programme staff say how a pledge stands now, and why."""
    by = cast(User, request.user)
    promise = _promise(by, reference)
    if not permissions.can_change_status(by):
        raise PermissionDenied
    form = ChangeStatusForm(
        request.POST if request.method == "POST" else None,
        now=promise.status,
        initial={"effective_on": today()},
    )
    lost_race = False
    if form.is_valid():
        try:
            services.change_status(promise, by=by, today=today(), **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
            lost_race = getattr(refusal, "code", "") == rules.CHANGED_MEANWHILE
        else:
            messages.success(request, _("The new status is published. Everybody can read it now."))
            return redirect(promise)
    if lost_race:
        promise = _promise(by, reference)
        form.ask_again(promise.status)
    context = {
        "pledge": promise,
        "standing": rules.standing(promise, today=today()),
        "form": form,
    }
    status = 409 if lost_race else refused(form)
    return render(request, "pledges/change_status.html", context, status=status)


def refused(form: Any) -> int:
    """422 for a form that came back with something wrong in it, else 200."""
    return 422 if form.is_bound and form.errors else 200
