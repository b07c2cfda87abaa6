"""Scenario 34 for a site: the second of two who change the same sees what the first did, and loses nothing."""

from datetime import time, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from audit.models import AuditRecord
from core.clock import at
from spaces.models import Charge, Closure, DayException
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    ChargeFactory,
    ClosureFactory,
    SiteFactory,
    SpaceFactory,
    a_site_manager_of,
    on_that_day,
)
from tests.spaces.test_sites import as_shown, rules_of, typed_day

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
SOON = NOW.date() + 5 * DAY
HOURS = {f"hours_{weekday}": "9am to 5pm" for weekday in range(7)} | typed_day(SOON, "starts_on")
SECOND_HOURS = HOURS | {"hours_1": "10am to midday and 1pm to 4pm"}
CLOSURE = {
    "what": "whole",
    "reason": "works",
    "public_note": "The roof is being mended",
    **typed_day(SOON, "starts_on"),
    **typed_day(SOON, "ends_on"),
}
PRICE = {
    "space": "all",
    "what": "hire",
    "amount": "12.50",
    "per": "hour",
    "when": "always",
    **typed_day(SOON, "starts_on"),
}
A_DAY = {"is_open": "open", "hours": "10am to midday", "reason": "event", "public_note": "A fair"}
MEANWHILE = "Somebody has changed this since you opened the page. Nothing was saved."


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def site():
    site = SiteFactory(slug="lee")
    SpaceFactory(site=site, name="Hall", slug="lee-hall")
    return site


@pytest.fixture
def things(site):
    """The keys of what there is to change, by the word for it in the addresses."""
    noon = at(SOON, time(12))
    return {
        "day": on_that_day(site, SOON, (9, 12)).pk,
        "closure": ClosureFactory(site=site, starts_at=noon, ends_at=noon + DAY).pk,
        "price": ChargeFactory(site=site, space=None).pk,
    }


def browser(person):
    client = Client()
    client.force_login(person)
    return client


def words(response):
    return " ".join(strip_tags(response.content.decode()).split())


PAGES = {
    "hours": ("change_hours", HOURS, SECOND_HOURS, "Every day9am to 5pm"),
    "day": (
        "change_day",
        A_DAY,
        A_DAY | {"hours": "8am to 11am", "public_note": "Training"},
        "10am to midday. A fair.",
    ),
    "closure": (
        "change_closure",
        CLOSURE,
        CLOSURE | {"public_note": "Painting"},
        "Sunday 29 November 2026: The roof is being mended. The whole building.",
    ),
    "price": ("set_price", PRICE, PRICE | {"amount": "20"}, "£12.50"),
    "end": (
        "end_price",
        typed_day(SOON, "ends_on"),
        typed_day(SOON - DAY, "ends_on"),
        "The whole building.",
    ),
}


@pytest.mark.parametrize("page", PAGES)
def test_the_second_is_told_who_changed_what_and_loses_nothing_that_was_typed(site, things, page):
    name, first_typed, second_typed, now_told = PAGES[page]
    numbers = {"day": [things["day"]], "closure": [things["closure"]], "end": [things["price"]]}
    address = reverse(f"spaces:{name}", args=["lee", *numbers.get(page, [])])
    first = browser(a_site_manager_of(site, name="Kwame"))
    second = browser(a_site_manager_of(site, name="Amina"))
    seen_by_second = as_shown(second, address)
    assert first.post(address, first_typed | as_shown(first, address)).status_code == 302
    stands = everything(site)

    raced = second.post(address, second_typed | seen_by_second)

    assert raced.status_code == 409
    told = words(raced)
    assert MEANWHILE in told
    assert "How it is now" in told
    assert now_told in told
    assert "Kwame changed it: Tuesday 24 November 2026, 9am" in told
    form = raced.context["form"]
    assert {name: form.data[name] for name in second_typed} == {
        name: str(value) for name, value in second_typed.items()
    }
    assert everything(site) == stands

    again = second.post(address, second_typed | {"version": form["version"].value()})

    assert again.status_code == 302
    assert everything(site) != stands


