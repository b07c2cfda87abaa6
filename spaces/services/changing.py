"""Changing a booking that stands, and bringing back one that ended: every check is run again."""

from copy import copy
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from core.clock import london
from spaces import permissions, rules
from spaces.models import Booking, Decision, Occupancy, Room
from spaces.rules.changing import Asked, Outcome
from spaces.rules.deciding import Use
from spaces.rules.prices import Price
from spaces.services import (
    asking,
    bookings,
    confirming,
    deciding,
    papers,
    places,
    prices,
    rooms,
    telling,
)

State = Booking.State


def price_after(booking: Booking, use: Use) -> Price | None:
    """What a booking costs in full once it is changed so, or None where that is not known.

    Less of what was asked for never costs more than before, whatever the site charges by now.
    """
    price = prices.price_for(booking.space, use.starts_at, use.ends_at)
    if rules.deciding.needs_new_decision(Use.of(booking), use):
        return price
    return rules.prices.price_of_less(price, booking.price_pence)


def change_booking(
    booking: Booking,
    use: Use,
    *,
    by: User,
    now: datetime,
    seen_at: datetime,
    price_seen: str = rules.prices.NOT_KNOWN,
    free_use_reason: str = "",
    caller_name: str = "",
    less_time_free: str = "",
    asked: Asked | None = None,
) -> Booking:
    """Give a booking another time, size, layout or purpose in the same space, or let other people
    come; its reference stays.

    More than was agreed to must be agreed to anew: until then the group has asked for the new time
    and has given the old one back. `seen_at` is when the booking had last changed as this person
    saw it, and `price_seen` is `version_of_price` of what the page told. With more than was agreed
    to, a group that had not asked to pay nothing may do so now. Staff who change it for a group on
    the telephone say who called, and they alone may say why less time is kept free beside it than
    the space asks for. `asked` is what it is for and who comes, where that changes too.

    Raises ValidationError "changed_meanwhile" if it has changed since, "new_price" if it costs
    something else than they saw, "just_taken" if somebody has the room then, "too_close" if that
    takes a reason, "late" if the group may only cancel, "too_often" if it is changed without end, and
    other codes where the rules say no.
    """
    permissions.check_may_change(by, booking)
    if less_time_free:
        permissions.check_may_run(by, booking)
    return rooms.taking_turns(
        lambda: _change(
            booking,
            use,
            by=by,
            now=now,
            seen_at=seen_at,
            price_seen=price_seen,
            free_use_reason=free_use_reason,
            caller_name=caller_name,
            less_time_free=less_time_free,
            asked=asked,
        )
    )


