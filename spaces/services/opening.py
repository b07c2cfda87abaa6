"""When a site is open, said by those who run it. No booking is ever cancelled by that: see `affected`."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from core.clock import london
from spaces import permissions
from spaces.models import Booking, Closure, DayException, OpeningRule, Site, Space
from spaces.models.minutes import moment_of
from spaces.rules import times, working_days
from spaces.rules.times import Minutes
from spaces.services import affected, turns
from spaces.services import rooms as room_locks
from spaces.services.affected import Seen
from spaces.services.writing_down import refused_if_taken

SHUT_ANYWAY = "shut_anyway"


@turns.in_turn()
@transaction.atomic
def change_hours(
    site: Site,
    *,
    by: User,
    now: datetime,
    hours: Mapping[int, Minutes],
    starts_on: date,
    ends_on: date | None = None,
    space: Space | None = None,
    seen: Seen,
    version: str | None = None,
) -> list[Booking]:
    """Open a site, or one space of it, by these weekly hours from a day on, or from a day to a day.

    `hours` are minutes for each weekday. What held before ends the day before, and what was said for
    later goes. A space that had no hours of its own keeps the site's on the days beside. Raises
    ValidationError `affected.UNSEEN`, and `turns.CHANGED_MEANWHILE` if `version` is not that of what
    is there, as all of these do.
    """
    permissions.check_runs(by, site)
    room_locks.lock_rooms(site)
    turns.check_seen(version, *weekly_hours(site, space))
    before = list(site.opening_rules.filter(space=space))
    if space is not None and not before:
        before = [
            OpeningRule(
                site=site,
                space=space,
                weekday=rule.weekday,
                opens_minute=rule.opens_minute,
                closes_minute=rule.closes_minute,
                valid_from=rule.valid_from,
                valid_until=rule.valid_until,
            )
            for rule in site.opening_rules.filter(space=None)
        ]
    site.opening_rules.filter(space=space).delete()
    OpeningRule.objects.bulk_create(
        [
            *(part for rule in before for part in _beside(rule, starts_on, ends_on)),
            *(
                OpeningRule(
                    site=site,
                    space=space,
                    weekday=weekday,
                    opens_minute=opens,
                    closes_minute=closes,
                    valid_from=starts_on,
                    valid_until=ends_on,
                )
                for weekday, minutes in hours.items()
                for opens, closes in minutes
            ),
        ]
    )
    record("spaces.hours_changed", space or site, by=by, starts_on=starts_on.isoformat())
    return _settle(site, starts_on, ends_on, space=space, by=by, now=now, seen=seen)


@turns.in_turn()
@transaction.atomic
def follow_site_hours(
    space: Space, *, by: User, now: datetime, seen: Seen, version: str | None = None
) -> list[Booking]:
    """Take the weekly hours of a space's own away, so that it is open as its building is."""
    site = space.site
    permissions.check_runs(by, site)
    room_locks.lock_rooms(site)
    turns.check_seen(version, *weekly_hours(site, space))
    space.opening_rules.all().delete()
    record("spaces.hours_changed", space, by=by)
    return _settle(site, london(now).date(), None, space=space, by=by, now=now, seen=seen)


@turns.in_turn()
@transaction.atomic
def say_of_day(
    said: DayException, *, by: User, now: datetime, seen: Seen, version: str | None = None
) -> list[Booking]:
    """Keep what is said of one day, new or changed.

    Raises ValidationError "said_already" if something is said of this day already, `SHUT_ANYWAY` if a
    closure shuts the whole building while it would be open, `turns.GONE` if what is changed was taken
    back meanwhile.
    """
    permissions.check_runs(by, said.site)
    room_locks.lock_rooms(said.site)
    if said.pk is not None:
        turns.check_there(said, version)
    said.clean()
    _check_not_shut_anyway(said)
    with refused_if_taken(
        _("Other hours are set for this day already. Change those instead."),
        constraint="one_thing_is_said_of_a_day",
        code="said_already",
    ):
        said.save()
    record("spaces.day_exception_set", said, by=by, day=said.day.isoformat())
    return _settle(said.site, said.day, said.day, space=said.space, by=by, now=now, seen=seen)


def _check_not_shut_anyway(said: DayException) -> None:
    """Other hours mean nothing while a closure shuts the whole building for all of them."""
    stretches = times.open_stretches([said], said.day)
    if not stretches:
        return
    shutting = Closure.objects.filter(site=said.site, rooms=None).overlapping(
        stretches[0][0], stretches[-1][1]
    )
    closures = list(shutting.order_by("starts_at", "pk"))
    if list(times.without(stretches, [(one.starts_at, one.ends_at) for one in closures])):
        return
    raise ValidationError(
        _(
            "The whole building is closed then, so nobody could come in: “%(closure)s”. End or change"
            " that closure first. It is on the page of your site."
        ),
        code=SHUT_ANYWAY,
        params={"closure": times.closure_in_words(closures[0])},
    )


