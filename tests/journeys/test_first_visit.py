"""What a first visit costs, as a browser would fetch it: page, styles, script and pictures."""

import gzip
import re

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse

BUDGET = 100 * 1024


@pytest.mark.django_db
def test_the_first_visit_to_the_home_page_is_under_100_kb_compressed(client):
    page = client.get(reverse("home:home"))
    parts = {reverse("home:home"): len(gzip.compress(page.content))}
    for address in set(re.findall(r'(?:href|src)="/static/([^"]+)"', page.content.decode())):
        found = finders.find(address)
        assert found, f"{address} is not built"
        with open(found, "rb") as file:
            parts[address] = len(gzip.compress(file.read()))

    assert "build/portal.css" in parts
    assert sum(parts.values()) < BUDGET, parts
