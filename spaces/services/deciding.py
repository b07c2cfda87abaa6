"""Saying yes or no to a request: check, write, record, tell.

Everybody who must agree has a step of their own, and all are asked at once. The room is promised
when the last of them says yes; the first no ends it. Nobody takes two steps of one booking.
"""

import logging
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Literal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import record
from core.clock import london
from spaces import permissions, rules
from spaces.models import LONGEST, Booking, Decision, Hirer, Hold, Occupancy, Room, Space
from spaces.models.bookings import BookingQuerySet
from spaces.models.decisions import DecisionQuerySet
from spaces.rules.deciding import Use
from spaces.services import bookings, confirming, finding, places, rooms, telling

State = Booking.State
Outcome = Decision.Outcome
Step = Decision.Step

logger = logging.getLogger(__name__)

A_YEAR = timedelta(days=365)

NOTHING_MORE = _("There is nothing more for you to decide. Somebody else must say yes as well.")
"""Whoever is asked has said yes before, or somebody else has who runs the same site."""

Why = Literal["new", "changed", "back"]
"""Why somebody is asked to decide: it is new, it is more than was agreed to, or it was brought back."""


def ask_everybody(booking: Booking, *, now: datetime, why: Why = "new") -> None:
    """Ask all who must agree to a booking as it is now; what they said of it before is over.

    For a trusted group the rule says yes in place of the programme, and of a site that trusts
    groups. Call it in a transaction that holds the rooms and the booking.
    """
    booking.decisions.current().update(superseded_at=now)
    steps = rules.deciding.steps_of(booking)
    due_on = _due_on(booking, now)
    by_rule = _yes_by_rule(booking, now=now)
    Decision.objects.bulk_create(
        Decision(
            booking=booking,
            step=step,
            asked_at=now,
            due_on=due_on,
            outcome=Outcome.APPROVED if step in by_rule else "",
            decided_at=now if step in by_rule else None,
            is_automatic=step in by_rule,
        )
        for step in steps
    )
    if by_rule.issuperset(steps):
        _promise(booking, by=None, now=now)
        return
    asked = [step for step in steps if step not in by_rule]
    telling.tell_group(booking, "booking_requested", now=now, decide_by=due_on, why=why)
    telling.ask_for_decision(booking, asked, due_on, now=now, why=why)


def ask_nobody_too_many(booking: Booking, *, now: datetime) -> None:
    """Where nobody at risk comes any more, the safeguarding lead need not say yes; with the yes of all
    others the room is promised. Of a group that may not book nothing is, so all is left as it is.
    """
    if booking.space.lets_compete or Step.SAFEGUARDING in rules.deciding.steps_of(booking):
        # Where requests compete somebody chooses, so that nothing is promised without a person.
        return
    if bookings.hold_group(booking).state != Hirer.State.APPROVED:
        return
    asked = booking.decisions.current()
    if not asked.filter(step=Step.SAFEGUARDING).update(superseded_at=now):
        return
    if not asked.filter(outcome="").exists():
        _promise(booking, by=None, now=now)


def remind_everybody(booking: Booking, *, now: datetime) -> None:
    """Ask those who have not answered once more: the booking is less than what they were asked."""
    open_steps = list(booking.decisions.open().order_by("pk"))
    if open_steps:
        steps = [one.step for one in open_steps]
        telling.ask_for_decision(booking, steps, open_steps[0].due_on, now=now, why="less")


def _due_on(booking: Booking, now: datetime) -> date:
    return rules.deciding.due_on(
        booking, now, working_days=settings.DECIDE_BOOKINGS_WITHIN_WORKING_DAYS
    )


def _yes_by_rule(booking: Booking, *, now: datetime) -> set[Decision.Step]:
    steps = _yes_by_record(booking, now=now)
    if steps and _rivals(booking, list(booking.space.rooms.order_by("pk"))):
        return set()
    return steps


