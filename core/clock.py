"""London's clock. Stored in UTC, thought of in Europe/London.

Only doors (views, tasks, commands) call `today()` or `django.utils.timezone.now()`; everything
further in is handed `today` or `now`.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

LONDON = ZoneInfo("Europe/London")


def today() -> date:
    """The date in London now."""
    return timezone.localdate(timezone=LONDON)


def london(moment: datetime) -> datetime:
    """The same moment on London's clock. Takes an aware datetime."""
    return moment.astimezone(LONDON)


def at(day: date, wall_clock: time) -> datetime:
    """The moment when London's clock shows this time on this day, in UTC.

    Raises ValidationError, in words for a person, for the hour that does not exist on the night
    the clocks go forward. In the hour that comes twice in October it means the first.
    """
    moment = datetime.combine(day, wall_clock, tzinfo=LONDON).astimezone(UTC)
    if moment.astimezone(LONDON).replace(tzinfo=None) != datetime.combine(day, wall_clock):
        raise ValidationError(
            _("The clocks go forward that night, so there is no %(time)s. Choose another time."),
            code="no_such_time",
            params={"time": wall_clock.strftime("%H:%M")},
        )
    return moment


def at_end(day: date, wall_clock: time) -> datetime:
    """The same for the end of something: midnight is the one that closes the day."""
    return at(day + timedelta(days=wall_clock == time(0)), wall_clock)


def at_minute(day: date, minutes: int) -> datetime:
    """The moment at a number of minutes of wall-clock after midnight; 1440 is the next midnight."""
    whole_days, rest = divmod(minutes, 24 * 60)
    return at(day + timedelta(days=whole_days), time(rest // 60, rest % 60))


def day_ends(moment: datetime) -> datetime:
    """The last second of that day in London: what is good "until 29 December" is good all of it."""
    return at_minute(london(moment).date(), 24 * 60) - timedelta(seconds=1)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())
