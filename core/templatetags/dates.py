"""Dates, times and money as people say them, on London's clock."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache

from django import template
from django.conf import settings
from django.utils import formats
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from core import clock

register = template.Library()

Moment = date | datetime | time


def _local(value: Moment) -> Moment:
    """The same moment on London's clock; dates and wall-clock times are there already."""
    return clock.london(value) if isinstance(value, datetime) else value


def _day(value: date | datetime) -> date:
    local = _local(value)
    return local.date() if isinstance(local, datetime) else local  # type: ignore[return-value]


SMALL_LETTERS = {"es", "pt"}
"""Languages that write days and months small; Django knows them with capitals."""


def _written(value: date | datetime, pattern: str) -> str:
    return _day_in(get_language() or settings.LANGUAGE_CODE, _day(value), pattern)


@lru_cache(maxsize=2048)
def _day_in(language: str, day: date, pattern: str) -> str:
    """A page of free times writes the same few days a hundred times."""
    words = formats.date_format(day, pattern)
    return words.lower() if language in SMALL_LETTERS else words


@register.filter
def long_date(value: date | datetime | None) -> str:
    """Tuesday 1 December 2026."""
    # Translators: how a whole date is written, in Django's date format letters.
    return _written(value, _("l j F Y")) if value else ""


@register.filter
def short_date(value: date | datetime | None) -> str:
    """1 December 2026, for tables and sources."""
    # Translators: how a date without its weekday is written, in Django's date format letters.
    return _written(value, _("j F Y")) if value else ""


@register.filter
def as_told(value: date | None, words: str | None) -> str:
    """A date in the words of its source where it has no day, such as “autumn 2025”."""
    return words or short_date(value)


@register.filter
def month(value: date | datetime | None) -> str:
    """December 2026, where the day is not known."""
    # Translators: how a month and its year are written, in Django's date format letters.
    return _written(value, _("F Y")) if value else ""


@register.filter
def about_days(days: int) -> str:
    """About a week, about 4 months, about a year: as exactly as a rough date allows."""
    if days < 45:
        weeks = max(1, round(days / 7))
        return ngettext("about a week", "about %(number)d weeks", weeks) % {"number": weeks}
    months = round(days / 30.4)
    if months < 11:
        return ngettext("about a month", "about %(number)d months", months) % {"number": months}
    years = max(1, round(days / 365.25))
    return ngettext("about a year", "about %(number)d years", years) % {"number": years}


@register.filter
def day_month(value: date | datetime | None) -> str:
    """Tue 1 Dec, for the head of a column."""
    # Translators: how a date is written where there is little room, in Django's date format letters.
    return _written(value, _("D j M")) if value else ""


@register.filter
def time_of_day(value: datetime | time | None) -> str:
    """6pm, 6:30pm, midday, midnight."""
    if value is None:
        return ""
    local = _local(value)
    assert isinstance(local, datetime | time)
    if (local.hour, local.minute) == (0, 0):
        return _("midnight")
    if (local.hour, local.minute) == (12, 0):
        return _("midday")
    # Translators: "12" for 6pm, "24" for 18:00.
    if pgettext("hours on the clock", "12") == "24":
        return f"{local.hour}:{local.minute:02}"
    minutes = f":{local.minute:02}" if local.minute else ""
    hour = local.hour % 12 or 12
    return (_("%(time)sam") if local.hour < 12 else _("%(time)spm")) % {"time": f"{hour}{minutes}"}


@register.filter
def time_range(start: datetime | time, end: datetime | time) -> str:
    """6pm to 8pm."""
    return _("%(start)s to %(end)s") % {"start": time_of_day(start), "end": time_of_day(end)}


def _ends_at_midnight(start: datetime, end: datetime) -> bool:
    """The midnight that closes the day belongs to that day, as people say it."""
    return _day(end) == _day(start) + timedelta(days=1) and clock.london(end).time() == time.min


@register.filter
def when(start: datetime | None, end: datetime | None = None) -> str:
    """Tuesday 1 December 2026, 6pm to 8pm; a second date only if it ends on another day."""
    if start is None:
        return ""
    if end is None:
        times = time_of_day(start)
    elif _day(start) == _day(end) or _ends_at_midnight(start, end):
        times = time_range(start, end)
    else:
        return _("%(start)s to %(end)s") % {"start": when(start), "end": when(end)}
    return _("%(date)s, %(times)s") % {"date": long_date(start), "times": times}


@register.filter
def relative_day(value: date | datetime | None, today: date) -> str:
    """Today, tomorrow, in 3 days, 3 days ago. Stands beside the date, never instead of it."""
    if value is None:
        return ""
    days = (_day(value) - today).days
    if days == 0:
        return _("today")
    if days == 1:
        return _("tomorrow")
    if days == -1:
        return _("yesterday")
    if days > 0:
        return ngettext("in %(days)d day", "in %(days)d days", days) % {"days": days}
    return ngettext("%(days)d day ago", "%(days)d days ago", -days) % {"days": -days}


@register.filter
def money(pence: int | None) -> str:
    """Free, £18, £12.50, £1,250. Takes pence."""
    if pence is None:
        return ""
    if pence == 0:
        return pgettext("price", "Free")
    pounds, rest = divmod(abs(pence), 100)
    sign = "-" if pence < 0 else ""
    return f"{sign}£{pounds:,}" + (f".{rest:02}" if rest else "")


@register.filter
def pounds(value: int | None) -> str:
    """£5,000,000. Takes whole pounds."""
    return "" if value is None else f"£{value:,}"


@register.filter
def iso(value: Moment | None) -> str:
    """The machine's way to write a day or a moment, for <time datetime="…">."""
    return _local(value).isoformat() if value else ""
