"""Hours and closures in words, for the pages of those who run a site."""

from django import template
from django.utils.translation import gettext as _

from spaces.models import Closure, DayException
from spaces.rules import times

register = template.Library()


@register.filter
def hours_that_day(said: DayException) -> str:
    """10am to midday and 1pm to 5pm; or closed all day."""
    return times.in_words(said.minutes) if said.minutes else _("closed all day")


@register.filter
def hours_in_words(hours: int) -> str:
    """3 days, or 36 hours."""
    return times.length_in_words(hours * 60)


@register.filter
def closure_words(closure: Closure) -> str:
    return times.closure_in_words(closure)