def _yes_by_record(booking: Booking, *, now: datetime) -> set[Decision.Step]:
    """For whom the group's record says yes, whoever else asks."""
    if booking.space.lets_compete:
        # There somebody chooses.
        return set()
    earlier = booking.hirer.bookings.exclude(pk=booking.pk).aggregate(
        kept=Count("pk", filter=Q(state=State.CONFIRMED, ends_at__lte=now)),
        late=Count("pk", filter=Q(cancelled_late=True) & ~Q(decided_at__lte=now - A_YEAR)),
    )
    return rules.deciding.yes_by_rule(booking, kept=earlier["kept"], late=earlier["late"])


@transaction.atomic
def approve_booking(
    booking: Booking,
    *,
    by: User,
    now: datetime,
    is_free: bool | None = None,
    why_not_free: str = "",
    seen_at: datetime | None = None,
    less_time_free: str = "",
) -> Booking:
    """Say yes for one step; with the last of them the space is promised to the group.

    `is_free` answers a group that asks to pay nothing, where this step decides about that; a no says
    why not, for the group to read.
    `seen_at` is when the booking had last changed as this person saw it. Where requests compete,
    somebody who runs the site may say why less time is kept free beside it than the space asks for.

    Raises ValidationError "not_from_here" if the booking is past deciding, "said_yes" if nothing is
    left for this person to decide, "changed_meanwhile" if it is not what they saw, "not_offered" or
    "booked_elsewhere" if nobody can have the space here any more, "just_taken" if another group has
    the room by now, "too_close" if that takes a reason.
    """
    booking = bookings.locked(booking)
    steps = list(booking.decisions.current())
    permissions.check_decides(by, booking, steps)
    if less_time_free:
        permissions.check_may_run(by, booking)
    rules.states.check_may_become(booking, State.APPROVED)
    step = permissions.step_of(by, booking, steps)
    if step is None:
        raise ValidationError(NOTHING_MORE, code="said_yes")
    if seen_at is not None:
        bookings.check_seen(booking, seen_at)
    rules.bookings.check_not_begun(booking, now=now)
    rules.bookings.check_hirer_may_book(bookings.hold_group(booking), is_theirs=False)
    # The space may be withdrawn, or a closure have come, since the request.
    locked = list(booking.space.rooms.order_by("pk"))
    rules.bookings.check_space_is_offered(booking.space, locked)
    rooms.check_open(
        booking.space,
        locked,
        booking.starts_at,
        booking.ends_at,
        setup_minutes=booking.setup_minutes,
        cleardown_minutes=booking.cleardown_minutes,
    )
    # And the room may hold fewer by now.
    rules.bookings.check_attendance(
        booking.attendance, booking.layout, list(booking.space.layouts.all())
    )
    if not booking.occupancies.all().taken().exists():
        _check_place(booking, locked, by=by, now=now, less_time_free=less_time_free)
    if booking.asks_to_pay_nothing and rules.deciding.decides_about_money(
        step.step, [one.step for one in steps]
    ):
        _decide_about_money(booking, is_free, why_not_free)
    _say(step, Outcome.APPROVED, by=by, now=now)
    if all(one.outcome or one.pk == step.pk for one in steps):
        _promise(booking, by=by, now=now)
    else:
        record("spaces.step_approved", booking, by=by, step=step.step)
    return booking


def _decide_about_money(booking: Booking, is_free: bool | None, why_not_free: str) -> None:
    if is_free is None:
        raise _beside("is_free", __("Say whether the group pays nothing."))
    if not is_free and not why_not_free:
        raise _beside("why_not_free", __("Say why the group pays all the same."))
    booking.is_free_use_granted = is_free
    booking.why_not_free = "" if is_free else why_not_free
    booking.save(update_fields=["is_free_use_granted", "why_not_free", "updated_at"])


def _beside(field: str, words: str) -> ValidationError:
    return ValidationError({field: ValidationError(words, code="money")})


