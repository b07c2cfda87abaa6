"""What a space costs: the sum, the words, the search for what is free, and where it is shown."""

import random
from datetime import date, time, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core.clock import at
from spaces.models import Charge, Space
from spaces.rules import prices
from spaces.rules.fit import Wish
from spaces.services import finding, misses
from spaces.services.prices import price_for
from tests.factories.spaces import (
    NOW,
    ChargeFactory,
    HirerFactory,
    RoomFactory,
    SiteFactory,
    SpaceFactory,
    a_manager_of,
)
from tests.forms import forms_of
from tests.spaces.test_space_page import a_tuesday_ahead, page, words

What, Per, When = Charge.What, Charge.Per, Charge.When
TUESDAY, SATURDAY = date(2026, 12, 1), date(2026, 12, 5)


def a_charge(pence, *, what=What.HIRE, per=Per.HOUR, when=When.ALWAYS, own=False, **facts):
    return Charge(what=what, per=per, when=when, pence=pence, space_id=7 if own else None, **facts)


def total(charges, day, starts, ends):
    price = prices.price_of(charges, at(day, starts), at(day, ends))
    return None if price is None else price.total_pence


# --- The sum -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("charges", "day", "starts", "ends", "pence"),
    [
        ([], TUESDAY, time(10), time(12), None),
        ([a_charge(0)], TUESDAY, time(10), time(12), 0),
        ([a_charge(1000)], TUESDAY, time(10), time(12), 2000),
        ([a_charge(1000)], TUESDAY, time(10), time(11, 30), 1500),
        ([a_charge(333)], TUESDAY, time(10), time(10, 30), 167),  # 166.5 pence
        ([a_charge(3500, per=Per.USE)], TUESDAY, time(10), time(20), 3500),
        ([a_charge(1200, when=When.PEAK)], TUESDAY, time(10), time(17), 0),
        ([a_charge(1200, when=When.PEAK)], TUESDAY, time(16), time(18), 1200),
        ([a_charge(1200, when=When.PEAK)], TUESDAY, time(21), time(23), 1200),
        ([a_charge(1200, when=When.PEAK)], SATURDAY, time(9), time(11), 2400),
        ([a_charge(1200, when=When.DAYTIME)], TUESDAY, time(16), time(18), 1200),
        ([a_charge(1200, when=When.DAYTIME)], SATURDAY, time(9), time(11), 0),
        ([a_charge(3500, per=Per.USE, when=When.PEAK)], TUESDAY, time(16), time(17), 0),
        ([a_charge(3500, per=Per.USE, when=When.PEAK)], TUESDAY, time(16), time(17, 30), 3500),
        ([a_charge(1000), a_charge(400, what=What.CLEANING, per=Per.USE)],
         TUESDAY, time(10), time(12), 2400),
    ],
)  # fmt: skip
def test_what_a_use_costs(charges, day, starts, ends, pence):
    assert total(charges, day, starts, ends) == pence


def test_a_space_pays_its_own_charge_for_one_thing_and_its_sites_for_the_others():
    charges = [
        a_charge(1000),
        a_charge(1500, when=When.PEAK),
        a_charge(400, what=What.CLEANING, per=Per.USE),
        a_charge(500, own=True),
    ]

    assert total(charges, SATURDAY, time(10), time(12)) == 2 * 500 + 400


@pytest.mark.parametrize(
    ("day", "pence"),
    [(date(2026, 11, 30), 1000), (date(2026, 12, 1), 2000), (date(2026, 12, 31), 2000),
     (date(2027, 1, 1), None)],
)  # fmt: skip
def test_the_charges_of_the_day_a_use_starts_hold(day, pence):
    charges = [
        a_charge(1000, valid_until=date(2026, 11, 30)),
        a_charge(2000, valid_from=date(2026, 12, 1), valid_until=date(2026, 12, 31)),
    ]

    assert total(charges, day, time(10), time(11)) == pence


