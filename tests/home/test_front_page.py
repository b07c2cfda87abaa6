"""The front page: true figures, one worked story, at the same price however much there is."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories.events import EventFactory

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
