"""Time to set up before and clear away after counts wherever a page says that a room is free."""

import random
from datetime import date, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from core.clock import at
from spaces import services
from spaces.forms.asking import HoldSpaceForm
from spaces.forms.finding import FindForm
from spaces.models import Occupancy
from spaces.models.minutes import moment_of
from spaces.rules import bookings, times
from spaces.rules.fit import Wish
from spaces.services import calendar, finding, misses
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    HirerFactory,
    SpaceFactory,
    a_manager_of,
)
from tests.spaces.test_finding import TUESDAY, a_random_estate, a_time, a_weekday_ahead, find, shown

pytestmark = pytest.mark.django_db

SIX, EIGHT = at(TUESDAY, time(18)), at(TUESDAY, time(20))


@pytest.mark.parametrize(
    "day",
    [TUESDAY, date(2027, 10, 31), date(2027, 3, 28), date(2026, 11, 26)],
    ids=["usual", "clocks back", "clocks forward", "the day on which notice ends"],
)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_search_and_the_calendar_always_agree_with_time_to_set_up(day, seed):
    chance = random.Random(seed)
    spaces = a_random_estate(chance, day)
    known = calendar.times_of(spaces, *times.local_day(day), now=NOW)
    answers = set()

    for minute in range(0, 24 * 60, 90):
        for setup, cleardown in [(0, 0), (30, 0), (0, 45), (60, 60)]:
            starts_at, length = moment_of(day, minute), chance.choice([60, 120])
            aside = {"setup_minutes": setup, "cleardown_minutes": cleardown}
            ends_at = starts_at + timedelta(minutes=length)
            wish = Wish(starts_at=starts_at, ends_at=ends_at, **aside)

            searched = set(finding.find(wish, now=NOW))
            in_calendar = {
                space
                for space in spaces
                if starts_at
                in known[space.pk].free_on(space, day, now=NOW, minutes=length, **aside)
            }

            assert searched == in_calendar, wish
            for space in spaces[:4]:
                free = finding.is_free(space, starts_at, ends_at, now=NOW, **aside)
                assert free == (space in searched), wish
            answers.add(bool(searched))
    assert answers == {True, False}


@pytest.mark.parametrize(
    ("setup", "cleardown", "found"), [(0, 0, True), (15, 0, False), (0, 15, False)]
)
def test_what_the_search_finds_can_be_asked_for_and_nothing_else(setup, cleardown, found):
    """A neighbour until 6pm and another from 8pm leave exactly two hours."""
    hall = SpaceFactory()
    for starts_at in (SIX - timedelta(hours=2), EIGHT):
        BookingFactory(space=hall, starts_at=starts_at)
    aside = {"setup_minutes": setup, "cleardown_minutes": cleardown}
    hirer = HirerFactory()

    assert finding.find(Wish(starts_at=SIX, ends_at=EIGHT, **aside), now=NOW).exists() is found

    def ask():
        services.request_booking(
            hall,
            by=a_manager_of(hirer),
            hirer=hirer,
            now=NOW,
            form_id="00000000-0000-0000-0000-00000000000a",
            starts_at=SIX,
            ends_at=EIGHT,
            attendance=5,
            purpose="Tea",
            ages=["26_to_64"],
            **aside,
        )

    if found:
        ask()
        assert Occupancy.objects.filter(starts_at=SIX, ends_at=EIGHT).exists()
    else:
        with pytest.raises(ValidationError) as refused:
            ask()
        assert refused.value.code == services.JUST_TAKEN


def test_notice_counts_until_a_group_comes_to_set_up():
    """The site wants to know two days ahead, so a group comes at 9am on Thursday at the earliest."""
    hall = SpaceFactory()
    thursday = date(2026, 11, 26)
    nine, half_past = at(thursday, time(9)), at(thursday, time(9, 30))

    def is_free(starts_at, **aside):
        return finding.is_free(hall, starts_at, at(thursday, time(11)), now=NOW, **aside)

    def check(starts_at, now=NOW, **aside):
        bookings.check_when(hall, starts_at, at(thursday, time(11)), now=now, **aside)

    assert is_free(nine)
    assert not is_free(nine, setup_minutes=30)
    assert is_free(half_past, setup_minutes=30)
    check(half_past, setup_minutes=30)
    with pytest.raises(ValidationError, match="2 days before you come to set up"):
        check(nine, setup_minutes=30)
    hall.site.min_notice_hours = 0
    with pytest.raises(ValidationError, match="no time left to set up"):
        check(half_past, now=nine, setup_minutes=60)
    # What the site brings back itself needs no notice.
    check(half_past, now=nine, setup_minutes=60, needs_notice=False)


def test_hours_too_near_to_set_up_are_told_as_too_soon():
    hall = SpaceFactory()

    week = calendar.week(hall, date(2026, 11, 23), now=NOW, minutes=60, setup_minutes=120)

    thursday = week.days[3]
    states = [hour.state.value for hour in thursday.hours]
    assert states[:4] == ["soon", "soon", "soon", "free"]  # from 8am


