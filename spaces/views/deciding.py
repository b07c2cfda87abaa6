"""Deciding about a booking, asking before that, and taking it back."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.clock import today
from spaces import permissions, rules, services
from spaces.forms.deciding import (
    AnswerQuestionForm,
    ApproveForm,
    AskQuestionForm,
    CancelForm,
    RefusalForm,
)
from spaces.forms.less_time import LessTimeForm
from spaces.forms.seen import SeenForm
from spaces.models import Booking, Decision, Hirer
from spaces.services import finding
from spaces.views import (
    SignedInRequest,
    booking_or_404,
    in_words,
    posted,
    status_of,
)

State = Booking.State


@require_http_methods(["GET", "POST"])
def approve_booking(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Say yes for one step; the page says whose word is still missing then."""
    booking, decisions = _to_decide(request, uuid)
    step = permissions.step_of(request.user, booking, decisions)
    if step is None and booking.state == State.REQUESTED:
        messages.info(request, services.NOTHING_MORE)
        return redirect(booking)
    steps = [one.step for one in decisions]
    asks_about_money = (
        step is not None
        and booking.asks_to_pay_nothing
        and rules.deciding.decides_about_money(step.step, steps)
    )
    others = [one for one in decisions if not one.outcome and one != step]
    return _act(
        request,
        booking,
        "spaces/approve_booking.html",
        State.APPROVED,
        ApproveForm(posted(request), booking=booking, asks_about_money=asks_about_money),
        services.approve_booking,
        _("Your yes is written down. The group is told when everybody has decided.")
        if others
        else _("Approved. The group has been told."),
        step=step,
        others=others,
        rivals=services.rivals_of(booking, seen_by=request.user),
        missing=services.what_is_missing(booking),
        why_not=services.why_not(booking),
        may_not_book=booking.hirer.state != Hirer.State.APPROVED,
        can_decline=True,
        can_change=permissions.may_run(request.user, booking) and rules.states.may_change(booking),
        can_mend=permissions.looks_after(request.user, booking.space.site),
    )


@require_http_methods(["GET", "POST"])
def decline_booking(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Say no, with a reason."""
    booking, _decisions = _to_decide(request, uuid)
    return _act(
        request,
        booking,
        "spaces/decline_booking.html",
        State.DECLINED,
        RefusalForm(posted(request)),
        services.decline_booking,
        _("Declined. The group has been told why."),
    )


@require_http_methods(["GET", "POST"])
def ask_question(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Ask the group something that must be known first."""
    booking, _decisions = _to_decide(request, uuid)
    return _act(
        request,
        booking,
        "spaces/ask_question.html",
        State.INFORMATION_NEEDED,
        AskQuestionForm(posted(request)),
        services.ask_question,
        _("Asked. We tell you when the group has answered."),
    )


@require_http_methods(["GET", "POST"])
def answer_question(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Answer, or write down what the group said on the telephone."""
    booking = booking_or_404(request, uuid)
    permissions.check_answers(request.user, booking, list(booking.decisions.current()))
    question = booking.questions.open().first()
    is_answered = question is None or booking.state != State.INFORMATION_NEEDED
    if is_answered and request.method == "GET":
        messages.info(request, _("This question is answered already."))
        return redirect(booking)
    return _act(
        request,
        booking,
        "spaces/answer_question.html",
        State.REQUESTED,
        AnswerQuestionForm(posted(request)),
        services.answer_question,
        _("Thank you. Those who decide have been told."),
        question=question,
        belongs=permissions.belongs_to(request.user, booking.hirer),
    )


@require_http_methods(["GET", "POST"])
def cancel_booking(request: SignedInRequest, uuid: str) -> HttpResponse:
    """Give a space back, or take it back. The page says what will happen and who is told."""
    booking = booking_or_404(request, uuid)
    if permissions.belongs_to(request.user, booking.hirer):
        return _act(
            request,
            booking,
            "spaces/cancel_booking.html",
            State.CANCELLED_BY_HIRER,
            CancelForm(posted(request)),
            services.cancel_by_hirer,
            _("Cancelled. Everybody who needs to know has been told."),
            late=rules.bookings.counts_as_late(booking, on=today()),
            why_not_back=services.why_not_back(booking, by=request.user, now=timezone.now()),
        )
    permissions.check_may_run(request.user, booking)
    if booking.state in Booking.UNDECIDED:
        messages.info(request, _("Nothing is promised yet: approve this request or decline it."))
        return redirect(booking)
    return _act(
        request,
        booking,
        "spaces/cancel_booking_by_site.html",
        State.CANCELLED_BY_SITE,
        RefusalForm(posted(request)),
        services.cancel_by_site,
        _("Cancelled. The group has been told why."),
    )


def _to_decide(request: SignedInRequest, uuid: str) -> tuple[Booking, list[Decision]]:
    """A booking and the steps of its decision, for those who decide about it."""
    booking = booking_or_404(request, uuid)
    decisions = list(booking.decisions.current())
    permissions.check_decides(request.user, booking, decisions)
    return booking, decisions


def _what_is_known(request: SignedInRequest, booking: Booking) -> dict[str, Any]:
    """What helps to decide, beside what was asked for."""
    reads_needs = permissions.reads_needs_of_booking(request.user, booking, is_over=False)
    runs_site = booking.is_alive and permissions.looks_after(request.user, booking.space.site)
    is_own = permissions.belongs_to(request.user, booking.hirer)
    return {
        "late": None
        if is_own
        else services.late_cancellations(booking.hirer, seen_by=request.user, now=timezone.now()),
        "reads_needs": reads_needs,
        "is_not_opened": runs_site and not reads_needs,
        "lacks": finding.lacking_for(booking.hirer, booking.space),
        "answered": [
            one for one in services.questions_for(request.user, booking) if one.answered_at
        ],
    }


def _act(
    request: SignedInRequest,
    booking: Booking,
    template: str,
    wanted: Booking.State,
    form: forms.Form,
    service: Callable[..., object],
    done: str,
    **context: object,
) -> HttpResponse:
    """Show a page that asks, do what it asks once, and say calmly if somebody was faster."""
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            service(booking, by=request.user, now=timezone.now(), **form.cleaned_data)
        except ValidationError as refusal:
            if not (isinstance(form, LessTimeForm) and form.asks_why(refusal)):
                form.add_error(None, in_words(refusal))
            status = status_of(refusal)
            booking = booking_or_404(request, str(booking.uuid))
            if isinstance(form, SeenForm):
                form.shows(booking)
        else:
            messages.success(request, done)
            return redirect(booking)
    page: dict[str, Any] = {"booking": booking, "space": booking.space, "form": form}
    page |= _what_is_known(request, booking)
    if not rules.states.may_become(booking.state, wanted):
        return render(request, "spaces/already_decided.html", page, status=409)
    page |= {"back": booking.get_absolute_url(), **context}
    return render(request, template, page, status=status)