def _change(
    booking: Booking,
    use: Use,
    *,
    by: User,
    now: datetime,
    seen_at: datetime,
    price_seen: str,
    free_use_reason: str,
    caller_name: str,
    less_time_free: str,
    asked: Asked | None,
) -> Booking:
    booking = bookings.lock(booking)
    bookings.check_seen(booking, seen_at)
    rules.states.check_may_change(booking)
    rules.bookings.check_not_begun(booking, now=now)
    before = Use.of(booking)
    use = Use(
        # In UTC: Python subtracts two times of one zone as if its clocks never changed.
        use.starts_at.astimezone(UTC),
        use.ends_at.astimezone(UTC),
        use.attendance,
        use.layout,
        use.setup_minutes,
        use.cleardown_minutes,
        use.wheelchair_users,
    )
    asked_before = Asked.of(booking)
    asked = asked or asked_before
    is_other_use = use != before
    if not is_other_use and asked == asked_before:
        raise ValidationError(_("This is how the booking is already."), code="same")
    was_promised = booking.is_promised
    takes_more = rules.deciding.needs_new_decision(before, use)
    asks_anew = takes_more or bool(why_anew(booking, asked))
    price = price_after(booking, use) if is_other_use else None
    pence_before = booking.price_pence
    pence = (price.total_pence if price else None) if is_other_use else pence_before
    paid_nothing = booking.asks_to_pay_nothing and bool(booking.is_free_use_granted)
    # Less of the same needs no notice: nobody has anything to get ready.
    is_theirs = permissions.belongs_to(by, booking.hirer)
    if asks_anew and is_theirs:
        rules.bookings.check_may_still_be_changed(booking, on=london(now).date())
    for name in Use.__dataclass_fields__:
        setattr(booking, name, getattr(use, name))
    _set_asked(booking, asked)
    if asks_anew and not takes_more:
        # When and where stay, so that nothing can be in the way.
        rules.bookings.check_hirer_may_book(bookings.hold_group(booking), is_theirs=is_theirs)
        rules.bookings.check_space_is_offered(booking.space, list(booking.space.rooms.all()))
    place: places.Place | None = None
    if is_other_use:
        if takes_more:
            # What the site keeps free after a use is what it is today, as for whoever asks anew.
            booking.turnaround_minutes = booking.space.turnaround_minutes
        wanted = _rooms_for(booking, asks_anew=takes_more)
        place = (
            _check_can_be_had(
                booking, by=by, is_theirs=is_theirs, now=now, less_time_free=less_time_free
            )
            if takes_more
            else _check_less_of_it(booking, before, wanted, now=now)
        )
        if price_seen != prices.version_of_price(price):
            raise ValidationError(
                _("It costs something else than you saw. Look at the price, and send it again."),
                code=asking.NEW_PRICE,
            )
    bookings.check_not_too_often(booking, "change", now=now)
    if place is not None:
        rooms.move(booking, wanted, place, now=now)
        if place.beside or (before.starts_at != use.starts_at and before.ends_at != use.ends_at):
            places.keep_reason(booking, place, by=by, reason=less_time_free)

    booking.sequence += 1
    booking.price_pence = pence
    if asks_anew:
        booking.is_free_use_granted, booking.why_not_free = None, ""
        if pence:
            booking.free_use_reason = booking.free_use_reason or free_use_reason
    if caller_name:
        booking.caller_name = caller_name
    booking.save()
    if asks_anew or before.starts_at != use.starts_at:
        # Reminders of the old time, and "please decide" about it.
        telling.take_back(booking)
    record(
        "spaces.booking_changed",
        booking,
        by=by,
        was=before.starts_at.isoformat(),
        starts_at=use.starts_at.isoformat(),
        asks_anew=asks_anew,
        is_by_telephone=bool(caller_name),
        changed=", ".join(_names_of_what_changed(before, use, asked_before, asked)),
    )
    if place is not None:
        places.record_less_time(booking, place)
    if was_promised:
        telling.tell_those_who_left(booking, now=now)
    if asks_anew:
        if was_promised:
            _ask_again(booking, now=now)
        deciding.ask_everybody(booking, now=now, why="changed")
    elif not was_promised:
        deciding.ask_nobody_too_many(booking, now=now)
        deciding.remind_everybody(booking, now=now)
    # Last, because a rule may have said yes by now.
    yes_at_once = asks_anew and booking.is_promised
    context: dict[str, Any] = {
        "before": before,
        "is_other_use": is_other_use,
        "price": rules.prices.pence_in_words(pence),
        "price_before": rules.prices.pence_in_words(pence_before),
        "paid_nothing": paid_nothing,
        "asks_anew": asks_anew and was_promised and not yes_at_once,
        "yes_at_once": yes_at_once,
        "is_by_telephone": bool(caller_name),
    }
    invitation: telling.Invitation | None = None
    if was_promised and not yes_at_once:
        # With a yes at once, the letter that says so brings the new time.
        invitation = "CANCEL" if asks_anew else "REQUEST"
    telling.tell_group(
        booking,
        "booking_changed",
        now=now,
        invitation=invitation,
        changes=rules.changing.lines(asked_before, asked, with_purpose=True),
        **context,
    )
    telling.tell_site(
        booking,
        "booking_changed_site",
        now=now,
        apart_from=by,
        # A site lets a private group in without knowing what it does.
        changes=rules.changing.lines(
            asked_before, asked, with_purpose=not booking.hirer.is_sensitive
        ),
        **context,
    )
    if was_promised and not asks_anew:
        # What was missing may be asked for no more.
        confirming.confirm_if_ready(booking, now=now)
    return booking


