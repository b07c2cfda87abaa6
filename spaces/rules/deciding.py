"""Who must agree to a booking, by when, and when nobody needs to be asked. Facts in, answer out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median_low

from core.clock import london
from spaces.models import Booking, Decision, Layout
from spaces.rules.working_days import (
    working_day_after,
    working_day_before,
    working_days_between,
)

Step = Decision.Step

TRUSTED_AFTER = 10
"""So many bookings kept, and none given back late within a year, make a group trusted."""

MANY_PEOPLE = 200
"""From so many people on somebody always looks: the Terrorism (Protection of Premises) Act 2025."""

ENOUGH_TO_TELL = 5
"""Of fewer decisions it is not told how long they take."""


def steps_of(booking: Booking) -> list[Decision.Step]:
    """Who must say yes to a booking as it is asked for."""
    steps = [Step.SITE]
    if booking.space.site.programme_decides:
        steps.append(Step.PROGRAMME)
    if booking.has_children or booking.has_adults_at_risk:
        steps.append(Step.SAFEGUARDING)
    return steps


def yes_by_rule(booking: Booking, *, kept: int, late: int) -> set[Decision.Step]:
    """For whom a rule says yes, so that they are not asked: a group that is trusted needs nobody of
    the programme, and nobody of a site that trusts groups.

    Never where people under 18 or adults at risk come, many people, or money is asked for.
    """
    plain = not (
        booking.has_children
        or booking.has_adults_at_risk
        or booking.asks_to_pay_nothing
        or booking.attendance >= MANY_PEOPLE
    )
    if not plain or kept < TRUSTED_AFTER or late:
        return set()
    return {Step.PROGRAMME, Step.SITE} if booking.space.site.trusts_groups else {Step.PROGRAMME}


def decides_about_money(step: str, steps: Iterable[str]) -> bool:
    """Say whether this step answers a group that asks to pay nothing: one of them does."""
    steps = set(steps)
    return step == (Step.PROGRAMME if Step.PROGRAMME in steps else Step.SITE)


def due_on(booking: Booking, asked_at: datetime, *, working_days: int) -> date:
    """The day by which a step is to be decided: at the latest the last working day before the use."""
    asked, start = london(asked_at).date(), london(booking.starts_at).date()
    in_time = max(asked, working_day_before(start))
    return min(working_day_after(asked, working_days), in_time)


def usual_days(decided: Iterable[tuple[datetime, datetime]]) -> int | None:
    """How many working days it usually takes from asking to an answer: the median, 1 at least.

    None while there are too few decisions to tell.
    """
    taken = [
        working_days_between(london(asked).date(), london(answered).date())
        for asked, answered in decided
    ]
    return max(1, median_low(taken)) if len(taken) >= ENOUGH_TO_TELL else None


@dataclass(frozen=True)
class Use:
    """What was agreed to: when, how many, laid out how."""

    starts_at: datetime
    ends_at: datetime
    attendance: int
    layout: Layout | None
    setup_minutes: int
    cleardown_minutes: int
    wheelchair_users: int = 0

    @classmethod
    def of(cls, booking: Booking) -> "Use":
        return cls(
            booking.starts_at,
            booking.ends_at,
            booking.attendance,
            booking.layout,
            booking.setup_minutes,
            booking.cleardown_minutes,
            booking.wheelchair_users,
        )


def needs_new_decision(before: Use, after: Use) -> bool:
    """Say whether a change is more than was agreed to: another time, a longer one, or more people.

    Less of the same needs nobody's yes.
    """
    aside = timedelta(minutes=1)
    arrives = before.starts_at - before.setup_minutes * aside
    leaves = before.ends_at + before.cleardown_minutes * aside
    is_within = (
        after.starts_at >= before.starts_at
        and after.ends_at <= before.ends_at
        and after.starts_at - after.setup_minutes * aside >= arrives
        and after.ends_at + after.cleardown_minutes * aside <= leaves
    )
    return not (
        is_within
        and after.attendance <= before.attendance
        and after.wheelchair_users <= before.wheelchair_users
        and after.layout == before.layout
    )
