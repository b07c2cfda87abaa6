"""The front page: true figures, one worked story, at the same price however much there is."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from core.clock import today
from listening.models import Campaign
from tests.factories.anchors import OrganisationFactory
from tests.factories.events import EventFactory
from tests.factories.housing import ActionUpdateFactory
from tests.factories.listening import ThemeFactory
from tests.factories.pledges import PledgeUpdateFactory, owned_by

pytestmark = pytest.mark.django_db


def test_an_empty_portal_still_has_a_front_page(client):
    answer = client.get(reverse("home:home"))

    assert answer.status_code == 200
    assert answer.context["story"] is None


@pytest.mark.parametrize("how_many", [1, 3])
def test_the_front_page_costs_the_same_with_one_event_as_with_many(
    client, django_assert_num_queries, how_many
):
    soon = timezone.now() + timedelta(days=3)
    for _ in range(how_many):
        EventFactory(starts_at=soon, ends_at=soon + timedelta(hours=2))

    with django_assert_num_queries(7):
        answer = client.get(reverse("home:home"))

    assert len(answer.context["events"]) == how_many


def days_ago(days):
    return today() - timedelta(days=days)


def a_pledge_that_answers(*themes):
    """A promise with a lead, in answer to themes that a campaign with a source raised."""
    campaign = Campaign.objects.create(slug="walks", name="Walks (demo)", people_heard_text="40")
    pledge = owned_by(OrganisationFactory())
    for theme in themes:
        theme.campaigns.add(campaign)
        pledge.themes.add(theme)
    return pledge


def test_to_correct_an_old_update_makes_it_no_newer(client):
    pledge = a_pledge_that_answers(ThemeFactory())
    old = PledgeUpdateFactory(pledge=pledge, published_on=days_ago(90), date_text="in spring")
    PledgeUpdateFactory(pledge=pledge, published_on=days_ago(30), what_changed="Benches.")
    ActionUpdateFactory(published_on=days_ago(60), what_changed="Six sites.")
    PledgeUpdateFactory(
        pledge=pledge, corrects=old, published_on=today(), what_changed="Without the typo."
    )

    context = client.get(reverse("home:home")).context

    assert [one["text"] for one in context["updates"]] == [
        "Benches.",
        "Six sites.",
        "Without the typo.",
    ]
    assert context["updates"][2]["date"] == "in spring"
    assert [one["text"] for one in context["story"]["did"]] == ["Without the typo.", "Benches."]
    assert context["story"]["did"][0]["date_text"] == "in spring"


def test_a_theme_that_is_not_published_is_not_told_of(client):
    hidden, shown = ThemeFactory(label="CANARY", is_published=False), ThemeFactory()
    pledge = a_pledge_that_answers(hidden, shown)
    earlier = Campaign.objects.create(
        slug="letters", name="Letters (demo)", people_heard_text="12", opens_on=days_ago(900)
    )
    hidden.campaigns.add(earlier)
    PledgeUpdateFactory(pledge=pledge)

    page = client.get(reverse("home:home"))

    assert page.context["story"]["theme_title"] == shown.label
    assert "CANARY" not in page.content.decode()