def _set_asked(booking: Booking, asked: Asked) -> None:
    for name in Asked.__dataclass_fields__:
        setattr(booking, name, getattr(asked, name))
    booking.ages = list(asked.ages)


def _names_of_what_changed(use_before: Use, use: Use, before: Asked, asked: Asked) -> list[str]:
    """For the record, which keeps nobody's words."""
    pairs: list[tuple[Any, Any]] = [(use_before, use), (before, asked)]
    return [
        name.removeprefix("has_").replace("_", " ")
        for was, now in pairs
        for name in was.__dataclass_fields__
        if getattr(was, name) != getattr(now, name)
    ]


def why_anew(booking: Booking, asked: Asked) -> list[str]:
    """Why what a booking was agreed to for does not cover this, in sentences; empty where it does."""
    judged = booking.decisions.current().filter(
        outcome=Decision.Outcome.APPROVED, is_automatic=False
    )
    return rules.changing.why_anew(
        Asked.of(booking),
        asked,
        purpose_was_judged=judged.exists(),
        food_counts=papers.food_counts(
            booking.hirer, booking.space.site, london(booking.starts_at).date()
        ),
    )


def outcome_of(booking: Booking, use: Use, asked: Asked, *, now: datetime) -> Outcome:
    """What becomes of a booking once it is changed so, for whoever is about to send it. Raises
    ValidationError where the room does not hold so many people.
    """
    if use != Use.of(booking):
        layouts = list(booking.space.layouts.all())
        rules.bookings.check_attendance(use.attendance, use.layout, layouts)
    takes_more = rules.deciding.needs_new_decision(Use.of(booking), use)
    if not takes_more and not why_anew(booking, asked):
        return Outcome.HOLDS if booking.is_promised else Outcome.WAITS
    changed = copy(booking)
    for name in Use.__dataclass_fields__:
        setattr(changed, name, getattr(use, name))
    _set_asked(changed, asked)
    if deciding.rule_says_yes(changed, now=now):
        return Outcome.BY_RULE
    return Outcome.AGAIN if booking.is_promised else Outcome.WAITS_ANEW


def _ask_again(booking: Booking, *, now: datetime) -> None:
    """From a promise back to a request. Where requests compete it holds nothing until then."""
    rules.states.check_may_become(booking, State.REQUESTED)
    booking.state = State.REQUESTED
    booking.decided_by = booking.decided_at = None
    booking.confirmed_despite, booking.confirmed_despite_by = "", None
    booking.save()
    if booking.space.lets_compete:
        rooms.release(booking, now=now)
    else:
        booking.occupancies.all().taken().update(status=Occupancy.Status.PENDING)


def why_not_back(booking: Booking, *, by: User, now: datetime) -> str:
    """Why a booking that ended cannot be brought back for its time; empty where nothing is against it.

    Whether the room is taken is asked only when somebody brings it back: that may change any minute.
    """
    space = booking.space
    is_theirs = permissions.belongs_to(by, booking.hirer)
    try:
        rules.bookings.check_hirer_may_book(booking.hirer, is_theirs=is_theirs)
        rules.bookings.check_space_is_offered(space, list(space.rooms.all()))
        rules.bookings.check_when(
            space,
            booking.starts_at,
            booking.ends_at,
            now=now,
            needs_notice=is_theirs,
            setup_minutes=booking.setup_minutes,
        )
    except ValidationError as refusal:
        return rules.times.why_of(refusal)
    found = rooms.why_not(booking)
    return found.words if found else ""