def test_three_hours_on_the_wall_are_four_on_the_night_the_clocks_go_back():
    price = prices.price_of(
        [a_charge(1000)], at(date(2026, 10, 25), time(0)), at(date(2026, 10, 25), time(3))
    )

    assert price.total_pence == 4000
    assert price.in_words() == "£40: the room £40 (4 hours at £10 an hour)"


def test_a_use_past_midnight_counts_the_weekend_from_midnight():
    friday = date(2026, 12, 4)
    minutes = prices.minutes_by_time(at(friday, time(21)), at(friday + timedelta(days=1), time(1)))

    assert minutes == {When.ALWAYS: 240, When.PEAK: 120, When.DAYTIME: 120}


# --- The words -----------------------------------------------------------------------------------


def test_the_full_price_says_each_part_and_how_it_was_counted():
    charges = [a_charge(400, what=What.CLEANING, per=Per.USE), a_charge(1250)]

    price = prices.price_of(charges, at(TUESDAY, time(10)), at(TUESDAY, time(11, 30)))

    assert price.in_words() == "£22.75: the room £18.75 (90 minutes at £12.50 an hour), cleaning £4"


def test_nothing_to_pay_is_said_to_be_free_of_charge():
    price = prices.price_of([a_charge(0)], at(TUESDAY, time(10)), at(TUESDAY, time(12)))

    assert price.in_words() == "Free of charge"


@pytest.mark.parametrize(
    ("charges", "said"),
    [
        ([], ""),
        ([a_charge(0)], "Free of charge"),
        ([a_charge(1000)], "£10 an hour"),
        ([a_charge(3500, per=Per.USE)], "£35 each time"),
        ([a_charge(1000), a_charge(400, what=What.CLEANING, per=Per.USE)],
         "£10 an hour and £4 each time"),
        ([a_charge(1200, when=When.PEAK)], "Free in the daytime. Evenings and weekends £12 an hour"),
        ([a_charge(1200, when=When.DAYTIME)],
         "Free in the evening and at weekends. Daytime £12 an hour"),
        ([a_charge(1200, when=When.DAYTIME), a_charge(1800, when=When.PEAK)], "From £12 an hour"),
        ([a_charge(1000, valid_from=date(2026, 12, 2))], ""),
        ([a_charge(1000), a_charge(0, own=True)], "Free of charge"),
    ],
)  # fmt: skip
def test_a_list_says_in_short_what_a_space_costs(charges, said):
    assert prices.tariff_in_words(charges, TUESDAY) == said


def test_the_list_of_prices_has_what_holds_and_what_is_coming():
    charges = [
        a_charge(400, what=What.CLEANING, per=Per.USE),
        a_charge(1000, valid_until=date(2027, 3, 31)),
        a_charge(1100, valid_from=date(2027, 4, 1)),
        a_charge(900, valid_until=date(2026, 11, 1)),
    ]

    assert [(row.what, row.when, row.price) for row in prices.price_list(charges, TUESDAY)] == [
        ("The room", "At any time, until 31 March 2027", "£10 an hour"),
        ("The room", "At any time, from 1 April 2027", "£11 an hour"),
        ("Cleaning", "At any time", "£4 each time"),
    ]


@pytest.mark.parametrize(
    ("charges", "said"),
    [
        ([a_charge(0)], "Every group that is approved here uses this room free of charge."),
        (
            [a_charge(0), a_charge(400, what=What.CLEANING)],
            "The room itself is free for every group that is approved here. This is paid for:",
        ),
        (
            [a_charge(1000)],
            "The same for every group that is approved here. Nothing else is added.",
        ),
    ],
)
def test_it_is_said_what_is_free_for_whom(charges, said):
    assert prices.who_pays(charges, TUESDAY) == said


# --- What Postgres keeps --------------------------------------------------------------------------


