"""When a space is open, what a use takes, and what is left free.

Pure: facts in, answer out. `SpaceQuerySet.free_between` asks the same questions in SQL; one test
holds both to the same answers.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypedDict

from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.clock import london
from core.templatetags.dates import long_date, time_range, when
from spaces.models import Booking, Closure, DayException, Hold, OpeningRule
from spaces.models.minutes import MINUTES, clock_of, minutes_around, moment_of

CLOSED_AHEAD = timedelta(days=2 * 366)
"""Two years and their last day: nobody knows longer, and a slip in the year shuts a room for good."""
CLOSED_TOO_LONG = "too_far"

Stretch = tuple[datetime, datetime]
"""From a moment up to, but not including, another."""
Hours = OpeningRule | DayException
"""What says when a space is open: every week, or on one day."""


class Aside(TypedDict, total=False):
    """How long a group sets up before a use and clears away after it; left out, no time."""

    setup_minutes: int
    cleardown_minutes: int


def local_day(day: date) -> Stretch:
    """A whole day of London: 23, 24 or 25 hours."""
    return moment_of(day, 0), moment_of(day, 24 * 60)


def opening_on(rules: Iterable[OpeningRule], day: date) -> list[OpeningRule]:
    """The weekly rules that hold on a day, in order of time.

    Takes the rules of one space and of its site. A space with any rules of its own is open by those
    alone: a garden with summer hours is shut in winter, whatever the building does.
    """
    rules = list(rules)
    own = [rule for rule in rules if rule.space_id is not None]
    return sorted(
        (
            rule
            for rule in own or rules
            if rule.weekday == day.weekday()
            and (rule.valid_from is None or rule.valid_from <= day)
            and (rule.valid_until is None or rule.valid_until >= day)
        ),
        key=lambda rule: rule.opens_minute,
    )


Minutes = list[tuple[int, int]]
"""From which to which minutes of a local day something is open, in order."""


def open_minutes(hours: Iterable[Hours], day: date) -> Minutes:
    """When a space is open on a day. Takes what is said of the space and of its site.

    What is said of the space on that day counts alone. What is said of the whole site counts for the
    others; a space with weekly hours of its own is then open only while both are. A site that is
    closed all day is closed for all its spaces.
    """
    hours = list(hours)
    own, of_site = exceptions_on(hours, day)
    rules = [one for one in hours if isinstance(one, OpeningRule)]
    if of_site is not None and of_site.is_closed_all_day:
        return []
    if own is not None:
        return own.minutes
    if of_site is None:
        return _weekly_minutes(rules, day)
    if any(rule.space_id is not None for rule in rules):
        return _both(of_site.minutes, _weekly_minutes(rules, day))
    return of_site.minutes


def exceptions_on(
    hours: Iterable[Hours], day: date
) -> tuple[DayException | None, DayException | None]:
    """What is said of one day: of the space, and of its site."""
    said = [one for one in hours if isinstance(one, DayException) and one.day == day]
    own = next((one for one in said if one.space_id is not None), None)
    return own, next((one for one in said if one.space_id is None), None)


def exception_on(hours: Iterable[Hours], day: date) -> DayException | None:
    """The one that counts."""
    own, of_site = exceptions_on(hours, day)
    if own is None or (of_site is not None and of_site.is_closed_all_day):
        return of_site
    return own


def _weekly_minutes(rules: Iterable[OpeningRule], day: date) -> Minutes:
    """By the weekly rules alone; rules that meet become one."""
    joined: Minutes = []
    for rule in opening_on(rules, day):
        if joined and joined[-1][1] >= rule.opens_minute:
            joined[-1] = (joined[-1][0], max(joined[-1][1], rule.closes_minute))
        else:
            joined.append((rule.opens_minute, rule.closes_minute))
    return joined


def _both(these: Minutes, those: Minutes) -> Minutes:
    """When both are open."""
    met = ((max(a[0], b[0]), min(a[1], b[1])) for a in these for b in those)
    return [(opens, closes) for opens, closes in met if opens < closes]


def is_open(hours: Iterable[Hours], starts_at: datetime, ends_at: datetime) -> bool:
    """Say whether a use lies wholly inside opening hours. Closures are another matter."""
    around = minutes_around(starts_at, ends_at)
    if around is None:
        return False
    day, first, last = around
    return any(opens <= first and last <= closes for opens, closes in open_minutes(hours, day))


def open_stretches(hours: Iterable[Hours], day: date) -> list[Stretch]:
    """The same as moments. What the clocks skipped altogether is left out."""
    stretches = [
        (moment_of(day, opens), moment_of(day, closes))
        for opens, closes in open_minutes(hours, day)
    ]
    return [(start, end) for start, end in stretches if start < end]


def in_words(minutes: Iterable[tuple[int, int]]) -> str:
    """9am to midday and 1pm to 5pm."""
    return _(" and ").join(
        time_range(clock_of(opens), clock_of(closes)) for opens, closes in minutes
    )


Validity = tuple[date | None, date | None]


def seasons(
    rules: Iterable[OpeningRule], today: date
) -> list[tuple[Validity, list[tuple[str, str]]]]:
    """Opening hours as people say them, for each stretch of dates that is not over.

    One pair of (days, hours) for days in a row that are alike: Monday to Friday, 8am to 8pm.
    """
    rules = list(rules)
    own = [rule for rule in rules if rule.space_id is not None]
    by_dates: dict[Validity, list[OpeningRule]] = {}
    for rule in own or rules:
        if rule.valid_until is None or rule.valid_until >= today:
            by_dates.setdefault((rule.valid_from, rule.valid_until), []).append(rule)
    return [
        (dates, list(_days_alike(held)))
        for dates, held in sorted(by_dates.items(), key=lambda pair: pair[0][0] or date.min)
    ]


def _days_alike(rules: Iterable[OpeningRule]) -> Iterator[tuple[str, str]]:
    hours = [
        in_words(
            (rule.opens_minute, rule.closes_minute)
            for rule in sorted(rules, key=lambda rule: rule.opens_minute)
            if rule.weekday == weekday
        )
        for weekday in range(7)
    ]
    first = 0
    for weekday in range(7):
        if weekday < 6 and hours[weekday + 1] == hours[weekday]:
            continue
        if first == 0 and weekday == 6:
            days = _("Every day")
        elif first == weekday:
            days = str(WEEKDAYS[first])
        else:
            days = _("%(first)s to %(last)s") % {
                "first": WEEKDAYS[first],
                "last": WEEKDAYS[weekday],
            }
        yield days, hours[weekday] or _("closed")
        first = weekday + 1


@dataclass(frozen=True)
class WhyNot:
    """Why a use of a room cannot be."""

    code: str
    words: str
    way: str
    """What whoever asks can do about it."""
    closure: Closure | None = None
    """The one in the way, if one is."""

    @property
    def is_not_offered(self) -> bool:
        """Whatever the time, nobody can have the room here."""
        return self.code in ("not_offered", "booked_elsewhere")

    @property
    def refusal(self) -> ValidationError:
        """For whoever asks; `why_of` takes the way from it again."""
        return ValidationError(
            "%(why)s %(way)s", code=self.code, params={"why": self.words, "way": self.way}
        )


def why_of(refusal: ValidationError) -> str:
    """What a refusal says without what whoever asks for a room can do about it: for those who do not."""
    why = (getattr(refusal, "params", None) or {}).get("why")
    return str(why) if why else " ".join(refusal.messages)


def check_open(
    opening: Sequence[Hours],
    closures: Sequence[Closure],
    starts_at: datetime,
    ends_at: datetime,
) -> None:
    """Refuse a use for part of which it is shut. Takes what `why_shut` takes."""
    found = why_shut(opening, closures, starts_at, ends_at)
    if found is not None:
        raise found.refusal


def why_shut(
    opening: Iterable[Hours],
    closures: Iterable[Closure],
    starts_at: datetime,
    ends_at: datetime,
) -> WhyNot | None:
    """Say why a use cannot be; nothing where it can.

    `opening` holds the hours of the space and of its site; `closures` those of the site and of the
    space's rooms. Hand in the time people are in the building, set-up and clear-down included.
    """
    around = minutes_around(starts_at, ends_at)
    if around is None:
        return WhyNot(
            "overnight",
            _("A booking ends on the day it starts, at midnight at the latest."),
            _("Choose another time."),
        )
    day, first, last = around
    hours = list(opening)
    minutes = open_minutes(hours, day)
    said = exception_on(hours, day)
    if not minutes:
        words = _("This room is not open on %(day)s.")
        if said is not None and said.why:
            words = _("This room is closed on %(day)s: %(why)s.")
        facts = {"day": long_date(day), "why": said.why if said is not None else ""}
        return WhyNot("not_open", words % facts, _("Choose another day."))
    if not any(opens <= first and last <= closes for opens, closes in minutes):
        words = _("On %(day)s this room is open from %(hours)s.")
        facts = {"day": long_date(day), "hours": in_words(minutes)}
        return WhyNot("outside_hours", words % facts, _("Choose a time inside that."))
    for closure in closures:
        if closure.starts_at < ends_at and closure.ends_at > starts_at:
            words = _("This room is closed for part of that time: %(why)s.")
            facts = {"why": why_closed(closure)}
            return WhyNot("closed", words % facts, _("Choose another time."), closure)
    return None


def why_closed(closure: Closure) -> str:
    """The note for the public, or else the kind of closure."""
    return closure.public_note.rstrip(".") or str(closure.get_reason_display())


def closure_in_words(closure: Closure) -> str:
    """Friday 25 December 2026: Christmas Day. The last day counts, not the midnight after it."""
    first = long_date(closure.starts_at)
    last = long_date(closure.ends_at - timedelta(minutes=1))
    is_whole_days = all(
        (london(moment).hour, london(moment).minute) == (0, 0)
        for moment in (closure.starts_at, closure.ends_at)
    )
    if not is_whole_days:
        dates = when(closure.starts_at, closure.ends_at)
    elif first == last:
        dates = first
    else:
        dates = _("%(first)s to %(last)s") % {"first": first, "last": last}
    return f"{dates}: {why_closed(closure)}"


def exception_in_words(said: DayException) -> str:
    """Friday 25 December 2026: closed. Christmas Day."""
    hours = in_words(said.minutes) if said.minutes else _("closed")
    words = _("%(day)s: %(hours)s.") % {"day": long_date(said.day), "hours": hours}
    return f"{words} {said.why}." if said.why else words


def length_in_words(minutes: int) -> str:
    """1 hour, 90 minutes, 2 days."""
    if minutes % (24 * 60) == 0 and minutes > 24 * 60:
        days = minutes // (24 * 60)
        return ngettext("%(number)d day", "%(number)d days", days) % {"number": days}
    if minutes % 60 == 0:
        hours = minutes // 60
        return ngettext("%(number)d hour", "%(number)d hours", hours) % {"number": hours}
    return ngettext("%(number)d minute", "%(number)d minutes", minutes) % {"number": minutes}


def whole_use(
    starts_at: datetime, ends_at: datetime, setup_minutes: int = 0, cleardown_minutes: int = 0
) -> Stretch:
    """From when to when people are in the building: setting up and clearing away are part of it."""
    return (
        starts_at - timedelta(minutes=setup_minutes),
        ends_at + timedelta(minutes=cleardown_minutes),
    )


def aside_in_words(setup_minutes: int = 0, cleardown_minutes: int = 0) -> str:
    """15 minutes to set up before and 1 hour to clear away after; empty when there is neither."""
    told = []
    if setup_minutes:
        told.append(_("%(length)s to set up before") % {"length": length_in_words(setup_minutes)})
    if cleardown_minutes:
        length = length_in_words(cleardown_minutes)
        told.append(_("%(length)s to clear away after") % {"length": length})
    return _(" and ").join(told)


def taken_period(
    starts_at: datetime,
    ends_at: datetime,
    setup_minutes: int,
    cleardown_minutes: int,
    turnaround_minutes: int,
) -> Stretch:
    """From when to when a use takes its rooms.

    Set-up and clear-down are the group's and lie on both sides; turnaround is the site's and only
    comes after, so two neighbours never both leave it free.
    """
    return whole_use(starts_at, ends_at, setup_minutes, cleardown_minutes + turnaround_minutes)


def taken_by(booking: Booking) -> Stretch:
    return taken_period(
        booking.starts_at,
        booking.ends_at,
        booking.setup_minutes,
        booking.cleardown_minutes,
        booking.turnaround_minutes,
    )


def used_by(use: Hold | Booking) -> Stretch:
    return whole_use(use.starts_at, use.ends_at, use.setup_minutes, use.cleardown_minutes)


def overlap(one: Stretch, other: Stretch) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def free_stretches(
    opening: Sequence[Hours],
    closures: Sequence[Closure],
    taken: Iterable[Stretch],
    day: date,
    *,
    turnaround_minutes: int = 0,
    earliest: datetime | None = None,
    shortest_minutes: int = 0,
) -> list[Stretch]:
    """The parts of a local day in which any use that fits may be asked for, in order.

    `taken` are occupancies, which hold their own turnaround already; ours is kept free before each
    of them. Nothing starts before `earliest`, and parts shorter than `shortest_minutes` are left
    out.
    """
    turnaround = timedelta(minutes=turnaround_minutes)
    shut = [(closure.starts_at, closure.ends_at) for closure in closures]
    shut += [(start - turnaround, end) for start, end in taken]
    if earliest is not None:
        shut.append((datetime.min.replace(tzinfo=UTC), earliest))
    return [
        (start, end)
        for start, end in without(open_stretches(opening, day), shut)
        if end - start >= timedelta(minutes=max(shortest_minutes, 1))
    ]


def earliest_start(now: datetime, notice_hours: int) -> datetime:
    """The first moment one may ask for. Notice counts hours of the wall clock, as people do."""
    shown = london(now).replace(tzinfo=None) + timedelta(hours=notice_hours)
    minute = shown.hour * 60 + shown.minute + (1 if shown.second or shown.microsecond else 0)
    return moment_of(shown.date(), minute)


def london_day(moment: datetime) -> date:
    return london(moment).date()


def last_day(now: datetime, weeks: int) -> date:
    """The last day that one may ask for."""
    return london_day(now) + timedelta(weeks=weeks)


def shut_instead(hours: Iterable[Hours]) -> Iterator[Stretch]:
    """When something is closed on single days although the weekly hours say that it is open."""
    hours = list(hours)
    weekly = [one for one in hours if isinstance(one, OpeningRule)]
    for day in {one.day for one in hours if isinstance(one, DayException)}:
        yield from without(open_stretches(weekly, day), open_stretches(hours, day))


def without(stretches: Iterable[Stretch], cut: Iterable[Stretch]) -> Iterator[Stretch]:
    """What is left of stretches when others are cut out of them."""
    cut = sorted(cut)
    for start, end in stretches:
        for cut_start, cut_end in cut:
            if cut_end <= start:
                continue
            if cut_start >= end:
                break
            if cut_start > start:
                yield start, cut_start
            start = max(start, cut_end)
        if start < end:
            yield start, end


def starts_in(
    stretches: Iterable[Stretch], day: date, *, step_minutes: int, length_minutes: int
) -> Iterator[datetime]:
    """Every moment of the space's grid at which a use of a length can start, in order.

    The grid is counted in wall-clock minutes from midnight: with a step of 30, the half hours.
    """
    length = timedelta(minutes=length_minutes)
    for start, end in stretches:
        first = bisect_left(MINUTES, start, key=lambda minute: moment_of(day, minute))
        first = -(-first // step_minutes) * step_minutes
        for minute in range(first, MINUTES[-1], step_minutes):
            moment = moment_of(day, minute)
            if moment + length > end:
                break
            shown = london(moment)
            if shown.hour * 60 + shown.minute == minute:
                yield moment


def check_closed_so_far_ahead(ends_at: datetime, *, now: datetime) -> None:
    if ends_at > now + CLOSED_AHEAD:
        raise ValidationError(
            _(
                "A closure can end two years from now at most. Choose an earlier last day, and make"
                " it longer when that day comes near."
            ),
            code=CLOSED_TOO_LONG,
        )
