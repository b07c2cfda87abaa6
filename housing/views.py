"""The Health and Housing Action Plan: three priorities, their actions, and the Coalition's meetings."""

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from audit.permissions import can_read_records
from core.clock import today
from events.models import Event
from housing import permissions, rules, services
from housing.models import (
    Action,
    ActionPlan,
    ActionStatusChange,
    ActionUpdate,
    HousingFact,
    PriorityArea,
    Seat,
)
from pledges import rules as delivery
from pledges.forms import ChangeStatusForm, CorrectUpdateForm, WriteUpdateForm
from pledges.models import Pledge


@login_not_required
@require_safe
def plan(request: HttpRequest) -> HttpResponse:
    """The whole plan on one page that can be printed and read aloud in a meeting."""
    in_force = ActionPlan.objects.public().in_force().first()
    meetings = Event.objects.public().filter(kind=Event.Kind.COALITION)
    now = timezone.now()
    coming = meetings.going_ahead().upcoming(now)
    return render(
        request,
        "housing/plan.html",
        {
            "plan": in_force,
            "chapters": chapters(in_force) if in_force else [],
            "facts": HousingFact.objects.public(),
            "next_meeting": coming.first(),
            "meetings": [
                (meeting, rules.meeting_state(meeting, now=now)) for meeting in meetings.past(now)
            ],
            "seats": Seat.objects.public(),
            "today": today(),
        },
    )


def chapters(plan: ActionPlan) -> list[dict[str, Any]]:
    """Each priority with its actions and how they stand."""
    actions = list(Action.objects.public().of_plan(plan).with_standing().with_owners().in_order())
    found = []
    for priority in PriorityArea.objects.public().filter(plan=plan):
        mine = [action for action in actions if action.priority_id == priority.pk]
        found.append(
            {
                "priority": priority,
                "awaits_actions": rules.awaits_actions(mine),
                "actions": [(action, delivery.standing(action, today=today())) for action in mine],
            }
        )
    return found


@login_not_required
@require_safe
def action(request: HttpRequest, reference: str) -> HttpResponse:
    """One action: who, by when, how it stands and everything done since."""
    day = today()
    step = get_object_or_404(
        Action.objects.public()
        .shown_as(reference)
        .with_standing()
        .with_owners()
        .select_related("priority")
    )
    person = request.user if isinstance(request.user, User) else None
    return render(
        request,
        "housing/action.html",
        {
            "action": step,
            "standing": delivery.standing(step, today=day),
            "pledges": Pledge.objects.public().filter(actions=step).in_order(),
            "thread": delivery.thread(
                ActionUpdate.objects.public().filter(action=step),
                ActionStatusChange.objects.public().filter(action=step),
            ),
            "may_write": person is not None and permissions.can_write_update(person, step),
            "may_change_status": person is not None and permissions.can_change_status(person),
            "may_read_history": person is not None and can_read_records(person),
            "today": day,
        },
    )


def _step(by: User, reference: str) -> Action:
    """What this person may add to the record of, as it stands now."""
    return get_object_or_404(Action.objects.visible_to(by).shown_as(reference).with_standing())


@require_http_methods(["GET", "POST"])
def write_update(request: HttpRequest, reference: str) -> HttpResponse:
    """A chair of the Coalition, programme staff or an owner's editor say what has changed."""
    by = cast(User, request.user)
    step = _step(by, reference)
    if not permissions.can_write_update(by, step):
        raise PermissionDenied
    form = WriteUpdateForm(request.POST if request.method == "POST" else None)
    status = refused(form)
    if form.is_valid():
        try:
            services.write_update(step, by=by, today=today(), **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
            form.renew()
            status = 409
        else:
            messages.success(request, _("The update is published. Everybody can read it now."))
            return redirect(step)
    context = {"action": step, "form": form}
    return render(request, "housing/write_update.html", context, status=status)


@require_http_methods(["GET", "POST"])
def correct_update(request: HttpRequest, reference: str, uuid: UUID) -> HttpResponse:
    """Put better words beside words that are public; the earlier ones stay."""
    by = cast(User, request.user)
    update = get_object_or_404(
        ActionUpdate.objects.visible_to(by).select_related("action"),
        action__in=Action.objects.public().shown_as(reference),
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
            status = 422 if form.has_error("what_changed", delivery.NOTHING_CHANGED) else 409
        else:
            messages.success(request, _("The correction is published. The earlier words stay."))
            return redirect(update.action)
    context = {"action": update.action, "update": update, "form": form}
    return render(request, "housing/correct_update.html", context, status=status)


@require_http_methods(["GET", "POST"])
def change_status(request: HttpRequest, reference: str) -> HttpResponse:
    """Programme staff say how an action stands now, and why."""
    by = cast(User, request.user)
    step = _step(by, reference)
    if not permissions.can_change_status(by):
        raise PermissionDenied
    form = ChangeStatusForm(
        request.POST if request.method == "POST" else None,
        now=step.status,
        initial={"effective_on": today()},
    )
    lost_race = False
    if form.is_valid():
        try:
            services.change_status(step, by=by, today=today(), **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
            lost_race = getattr(refusal, "code", "") == delivery.CHANGED_MEANWHILE
        else:
            messages.success(request, _("The new status is published. Everybody can read it now."))
            return redirect(step)
    if lost_race:
        step = _step(by, reference)
        form.ask_again(step.status)
    context = {
        "action": step,
        "standing": delivery.standing(step, today=today()),
        "form": form,
    }
    status = 409 if lost_race else refused(form)
    return render(request, "housing/change_status.html", context, status=status)


def refused(form: Any) -> int:
    """422 for a form that came back with something wrong in it, else 200."""
    return 422 if form.is_bound and form.errors else 200
