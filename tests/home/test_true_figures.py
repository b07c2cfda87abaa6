"""The front page's figures are those of the tables, seen with the whole demonstration."""

import pytest
from django.urls import reverse

from pledges.models import Pledge
from spaces.models import Space

pytestmark = pytest.mark.django_db


def test_the_figures_are_those_of_the_tables(client, demonstration):
    tell_us, rooms, pledges = client.get(reverse("home:home")).context["doors"]

    assert tell_us["figure"]["number"] == "over 2,500"
    assert tell_us["figure"]["source_title"]
    assert rooms["figure"]["number"] == Space.objects.public().bookable_here().count()
    in_progress = Pledge.objects.public().with_standing().filter(status="in_progress").count()
    assert pledges["figure"]["number"] == in_progress
    assert (
        pledges["figure"]["sentence"]
        == f"of {Pledge.objects.public().count()} promises are in progress"
    )
