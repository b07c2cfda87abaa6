"""Every page before there is anything to show, as every role."""

import pytest
from django.urls import reverse

from tests.addresses import every_address
from tests.journeys.crawling import crawl
from tests.test_access import places_to_try

pytestmark = pytest.mark.browser


def test_every_page_without_rows(chromium, standing_server, people_alone, settings):
    settings.DEMONSTRATION = True
    arguments = every_address()
    addresses = [(name, reverse(name)) for name in places_to_try() if not arguments[name]]

    faults = crawl(chromium, standing_server, people_alone, addresses, as_declared=False)

    assert faults == {}