def _check_place(
    booking: Booking, locked: list[Room], *, by: User, now: datetime, less_time_free: str
) -> None:
    """Where requests compete, the last yes takes the rooms, so every yes sees to it that it can."""
    place = places.find_place_of(booking, locked, now=now)
    places.check_free(
        place,
        site=booking.space.site,
        hirer=booking.hirer,
        by=by,
        is_theirs=False,
        reason=less_time_free or booking.less_time_free,
    )
    if less_time_free:
        places.keep_reason(booking, place, by=by, reason=less_time_free)
        booking.save(update_fields=["less_time_free", "less_time_free_by", "updated_at"])
        places.record_less_time(booking, place)


def _promise(booking: Booking, *, by: User | None, now: datetime) -> None:
    """Everybody has said yes: the rooms are the group's."""
    if booking.sequence:
        # Diaries had an invitation before, which was taken back: this one must be newer.
        booking.sequence += 1
    # Given back late before, and brought back: now it is kept after all.
    booking.cancelled_late = False
    locked = list(booking.space.rooms.order_by("pk"))
    if not booking.occupancies.all().taken().exists():
        # Where requests compete, this yes is what takes the rooms.
        rooms.take(booking, locked, places.find_place_of(booking, locked, now=now))
    rooms.confirm(booking)
    bookings.set_state(booking, State.APPROVED, by=by, now=now)
    record("spaces.booking_approved", booking, by=by)
    confirming.settle(booking, now=now)
    telling.tell_site(booking, "booking_approved_site", now=now, apart_from=by)
    if by is not None:
        use = rules.times.used_by(booking)
        # Less time kept free than the space asks for is no reason: somebody decides about that.
        rivals = [
            rival
            for rival in _rivals(booking, locked)
            if rules.times.overlap(rules.times.used_by(rival), use)
        ]
        _decline(*rivals, by=by, now=now, reason=Booking.Reason.TAKEN, reason_note="")


def _rivals(booking: Booking, locked: list[Room]) -> list[Booking]:
    """Requests that hold no rooms and cannot have these at that time any more."""
    held = _asking_for_the_same(booking, locked).select_for_update(no_key=True, of=("self",))
    return _that_overlap(booking, held)


def _that_overlap(booking: Booking, others: Iterable[Booking]) -> list[Booking]:
    """With the time that is kept free after each."""
    taken = rules.times.taken_by(booking)
    return [one for one in others if rules.times.overlap(rules.times.taken_by(one), taken)]


def rivals_of(booking: Booking, *, seen_by: User) -> list[Booking]:
    """Requests that a yes to this one declines, as far as this person sees them; first come, first."""
    use = rules.times.used_by(booking)
    others = _asking_for_the_same(booking, list(booking.space.rooms.all()))
    seen = others.filter(pk__in=Booking.objects.visible_to(seen_by).values("pk"))
    return [one for one in seen if rules.times.overlap(rules.times.used_by(one), use)]


def _asking_for_the_same(booking: Booking, rooms_of_it: list[Room]) -> BookingQuerySet:
    """Requests that hold no rooms, for these and near that time."""
    first, last = rules.times.taken_by(booking)
    near = Booking.objects.undecided().filter(
        space__in=Space.objects.filter(rooms__in=rooms_of_it),
        starts_at__gt=first - LONGEST,
        starts_at__lt=last + LONGEST,
    )
    without_rooms = near.exclude(occupancies__in=Occupancy.objects.taken())
    return without_rooms.exclude(pk=booking.pk).with_people().order_by("pk")


def says_yes_at_once(use: Hold | Booking, *, now: datetime) -> bool:
    """Say whether a rule will say yes to what somebody is about to ask for, unless people at risk come or
    the group asks to pay nothing.
    """
    space = use.space
    if not space.site.trusts_groups:
        return False
    names = ("hirer", *Use.__dataclass_fields__)
    facts = {name: getattr(use, name) for name in names}
    plain = Booking(space=space, turnaround_minutes=space.turnaround_minutes, **facts)
    return rule_says_yes(plain, now=now)


