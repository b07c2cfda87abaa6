"""Every page with typical rows, as every role. Those of rooms are looked at in a file of their own, so that
two workers walk at once.
"""

import gzip
from collections.abc import Iterator

import pytest
from django.urls import reverse

from tests.journeys.crawling import crawl
from tests.standing import Demonstration
from tests.test_access import example_of, places_to_try

pytestmark = pytest.mark.browser

FIRST_VISIT = 100 * 1024
OF_ROOMS = "spaces:"


def typical_addresses(people: Demonstration) -> Iterator[tuple[str, str]]:
    for name in places_to_try():
        yield name, reverse(name, kwargs=example_of(name, people))


def test_every_page_with_typical_rows(
    chromium, standing_server, standing_demonstration, with_a_demonstration
):
    addresses = [
        (name, address)
        for name, address in typical_addresses(standing_demonstration)
        if not name.startswith(OF_ROOMS)
    ]

    assert crawl(chromium, standing_server, standing_demonstration, addresses) == {}


def test_the_first_visit_to_the_home_page_is_under_100_kb_compressed(
    chromium, standing_server, standing_demonstration
):
    context = chromium.new_context()
    page = context.new_page()
    answers = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(standing_server.url, wait_until="networkidle")
    weights = {
        answer.url.removeprefix(standing_server.url): len(gzip.compress(answer.body()))
        for answer in answers
    }
    context.close()

    assert {"/", "/static/build/portal.css", "/static/build/portal.js"} <= set(weights)
    assert sum(weights.values()) < FIRST_VISIT, weights