@turns.in_turn()
@transaction.atomic
def take_back_day(
    said: DayException, *, by: User, now: datetime, seen: Seen, version: str | None = None
) -> list[Booking]:
    """Let the usual hours hold on that day again. Raises ValidationError `turns.GONE` as above."""
    permissions.check_runs(by, said.site)
    room_locks.lock_rooms(said.site)
    turns.check_there(said, version)
    record("spaces.day_exception_removed", said, by=by, day=said.day.isoformat())
    site, space, day = said.site, said.space, said.day
    said.delete()
    return _settle(site, day, day, space=space, by=by, now=now, seen=seen)


def weekly_hours(site: Site, space: Space | None) -> list[OpeningRule]:
    """The weekly hours by which a site is open, or one space of it."""
    own = list(site.opening_rules.filter(space=space))
    return own or list(site.opening_rules.filter(space=None))


def _beside(rule: OpeningRule, first: date, last: date | None) -> list[OpeningRule]:
    """What is left of a weekly rule before a day and after another."""
    one_day = timedelta(days=1)
    parts: list[times.Validity] = []
    if rule.valid_from is None or rule.valid_from < first:
        ends = first - one_day
        if rule.valid_until is not None:
            ends = min(ends, rule.valid_until)
        parts.append((rule.valid_from, ends))
    if last is not None and (rule.valid_until is None or rule.valid_until > last):
        starts = last + one_day
        if rule.valid_from is not None:
            starts = max(starts, rule.valid_from)
        parts.append((starts, rule.valid_until))
    return [
        OpeningRule(
            site_id=rule.site_id,
            space_id=rule.space_id,
            weekday=rule.weekday,
            opens_minute=rule.opens_minute,
            closes_minute=rule.closes_minute,
            valid_from=starts,
            valid_until=ends,
        )
        for starts, ends in parts
    ]


def _settle(
    site: Site,
    first: date,
    last: date | None,
    *,
    space: Space | None,
    by: User,
    now: datetime,
    seen: Seen,
) -> list[Booking]:
    """The bookings of these days that are outside the hours as they are now; somebody saw them all."""
    found = outside_hours(site, first, last, space=space, now=now)
    affected.check_seen(found, seen)
    affected.tell_outside(site, found, "bookings_outside_hours", by=by, now=now)
    return found


def outside_hours(
    site: Site, first: date, last: date | None, *, now: datetime, space: Space | None = None
) -> list[Booking]:
    """Bookings from a day to a day that something can still come of and that are not inside hours."""
    coming = Booking.objects.alive().filter(
        space__site=site, ends_at__gt=now, starts_at__gte=moment_of(first, 0)
    )
    if last is not None:
        coming = coming.filter(starts_at__lt=moment_of(last, 24 * 60))
    if space is not None:
        coming = coming.filter(space=space)
    hours = _hours_of(site, first)
    return [
        booking
        for booking in coming.with_people().order_by("starts_at", "pk")
        if not times.is_open(
            _of_space(hours, booking.space_id),
            *times.whole_use(
                booking.starts_at,
                booking.ends_at,
                booking.setup_minutes,
                booking.cleardown_minutes,
            ),
        )
    ]


def _hours_of(site: Site, first: date) -> list[times.Hours]:
    return [*site.opening_rules.all(), *site.day_exceptions.filter(day__gte=first)]


def _of_space(hours: Iterable[times.Hours], space: int) -> list[times.Hours]:
    return [one for one in hours if one.space_id in (None, space)]


def bank_holidays_open(
    site: Site, *, today: date, until: date | None = None
) -> list[tuple[date, str]]:
    """England's bank holidays of the next year, or until a day, on which somebody could book a room
    here, by name.
    """
    last = until or today + timedelta(days=366)
    hours, spaces = _hours_of(site, today), list(site.spaces.values_list("pk", flat=True))
    shut = [
        (closure.starts_at, closure.ends_at)
        for closure in Closure.objects.filter(site=site, rooms=None).overlapping(
            moment_of(today, 0), moment_of(last, 24 * 60)
        )
    ]
    return [
        (day, name)
        for day, name in working_days.bank_holidays_between(today, last)
        if any(
            list(times.without(times.open_stretches(_of_space(hours, space), day), shut))
            for space in spaces
        )
    ]


def coming_days(site: Site, *, today: date) -> list[DayException]:
    coming = site.day_exceptions.filter(Q(day__gte=today))
    return list(coming.select_related("space", "site").order_by("day", "space__name", "pk"))
