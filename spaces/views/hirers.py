"""Groups that book rooms, or ask to."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.clock import today
from spaces import permissions, rules, services
from spaces.forms.deciding import ConfirmForm
from spaces.forms.hirers import DecideHirerForm
from spaces.models import Hirer, HirerAppeal, HirerDocument, PreventCheck
from spaces.models.prevent import PreventCheckQuerySet
from spaces.services.route import route_of
from spaces.views import SignedInRequest, posted

A_PAGE = 20


def hirer_or_404(request: SignedInRequest, slug: str) -> Hirer:
    visible = Hirer.objects.visible_to(request.user).with_people()
    return get_object_or_404(visible, organisation__slug=slug)


@require_safe
def hirers(request: SignedInRequest) -> HttpResponse:
    """My groups; for programme staff all of them, those that wait for a decision first."""
    visible = Hirer.objects.visible_to(request.user).with_people()
    is_staff = permissions.is_programme_staff(request.user)
    appeals = HirerAppeal.objects.visible_to(request.user).open().with_people()
    others = visible.decided() if is_staff else visible
    context = {
        "is_staff": is_staff,
        "invites": permissions.invites(request.user),
        "today": today(),
        "appeals": [
            (one, services.appeal_due(one)) for one in appeals.order_by("appealed_at", "pk")
        ]
        if is_staff
        else [],
        "waiting": is_staff
        and Paginator(visible.awaiting_decision().order_by("created_at", "pk"), A_PAGE).get_page(
            request.GET.get("waiting")
        ),
        "page": Paginator(others.order_by("organisation__name", "pk"), A_PAGE).get_page(
            request.GET.get("page")
        ),
    }
    return render(request, "spaces/hirers.html", context)


def _checks(request: SignedInRequest, hirer: Hirer) -> PreventCheckQuerySet:
    """What was asked and checked of a group, as far as this person reads it."""
    return PreventCheck.objects.visible_to(request.user).filter(hirer=hirer).newest_first()


@require_safe
def hirer(request: SignedInRequest, slug: str) -> HttpResponse:
    """One group: how it stands, its facts and its people."""
    hirer = hirer_or_404(request, slug)
    now = timezone.now()
    people = services.people_of(hirer, today=today())
    appeal = services.last_appeal(hirer)
    may_invite = permissions.may_invite(request.user, hirer)
    belongs = permissions.belongs_to(request.user, hirer)
    manages = permissions.manages(request.user, hirer)
    services.note_look(hirer, by=request.user, belongs=belongs)
    context = {
        "hirer": hirer,
        "route": route_of(hirer),
        "people": people,
        "has_manager": services.has_manager(people),
        "manages": manages,
        "reads_needs": permissions.reads_needs(request.user, hirer),
        "belongs": belongs,
        "sees_looks": manages or permissions.is_programme_staff(request.user),
        "looks": SimpleLazyObject(lambda: services.who_looked(hirer, now=now)),
        "may_invite": may_invite,
        "may_appoint": permissions.may_appoint(request.user, hirer),
        "invitations": services.open_invitations(hirer, now=now) if may_invite else (),
        "hand_over": services.hand_over_to(request.user, hirer, now=now),
        "is_to_confirm": rules.hirers.is_to_confirm(hirer, today=today()),
        "late": services.late_cancellations(hirer, seen_by=request.user, now=now),
        "prevent_checks": _checks(request, hirer),
        "reasons": dict(HirerDocument.FoundWrong.choices + Hirer.StopReason.choices),
        "appeal": appeal,
        "is_final": rules.hirers.is_final(hirer, appeal),
        "appeal_due": services.appeal_due(appeal) if appeal else None,
        "appeal_days": settings.DECIDE_APPEALS_WITHIN_WORKING_DAYS,
        "can_decide_appeal": appeal is not None
        and not appeal.outcome
        and permissions.may_decide_appeal(request.user, appeal),
        "can_decide": permissions.may_decide_about_hirer(request.user, hirer)
        and rules.hirers.waits_for_decision(hirer),
        "can_stop": permissions.may_decide_about_hirer(request.user, hirer)
        and hirer.state == Hirer.State.APPROVED,
    }
    return render(request, "spaces/hirer.html", context)


@require_http_methods(["GET", "POST"])
def decide_hirer(request: SignedInRequest, slug: str) -> HttpResponse:
    """Say whether a group may book."""
    hirer = hirer_or_404(request, slug)
    permissions.check_may_decide_about_hirer(request.user, hirer)
    if not rules.hirers.waits_for_decision(hirer):
        return decided_already(request, hirer)
    route = route_of(hirer)
    form = DecideHirerForm(
        posted(request),
        is_complete=route.is_complete,
        must_check=not hirer.prevent_checks.exists(),
    )
    if form.is_valid():
        now = timezone.now()
        try:
            if form.cleaned_data["outcome"] == "approve":
                despite = form.cleaned_data.get("despite", "")
                services.approve_hirer(
                    hirer, by=request.user, now=now, despite=despite, checked=form.checked()
                )
            else:
                reason = form.cleaned_data["reason"]
                services.decline_hirer(
                    hirer, by=request.user, now=now, reason=reason, checked=form.checked()
                )
        except ValidationError as refusal:
            if not {"despite", "asked"}.intersection(getattr(refusal, "error_dict", {})):
                return decided_already(request, hirer_or_404(request, slug))
            form.add_error(None, refusal)
        else:
            messages.success(request, _("Decided. The group has been told."))
            return redirect(hirer)
    status = 422 if form.is_bound else 200
    services.note_look(hirer, by=request.user, belongs=False)
    context = {
        "hirer": hirer,
        "form": form,
        "route": route,
        "prevent_checks": _checks(request, hirer),
        "late": services.late_cancellations(hirer, seen_by=request.user, now=timezone.now()),
    }
    return render(request, "spaces/decide_hirer.html", context, status=status)


@require_http_methods(["GET", "POST"])
def ask_again(request: SignedInRequest, slug: str) -> HttpResponse:
    """Say that the group has put right why it was not approved."""
    hirer = hirer_or_404(request, slug)
    permissions.check_manages(request.user, hirer)
    if hirer.state not in Hirer.REFUSED or services.open_appeal(hirer):
        return redirect(hirer)
    form = ConfirmForm(posted(request))
    if form.is_valid():
        try:
            services.ask_again(hirer, by=request.user, now=timezone.now())
        except ValidationError as refusal:
            # Somebody was faster: the page of the group shows what stands.
            messages.info(request, refusal.messages[0])
        else:
            messages.success(request, _("Thank you. We look at your group again."))
        return redirect(hirer)
    return render(request, "spaces/ask_again.html", {"hirer": hirer, "form": form})


def decided_already(request: SignedInRequest, hirer: Hirer) -> HttpResponse:
    """Somebody was faster; the page says who."""
    return render(request, "spaces/hirer_decided.html", {"hirer": hirer}, status=409)
