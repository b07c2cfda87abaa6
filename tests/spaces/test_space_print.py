"""The page of a room, on paper."""

import pytest

from spaces.models import AccessFact, Equipment
from tests.factories.spaces import ChargeFactory, SpaceFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_room_goes_on_three_sheets_without_what_can_only_be_pressed(chromium, live_server):
    hall = SpaceFactory(name="Hall", slug="hall", summary="A hall with a low stage.")
    house = hall.site
    house.getting_there, house.house_rules = "Two minutes on foot.", "No candles."
    house.save()
    ChargeFactory(of=hall)
    for key in AccessFact.Key:
        AccessFact.objects.create(
            site=house, key=key, value="yes", note="At the front", surveyed_on="2026-09-01"
        )
    for thing in Equipment.Kind:
        Equipment.objects.create(space=hall, kind=thing, count=2)
    for number in range(3):
        SpaceFactory(site=house, name=f"Twin {number}")
    page = chromium.new_page()
    page.goto(live_server.url + hall.get_absolute_url())
    assert "Twin 1" in page.inner_text("main")

    page.emulate_media(media="print")
    read = page.inner_text("main")

    for kept in (
        "A hall with a low stage.",
        "Two minutes on foot.",
        "Opening hours",
        "Who decides",
    ):
        assert kept in read
    for left_out in ("Twin 1", "See all of", "Ask for this room", "We need it on"):
        assert left_out not in read
    assert page.pdf(format="A4").count(b"/Type /Page\n") <= 3
    page.close()