def reinstate_booking(
    booking: Booking, *, by: User, now: datetime, less_time_free: str = ""
) -> Booking:
    """Bring back a booking that was declined or cancelled, as a request like any other.

    Raises ValidationError "just_taken" if another group has the room by now, "too_close" if that
    takes a reason, "not_from_here" if it has not ended, "too_often" if it is brought back without
    end, and other codes where the rules of the space say no.
    """
    permissions.check_may_reinstate(by, booking)
    if less_time_free:
        permissions.check_may_run(by, booking)
    return rooms.taking_turns(
        lambda: _reinstate(booking, by=by, now=now, less_time_free=less_time_free)
    )


def _reinstate(booking: Booking, *, by: User, now: datetime, less_time_free: str) -> Booking:
    booking = bookings.lock(booking)
    rules.states.check_has_ended(booking)
    rules.states.check_may_become(booking, State.REQUESTED)
    # Those who run the site need no notice of what they bring back themselves.
    is_theirs = permissions.belongs_to(by, booking.hirer)
    booking.turnaround_minutes = booking.space.turnaround_minutes
    place = _check_can_be_had(
        booking,
        by=by,
        is_theirs=is_theirs,
        now=now,
        needs_notice=is_theirs,
        less_time_free=less_time_free,
    )
    bookings.check_not_too_often(booking, "change", now=now)

    booking.sequence += 1
    booking.is_free_use_granted, booking.why_not_free = None, ""
    booking.decided_by = booking.decided_at = None
    booking.confirmed_despite, booking.confirmed_despite_by = "", None
    booking.reason = booking.reason_note = ""
    places.keep_reason(booking, place, by=by, reason=less_time_free)
    booking.state = State.REQUESTED
    booking.save()
    telling.take_back(booking)
    if not booking.space.lets_compete:
        rooms.take(booking, list(booking.space.rooms.order_by("pk")), place)
    record("spaces.booking_reinstated", booking, by=by)
    places.record_less_time(booking, place)
    deciding.ask_everybody(booking, now=now, why="back")
    return booking


def _check_can_be_had(
    booking: Booking,
    *,
    by: User,
    is_theirs: bool,
    now: datetime,
    less_time_free: str,
    needs_notice: bool = True,
) -> places.Place:
    """All that is checked when somebody asks for a room, for a booking as it is about to be."""
    names = ["hirer", *Use.__dataclass_fields__]
    return asking.check_wanted(
        booking.space,
        list(booking.space.rooms.order_by("pk")),
        {name: getattr(booking, name) for name in names},
        by=by,
        is_theirs=is_theirs,
        now=now,
        apart_from=booking,
        needs_notice=needs_notice,
        less_time_free=less_time_free,
    )


def _rooms_for(booking: Booking, *, asks_anew: bool) -> list[Room]:
    """Whoever asks anew asks for what the space is made of today; less of what was agreed to stays in
    the rooms that it has, because others may be in those that were added since.
    """
    has = booking.occupancies.all().taken()
    own = [] if asks_anew else list(Room.objects.filter(occupancies__in=has).order_by("pk"))
    return own or list(booking.space.rooms.order_by("pk"))


def _check_less_of_it(
    booking: Booking, before: Use, own: list[Room], *, now: datetime
) -> places.Place:
    """Less of what was agreed to needs no notice, and nothing can be in its way; not even a room that
    holds fewer by now, where only the time is shorter.
    """
    space = booking.space
    starts_at, ends_at = booking.starts_at, booking.ends_at
    rules.bookings.check_steps(space, starts_at, ends_at)
    rules.bookings.check_length(space, starts_at, ends_at, rules.times.taken_by(booking))
    if (booking.attendance, booking.layout) != (before.attendance, before.layout):
        layouts = list(space.layouts.all())
        rules.bookings.check_attendance(booking.attendance, booking.layout, layouts)
    rules.bookings.check_wheelchairs(booking.wheelchair_users, booking.attendance, None, [])
    return places.find_place_of(booking, own, now=now)
