"""Every page with typical rows, and after an invalid post, as every role."""

import gzip
import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from tests.journeys.crawling import crawl, html_of, look, main_part
from tests.standing import ROLES, Demonstration
from tests.test_access import ACCESS, ADMIN, example_of, places_to_try

pytestmark = pytest.mark.browser

FIRST_VISIT = 100 * 1024


def typical_addresses(people: Demonstration) -> Iterator[tuple[str, str]]:
    for name in places_to_try():
        yield name, reverse(name, kwargs=example_of(name, people))


@pytest.fixture
def with_a_demonstration(settings):
    """The demonstration's own pages are part of what is looked at."""
    settings.DEMONSTRATION = True


def test_every_page_with_typical_rows(
    chromium, standing_server, standing_demonstration, with_a_demonstration
):
    addresses = typical_addresses(standing_demonstration)

    assert crawl(chromium, standing_server, standing_demonstration, addresses) == {}


def test_every_page_of_the_tables(chromium, standing_server, standing_demonstration):
    administrator = standing_demonstration.person("administrator")
    client = Client()
    client.force_login(administrator)
    pages = [name for name in ADMIN if client.get(reverse(name)).status_code == 200]
    pages.remove("admin:jsi18n")  # a script

    faults = {name: look(chromium, standing_server, administrator, reverse(name)) for name in pages}

    assert len(pages) > 25
    assert {name: found for name, found in faults.items() if found} == {}


def forms_to_spoil(html: str) -> list[int]:
    """Places of the forms in the main part that a person types into."""
    forms = re.findall(r'<form[^>]+method="post".*?</form>', main_part(html), re.DOTALL)
    typed = r"<(?:textarea|select|input(?![^>]+type=\"hidden\"))"
    return [place for place, form in enumerate(forms) if re.search(typed, form)]


def test_every_page_after_an_invalid_post(
    chromium, standing_server, standing_demonstration, with_a_demonstration
):
    faults = {}
    spoiled = set()
    for name, address in typical_addresses(standing_demonstration):
        role = next(role for role in ROLES if ACCESS[name][role] == 200)
        person = standing_demonstration.person(role)
        client = Client()
        if person:
            client.force_login(person)
        for place in forms_to_spoil(html_of(client.get(address)) or ""):
            spoiled.add(name)
            found = look(chromium, standing_server, person, address, spoil=place)
            if found:
                faults[f"{name} as {role}, form {place}"] = found

    assert faults == {}
    assert len(spoiled) > 10


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
