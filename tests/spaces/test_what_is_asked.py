"""Who will come, food, the price and the wish to pay nothing: what a request keeps and who reads it."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.urls import reverse
from django.utils.html import strip_tags

from core.clock import LONDON
from spaces import services
from spaces.forms.asked import AskedForm
from spaces.models import ASKED_AGES, AgeGroup, Booking
from spaces.models.ages import people_at_risk
from spaces.rules.ages import in_words
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    ChargeFactory,
    HirerFactory,
    SpaceFactory,
    a_manager_of,
    a_member_of,
    a_programme_worker,
    a_site_manager_of,
)

pytestmark = pytest.mark.django_db

EVENING = datetime(2026, 12, 1, 18, 0, tzinfo=LONDON)
WHY = "We have no money and nobody pays to come."


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def ask(space, **said):
    hirer = HirerFactory()
    wanted = {
        "form_id": uuid4(),
        "starts_at": EVENING,
        "ends_at": EVENING + timedelta(hours=2),
        "attendance": 12,
        "purpose": "Tea and talk",
        "ages": ["26_to_64"],
    }
    return services.request_booking(
        space, by=a_member_of(hirer), hirer=hirer, now=NOW, **(wanted | said)
    )


def words(response):
    return " ".join(response.content.decode().split())


def rows(response):
    """The lines of the request, by what they are about."""
    rows = words(response).split('<dt class="nhsuk-summary-list__key">')[1:]
    return {
        key.strip(): " ".join(strip_tags(rest.partition("</dd>")[0].replace("<br>", " ")).split())
        for key, _end, rest in (row.partition("</dt>") for row in rows)
    }


def test_a_request_keeps_who_comes_food_and_why_it_should_cost_nothing():
    hall = SpaceFactory()
    ChargeFactory(of=hall)

    said = {"ages": ["under_5", "65_and_over"], "has_adults_at_risk": True, "has_food": True}
    booking = ask(hall, free_use_reason=WHY, **said)

    kept = Booking.objects.filter(pk=booking.pk).values(
        "ages", "has_adults_at_risk", "has_food", "free_use_reason", "is_free_use_granted"
    )
    assert list(kept) == [said | {"free_use_reason": WHY, "is_free_use_granted": None}]


@pytest.mark.parametrize(
    ("pence", "price", "reason"),
    [(1000, 2000, WHY), (0, 0, ""), (None, None, "")],
    ids=["paid", "free", "not known"],
)
def test_the_full_price_is_noted_and_only_a_price_can_be_let_off(pence, price, reason):
    hall = SpaceFactory()
    if pence is not None:
        ChargeFactory(of=hall, pence=pence)

    booking = ask(hall, free_use_reason=WHY, setup_minutes=60, cleardown_minutes=60)

    # Two hours: setting up and clearing away are never charged.
    assert (booking.price_pence, booking.free_use_reason) == (price, reason)


def test_a_price_that_changes_later_leaves_a_request_as_it_was():
    hall = SpaceFactory()
    charge = ChargeFactory(of=hall)
    booking = ask(hall)

    charge.pence = 9000
    charge.save()
    booking.refresh_from_db()

    assert booking.price_pence == 2000


def test_a_form_that_is_sent_again_with_other_people_is_another_request():
    hall, form_id, hirer = SpaceFactory(), uuid4(), HirerFactory()
    person = a_member_of(hirer)
    facts = {"by": person, "hirer": hirer, "form_id": form_id}
    wanted = {
        "starts_at": EVENING,
        "ends_at": EVENING + timedelta(hours=2),
        "attendance": 12,
        "purpose": "Tea and talk",
        "ages": ["26_to_64"],
        "now": NOW,
    }
    first = services.request_booking(hall, **facts, **wanted)

    again = services.request_booking(hall, **facts, **wanted)
    with pytest.raises(ValidationError) as refused:
        services.request_booking(hall, **facts, **(wanted | {"ages": ["5_to_11"]}))

    assert again == first
    assert refused.value.code == services.FORM_USED


PLAIN = {
    "Who will come": "26 to 64 No adults at risk",
    "Food": "None",
    "Full price": "Not known when it was asked for",
}
FULL = {
    "Who will come": "5 to 11 and 26 to 64 Adults at risk come",
    "Food": "Made or served",
    "Full price": "£20",
    "Asks to pay nothing": f"Not decided yet Why the group asks: {WHY}",
}


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        ({}, PLAIN),
        ({"price_pence": 0}, PLAIN | {"Full price": "Free of charge"}),
        (
            {"has_children": True},
            PLAIN | {"Who will come": "5 to 11 and 26 to 64 No adults at risk"},
        ),
        ({"has_adults_at_risk": True}, PLAIN | {"Who will come": "26 to 64 Adults at risk come"}),
        (
            {
                "has_children": True,
                "has_adults_at_risk": True,
                "has_food": True,
                "price_pence": 2000,
                "free_use_reason": WHY,
            },
            FULL,
        ),
        (
            {"price_pence": 2000, "free_use_reason": WHY, "is_free_use_granted": True},
            PLAIN
            | {
                "Full price": "£20",
                "Asks to pay nothing": f"Yes: the group pays nothing Why the group asks: {WHY}",
            },
        ),
        (
            {"price_pence": 2000, "free_use_reason": WHY, "is_free_use_granted": False},
            PLAIN
            | {
                "Full price": "£20",
                "Asks to pay nothing": f"No: the group pays the full price Why the group asks: {WHY}",
            },
        ),
    ],
)
@pytest.mark.parametrize("page", ["booking", "approve_booking", "decline_booking"])
def test_whoever_decides_reads_who_comes_and_what_it_costs(client, facts, shown, page):
    booking = BookingFactory(**facts)
    client.force_login(a_site_manager_of(booking.space.site))

    told = rows(client.get(reverse(f"spaces:{page}", args=[booking.uuid])))

    assert {name: told.get(name) for name in shown} == shown
    assert ("Asks to pay nothing" in told) == ("Asks to pay nothing" in shown)


@pytest.mark.parametrize("page", ["booking", "approve_booking"])
@pytest.mark.parametrize("who", ["site", "programme staff"])
def test_why_a_private_group_would_pay_nothing_is_not_told_to_the_site(client, page, who):
    booking = BookingFactory(
        hirer__is_sensitive=True, price_pence=2000, free_use_reason=WHY, has_children=True
    )
    client.force_login(
        a_site_manager_of(booking.space.site) if who == "site" else a_programme_worker()
    )

    told = rows(client.get(reverse(f"spaces:{page}", args=[booking.uuid])))

    assert told["Who will come"] == "5 to 11 and 26 to 64 No adults at risk"
    knows = f" Why the group asks: {WHY}" if who == "programme staff" else ""
    assert told["Asks to pay nothing"] == f"Not decided yet{knows}"


def test_the_group_reads_what_it_asked_for(client):
    booking = BookingFactory(
        has_children=True, has_adults_at_risk=True, has_food=True, price_pence=2000,
        free_use_reason=WHY,
    )  # fmt: skip
    client.force_login(a_manager_of(booking.hirer))

    told = rows(client.get(booking.get_absolute_url()))

    assert {name: told[name] for name in FULL} == FULL


def test_python_and_postgres_agree_on_who_is_a_child():
    for age in AgeGroup:
        BookingFactory(ages=[age, "26_to_64"])

    at_risk = Booking.objects.filter(people_at_risk())

    by_rule = {one.pk for one in Booking.objects.all() if one.has_children}
    assert by_rule == set(at_risk.values_list("pk", flat=True))
    assert {age for one in at_risk for age in one.ages} == {
        "under_5", "5_to_11", "12_to_17", "under_18", "26_to_64"
    }  # fmt: skip


@pytest.mark.parametrize("ages", [[], ["under_6"], ["26_to_64", "x"]])
def test_postgres_refuses_a_booking_that_does_not_say_how_old_people_are(ages):
    with pytest.raises(IntegrityError, match="a_booking_says_how_old_those_are_who_come"):
        BookingFactory(ages=ages)


def test_one_box_stands_for_all_ages():
    form = AskedForm({"purpose": "Fair", "ages": ["all", "5_to_11"], "has_food": "no"})

    assert form.is_valid()
    assert form.asked()["ages"] == [age.value for age in ASKED_AGES]
    assert in_words(form.asked()["ages"]) == "All ages"
    assert form.ticked == {"at_risk": True, "food": False}


def test_how_old_people_are_is_told_to_nobody_but_those_who_decide(client):
    """Pages and calendars that anyone may read say nothing of who comes."""
    booking = BookingFactory(ages=["under_5", "65_and_over"], state="approved")
    space = booking.space

    public = [
        client.get(address)
        for address in [
            space.get_absolute_url(),
            reverse("spaces:space_feed", args=[space.slug]),
        ]
    ]

    for page in public:
        assert page.status_code == 200
        text = b"".join(page).decode() if page.streaming else page.content.decode()
        assert not [word for word in ("Under 5", "65 and over", "under_5") if word in text]
