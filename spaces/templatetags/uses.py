"""When people are in the building and who they are, for pages and letters."""

from collections.abc import Collection

from django import template

from core.templatetags.dates import time_range
from spaces.models import Booking, Hold
from spaces.rules import ages, times

register = template.Library()


@register.filter
def whole_time(use: Hold | Booking) -> str:
    """5:30pm to 8:15pm, with setting up and clearing away; empty where there is neither."""
    if not (use.setup_minutes or use.cleardown_minutes):
        return ""
    return time_range(*times.used_by(use))


@register.filter
def ages_in_words(chosen: Collection[str]) -> str:
    return ages.in_words(chosen)
