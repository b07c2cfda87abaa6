"""Taking back that a group may book: check, write, record, tell.

What it has booked is left as it is, or ends in the same act; whoever stops the group has seen all of it.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction

from accounts.models import User
from audit.services import record
from core.clock import london
from notifications.calendar import in_one_letter
from notifications.models import Recipient
from notifications.services import notify, withdraw
from spaces import permissions, rules
from spaces.models import Booking, Hirer, Room, Site
from spaces.services import affected, audience, bookings, cancelling, rooms, telling, turns

State = Booking.State


def bookings_to_come(hirer: Hirer, *, now: datetime) -> list[Booking]:
    """Requests and promises whose time has not come, soonest first."""
    coming = hirer.bookings.alive().filter(starts_at__gt=now).with_people()
    return list(coming.order_by("starts_at", "pk"))


@turns.in_turn()
@transaction.atomic
def stop_hirer(
    hirer: Hirer,
    *,
    by: User,
    now: datetime,
    stopped_because: str,
    reason: str,
    cancels: bool,
    seen: affected.Seen = None,
) -> Hirer:
    """A group that was approved may ask for nothing any more, until somebody approves it again.

    With `cancels` all that is to come ends too: promises are cancelled, requests declined, and none of it
    counts as late. Raises ValidationError "not_from_here" if the group is not approved, `affected.UNSEEN`
    if there is a booking that is not among the `seen`.
    """
    permissions.check_may_decide_about_hirer(by, hirer)
    ending = _held(hirer, now=now) if cancels else []
    # Last, as wherever rooms are taken: whoever asks for this group just now comes before us or is refused.
    hirer = Hirer.objects.in_turn().select_related("organisation").get(pk=hirer.pk)
    rules.hirers.check_may_become(hirer, Hirer.State.STOPPED)
    coming = bookings_to_come(hirer, now=now)
    affected.check_seen(coming, seen)
    if cancels:
        # What was asked for between the two locks is not held: it is shown, and all is done anew.
        affected.check_seen(coming, {str(one.uuid) for one in ending})

    hirer.state, hirer.decision_reason = Hirer.State.STOPPED, reason
    hirer.stopped_because = Hirer.StopReason(stopped_because)
    hirer.decided_by, hirer.decided_at = by, now
    decided = ["state", "decision_reason", "stopped_because", "decided_by", "decided_at"]
    hirer.save(update_fields=[*decided, "updated_at"])
    withdraw(telling.about(hirer), but_cancellations=True)
    promised = [booking for booking in ending if booking.is_promised]
    for booking in ending:
        _end(booking, by=by, now=now)
    record("spaces.hirer_stopped", hirer, by=by, because=stopped_because, cancelled=len(ending))
    _tell_group(hirer, coming, promised, is_cancelled=cancels, now=now)
    _tell_sites(ending, by=by, now=now)
    return hirer


def _held(hirer: Hirer, *, now: datetime) -> list[Booking]:
    """All that is to come, held: rooms first and in their order, like whoever asks."""
    coming = hirer.bookings.alive().filter(starts_at__gt=now)
    of_theirs = Room.objects.filter(spaces__in=coming.values("space"))
    held_rooms = Room.objects.filter(pk__in=of_theirs.values("pk")).order_by("pk")
    list(held_rooms.select_for_update(no_key=True, of=("self",)))
    held = coming.with_people().select_for_update(no_key=True, of=("self",))
    return list(held.order_by("pk"))


def _end(booking: Booking, *, by: User, now: datetime) -> None:
    """Without a letter to its group, which has one about all of them."""
    was_promised = booking.is_promised
    end = State.CANCELLED_BY_SITE if was_promised else State.DECLINED
    rules.states.check_may_become(booking, end)
    reason = Booking.Reason.GROUP_STOPPED
    if was_promised:
        cancelling.cancel(booking, end, by=by, now=now, reason=reason)
        telling.tell_those_who_left(booking, now=now)
    else:
        bookings.set_state(booking, end, by=by, now=now, reason=reason)
        rooms.release(booking, now=now)
    record(f"spaces.booking_{end}", booking, by=by, reason=reason)


def _tell_group(
    hirer: Hirer,
    coming: Sequence[Booking],
    cancelled: Sequence[Booking],
    *,
    is_cancelled: bool,
    now: datetime,
) -> None:
    """One letter to each of the managers, and to whoever asked for one of these. It takes what was
    `cancelled` out of the diaries of those who were invited to it.
    """
    day = london(now).date()
    told: dict[str, Recipient] = {
        one.address: one for one in audience.managers_of_group(hirer, day)
    }
    people_of = audience.people_of_groups(coming, day)
    for people in people_of.values():
        told |= {one.address: one for one in people}
    for recipient in told.values():
        calendar = in_one_letter(
            telling.diary_entry(one, method="CANCEL", stamp=now, attendee=recipient.address)
            for one in cancelled
            if recipient in people_of[one.pk]
        )
        notify(
            [recipient],
            "spaces/email/hirer_stopped.txt",
            {
                "hirer": hirer,
                "bookings": coming,
                "is_cancelled": is_cancelled,
                "has_files": calendar is not None,
                "address": telling.full_address(hirer),
                "appeal_days": settings.DECIDE_APPEALS_WITHIN_WORKING_DAYS,
            },
            once=f"spaces.hirer_stopped:{hirer.pk}:{now.isoformat()}",
            about=telling.about(hirer),
            calendar=calendar,
            now=now,
        )


def _tell_sites(ended: Sequence[Booking], *, by: User, now: datetime) -> None:
    """One letter to each of those who run a site, with what is free there again."""
    at: dict[Site, list[Booking]] = defaultdict(list)
    for booking in sorted(ended, key=lambda one: one.starts_at):
        at[booking.space.site].append(booking)
    for site, theirs in at.items():
        told = audience.people_of_site(site, london(now).date())
        notify(
            [one for one in told if one.user != by],
            "spaces/email/bookings_of_stopped_group.txt",
            {
                "site": site,
                "hirer": theirs[0].hirer,
                "bookings": [(one, telling.full_address(one)) for one in theirs],
            },
            once=f"spaces.bookings_of_stopped_group:{theirs[0].hirer_id}:{site.pk}:{now.isoformat()}",
            about=telling.about(site),
            now=now,
        )