@pytest.mark.django_db
def test_one_thing_has_one_charge_at_a_time_and_each_refusal_has_its_words():
    space = SpaceFactory()
    ChargeFactory(of=space, valid_until=date(2026, 12, 31))
    beside = [
        Charge(site=space.site, pence=1),
        Charge(site=space.site, space=space, pence=1, when=When.PEAK),
        Charge(site=space.site, space=space, pence=1, what=What.CLEANING),
        Charge(site=space.site, space=space, pence=1, valid_from=date(2027, 1, 1)),
    ]
    for charge in beside:
        charge.full_clean()

    with pytest.raises(ValidationError, match="There is a charge for this at that time already"):
        Charge(
            site=space.site, space=space, pence=1, valid_from=date(2026, 12, 31)
        ).validate_constraints()
    with pytest.raises(ValidationError, match="The last day must not be before the first"):
        Charge(
            site=space.site, pence=1, valid_from=TUESDAY, valid_until=date(2026, 11, 30)
        ).full_clean()
    with pytest.raises(ValidationError, match="Choose a space of this site"):
        Charge(site=SiteFactory(), space=space, pence=1).full_clean()


# --- The search for what is free of charge --------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("chance", range(40))
def test_the_search_and_the_rule_agree_on_what_is_free_of_charge(chance):
    chance = random.Random(chance)
    site = SiteFactory()
    spaces = [SpaceFactory(site=site, rooms=[RoomFactory(site=site)]) for _number in range(3)]
    for space in [None, *spaces]:
        for what in chance.sample([What.HIRE, What.CLEANING], chance.randrange(3)):
            for when in chance.sample(When.values, chance.randrange(1, 3)):
                valid = chance.choice([{}, {"valid_from": SATURDAY}, {"valid_until": TUESDAY}])
                pence = chance.choice([0, 0, 500])
                Charge.objects.create(
                    site=site, space=space, what=what, when=when, pence=pence, **valid
                )
    for day in (TUESDAY, SATURDAY):
        for period in (None, (at(day, time(16)), at(day, time(17))),
                       (at(day, time(16)), at(day, time(18)))):  # fmt: skip
            times = prices.times_of(*period) if period else When.values
            found = set(Space.objects.free_of_charge(day, times))

            assert found == {
                space for space in spaces if prices.is_free(space.charges_here, day, period)
            }
            if period:
                priced = {space: price_for(space, *period) for space in spaces}
                assert found == {
                    space for space, price in priced.items() if price and not price.total_pence
                }


@pytest.mark.django_db
def test_a_space_that_is_free_by_day_is_found_by_day_and_told_to_cost_in_the_evening():
    hall = SpaceFactory(name="Hall")
    ChargeFactory(of=hall, when=When.PEAK, pence=1200)

    def found(starts, ends):
        wish = Wish(
            free_of_charge=True,
            starts_at=at(TUESDAY, time(starts)),
            ends_at=at(TUESDAY, time(ends)),
        )
        differs = [(miss.space, miss.differs) for miss in misses.near_misses(wish, now=NOW)]
        return list(finding.find(wish, now=NOW)), differs

    assert found(10, 12)[0] == [hall]
    assert found(18, 20) == ([], [(hall, ["It is not free of charge."])])


# --- Where it is shown ---------------------------------------------------------------------------


@pytest.mark.django_db
def test_results_show_the_full_price_for_the_time_asked_for(client):
    ChargeFactory(of=SpaceFactory())
    day = a_tuesday_ahead()

    def said(**blanks):
        return words(client.get(reverse("spaces:spaces"), blanks))

    assert "£20: the room £20 (2 hours at £10 an hour)" in said(
        **{"day": day.isoformat(), "from": "18:00", "to": "20:00"}
    )
    assert "£10 an hour" in said()
    assert "£20" not in said()


@pytest.mark.django_db
def test_the_page_shows_every_price_and_the_full_one_for_the_time_asked_for(client):
    hall = SpaceFactory()
    ChargeFactory(of=hall)
    ChargeFactory(of=hall, what=What.CLEANING, per=Per.USE, pence=400)
    day = a_tuesday_ahead()

    said = words(page(client, hall, **{"day": day.isoformat(), "from": "6pm", "to": "8pm"}))
    without_time = words(page(client, hall))

    full = "£24: the room £20 (2 hours at £10 an hour), cleaning £4"
    assert f"{full} for Tuesday" in said
    assert "The room At any time £10 an hour" in said
    assert "Cleaning At any time £4 each time" in said
    assert "£24" not in without_time
    assert "£10 an hour and £4 each time" in without_time


