"""Figures about who was heard, each of them fit for the public."""

from collections import Counter
from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.disclosure import PublicCount, public_count
from listening.models import Campaign
from listening.rules.figures import PublishedTable, published_table


@dataclass(frozen=True)
class PeopleHeard:
    """The formula behind “people heard”: people in sessions and people who answered."""

    people: PublicCount
    in_sessions: PublicCount
    sessions: int
    responses: PublicCount


@dataclass(frozen=True)
class Figures:
    """What a campaign publishes of its responses."""

    heard: PeopleHeard
    by_borough_and_theme: PublishedTable
    not_yet_sorted: PublicCount
    by_language: list[tuple[str, PublicCount]]


def people_heard(campaign: Campaign) -> PeopleHeard:
    """Everybody in a session and everybody who answered, once each; no record names them.

    A response that was withdrawn still counts: the person was heard.
    """
    in_sessions = campaign.sessions.people()
    responses = campaign.responses.count()
    return PeopleHeard(
        people=public_count(in_sessions + responses),
        in_sessions=public_count(in_sessions),
        sessions=campaign.sessions.count(),  # not people, so it is published as it is
        responses=public_count(responses),
    )


def figures_of(campaign: Campaign) -> Figures:
    """The figures a campaign publishes; a count of 1 to 7 people never leaves this function."""
    tally = campaign.responses.tallied("borough__name", "theme__label")
    sorted_ones = {
        (borough, theme): people for borough, theme, people in tally if borough and theme
    }
    unsorted = sum(people for borough, theme, people in tally if not (borough and theme))
    by_theme: Counter[str] = Counter()
    for (_borough, theme), people in sorted_ones.items():
        by_theme[theme] += people
    themes = campaign.themes.order_by("pk").values_list("label", flat=True)
    return Figures(
        heard=people_heard(campaign),
        by_borough_and_theme=published_table(
            sorted_ones,
            rows=sorted({borough for borough, _theme in sorted_ones}),
            columns=[theme for theme in themes if theme in by_theme],
            all_rows=_("All"),
        ),
        not_yet_sorted=public_count(unsorted),
        by_language=[
            (language, public_count(people))
            for language, people in sorted(
                campaign.responses.tallied("language"), key=lambda row: (-row[1], row[0])
            )
        ],
    )
