"""Bank holidays, on which nobody may be there to open the door: closed unless somebody says otherwise."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from core.clock import london
from spaces import permissions
from spaces.models import DayException, Site, SpaceOffer
from spaces.rules import working_days
from spaces.services import affected, opening, turns
from spaces.services import rooms as room_locks
from spaces.services.affected import Seen

BANK_HOLIDAY = DayException.Reason.BANK_HOLIDAY

FURTHEST = timedelta(days=3 * 366)
"""How far ahead they can be closed in one act: nobody sets days by hand beyond that either."""


def last_day_that_can_be_asked_for(site: Site, *, today: date) -> date:
    return today + timedelta(weeks=site.horizon_weeks)


def coming(site: Site, *, today: date) -> list[tuple[date, str]]:
    """England's bank holidays for as far ahead as this site allows bookings, each with its name."""
    return working_days.bank_holidays_between(
        today, last_day_that_can_be_asked_for(site, today=today)
    )


def said_in_offer(site: Site, asked: Mapping[date, bool]) -> None:
    """Keep on which of these an offered building is closed; the others follow its weekly hours."""
    site.day_exceptions.filter(space=None, reason=BANK_HOLIDAY, day__in=asked).delete()
    names = dict(working_days.bank_holidays_between(min(asked), max(asked))) if asked else {}
    _close(site, [(day, names[day]) for day, is_closed in asked.items() if is_closed])


def closed_in_offer(offer: SpaceOffer, days: Iterable[tuple[date, str]]) -> list[date]:
    """On which of these an offered building is closed, or will be where its owner was not asked yet."""
    said = DayException.objects.filter(site=offer.site_id, space=None)
    closed, until = set(said.values_list("day", flat=True)), offer.holidays_until
    return [day for day, _name in days if day in closed or until is None or day > until]


def open_in_offer(offer: SpaceOffer, *, today: date) -> list[date]:
    if offer.site is None:
        return []
    days = coming(offer.site, today=today)
    closed = closed_in_offer(offer, days)
    return [day for day, _name in days if day not in closed]


def close_new_site(site: Site, *, asked_until: date | None, today: date) -> list[date]:
    """Close what is published, or made by an administrator, on those that come, after those about which
    its owner was asked; return the days.
    """
    return _close(
        site,
        [
            (day, name)
            for day, name in coming(site, today=today)
            if asked_until is None or day > asked_until
        ],
    )


@turns.in_turn()
@transaction.atomic
def close_bank_holidays(
    site: Site, *, by: User, now: datetime, until: date, seen: Seen
) -> list[date]:
    """Close the building on all of them until a day on which it would be open.

    Raises ValidationError "past" or "too_far" where the day makes no sense, `affected.UNSEEN` if a
    booking would be left outside that was not shown.
    """
    permissions.check_runs(by, site)
    today = london(now).date()
    if until < today:
        raise ValidationError(_("Choose today or a later day."), code="past")
    if until > today + FURTHEST:
        raise ValidationError(_("Choose a day in the next three years."), code="too_far")
    room_locks.lock_rooms(site)
    shut = _close(site, opening.bank_holidays_open(site, today=today, until=until))
    for day in shut:
        record("spaces.day_exception_set", site, by=by, day=day.isoformat())
    found = [
        booking
        for booking in opening.outside_hours(site, today, until, now=now)
        if london(booking.starts_at).date() in shut
    ]
    affected.check_seen(found, seen)
    affected.tell_outside(site, found, "bookings_outside_hours", by=by, now=now)
    return shut


def _close(site: Site, days: Iterable[tuple[date, str]]) -> list[date]:
    """Other hours that are said of such a day already stay; return the days that are closed now."""
    said = set(site.day_exceptions.filter(space=None).values_list("day", flat=True))
    shut = [(day, name) for day, name in days if day not in said]
    DayException.objects.bulk_create(
        DayException(site=site, day=day, reason=BANK_HOLIDAY, public_note=name)
        for day, name in shut
    )
    return [day for day, _name in shut]