@pytest.mark.django_db
def test_a_price_that_is_not_known_is_told_in_words_and_never_as_free(client):
    said = words(page(client, SpaceFactory(price_text="About £5, being decided.")))
    blank = words(page(client, SpaceFactory()))

    assert said.count("About £5, being decided.") == 2
    assert "Ask the site what it costs" in blank
    assert "Free of charge" not in said + blank


@pytest.mark.django_db
@pytest.mark.parametrize(("pence", "is_paid"), [(0, False), (1000, True)])
def test_how_to_pay_is_said_of_a_room_that_costs_something_alone(client, pence, is_paid):
    hall = SpaceFactory()
    ChargeFactory(of=hall, pence=pence)

    said = words(page(client, hall))

    for words_about_paying in ("clearing away cost nothing", "The site tells you how to pay."):
        assert (words_about_paying in said) == is_paid
    assert ("free of charge" in said) != is_paid


@pytest.mark.django_db
def test_the_request_form_shows_the_full_price_of_what_the_link_carries_or_was_typed(client):
    hall = SpaceFactory()
    ChargeFactory(of=hall)
    client.force_login(a_manager_of(HirerFactory()))
    day = a_tuesday_ahead()
    address = reverse("spaces:hold_space", args=[hall.slug])

    carried = client.get(address, {"day": day.isoformat(), "from": "18:00", "to": "20:00"})
    typed = client.post(
        address,
        {
            "day_day": day.day,
            "day_month": day.month,
            "day_year": day.year,
            "starts": "6pm",
            "ends": "9pm",
        },
    )
    nothing = client.get(address)

    assert "£20: the room £20 (2 hours at £10 an hour)" in words(carried)
    assert typed.status_code == 422
    assert "£30: the room £30 (3 hours at £10 an hour)" in words(typed)
    assert "Price: £10 an hour" in words(nothing)


@pytest.mark.django_db
@pytest.mark.parametrize("price_text", ["£10 for an evening", ""])
def test_a_price_in_words_is_not_called_the_full_price_for_a_time(client, price_text):
    hall = SpaceFactory(price_text=price_text)
    client.force_login(a_manager_of(HirerFactory()))
    day = a_tuesday_ahead()
    first = reverse("spaces:hold_space", args=[hall.slug])
    when = {"day": day.isoformat(), "from": "18:00", "to": "20:00", "people": "5"}

    carried = client.get(first, when)
    kept = client.post(first, forms_of(carried.content.decode())[0].held(), follow=True)

    told = price_text or "Ask the site what it costs"
    assert f"Price: {told}" in words(carried)
    assert f"Price {told}" in words(kept)
    assert "ull price" not in words(carried) + words(kept)


@pytest.mark.django_db
@pytest.mark.parametrize("at_six", [{}, {"from": "18:00", "to": "20:00"}], ids=["any", "at six"])
def test_prices_cost_no_query_for_each_space(client, at_six):
    blanks = {"day": a_tuesday_ahead().isoformat(), **at_six} if at_six else {}
    counted = []
    with time_machine.travel(timezone.now(), tick=False):
        client.get(reverse("spaces:spaces"))  # the boroughs are remembered for a minute
        for how_many in (2, 4):  # a search that finds one room alone is noted as poor
            while Space.objects.count() < how_many:
                ChargeFactory(of=SpaceFactory())
                ChargeFactory(site=Space.objects.latest("pk").site, space=None)
            with CaptureQueriesContext(connection) as queries:
                client.get(reverse("spaces:spaces"), blanks)
            counted.append(len(queries))

    assert counted[0] == counted[1]
