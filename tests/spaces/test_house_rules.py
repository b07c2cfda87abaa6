"""The rules of a space on one page, and how to get there."""

from datetime import date

import pytest
from django.urls import reverse

from spaces.models import AccessFact, Layout, Site, Space
from tests.factories.spaces import ChargeFactory, SpaceFactory
from tests.spaces.test_space_page import page, words

pytestmark = pytest.mark.django_db


def rules_of(client, space):
    return client.get(reverse("spaces:space_rules", args=[space.slug]))


def test_everything_one_keeps_to_stands_on_one_page(client):
    hall = SpaceFactory(
        turnaround_minutes=15,
        site__cancel_notice_working_days=10,
        site__min_notice_hours=72,
        site__horizon_weeks=26,
        site__programme_decides=True,
        site__house_rules="No smoking.\n\n  Music ends at 9pm.  \n",
    )
    Layout.objects.create(space=hall, kind=Layout.Kind.ROWS, capacity=60)
    ChargeFactory(of=hall)

    said = words(rules_of(client, hall))

    for sentence in (
        "Only groups that are registered and approved here can ask.",
        "Ask at least 3 days ahead.",
        "You can ask for days up to 26 weeks ahead.",
        f"The people who run {hall.site} and programme staff both say yes or no within 5 working",
        "Until then nobody else can take it.",
        "From 1 hour to 8 hours at a time.",
        "Start and end in steps of 30 minutes.",
        "15 minutes after you are kept free",
        "60 people, chairs in rows. 20 people, chairs in a circle.",
        "£10 an hour",
        "Cancel at least 10 working days before",
        f"At {hall.site.name} No smoking. Music ends at 9pm.",
    ):
        assert sentence in said
    assert f'href="{reverse("spaces:space_rules", args=[hall.slug])}"' in (
        page(client, hall).content.decode()
    )


def test_who_decides_is_told_as_it_is_for_this_room_on_both_pages(client):
    hall = SpaceFactory(site__programme_decides=False, pending_policy=Space.PendingPolicy.COMPETE)

    for said in (words(rules_of(client, hall)), words(page(client, hall))):
        assert f"The people who run {hall.site} say yes or no within 5 working days." in said
        assert "Until then other groups may ask for the same time." in said
        assert "nobody else can take it" not in said


def test_a_room_booked_elsewhere_has_the_rules_of_its_site_and_none_of_ours(client):
    there = SpaceFactory(
        site__booking_authority=Site.BookingAuthority.ELSEWHERE,
        site__external_url="https://example.org/rooms",
        site__house_rules="No smoking.",
    )

    answer = rules_of(client, there)

    said = words(answer)
    assert "This room is booked somewhere else." in said
    assert 'href="https://example.org/rooms"' in answer.content.decode()
    assert "No smoking." in said
    for ours in ("Ask at least", "working day", "What it costs", "approved here"):
        assert ours not in said


def test_a_space_that_is_not_on_offer_has_no_rules_page(client):
    assert rules_of(client, SpaceFactory(status=Space.Status.DRAFT)).status_code == 404


def test_the_page_says_how_to_come_step_free_by_car_and_on_foot(client):
    hall = SpaceFactory(site__getting_there="Five minutes from the park.")
    AccessFact.objects.create(
        site=hall.site,
        key="transport",
        value="yes",
        note="Step-free station, 150 metres",
        surveyed_on=date(2026, 9, 14),
    )
    AccessFact.objects.create(
        site=hall.site, key="blue_badge", value="no", surveyed_on=date(2026, 9, 14)
    )

    said = words(page(client, hall)).partition("Getting there")[2]

    assert "Nearest step-free stop Step-free station, 150 metres" in said
    assert "Blue Badge parking No" in said
    assert "Place to be dropped off Not yet checked" in said
    assert "On foot and by bus Five minutes from the park." in said
