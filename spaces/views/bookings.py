"""Bookings, and what became of them."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.clock import london
from spaces import permissions, rules, services
from spaces.models import Booking, Hirer, Site
from spaces.rules.fit import Wish
from spaces.services import finding
from spaces.views import SignedInRequest, booking_or_404
from spaces.views.finding import ask_url

State = Booking.State


@require_safe
def bookings(request: SignedInRequest) -> HttpResponse:
    """A timeline: what needs me, today, soon, later; and what is over."""
    visible = Booking.objects.visible_to(request.user)
    runs_sites = Site.objects.visible_to(request.user).exists()
    now = timezone.now()
    sections = services.timeline(visible, by=request.user, now=now, pages=request.GET)
    context = {
        "sections": sections,
        "runs_sites": runs_sites,
        "rooms_by_telephone": services.rooms_by_telephone(request.user) if runs_sites else [],
        "is_empty": not sections,
        "is_desk_quiet": runs_sites and not any(section.is_for_the_desk for section in sections),
        "my_hirers": set(
            Hirer.objects.visible_to(request.user)
            .of_member(request.user)
            .values_list("pk", flat=True)
        ),
        "now": now,
        "today": london(now).date(),
    }
    return render(request, "spaces/bookings.html", context)


@require_safe
def booking(request: SignedInRequest, uuid: str) -> HttpResponse:
    """One booking: how it stands, what happens next and by when."""
    booking = booking_or_404(request, uuid)
    now = timezone.now()
    belongs = permissions.belongs_to(request.user, booking.hirer)
    decisions = list(booking.decisions.current())
    runs = permissions.may_run(request.user, booking)
    is_undecided = booking.state in Booking.UNDECIDED
    step = permissions.step_of(request.user, booking, decisions)
    has_said_yes = any(one.decided_by_id == request.user.pk for one in decisions)
    leaves_yes = (
        step is None
        and not has_said_yes
        and permissions.took_the_call(request.user, booking)
        and permissions.decides(request.user, booking, decisions)
    )
    standings = services.standings(booking, today=london(now).date()) if is_undecided else []
    has_begun, is_over = booking.starts_at <= now, booking.ends_at <= now
    looks_after = permissions.looks_after(request.user, booking.space.site)
    questions = services.questions_for(request.user, booking)
    is_waiting = booking.state in (State.REQUESTED, State.APPROVED) and booking.ends_at > now
    missing = (
        services.what_is_missing(booking)
        if is_waiting
        else services.what_was_lost(booking, now=now)
    )
    why_not = services.why_not(booking) if booking.is_alive and not has_begun else None
    may_reinstate = (
        not has_begun and not booking.is_alive and permissions.may_reinstate(request.user, booking)
    )
    why_not_back = services.why_not_back(booking, by=request.user, now=now) if may_reinstate else ""
    context = {
        "instead": _instead(booking, now=now) if belongs and not has_begun else None,
        "booking": booking,
        "space": booking.space,
        "today": london(now).date(),
        "belongs": belongs,
        "manages": permissions.manages(request.user, booking.hirer),
        "is_over": is_over,
        "reads_needs": permissions.reads_needs_of_booking(request.user, booking, is_over=is_over),
        "reads_contact": not belongs and permissions.reads_contact(request.user, booking),
        "lacks": finding.lacking_for(booking.hirer, booking.space) if is_undecided else [],
        "arrival": booking.space.arrival
        if booking.state == State.CONFIRMED and not is_over and (belongs or looks_after)
        else None,
        "can_say_how_to_get_in": looks_after and not is_over,
        "can_write": looks_after and not is_over,
        "is_just_asked": "asked" in request.GET and belongs and booking.is_alive and not has_begun,
        "step": step if is_undecided and not has_begun else None,
        "leaves_yes": leaves_yes,
        "can_decline": is_undecided
        and not has_begun
        and (step is not None or leaves_yes or has_said_yes),
        "rivals": services.rivals_of(booking, seen_by=request.user)
        if step is not None and is_undecided and not has_begun
        else [],
        "late": services.late_cancellations(booking.hirer, seen_by=request.user, now=now)
        if step is not None and is_undecided and not has_begun
        else None,
        "may_not_book": booking.hirer.state != Hirer.State.APPROVED,
        "is_undecided": is_undecided,
        "is_missed": is_undecided and has_begun,
        "standings": standings,
        "is_asked": booking.state == State.INFORMATION_NEEDED,
        "question": next((one for one in questions if one.answered_at is None), None),
        "answered": [one for one in questions if one.answered_at is not None],
        "can_answer": booking.state == State.INFORMATION_NEEDED
        and not has_begun
        and permissions.answers(request.user, booking, decisions),
        "can_cancel": not has_begun
        and ((belongs and booking.is_alive) or (runs and booking.is_promised)),
        "can_change": not has_begun and (belongs or runs) and rules.states.may_change(booking),
        "can_reinstate": may_reinstate and not why_not_back,
        "why_not_back": why_not_back,
        "missing": missing,
        "is_ready": booking.state == State.APPROVED and not missing and not has_begun,
        "why_not": why_not,
        "can_mend": why_not is not None and looks_after,
        "can_confirm_despite": bool(missing)
        and booking.hirer.state == Hirer.State.APPROVED
        and booking.state == State.APPROVED
        and not has_begun
        and permissions.may_confirm_despite(request.user, booking, [one.kind for one in missing]),
    }
    if permissions.reads_people(request.user, booking.hirer):
        services.note_look(booking.hirer, by=request.user, belongs=belongs)
    return render(request, "spaces/booking.html", context)


def _instead(booking: Booking, *, now: datetime) -> dict[str, Any] | None:
    """What a group that was told no can ask for now, as its letter had it then."""
    if booking.hirer.state != Hirer.State.APPROVED:
        return None
    if booking.state not in (State.DECLINED, State.CANCELLED_BY_SITE):
        return None
    found, space = finding.instead_of(booking, now=now), booking.space
    wish = Wish(
        people=booking.attendance,
        layout=booking.layout.kind if booking.layout else "",
        setup_minutes=booking.setup_minutes,
        cleardown_minutes=booking.cleardown_minutes,
    )
    own = (booking.starts_at, booking.ends_at)
    return {
        "times": [(*period, ask_url(space, *period, wish)) for period in found.times],
        "others": [(other, ask_url(other.space, *own, wish)) for other in found.others],
    }


@require_safe
def booking_calendar(request: SignedInRequest, uuid: str) -> HttpResponse:
    """The booking for a diary, once it is promised."""
    booking = booking_or_404(request, uuid)
    if not booking.is_promised:
        raise Http404
    entry = services.diary_entry(booking, method="PUBLISH", stamp=timezone.now())
    return HttpResponse(
        entry.text,
        content_type=f"text/calendar; charset=utf-8; method={entry.method}",
        headers={"Content-Disposition": f'attachment; filename="booking-{booking.reference}.ics"'},
    )