def everything(site):
    """All that is said of a site."""
    return [
        rules_of(site),
        list(DayException.objects.order_by("pk").values()),
        list(Closure.objects.order_by("pk").values()),
        list(Charge.objects.order_by("pk").values()),
    ]


@pytest.mark.parametrize("page", ["remove_day", "end_closure"])
def test_nobody_takes_away_what_they_did_not_see(site, things, page):
    thing = page.partition("_")[2]
    typed = {"remove_day": A_DAY, "end_closure": CLOSURE}[page]
    changing = reverse(f"spaces:change_{thing}", args=["lee", things[thing]])
    removing = reverse(f"spaces:{page}", args=["lee", things[thing]])
    first, second = (browser(a_site_manager_of(site)) for _number in range(2))
    seen = as_shown(second, removing)
    assert first.post(changing, typed | as_shown(first, changing)).status_code == 302

    raced = second.post(removing, seen)

    assert (raced.status_code, MEANWHILE in words(raced)) == (409, True)
    assert DayException.objects.count() == Closure.objects.count() == 1
    again = second.post(removing, {"version": raced.context["form"]["version"].value()})
    assert again.status_code == 302
    assert DayException.objects.count() + Closure.objects.count() == 1


def test_own_hours_that_somebody_changed_are_not_taken_away_unseen(site):
    own = reverse("spaces:change_space_hours", args=["lee", "lee-hall"])
    follow = reverse("spaces:follow_site_hours", args=["lee", "lee-hall"])
    first, second = (browser(a_site_manager_of(site)) for _number in range(2))
    today = typed_day(NOW.date(), "starts_on")
    first.post(own, HOURS | today | as_shown(first, own))
    seen = as_shown(second, follow)
    first.post(own, SECOND_HOURS | today | as_shown(first, own))
    stands = rules_of(site, site.spaces.get())

    raced = second.post(follow, seen)

    assert raced.status_code == 409
    assert "10am to midday and 1pm to 4pm" in words(raced)
    assert rules_of(site, site.spaces.get()) == stands != []


def test_hours_of_the_building_that_changed_are_news_to_a_room_that_follows_them(site):
    own = reverse("spaces:change_space_hours", args=["lee", "lee-hall"])
    building = reverse("spaces:change_hours", args=["lee"])
    first, second = (browser(a_site_manager_of(site)) for _number in range(2))
    seen = as_shown(second, own)
    first.post(building, HOURS | as_shown(first, building))

    assert second.post(own, HOURS | seen).status_code == 409


def test_a_page_that_lost_what_it_showed_has_seen_nothing(site, things):
    client = browser(a_site_manager_of(site))

    answers = [
        client.post(reverse("spaces:change_hours", args=["lee"]), HOURS),
        client.post(reverse("spaces:change_day", args=["lee", things["day"]]), A_DAY),
    ]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert not AuditRecord.objects.exists()


def test_what_would_leave_bookings_outside_is_asked_once_more_with_what_was_seen(site):
    """Whoever was shown the bookings is held to the hours that they saw before them, too."""
    BookingFactory(
        space=site.spaces.get(), starts_at=at(SOON, time(20)), ends_at=at(SOON, time(21))
    )
    address = reverse("spaces:change_hours", args=["lee"])
    first, second = (browser(a_site_manager_of(site)) for _number in range(2))
    asked = second.post(address, HOURS | as_shown(second, address))
    carried = dict(asked.context["typed"])
    seen = [str(one.uuid) for one in asked.context["bookings"]]
    assert carried["version"]
    wide = {f"hours_{weekday}": "8am to 11pm" for weekday in range(7)}
    wide |= typed_day(SOON, "starts_on")
    first.post(address, wide | as_shown(first, address))

    raced = second.post(address, carried | {"seen": seen})

    assert (raced.status_code, MEANWHILE in words(raced)) == (409, True)
