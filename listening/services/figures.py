"""Figures about who was heard, each of them fit for the public."""

from collections import Counter
from datetime import date

from django.utils.translation import gettext as _

from listening.models import Campaign
from listening.rules.figures import Counts, Figures, counting_days, published


def figures_of(campaign: Campaign, *, today: date) -> Figures:
    """The figures a campaign publishes; a count of 1 to 7 people never leaves this function.

    Only weeks that are over are counted, so that nobody sees a figure move with one answer.
    A response that was withdrawn still counts: the person was heard. What is about a theme that is
    not public, or not of this campaign, counts as not sorted.
    """
    monday = counting_days(today=today, closes_on=campaign.closes_on).before
    themes = list(campaign.themes.public().order_by("pk").values_list("label", flat=True))
    by_language: Counter[str] = Counter()
    sorted_ones: Counter[tuple[str, str]] = Counter()
    unsorted = 0
    received = campaign.responses.before(monday)
    tally = received.tallied("language", "borough__name", "theme__label")
    for language, borough, theme, people in tally:
        by_language[language] += people
        if borough and theme in themes:
            sorted_ones[borough, theme] += people
        else:
            unsorted += people
    in_sessions, sessions = campaign.sessions.before(monday).tallied()
    spoken_of = {theme for _borough, theme in sorted_ones}
    return published(
        Counts(in_sessions, sessions, by_language, sorted_ones, unsorted),
        themes=[theme for theme in themes if theme in spoken_of],
        all_rows=_("All"),
    )
