"""The pages anybody may read."""

import re
from datetime import UTC, date, datetime, time

import pytest
from django.urls import reverse

from listening.models import ListeningSession, SessionChannel
from listening.services.figures import figures_of
from tests.factories.anchors import BoroughFactory
from tests.factories.listening import (
    CampaignFactory,
    ResponseFactory,
    ThemeFactory,
    an_open_campaign,
)

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 25)
HOME = reverse("listening:home")


def test_the_first_page_says_what_it_is_and_what_it_promises(client, clock):
    an_open_campaign("en", "es")

    page = client.get(HOME).content.decode()

    assert "You do not need to give your name." in page
    assert "We do not ask about immigration." in page
    assert "4 questions, about 5 minutes." in page
    assert "Español" in page
    assert "Open until Friday 18 December 2026." in page


def test_when_nothing_is_open_the_page_says_so_and_what_was_heard(client, clock):
    CampaignFactory(
        name="Old campaign",
        takes_answers=False,
        people_heard_text="over 2,500",
        source_title="A public page",
        source_url="https://example.org/page",
    )

    page = client.get(HOME)
    text = page.content.decode()

    assert page.context["offers"] == []
    assert "No listening campaign is open now." in text
    assert "over 2,500" in text
    assert 'href="https://example.org/page"' in text


def test_a_campaign_that_is_not_published_is_nowhere(client, clock):
    campaign = CampaignFactory(name="Not yet", is_published=False)

    assert "Not yet" not in client.get(HOME).content.decode()
    assert client.get(campaign.get_absolute_url()).status_code == 404


def a_session(campaign, people, held_on=date(2026, 10, 6)):
    return ListeningSession.objects.create(
        campaign=campaign,
        title="Library drop-in (demo)",
        held_on=held_on,
        channel=SessionChannel.WORKSHOP,
        people_heard=people,
    )


def test_people_heard_are_those_in_sessions_and_those_who_answered(client):
    campaign = CampaignFactory()
    a_session(campaign, 23)
    a_session(campaign, 18)
    ResponseFactory.create_batch(9, campaign=campaign)
    ResponseFactory(campaign=campaign, withdrawn_on=date(2026, 11, 20))

    heard = figures_of(campaign, today=TODAY).heard

    assert (heard.people, heard.in_sessions, heard.sessions, heard.responses) == (50, 40, 2, 10)


def test_the_page_of_a_campaign_never_shows_a_small_number(client):
    campaign, theme = CampaignFactory(), ThemeFactory(label="Housing")
    campaign.themes.add(theme)
    ResponseFactory.create_batch(
        7, campaign=campaign, theme=theme, borough=BoroughFactory(name="Bexley"), language="pl"
    )
    ResponseFactory.create_batch(
        13, campaign=campaign, theme=theme, borough=BoroughFactory(name="Lewisham")
    )

    page = client.get(campaign.get_absolute_url())
    figures = page.context["figures"]

    assert [(row.name, list(row.cells)) for row in figures.by_borough_and_theme.rows] == [
        ("Lewisham", [15])
    ]
    assert page.context["languages"] == [("English", 15), ("Polish", "*")]
    assert "Bexley" not in page.content.decode()


def test_a_few_people_in_sessions_are_not_counted_by_their_sessions(client):
    campaign = CampaignFactory()
    for _session in range(7):
        a_session(campaign, 1)
    ResponseFactory.create_batch(10, campaign=campaign)

    page = client.get(campaign.get_absolute_url()).content.decode()

    assert "People in sessions:" in page
    assert "7 sessions" not in page
    assert '<span class="nhsuk-u-visually-hidden">hidden</span>' in page


def test_what_is_about_a_theme_that_is_not_public_counts_as_not_sorted(client):
    campaign = CampaignFactory()
    borough = BoroughFactory(name="Lewisham")
    for label, is_published in (("Housing", True), ("CANARY", False)):
        theme = ThemeFactory(label=label, is_published=is_published)
        campaign.themes.add(theme)
        ResponseFactory.create_batch(12, campaign=campaign, theme=theme, borough=borough)
    elsewhere = ThemeFactory(label="Of another campaign")
    ResponseFactory.create_batch(8, campaign=campaign, theme=elsewhere, borough=borough)

    page = client.get(campaign.get_absolute_url())
    figures = page.context["figures"]

    assert figures.by_borough_and_theme.columns == ["Housing"]
    assert (figures.by_borough_and_theme.totals.total, figures.not_yet_sorted) == (10, 20)
    assert "CANARY" not in page.content.decode()


def test_the_order_of_languages_says_nothing_of_the_hidden_ones(client):
    campaign = CampaignFactory()
    for language, people in (("en", 20), ("pt", 7), ("es", 3), ("fr", 31)):
        ResponseFactory.create_batch(people, campaign=campaign, language=language)

    figures = figures_of(campaign, today=TODAY)

    assert figures.by_language == [("fr", 30), ("en", 20), ("es", "*"), ("pt", "*")]


def test_a_campaign_known_only_from_a_source_shows_what_the_source_says(client):
    campaign = CampaignFactory(people_heard_text="over 2,500", source_title="A public page")

    page = client.get(campaign.get_absolute_url())

    assert page.context["figures"] is None
    assert "over 2,500" in page.content.decode()
    assert "A public page" in page.content.decode()


def test_people_heard_are_told_with_the_same_figure_and_word_on_both_pages(client, clock):
    campaign = an_open_campaign()
    ResponseFactory.create_batch(13, campaign=campaign)

    home, page = (
        client.get(address).content.decode() for address in (HOME, campaign.get_absolute_url())
    )

    assert "About 15 people have been heard so far." in home
    assert 'app-figure__number">About 15</span>' in page