def rule_says_yes(booking: Booking, *, now: datetime) -> bool:
    """Say whether nobody needs to be asked about a booking as it stands here, written down or not."""
    if not _yes_by_record(booking, now=now).issuperset(rules.deciding.steps_of(booking)):
        return False
    rooms_of_it = list(booking.space.rooms.all())
    return not _that_overlap(booking, _asking_for_the_same(booking, rooms_of_it))


@transaction.atomic
def decline_booking(
    booking: Booking, *, by: User, now: datetime, reason: str, reason_note: str = ""
) -> Booking:
    """Say no to a request, with a reason the group can read. One no is enough.

    Whoever said yes may still think better of it while others decide. Raises ValidationError
    "not_from_here" if the booking is past deciding, and "begun" once its time has come.
    """
    booking = bookings.locked(booking)
    steps = list(booking.decisions.current())
    permissions.check_decides(by, booking, steps)
    rules.states.check_may_become(booking, State.DECLINED)
    rules.bookings.check_not_begun(booking, now=now)
    own = next((one for one in steps if one.decided_by_id == by.pk), None)
    step = own or permissions.step_of(by, booking, steps)
    if step is not None:
        _say(step, Outcome.DECLINED, by=by, now=now)
    _decline(booking, by=by, now=now, reason=reason, reason_note=reason_note)
    telling.tell_site(booking, "booking_declined_site", now=now, apart_from=by)
    return booking


def _decline(*declined: Booking, by: User, now: datetime, reason: str, reason_note: str) -> None:
    """Those who asked for the same are told of the same alternatives, which are looked for once."""
    found: dict[tuple[object, ...], finding.Alternatives] = {}
    for booking in declined:
        asked = {name: getattr(booking, name) for name in ("space", *Use.__dataclass_fields__)}
        same = (*asked.values(), *booking.hirer.access_needs)
        if same not in found:
            booking.reason = reason
            found[same] = finding.instead_of(booking, now=now)
        bookings.set_state(
            booking, State.DECLINED, by=by, now=now, reason=reason, reason_note=reason_note
        )
        rooms.release(booking, now=now)

        record("spaces.booking_declined", booking, by=by, reason=reason)
        telling.tell_group(
            booking,
            "booking_declined",
            now=now,
            alternatives=found[same],
            only_elsewhere=reason in rules.bookings.REASONS_AGAINST_A_SPACE,
        )


def _say(step: Decision, outcome: Decision.Outcome, *, by: User, now: datetime) -> None:
    step.outcome, step.decided_by, step.decided_at = outcome, by, now
    step.save(update_fields=["outcome", "decided_by", "decided_at", "updated_at"])


def escalate(*, now: datetime) -> int:
    """Tell somebody else of each step that is late, once; return how many that was.

    Programme staff hear of a site that is late, the programme lead of all others. A booking that
    cannot be told of holds up no other; what went wrong is raised after the last.
    """
    late = _late(now).select_related("booking__space").order_by("pk")
    escalated, problems = 0, []
    for step in list(late):
        try:
            escalated += _escalate(step, now=now)
        except Exception as problem:  # raised again below
            logger.error("%s was not told of.", step)
            problems.append(problem)
    if problems:
        raise ExceptionGroup("Some late decisions could not be told of.", problems)
    return escalated


def _late(now: datetime) -> DecisionQuerySet:
    late = Decision.objects.open().late(london(now).date())
    return late.filter(escalated_at=None, booking__starts_at__gt=now)


@transaction.atomic
def _escalate(seen: Decision, *, now: datetime) -> bool:
    # Held and asked again: whoever decides just now is not called late.
    booking = bookings.locked(seen.booking)
    step = _late(now).filter(pk=seen.pk).first()
    if step is None:
        return False
    step.escalated_at = now
    step.save(update_fields=["escalated_at", "updated_at"])
    record("spaces.decision_escalated", booking, by=None, step=step.step)
    telling.tell_of_late_decision(booking, step, now=now)
    return True
