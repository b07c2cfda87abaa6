"""The made-up campaign holds exactly the people it was laid out with, and publishes them so."""

from collections import Counter
from datetime import date

import pytest
from django.utils import timezone

from home.demonstration import anchors, people
from home.demonstration import listening as demonstration
from home.demonstration.world import World
from listening.models import Answer, Campaign, HeardGroup, Response
from listening.services.figures import figures_of

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 25)


@pytest.fixture
def campaign():
    world = World(now=timezone.now(), today=TODAY)
    for part in (people, anchors, demonstration):
        part.load(world)
    return Campaign.objects.get(slug="listening-2026-demo")


def test_the_responses_add_up_as_they_were_laid_out(campaign):
    responses = list(Response.objects.select_related("borough", "theme"))
    spoke_of = Counter((one.borough.name, one.theme.slug) for one in responses)

    assert len(responses) == 357
    assert spoke_of == {
        (borough, theme[0]): count
        for borough, counts in demonstration.SPOKE_OF.items()
        for theme, count in zip(demonstration.THEMES, counts, strict=True)
    }
    assert Counter(one.language for one in responses) == demonstration.LANGUAGES
    assert Counter(one.channel for one in responses) == demonstration.CHANNELS
    assert Counter(one.age_band for one in responses) == demonstration.AGE_BANDS
    assert sum(one.may_quote for one in responses) == 96
    assert {one.received_week.weekday() for one in responses} == {0}
    assert max(one.received_week for one in responses) == date(2026, 11, 16)
    withdrawn = [one for one in responses if one.withdrawn_on]
    assert len(withdrawn) == 3
    assert not any(one.may_quote or one.answers.exists() for one in withdrawn)
    assert Answer.objects.values("response").distinct().count() == 354


def test_the_figures_are_published_as_laid_down(campaign):
    figures = figures_of(campaign, today=TODAY)
    table = figures.by_borough_and_theme

    assert (figures.heard.people, figures.heard.sessions) == (560, 14)
    assert campaign.sessions.tallied() == (203, 14)
    assert list(table.columns) == [theme[1] for theme in demonstration.THEMES]
    assert [[row.name, *row.cells, row.total] for row in (*table.rows, table.totals)] == [
        ["Bexley", "*", "*", "*", "*", 15],
        ["Bromley", "*", 10, "*", 10, 25],
        ["Greenwich", 15, 10, 10, 10, 45],
        ["Lambeth", 20, 20, 15, 20, 75],
        ["Lewisham", 25, 20, 15, 25, 85],
        ["Southwark", 30, 25, 20, 30, 105],
        ["All", 105, 90, 70, 95, 355],
    ]
    assert figures.by_language == [
        ("en", 270),
        ("es", 40),
        ("pt", 20),
        ("fr", 10),
        ("bsl", "*"),
        ("ne", "*"),
        ("pl", "*"),
    ]
    assert figures.not_yet_sorted == 0


def test_every_wording_was_approved_by_somebody_else(campaign):
    assert {language: len(texts) for language, texts in campaign.papers().items()} == {
        "en": 4,
        "es": 4,
        "pt": 4,
    }


def test_what_took_place_says_where_it_is_known_from(campaign):
    earlier = Campaign.objects.exclude(pk=campaign.pk)

    assert {(one.people_heard_text, one.has_source) for one in earlier} == {
        ("over 2,500", True),
        ("about 6,000", True),
        ("about 4,000", True),
    }
    assert HeardGroup.objects.filter(campaigns__slug="listening-campaign-2023").count() == 9
    assert campaign.name.endswith("(demo)")
