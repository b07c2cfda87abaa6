"""Keeping rooms for whoever fills in the form.

Nobody is told and nothing is recorded: a hold is gone in some minutes, and only what becomes a
request has happened.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db.models import Q, QuerySet

from accounts.models import User
from spaces import permissions, rules
from spaces.models import Booking, Hirer, Hold, Layout, Occupancy, Site, Space
from spaces.models.hirers import HirerQuerySet
from spaces.services import asking, places, rooms

KEPT_FOR = timedelta(days=1)
"""How long a hold that ran out stays, for whoever was slow and still sends what they wrote."""

MOST_HOLDS = 4
"""How often one group can keep one time without asking for it: once, and three times again."""
WITHIN = timedelta(hours=1)


def hold_space(
    space: Space,
    *,
    by: User,
    hirer: Hirer,
    now: datetime,
    form_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    attendance: int,
    layout: Layout | None = None,
    wheelchair_users: int = 0,
    setup_minutes: int = 0,
    cleardown_minutes: int = 0,
    caller_name: str = "",
    less_time_free: str = "",
) -> Hold | Booking:
    """Keep a space for some minutes. Everybody has one hold at a time: an earlier one ends.

    With the name of a caller, somebody who looks after the site asks for a group that telephones,
    and may say why less time is kept free beside it than the space asks for.
    The same form sent twice is the same hold, or the request that it became. Refuses whatever a
    request would be refused for, and with the code "too_often" whoever keeps one time again
    and again and does not ask for it.
    """
    asking.check_may_ask(by, space, hirer, caller_name=caller_name, less_time_free=less_time_free)
    # In UTC: Python subtracts two times of one zone as if its clocks never changed.
    starts_at, ends_at = starts_at.astimezone(UTC), ends_at.astimezone(UTC)
    wanted = {
        "hirer": hirer,
        "held_by": by,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "attendance": attendance,
        "layout": layout,
        "wheelchair_users": wheelchair_users,
        "setup_minutes": setup_minutes,
        "cleardown_minutes": cleardown_minutes,
        "caller_name": caller_name,
        "less_time_free": less_time_free,
    }
    rules.bookings.check_when(space, starts_at, ends_at, now=now, setup_minutes=setup_minutes)
    places.check_not_taken_by_others(
        space,
        starts_at,
        ends_at,
        setup_minutes=setup_minutes,
        cleardown_minutes=cleardown_minutes,
        hirer=hirer,
        by=by,
        now=now,
    )
    return rooms.taking_turns(lambda: _hold_space(space, form_id, wanted, now=now))


def _hold_space(
    space: Space, form_id: UUID, wanted: dict[str, Any], *, now: datetime
) -> Hold | Booking:
    space, locked = rooms.lock_space(space)
    by = wanted["held_by"]
    # Two pages of one person must not keep two rooms together, so they queue here.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    asked = Booking.objects.filter(form_id=form_id).first()
    if asked is not None:
        # A hold with its number could never become a request of its own.
        return asking.sent_before(asked, space, _as_requested(wanted))

    known = list(Hold.objects.filter(Q(uuid=form_id) | Q(held_by=by, expires_at__gt=now)))
    earlier = next((one for one in known if one.uuid == form_id), None)
    if earlier is not None and _is_same(earlier, space, wanted) and earlier.expires_at > now:
        return earlier

    if not (wanted["caller_name"] or space.lets_compete):
        kept = Hold.objects.filter(Q(held_by=by) | Q(hirer=wanted["hirer"]), caller_name="")
        kept = kept.in_the_same_place(locked, wanted["starts_at"], wanted["ends_at"])
        rules.bookings.check_not_kept_too_often(
            list(kept.filter(expires_at__gt=now - WITHIN).values_list("expires_at", flat=True)),
            most=MOST_HOLDS,
            within=WITHIN,
        )
    if any(one.expires_at > now for one in known):
        end_holds(Hold.objects.filter(held_by=by), now=now)
    place = asking.check_wanted(
        space,
        locked,
        wanted,
        by=by,
        is_theirs=not wanted["caller_name"],
        now=now,
        less_time_free=wanted["less_time_free"],
    )
    hold = Hold.objects.create(
        uuid=form_id if earlier is None else uuid4(),
        space=space,
        expires_at=now + timedelta(minutes=settings.HOLD_MINUTES),
        **wanted,
    )
    if not space.lets_compete:
        rooms.keep(hold, locked, place)
    return hold


def _as_requested(wanted: dict[str, Any]) -> dict[str, Any]:
    """What a hold and the request that it becomes both know."""
    known = {name: value for name, value in wanted.items() if name != "less_time_free"}
    return {"requested_by": known.pop("held_by"), **known}


def _is_same(hold: Hold, space: Space, wanted: dict[str, Any]) -> bool:
    return hold.space_id == space.pk and all(
        getattr(hold, name) == value for name, value in wanted.items()
    )


def groups_that_telephone(by: User) -> HirerQuerySet:
    """The groups for which this person can ask: not their own, and no private one that they do not
    know. To be chosen from by programme staff alone: others are not shown who books here.
    """
    groups = Hirer.objects.approved().select_related("organisation")
    groups = groups.exclude(pk__in=Hirer.objects.of_member(by).values("pk"))
    if not permissions.is_programme_staff(by):
        groups = groups.filter(is_sensitive=False)
    return groups.order_by("organisation__name", "pk")


def rooms_by_telephone(by: User) -> list[Space]:
    """The rooms of the sites that this person runs. Programme staff, who stand in for all, find the
    room first: its page has the way.
    """
    theirs = Space.objects.filter(site__in=Site.objects.managed_by(by)).public().bookable_here()
    return list(theirs.select_related("site").order_by("site__name", "name", "pk"))


def end_holds(holds: QuerySet[Hold], *, now: datetime) -> None:
    """Others can have these rooms from now on. What was to be asked for stays known for a day."""
    held = Occupancy.objects.filter(hold__in=holds, status=Occupancy.Status.HELD)
    held.update(status=Occupancy.Status.RELEASED)
    holds.filter(expires_at__gt=now).update(expires_at=now)


def let_go(hold: Hold, *, by: User, now: datetime) -> None:
    """Whoever keeps a room does not want it any more. It stays known for a day, as one that ran out:
    giving it back and keeping it again is keeping it once more.
    """
    permissions.check_holds(by, hold)
    end_holds(Hold.objects.filter(pk=hold.pk), now=now)


def forget_holds(*, now: datetime) -> int:
    """Tidy away what ran out a day ago; return how many that were. Nobody waits for this."""
    old = Hold.objects.filter(expires_at__lte=now - KEPT_FOR)
    number = old.count()
    old.delete()
    return number