def test_set_up_before_opening_is_not_free():
    hall = SpaceFactory()
    nine = at(TUESDAY, time(8))

    assert finding.is_free(hall, nine, nine + timedelta(hours=1), now=NOW)
    assert not finding.is_free(hall, nine, nine + timedelta(hours=1), now=NOW, setup_minutes=15)
    period = (nine, nine + timedelta(hours=1))
    known = finding.times_around([hall], period, now=NOW, setup_minutes=15)[hall.pk]
    words = finding.why_not(hall, *period, known=known, now=NOW, setup_minutes=15)
    assert "open from 8am to 10pm" in words


def test_the_next_free_time_leaves_time_to_set_up_and_clear_away():
    hall = SpaceFactory()
    first = at(date(2026, 11, 26), time(9))

    assert calendar.first_free([hall], now=NOW) == {hall.pk: first}
    BookingFactory(space=hall, starts_at=first - timedelta(hours=1), ends_at=first)
    assert calendar.first_free([hall], now=NOW) == {hall.pk: first}
    assert calendar.first_free([hall], now=NOW, setup_minutes=30) == {
        hall.pk: first + timedelta(minutes=30)
    }
    assert calendar.first_free([hall], now=NOW, setup_minutes=45) == {
        hall.pk: first + timedelta(hours=1)
    }


def test_near_misses_leave_time_to_set_up():
    hall = SpaceFactory(name="Hall")
    BookingFactory(space=hall, starts_at=SIX, ends_at=EIGHT)
    wish = Wish(starts_at=SIX, ends_at=EIGHT, cleardown_minutes=60)

    [miss] = misses.near_misses(wish, now=NOW)

    assert miss.differs == ["It is free at another time that day: 3pm to 5pm."]


def test_the_week_offers_only_starts_with_time_to_set_up():
    hall = SpaceFactory()
    BookingFactory(space=hall, starts_at=at(TUESDAY, time(9)), ends_at=at(TUESDAY, time(12)))

    week = calendar.week(hall, date(2026, 11, 30), now=NOW, minutes=60, setup_minutes=30)

    [tuesday] = [day for day in week.days if day.date == TUESDAY]
    starts = [hour.starts_at for hour in tuesday.hours if hour.starts_at]
    assert starts[0] == at(TUESDAY, time(12, 30))


# --- On the pages --------------------------------------------------------------------------------


def test_time_to_set_up_is_carried_from_the_search_to_the_room_and_into_the_request(client):
    hall = SpaceFactory()

    response = find(client, setup="30", cleardown="45", **a_time())

    [offer] = response.context["offers"]
    assert offer["url"].endswith("&setup=30&cleardown=45")
    page = client.get(offer["url"])
    assert page.context["is_free_then"] is True
    assert page.context["ask_url"] == offer["ask_url"]
    assert '<input type="hidden" name="setup" value="30">' in page.content.decode()
    told = "30 minutes to set up before and 45 minutes to clear away after"
    assert f"With {told} counted in." in page.content.decode()
    assert f"More: {told}" in response.content.decode()
    assert "setup=30" in page.context["later"]
    client.force_login(a_manager_of(HirerFactory()))
    form = client.get(offer["ask_url"]).context["form"]
    assert [form[name].value() for name in ("setup_minutes", "cleardown_minutes")] == ["30", "45"]
    assert hall.slug in offer["ask_url"]


def test_a_room_is_not_free_then_when_there_is_no_time_to_set_up(client):
    hall = SpaceFactory(name="Hall")
    day = a_weekday_ahead()
    BookingFactory(space=hall, starts_at=at(day, time(16)), ends_at=at(day, time(18)))

    assert shown(find(client, **a_time(day))) == ["Hall"]
    assert shown(find(client, setup="15", **a_time(day))) == []
    page = client.get(reverse("spaces:space", args=[hall.slug]), {"setup": "15", **a_time(day)})
    assert page.context["is_free_then"] is False
    nearest = next(iter(page.context["other_times"]))
    assert nearest["starts_at"] == at(day, time(18, 30))


@pytest.mark.parametrize("setup", ["7", "-15", "lots", "9" * 50])
@pytest.mark.parametrize("page", ["spaces", "space"])
def test_a_time_to_set_up_that_nobody_offers_comes_back_with_an_error(client, page, setup):
    space = SpaceFactory()

    address = reverse(f"spaces:{page}", args=[space.slug] if page == "space" else [])
    response = client.get(address, {"setup": setup})

    assert response.status_code == 422
    assert "Choose one of the times in the list" in response.content.decode()


def test_the_search_and_the_request_offer_the_same_times_to_set_up():
    for name in ("setup_minutes", "cleardown_minutes"):
        both = [form.base_fields[name].choices for form in (FindForm, HoldSpaceForm)]
        assert both[0] == both[1]


def test_a_bad_time_to_set_up_in_a_link_never_breaks_the_request_form(client):
    hall = SpaceFactory()
    client.force_login(a_manager_of(HirerFactory()))

    response = client.get(reverse("spaces:hold_space", args=[hall.slug]), {"setup": "banana"})

    assert response.status_code == 200
