"""Which papers a site asks for, said by those who run it; and no booking is lost by it."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.html import strip_tags

from audit.models import AuditRecord
from spaces import services
from spaces.models import Booking, SiteRequirement
from spaces.services import papers, site_papers
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    HirerDocumentFactory,
    HirerFactory,
    SpaceFactory,
    a_manager_of,
    a_programme_worker,
    a_site_manager_of,
)
from tests.spaces.test_sites import typed_day

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
TODAY = NOW.date()
ADDRESS = "/spaces/sites/here/papers/"
MILLION = 1_000_000


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def hall():
    return SpaceFactory(name="Hall", slug="hall", site__slug="here", site__name="Lee House")


def words(response):
    return " ".join(strip_tags(response.content.decode()).split())


def asked(**changed):
    said = {"space": "all", "kind": "insurance", "min_cover_pounds": "5,000,000", "when": "always"}
    return said | typed_day(TODAY + 7 * DAY, "starts_on") | changed


def test_a_site_asks_for_a_paper_and_sees_which_bookings_would_lack_it(client, hall):
    keeper = a_site_manager_of(hall.site)
    insured, bare = HirerFactory(), HirerFactory(is_sensitive=True)
    HirerDocumentFactory(hirer=insured, kind="insurance", cover_pounds=5 * MILLION)
    before, lacks, _has = [
        BookingFactory(space=hall, hirer=hirer, state="confirmed", starts_at=NOW + days * DAY)
        for hirer, days in ((bare, 6), (bare, 8), (insured, 9))
    ]
    client.force_login(keeper)
    faulty = client.post(
        ADDRESS + "ask/", asked(min_cover_pounds="", **typed_day(TODAY - DAY, "starts_on"))
    )
    assert faulty.status_code == 422
    assert faulty.context["form"].errors == {
        "min_cover_pounds": ["Enter up to how many pounds it must pay"],
        "starts_on": ["Choose today or a later day"],
    }
    version = client.get(ADDRESS + "ask/").context["form"].initial["version"]

    shown = client.post(ADDRESS + "ask/", asked(version=version))

    assert shown.status_code == 200
    assert shown.context["bookings"] == [lacks]
    assert "1 booking would lack this paper" in words(shown)
    assert str(bare) not in words(shown)
    assert not SiteRequirement.objects.exists()
    again = client.post(ADDRESS + "ask/", asked(version=version, seen=str(lacks.uuid)), follow=True)
    assert again.redirect_chain == [(ADDRESS, 302)]
    assert (
        "Public liability insurance, at least £5,000,000. Every group. For bookings from"
        in words(again)
    )
    assert "1 booking lacks a paper on its day." in words(again)
    row = SiteRequirement.objects.get()
    assert (row.site, row.space, row.starts_on) == (hall.site, None, TODAY + 7 * DAY)
    assert set(Booking.objects.values_list("state", flat=True)) == {"confirmed"}
    assert AuditRecord.objects.get().verb == "spaces.paper_asked_for"
    assert services.what_is_missing(before) == []
    assert [one.kind for one in services.what_is_missing(lacks)] == ["insurance"]
    # Asked again, it is told so; whoever saw the page before is told what changed.
    version = client.get(ADDRESS + "ask/").context["form"].initial["version"]
    twice = client.post(ADDRESS + "ask/", asked(version=version, seen=str(lacks.uuid)))
    assert (twice.status_code, twice.context["form"].errors["kind"]) == (
        422, ["This paper is asked for by then already."],
    )  # fmt: skip
    raced = client.post(ADDRESS + "ask/", asked(version="another", kind="risk"))
    assert raced.status_code == 409
    assert "How it is now" in words(raced)
    gone = client.post(f"{ADDRESS}{row.pk}/stop/", {"version": "another"})
    assert gone.status_code == 409
    page = client.get(f"{ADDRESS}{row.pk}/stop/")
    client.post(f"{ADDRESS}{row.pk}/stop/", {"version": page.context["form"].initial["version"]})
    assert not SiteRequirement.objects.exists()
    assert services.what_is_missing(lacks) == []


def test_one_room_asks_for_more_than_the_others_from_a_day_on(client, hall):
    attic = SpaceFactory(site=hall.site, name="Attic")
    SiteRequirement.objects.create(site=hall.site, kind="insurance", min_cover_pounds=2 * MILLION)
    hirer = HirerFactory()
    HirerDocumentFactory(
        hirer=hirer, kind="insurance", cover_pounds=2 * MILLION, valid_until=TODAY + 90 * DAY
    )
    facts = {"hirer": hirer, "state": "approved"}
    bookings = {
        (space.name, days): BookingFactory(space=space, starts_at=NOW + days * DAY, **facts)
        for space in (hall, attic)
        for days in (5, 40)
    }

    services.ask_for_paper(
        hall.site, by=a_programme_worker(), now=NOW, kind="insurance", when="always",
        min_cover_pounds=5 * MILLION, space=hall, starts_on=TODAY + 30 * DAY, seen=None,
    )  # fmt: skip

    lacking = [place for place, one in bookings.items() if services.what_is_missing(one)]
    assert lacking == [("Hall", 40)]
    for (name, days), one in bookings.items():
        use = {"space": one.space}
        day = (NOW + days * DAY).date()
        found = papers.missing_for(hirer, hall.site, day, **use)
        by_answer = papers.missing_by_answer(hirer, one.space, day, people=1).always
        assert bool(found) is bool(by_answer) is ((name, days) == ("Hall", 40))
    page = words(client.get("/spaces/hall/"))
    assert "at least £2,000,000" in page
    assert "at least £5,000,000, for bookings from 24 December 2026 on" in page


def test_who_runs_another_site_asks_for_nothing_here(hall):
    other = a_site_manager_of(SpaceFactory().site)
    group = a_manager_of(HirerFactory())
    row = SiteRequirement.objects.create(site=hall.site, kind="risk")

    for who in (other, group):
        with pytest.raises(PermissionDenied):
            services.ask_for_paper(
                hall.site, by=who, now=NOW, kind="food", when="always", starts_on=TODAY, seen=None
            )
        with pytest.raises(PermissionDenied):
            services.stop_asking_for_paper(row, by=who)
    row.space = SpaceFactory()
    with pytest.raises(ValidationError):
        row.full_clean()


@pytest.mark.parametrize("how_many", [1, 3])
def test_the_page_costs_the_same_for_one_as_for_many(
    client, django_assert_num_queries, hall, how_many
):
    SiteRequirement.objects.create(site=hall.site, kind="risk", space=hall)
    for number in range(how_many):
        BookingFactory(space=hall, state="approved", starts_at=NOW + (number + 2) * DAY)
    client.force_login(a_site_manager_of(hall.site))
    client.get(ADDRESS)

    with django_assert_num_queries(18):
        page = client.get(ADDRESS)

    assert len(page.context["lacking"]) == how_many
    assert len(site_papers.asked_at(hall.site)) == 1
