"""Which papers are asked for, and which are missing on a day."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from spaces import services
from spaces.models import HirersCover, InsuranceRoute, PeopleCheck, SiteRequirement
from spaces.rules import papers as rules
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    HirerDocumentFactory,
    HirerFactory,
    SiteFactory,
    SpaceFactory,
    a_manager_of,
    a_programme_worker,
    a_site_manager_of,
)

pytestmark = pytest.mark.django_db

DAY = date(2026, 12, 15)
MILLION = 1_000_000


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def asks(site=None, kind="insurance", when="always", least=None):
    return SiteRequirement.objects.create(site=site, kind=kind, when=when, min_cover_pounds=least)


def kinds(found):
    return [str(one.kind) for one in found]


def test_a_site_that_asks_for_nothing_misses_nothing():
    assert services.papers.missing_for(HirerFactory(), SiteFactory(), DAY) == []


@pytest.mark.parametrize("who", ["children", "adults_at_risk"])
def test_nobody_meets_people_at_risk_without_a_safeguarding_policy_whatever_the_tables_say(who):
    hirer, site = HirerFactory(), SiteFactory()

    before = services.papers.missing_for(hirer, site, DAY, **{who: True})
    HirerDocumentFactory(hirer=hirer, kind="safeguarding")

    assert kinds(before) == ["safeguarding"]
    assert before[0].why == "Asked because children or adults at risk come."
    assert services.papers.missing_for(hirer, site, DAY, **{who: True}) == []


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, None),
        ({"valid_until": DAY}, None),
        (
            {"valid_until": DAY - timedelta(days=1)},
            "Public liability insurance: its last day is 14 December 2026.",
        ),
        (
            {"valid_from": DAY + timedelta(days=1)},
            "Public liability insurance: its first day is 16 December 2026.",
        ),
        (
            {"state": "waiting"},
            "Public liability insurance: it is sent, and programme staff still have to check it.",
        ),
        ({"state": "refused"}, "Public liability insurance: not sent to us yet, or not accepted."),
        (
            {"cover_pounds": MILLION},
            "Public liability insurance: it pays up to £1,000,000, and £2,000,000 is needed.",
        ),
        ({"kind": "risk"}, "Public liability insurance: not sent to us yet, or not accepted."),
    ],
)
def test_a_paper_counts_when_it_holds_on_the_day_of_the_booking(facts, words):
    site = SiteFactory()
    asks(site, least=2 * MILLION)
    paper = HirerDocumentFactory(**facts)

    found = services.papers.missing_for(paper.hirer, site, DAY)

    assert [one.words for one in found] == ([words] if words else [])
    if words:
        assert found[0].why == f"{site} asks every group for it."


def test_an_insurance_that_was_replaced_still_counts_until_its_own_last_day():
    site = SiteFactory()
    asks(site)
    old = HirerDocumentFactory(valid_until=DAY, replaced_on=NOW.date())
    HirerDocumentFactory(
        hirer=old.hirer, valid_from=DAY + timedelta(days=1), valid_until=DAY + timedelta(days=366)
    )

    found = [
        services.papers.missing_for(old.hirer, site, DAY + timedelta(days=days))
        for days in (0, 1, 366, 367)
    ]

    assert [bool(one) for one in found] == [False, False, False, True]


def test_what_every_site_asks_and_what_this_one_asks_add_up_to_the_higher_sum():
    site, other = SiteFactory(), SiteFactory()
    asks(None, least=MILLION)
    asks(site, least=9 * MILLION)
    paper = HirerDocumentFactory(cover_pounds=5 * MILLION)

    here = services.papers.missing_for(paper.hirer, site, DAY)
    there = services.papers.missing_for(paper.hirer, other, DAY)

    assert (len(here), there) == (1, [])
    assert "£9,000,000 is needed" in here[0].words


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        ({}, ["insurance"]),
        ({"food": True}, ["insurance", "food"]),
        ({"children": True}, ["insurance", "safeguarding", "people_check"]),
        (
            {"adults_at_risk": True, "food": True},
            ["insurance", "safeguarding", "people_check", "food"],
        ),
    ],
)
def test_what_is_asked_depends_on_what_the_booking_is_like(use, expected):
    site = SiteFactory()
    asks(site)
    asks(None, "food", "food")
    asks(site, "people_check", "at_risk")

    assert kinds(services.papers.missing_for(HirerFactory(), site, DAY, **use)) == expected


@pytest.mark.parametrize(
    ("seen_on", "is_missing"),
    [(None, True), (DAY - timedelta(days=3 * 365), False), (DAY - timedelta(days=1096), True)],
)
def test_dbs_certificates_that_staff_saw_count_for_three_years(seen_on, is_missing):
    site, hirer = SiteFactory(), HirerFactory()
    asks(site, "people_check")
    if seen_on:
        PeopleCheck.objects.create(hirer=hirer, level="enhanced", people=2, seen_on=seen_on)

    assert bool(services.papers.missing_for(hirer, site, DAY)) == is_missing


@pytest.mark.parametrize(
    ("chosen", "cover", "is_missing"),
    [
        (DAY - timedelta(days=20), 2 * MILLION, False),
        (DAY - timedelta(days=366), 2 * MILLION, True),
        (DAY - timedelta(days=20), MILLION, True),
        (DAY - timedelta(days=20), None, True),
        (None, 2 * MILLION, True),
    ],
    ids=["covered", "answered too long ago", "pays too little", "no longer offered", "own way"],
)
def test_the_sites_own_cover_counts_for_a_group_that_goes_that_way(chosen, cover, is_missing):
    site, hirer = SiteFactory(), HirerFactory()
    asks(site, least=2 * MILLION)
    HirersCover.objects.create(
        site=site, is_offered=cover is not None, up_to_pounds=cover, checked_on=NOW.date()
    )
    InsuranceRoute.objects.create(
        hirer=hirer,
        site=site,
        route="host" if chosen else "own",
        chosen_on=chosen or NOW.date(),
    )

    assert bool(services.papers.missing_for(hirer, site, DAY)) == is_missing


@pytest.mark.parametrize(
    ("use", "why_not"),
    [
        ({"people": 100}, ""),
        ({"people": 101}, "More than 100 people come."),
        ({"food": True}, "Food is made or served."),
        ({"children": True}, ""),
    ],
)
@pytest.mark.parametrize("has_policy", [False, True])
def test_the_sites_own_cover_does_not_count_for_a_use_that_it_excludes(use, why_not, has_policy):
    site, hirer = SiteFactory(), HirerFactory()
    asks(site)
    HirersCover.objects.create(
        site=site, is_offered=True, up_to_pounds=5 * MILLION, checked_on=NOW.date()
    )
    InsuranceRoute.objects.create(hirer=hirer, site=site, route="host", chosen_on=NOW.date())
    if has_policy:
        HirerDocumentFactory(hirer=hirer)

    found = services.papers.missing_for(hirer, site, DAY, **use)

    words = [one.words for one in found if one.kind == "insurance"]
    assert len(words) == bool(why_not and not has_policy)
    for told in words:
        assert "Public liability insurance: not sent to us yet, or not accepted." in told
        assert "The site’s own insurance does not count here:" in told
        assert why_not in told


def test_the_cover_of_one_site_is_not_that_of_another():
    site, other, hirer = SiteFactory(), SiteFactory(), HirerFactory()
    asks(None)
    for one in (site, other):
        HirersCover.objects.create(
            site=one, is_offered=True, up_to_pounds=MILLION, checked_on=NOW.date()
        )
    InsuranceRoute.objects.create(hirer=hirer, site=site, route="host", chosen_on=NOW.date())

    assert services.papers.missing_for(hirer, site, DAY) == []
    assert kinds(services.papers.missing_for(hirer, other, DAY)) == ["insurance"]


def test_the_words_of_a_private_group_do_not_name_it():
    hirer = HirerFactory(is_sensitive=True, organisation__name="Secret Supper (demo)")
    site = SiteFactory()
    asks(site)

    [one] = services.papers.missing_for(hirer, site, DAY)

    assert "Secret" not in one.words + one.why


@pytest.mark.parametrize("how_many", [1, 6])
def test_looking_for_what_is_missing_costs_the_same_for_one_paper_as_for_many(how_many):
    hirer, site = HirerFactory(), SiteFactory()
    asks(site)
    asks(None, "risk")
    HirerDocumentFactory.create_batch(how_many, hirer=hirer)

    with CaptureQueriesContext(connection) as asked:
        services.papers.missing_for(hirer, site, DAY, children=True)

    assert len(asked) == 4
    assert not any('"content"' in query["sql"] for query in asked)


def test_two_rows_do_not_ask_the_same_not_even_of_every_site():
    asks(None)

    with pytest.raises(IntegrityError, match="asks_for_a_paper_once"), transaction.atomic():
        asks(None)
    with pytest.raises(IntegrityError, match="only_an_insurance"), transaction.atomic():
        asks(None, "risk", least=MILLION)


def test_the_page_of_a_space_says_what_papers_you_need(client):
    space = SpaceFactory()
    asks(space.site, least=5 * MILLION)
    asks(None, "food", "food")
    asks(SiteFactory(), "equality")

    page = client.get(space.get_absolute_url()).content.decode()

    needed = page.partition('id="papers"')[2].partition("</section>")[0]
    assert "at least £5,000,000" in needed
    assert "Food hygiene certificate" in needed
    assert "Safeguarding policy" in needed
    assert "Equality" not in needed


def test_the_same_kind_is_shown_once_with_the_higher_sum():
    site = SiteFactory()
    asks(None, least=MILLION)
    asks(site, least=5 * MILLION)

    always = services.papers.asked_for(SpaceFactory(site=site), today=DAY)[0]

    assert [one.min_cover_pounds for one in always.papers] == [5 * MILLION]
    assert rules.needed(SiteRequirement.objects.of_site(site), rules.Use(DAY)) == always.papers


def papers_page(booking):
    return reverse("spaces:booking_papers", args=[booking.uuid])


def test_whoever_decides_sees_what_is_there_and_what_is_missing_on_that_day(client):
    booking = BookingFactory()
    asks(booking.space.site, "risk")
    insurance = HirerDocumentFactory(hirer=booking.hirer)
    client.force_login(a_site_manager_of(booking.space.site))

    page = client.get(papers_page(booking)).content.decode()

    assert "Risk assessment: not sent to us yet, or not accepted." in page
    assert insurance.get_absolute_url() in page


def test_a_private_group_is_not_named_on_that_page_and_its_papers_are_not_linked(client):
    booking = BookingFactory(
        hirer__is_sensitive=True, hirer__organisation__name="Secret Supper (demo)"
    )
    paper = HirerDocumentFactory(hirer=booking.hirer)
    client.force_login(a_site_manager_of(booking.space.site))

    page = client.get(papers_page(booking)).content.decode()

    assert "Secret Supper" not in page
    assert str(paper.uuid) not in page
    assert "Programme staff look at them for you." in page


@pytest.mark.parametrize(
    ("who", "status"), [("group", 200), ("staff", 200), ("site", 200), ("other", 404)]
)
def test_the_papers_of_a_booking_are_for_those_who_see_the_booking(client, who, status):
    booking = BookingFactory()
    client.force_login(
        {
            "group": lambda: a_manager_of(booking.hirer),
            "staff": a_programme_worker,
            "site": lambda: a_site_manager_of(booking.space.site),
            "other": lambda: a_site_manager_of(SiteFactory()),
        }[who]()
    )

    assert client.get(papers_page(booking)).status_code == status


def test_the_papers_of_a_booking_cost_the_same_for_one_as_for_many(client):
    booking = BookingFactory()
    client.force_login(a_site_manager_of(booking.space.site))

    def cost():
        with CaptureQueriesContext(connection) as asked:
            assert client.get(papers_page(booking)).status_code == 200
        return len(asked)

    HirerDocumentFactory(hirer=booking.hirer)
    before = cost()
    HirerDocumentFactory.create_batch(4, hirer=booking.hirer)

    assert cost() == before
