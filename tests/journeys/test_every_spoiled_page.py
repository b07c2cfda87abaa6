"""Every page after an invalid post, and every page of the tables. Beside `test_every_page.py`, so that
two workers walk at once.
"""

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.journeys.crawling import Windows, html_of, look, main_part
from tests.journeys.test_every_page import typical_addresses
from tests.standing import ROLES
from tests.test_access import ACCESS, ADMIN

pytestmark = pytest.mark.browser

MAY_BE_EMPTY = {"spaces:space_arrival"}
"""A room that says nothing of its own has the answers of its site."""


@pytest.mark.prove
def test_every_page_of_the_tables(chromium, standing_server, standing_demonstration):
    administrator = standing_demonstration.person("administrator")
    client = Client()
    client.force_login(administrator)
    pages = [name for name in ADMIN if client.get(reverse(name)).status_code == 200]
    pages.remove("admin:jsi18n")  # a script

    with Windows(chromium, standing_server) as windows:
        faults = {name: look(windows, administrator, reverse(name)) for name in pages}

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
    with Windows(chromium, standing_server) as windows:
        for name, address in typical_addresses(standing_demonstration):
            if name in MAY_BE_EMPTY:
                continue
            role = next(role for role in ROLES if ACCESS[name][role] == 200)
            person = standing_demonstration.person(role)
            client = Client()
            if person:
                client.force_login(person)
            for place in forms_to_spoil(html_of(client.get(address)) or ""):
                spoiled.add(name)
                found = look(windows, person, address, spoil=place)
                if found:
                    faults[f"{name} as {role}, form {place}"] = found

    assert faults == {}
    assert len(spoiled) > 10