def test_themes_are_bars_with_their_numbers_and_the_table_names_each_cell(client):
    campaign, borough = CampaignFactory(), BoroughFactory(name="Lewisham")
    for label, people in (("Housing", 30), ("Work", 18), ("Transport", 3)):
        theme = ThemeFactory(label=label)
        campaign.themes.add(theme)
        ResponseFactory.create_batch(people, campaign=campaign, theme=theme, borough=borough)

    page = " ".join(client.get(campaign.get_absolute_url()).content.decode().split())

    bars = re.findall(r'app-bars__name" lang="en">(\w+)<.*?app-bars__number">(.*?)</strong>', page)
    assert [(name, re.sub("<.*", "", number).strip()) for name, number in bars][:1] == [
        ("Housing", "30")
    ]
    widths = re.findall(r'app-bar__rest" width="(\d+)".*?app-bar__full" width="(\d+)"', page)
    assert widths[0] == ("30", "30")
    # A hidden number has no bar whose length would tell it.
    assert len(widths) == sum("hidden" not in number for _name, number in bars) < 3
    row = page[page.index('role="rowheader"') :].partition("</tr>")[0]
    headings = re.findall(r'nhsuk-table__heading" aria-hidden="true"[^>]*>([^<]+) <', row)
    assert headings == ["Borough", "Housing", "Work", "Transport", "All"]
    assert "style=" not in page


# --- Figures move once a week --------------------------------------------------------------------


def test_answers_added_this_week_change_nothing_that_anybody_can_read(client, clock):
    campaign = an_open_campaign()
    theme = ThemeFactory()
    campaign.themes.add(theme)
    ResponseFactory.create_batch(
        20, campaign=campaign, theme=theme, borough=BoroughFactory(name="Lewisham")
    )
    ResponseFactory.create_batch(4, campaign=campaign, language="es")
    addresses = [HOME, campaign.get_absolute_url(), reverse("pledges:theme", args=[theme.slug])]
    before = [main_of(client.get(address)) for address in addresses]

    for number in range(1, 5):
        ResponseFactory(campaign=campaign, language="es", received_week=date(2026, 11, 23))
        assert [main_of(client.get(address)) for address in addresses] == before, number

    assert "Some answers are not sorted" in before[1]
    clock.move_to(datetime(2026, 11, 30, 0, 1, tzinfo=UTC))
    assert "About 10 answers are not sorted" in main_of(client.get(addresses[1]))


def main_of(response):
    """The page without the tokens of its forms and scripts, which are new each time."""
    return re.sub(r'(value="\w{64}"|nonce="[^"]+")', "", response.content.decode())


def test_a_session_of_this_week_is_counted_with_the_rest_of_the_week(client, clock):
    campaign = CampaignFactory()
    a_session(campaign, 23)
    a_session(campaign, 18, held_on=date(2026, 11, 23))

    assert figures_of(campaign, today=date(2026, 11, 29)).heard.in_sessions == 25
    assert figures_of(campaign, today=date(2026, 11, 30)).heard.in_sessions == 40


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (
            date(2026, 11, 25),
            "Counted up to Sunday 22 November 2026. The next count is on Monday 30 November 2026.",
        ),
        (
            date(2026, 11, 30),
            "Counted up to Sunday 29 November 2026. The next count is on Monday 7 December 2026.",
        ),
        (
            date(2026, 12, 20),
            "Counted up to Sunday 13 December 2026. The next count is on Monday 21 December 2026.",
        ),
        (date(2026, 12, 21), "Counted up to Sunday 20 December 2026.</p>"),
    ],
    ids=["in a week", "on the Monday", "closed, last week not counted", "closed and counted"],
)
def test_figures_say_up_to_when_they_count_and_when_they_move(client, clock, today, said):
    campaign = CampaignFactory()
    theme = ThemeFactory()
    campaign.themes.add(theme)
    ResponseFactory.create_batch(
        10, campaign=campaign, theme=theme, borough=BoroughFactory(name="Lewisham")
    )
    clock.move_to(datetime.combine(today, time(12), tzinfo=UTC))

    for address in (campaign.get_absolute_url(), reverse("pledges:theme", args=[theme.slug])):
        assert said in client.get(address).content.decode()


def test_in_the_first_week_of_a_campaign_its_page_says_when_people_are_counted(client, clock):
    campaign = CampaignFactory(opens_on=date(2026, 11, 23))
    ResponseFactory.create_batch(9, campaign=campaign, received_week=date(2026, 11, 23))

    page = client.get(campaign.get_absolute_url()).content.decode()

    assert "The first count is on Monday 30 November 2026." in page


@pytest.mark.parametrize("how_many", [1, 3])
def test_the_page_of_a_campaign_costs_the_same_for_one_as_for_many(
    client, django_assert_num_queries, how_many
):
    campaign = CampaignFactory()
    for number in range(how_many):
        theme = ThemeFactory()
        campaign.themes.add(theme)
        borough = BoroughFactory(name=f"Borough {number}")
        ResponseFactory.create_batch(10, campaign=campaign, theme=theme, borough=borough)

    with django_assert_num_queries(QUERIES_OF_CAMPAIGN):
        page = client.get(campaign.get_absolute_url())

    assert len(page.context["themes"]) == how_many


QUERIES_OF_CAMPAIGN = 7


@pytest.mark.parametrize("how_many", [1, 3])
def test_the_first_page_costs_the_same_for_one_campaign_as_for_many(
    client, clock, django_assert_num_queries, how_many
):
    an_open_campaign("en", "es", "pt")
    CampaignFactory.create_batch(how_many, takes_answers=False)

    with django_assert_num_queries(QUERIES_OF_HOME):
        page = client.get(HOME)

    assert len(page.context["earlier"]) == how_many


QUERIES_OF_HOME = 6
