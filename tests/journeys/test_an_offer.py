"""Somebody offers rooms a page at a time, stops, goes on, and staff publish what groups then find."""

import pytest

from anchors.models import Organisation
from core.clock import today
from spaces.models import Space, SpaceOffer
from tests.factories.accounts import UserFactory
from tests.factories.anchors import BoroughFactory
from tests.factories.spaces import a_programme_worker
from tests.pictures import a_photograph
from tests.spaces.test_offers import an_owner

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SEND = "main form button[type=submit]"


def test_an_owner_offers_a_room_and_it_is_found_once_staff_publish_it(street):
    borough = BoroughFactory()
    rosa, ben = street.somebody(an_owner()), street.somebody(a_programme_worker())
    visitor = street.somebody(UserFactory())

    assert rosa.open("/spaces/offers/new/") == 200
    rosa.page.check(f"main input[value={Organisation.objects.get().slug}]")
    assert rosa.press(SEND) == 200
    assert "0 of 5 parts are done" in rosa.reads()

    # A part that is not right loses nothing.
    assert rosa.follow("The building") == 200
    rosa.page.check(f"main input[name=borough][value='{borough.pk}']")
    rosa.fill(
        name="Heron House (demo)",
        street="22 Heron Street",
        postcode="SE6",
        getting_there="By bus.",
        contact_name="Estates",
        contact_email="estates@example.org",
        contact_phone="020 7946 0411",
    )
    assert rosa.press(SEND) == 422
    assert rosa.page.title().startswith("Error: ")
    assert rosa.holds("name", "getting_there") == ["Heron House (demo)", "By bus."]
    rosa.fill(postcode="se62mc")
    assert rosa.press(SEND) == 200

    assert rosa.follow("Rooms") == 200
    assert rosa.follow("Add a room") == 200
    rosa.page.check("main input[value=hall]")
    rosa.fill(name="Hall", summary="A light hall.", holds_circle="20")
    assert rosa.press(SEND) == 200

    # She stops, and goes on another day where she left off.
    assert rosa.open("/spaces/offers/new/") == 200
    assert rosa.follow("Heron House (demo)") == 200
    assert "2 of 5 parts are done" in rosa.reads()
    assert rosa.follow("Opening hours") == 200
    rosa.fill(opens_0="9am", closes_0="5pm")
    assert rosa.press(SEND) == 200
    assert rosa.follow("Access") == 200
    rosa.page.check("main input[name=value_step_free][value=yes]")
    day = today()
    rosa.fill(
        surveyed_on_day=str(day.day),
        surveyed_on_month=str(day.month),
        surveyed_on_year=str(day.year),
    )
    assert rosa.press(SEND) == 200
    assert rosa.follow("Photographs") == 200
    picture = {"name": "hall.jpg", "mimeType": "image/jpeg", "buffer": a_photograph()}
    rosa.page.set_input_files("main input[type=file]", picture)
    rosa.fill(alternative_text="A light hall with a wooden floor")
    assert rosa.press(SEND) == 200
    assert rosa.open(SpaceOffer.objects.get().get_absolute_url()) == 200
    assert rosa.follow("Terms and how to get in") == 200
    rosa.page.check("main input[name=cost][value=free]")
    rosa.page.check("main input[name=who_opens][value=reception]")
    rosa.fill(
        notice_days="3",
        cancel_notice_working_days="4",
        house_rules="No candles.",
        door="The side door.",
        call_name="The caretaker",
        call_phone="020 7946 0412",
    )
    assert rosa.press(SEND) == 200
    assert rosa.follow("Check and send") == 200
    assert rosa.press(SEND) == 200
    assert SpaceOffer.objects.get().state == SpaceOffer.State.SENT

    assert visitor.open("/spaces/") == 200
    assert "Heron House" not in visitor.reads()

    assert ben.open("/spaces/offers/") == 200
    assert ben.follow("Heron House (demo)") == 200
    assert "The side door." in ben.reads()
    assert ben.follow("Answer this offer") == 200
    assert ben.press(SEND) == 422
    ben.page.check("main input[name=outcome][value=publish]")
    assert ben.press(SEND) == 200
    assert Space.objects.public().get().name == "Hall"

    assert visitor.open("/spaces/") == 200
    assert visitor.follow("Hall") == 200
    assert "Heron House (demo)" in visitor.reads()
    assert "A light hall." in visitor.reads()
    assert "The side door." not in visitor.reads()
    assert visitor.page.get_attribute("main img", "alt") == "A light hall with a wooden floor"
    assert street.faults == []
