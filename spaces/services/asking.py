"""Asking for a space: check, write, record, tell."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from spaces import permissions, rules
from spaces.models import AgreementVersion, Booking, Hirer, Hold, Layout, Room, Space
from spaces.models.ages import in_order
from spaces.rules.prices import Price
from spaces.services import agreements, deciding, places, prices, rooms

FORM_USED = "form_used"
NEW_PRICE = "new_price"


def request_booking(
    space: Space,
    *,
    by: User,
    hirer: Hirer,
    now: datetime,
    form_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    attendance: int,
    purpose: str,
    ages: Collection[str],
    layout: Layout | None = None,
    wheelchair_users: int = 0,
    needs: str = "",
    setup_minutes: int = 0,
    cleardown_minutes: int = 0,
    has_adults_at_risk: bool = False,
    has_food: bool = False,
    free_use_reason: str = "",
    caller_name: str = "",
    less_time_free: str = "",
    hold: Hold | None = None,
    accepts: AgreementVersion | None = None,
    role: str = "",
    price_seen: str = "",
) -> Booking:
    """Ask for a space on behalf of a group; the request holds its rooms until it is decided.

    With the name of a caller, somebody who looks after the site asks for a group that telephones.
    They alone may say why less time is kept free beside it than the space asks for.

    Their own hold on the rooms, if they have one, becomes the request; one that ran out does no
    harm. What it costs in full is noted down with it; where that is nothing or not known, there is
    nothing to be let off, so the wish to pay nothing is left out. The same form sent twice gives
    the same booking. With `accepts` the group accepts these conditions of hire at once; `role` is
    what the person does in the group. `price_seen` is `version_of_price` of what the page showed.

    Raises ValidationError with the code "just_taken" when somebody else has the rooms, "too_close"
    when that takes a reason, "form_used" when this form asked for something else before,
    "new_price" when it costs something else by now,
    "newer_version" when other conditions hold by now, and other codes when the rules of the space
    say no.
    """
    check_may_ask(by, space, hirer, caller_name=caller_name, less_time_free=less_time_free)
    if hold is not None:
        permissions.check_holds(by, hold)
    if accepts is not None and caller_name:
        raise PermissionDenied(_("Only people of this group can accept the conditions for it."))
    price = prices.price_for(space, starts_at, ends_at) if ends_at > starts_at else None
    price_pence = price.total_pence if price else None
    wanted = {
        "hirer": hirer,
        "requested_by": by,
        # In UTC: Python subtracts two times of one zone as if its clocks never changed.
        "starts_at": starts_at.astimezone(UTC),
        "ends_at": ends_at.astimezone(UTC),
        "attendance": attendance,
        "purpose": purpose,
        "layout": layout,
        "wheelchair_users": wheelchair_users,
        "needs": needs,
        "setup_minutes": setup_minutes,
        "cleardown_minutes": cleardown_minutes,
        "ages": in_order(ages),
        "has_adults_at_risk": has_adults_at_risk,
        "has_food": has_food,
        "free_use_reason": free_use_reason if price_pence else "",
        "caller_name": caller_name,
    }
    try:
        return rooms.taking_turns(
            lambda: _request_booking(
                space,
                form_id,
                wanted,
                price=price,
                price_seen=price_seen,
                less_time_free=less_time_free,
                hold=hold,
                accepts=accepts,
                role=role,
                now=now,
            )
        )
    except IntegrityError as problem:
        if not rooms.is_second_sending(problem):
            raise
        return sent_before(Booking.objects.get(form_id=form_id), space, wanted)


def check_may_ask(
    by: User, space: Space, hirer: Hirer, *, caller_name: str, less_time_free: str = ""
) -> None:
    """Only staff on the telephone can keep less time free than the space asks for."""
    if less_time_free and not caller_name:
        raise PermissionDenied
    if caller_name:
        permissions.check_may_ask_for_group(by, space, hirer)
    else:
        permissions.check_may_ask(by, hirer)


def _request_booking(
    space: Space,
    form_id: UUID,
    wanted: dict[str, Any],
    *,
    price: Price | None,
    price_seen: str,
    less_time_free: str,
    hold: Hold | None,
    accepts: AgreementVersion | None,
    role: str,
    now: datetime,
) -> Booking:
    space, locked = rooms.lock_space(space)
    # Asked only now: the first sending of this form may have been in the queue before us.
    earlier = Booking.objects.filter(form_id=form_id).first()
    if earlier is not None:
        return sent_before(earlier, space, wanted)

    if price_seen and price_seen != prices.version_of_price(price):
        raise ValidationError(
            _("What this costs has changed since this page was shown. Read it, then send again."),
            code=NEW_PRICE,
        )
    was_in_time = hold is not None and _is_kept(hold, space, wanted, now)
    if hold is not None:
        # It becomes this booking; whatever refuses the booking leaves it as it was.
        Hold.objects.filter(pk=hold.pk).delete()
    by = wanted["requested_by"]
    place = check_wanted(
        space,
        locked,
        wanted,
        by=by,
        is_theirs=not wanted["caller_name"],
        now=now,
        needs_notice=not was_in_time,
        less_time_free=less_time_free,
    )

    booking = Booking(
        space=space,
        form_id=form_id,
        turnaround_minutes=space.turnaround_minutes,
        requested_at=now,
        price_pence=price.total_pence if price else None,
        **wanted,
    )
    places.keep_reason(booking, place, by=by, reason=less_time_free)
    booking.save()
    if not space.lets_compete:
        rooms.take(booking, locked, place)

    record("spaces.booking_requested", booking, by=by, space=space.pk, hirer=booking.hirer_id)
    places.record_less_time(booking, place)
    if accepts is not None:
        agreements.keep_accepted(
            booking,
            by=by,
            name=str(by),
            role=role,
            version=accepts,
            now=now,
        )
    deciding.ask_everybody(booking, now=now)
    return booking


def _is_kept(hold: Hold, space: Space, wanted: Mapping[str, Any], now: datetime) -> bool:
    """Say whether this very use is being kept, so that whoever fills in the page has its minutes."""
    kept = (hold.space_id, hold.starts_at, hold.ends_at)
    return hold.expires_at > now and kept == (space.pk, wanted["starts_at"], wanted["ends_at"])


def check_wanted(
    space: Space,
    locked: list[Room],
    wanted: Mapping[str, Any],
    *,
    by: User,
    is_theirs: bool,
    now: datetime,
    apart_from: Booking | None = None,
    needs_notice: bool = True,
    less_time_free: str = "",
) -> places.Place:
    """Every rule about the time and the people, with the rooms locked; what the use takes of them.

    A booking that is about to change is not in its own way; what the site itself brings back, and
    what was kept in time, needs no notice. `is_theirs`: whoever asks belongs to the group, and is told so.
    """
    # Two people of one group must not pass its limit together, so they queue here.
    hirer = Hirer.objects.in_turn().get(pk=wanted["hirer"].pk)
    others = hirer.bookings.undecided().filter(starts_at__gt=now)
    if apart_from is not None:
        others = others.exclude(pk=apart_from.pk)
    starts_at, ends_at = wanted["starts_at"], wanted["ends_at"]
    setup, cleardown = wanted["setup_minutes"], wanted["cleardown_minutes"]
    turnaround = space.turnaround_minutes
    taken = rules.times.taken_period(starts_at, ends_at, setup, cleardown, turnaround)
    if space.lets_compete:
        # Elsewhere the rooms themselves say so.
        same_time = others.filter(space=space, starts_at__lt=ends_at, ends_at__gt=starts_at)
        rules.bookings.check_asked_for_once(is_asked_for=same_time.exists(), is_theirs=is_theirs)
    rules.bookings.check_hirer_may_book(hirer, is_theirs=is_theirs)
    rules.bookings.check_may_ask_for_more(
        others.count(), most=settings.MOST_UNDECIDED_REQUESTS, is_theirs=is_theirs
    )
    rules.bookings.check_space_is_offered(space, locked)
    rules.bookings.check_when(
        space, starts_at, ends_at, now=now, needs_notice=needs_notice, setup_minutes=setup
    )
    rules.bookings.check_length(space, starts_at, ends_at, taken)
    layouts = list(space.layouts.all())
    rules.bookings.check_attendance(wanted["attendance"], wanted["layout"], layouts)
    rules.bookings.check_wheelchairs(
        wanted["wheelchair_users"], wanted["attendance"], wanted["layout"], layouts
    )
    rooms.check_open(
        space, locked, starts_at, ends_at, setup_minutes=setup, cleardown_minutes=cleardown
    )
    place = places.find_place(
        locked,
        starts_at,
        ends_at,
        setup_minutes=setup,
        cleardown_minutes=cleardown,
        turnaround_minutes=turnaround,
        now=now,
        apart_from=apart_from,
    )
    places.check_free(
        place, site=space.site, hirer=hirer, by=by, is_theirs=is_theirs, reason=less_time_free
    )
    return place


def sent_before(booking: Booking, space: Space, wanted: dict[str, Any]) -> Booking:
    """The booking that this form made, if it asks for the same; otherwise the number is used up."""
    is_same = booking.space_id == space.pk and all(
        getattr(booking, name) == value for name, value in wanted.items()
    )
    if not is_same:
        raise ValidationError(
            _("You sent this page before and asked for something else then. That request stands."),
            code=FORM_USED,
        )
    return booking
