"""Every page of rooms with typical rows, as every role. Beside `test_every_page.py`, so that two workers
walk at once.
"""

import pytest

from tests.journeys.crawling import crawl
from tests.journeys.test_every_page import OF_ROOMS, typical_addresses

pytestmark = pytest.mark.browser


def test_every_page_of_rooms_with_typical_rows(
    chromium, standing_server, standing_demonstration, with_a_demonstration
):
    addresses = [
        (name, address)
        for name, address in typical_addresses(standing_demonstration)
        if name.startswith(OF_ROOMS)
    ]

    assert len(addresses) > 50
    assert crawl(chromium, standing_server, standing_demonstration, addresses) == {}
