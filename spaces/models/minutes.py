"""Minutes of London's wall clock, and the moments they mean.

Opening rules are kept as minutes after midnight, so Tuesday 18:00 stays Tuesday 18:00. Everything
else is a moment. The two meet in `moment_of`, which never goes backwards as the minutes go on: a
minute that the clocks skip in March means the moment they skip, and one that comes twice in October
means the first.
"""

from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from core.clock import LONDON, london

MINUTES = range(24 * 60 + 1)
"""The minutes of a local day, the midnight that ends it included."""


@lru_cache(maxsize=8192)
def moment_of(day: date, minutes: int) -> datetime:
    """The moment when London's clock has come so many minutes after midnight; 1440 ends the day.

    Remembered: a month of free times asks for the same moments two thousand times.
    """
    whole_days, rest = divmod(minutes, 24 * 60)
    on = day + timedelta(days=whole_days)
    moment = datetime.combine(on, time(rest // 60, rest % 60), tzinfo=LONDON).astimezone(UTC)
    shown = london(moment)
    if (shown.date(), shown.hour * 60 + shown.minute) != (on, rest):
        # The clocks skipped this minute: fall back to the moment at which they did.
        moment -= timedelta(minutes=shown.minute)
    return moment


def minutes_around(starts_at: datetime, ends_at: datetime) -> tuple[date, int, int] | None:
    """The local day of a use and the opening minutes that must cover it; None past midnight.

    The first number is the latest opening minute that is early enough, the second the earliest
    closing minute that is late enough, on clock change days too.
    """
    day = london(starts_at).date()
    if ends_at > moment_of(day, 24 * 60):
        return None
    opens = bisect_right(MINUTES, starts_at, key=lambda minute: moment_of(day, minute)) - 1
    closes = bisect_left(MINUTES, ends_at, key=lambda minute: moment_of(day, minute))
    return day, opens, closes


def minutes_of(clock: time, *, ends: bool = False) -> int:
    """Minutes after midnight; a day that ends at midnight ends at 1440."""
    return clock.hour * 60 + clock.minute or (24 * 60 if ends else 0)


def clock_of(minutes: int) -> time:
    """The time of day so many minutes after midnight; 1440 is midnight again."""
    return time(minutes // 60 % 24, minutes % 60)
