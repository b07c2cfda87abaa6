"""Everybody who must agree decides, one asks first, and the group changes its plans."""

from datetime import time, timedelta

import pytest

from accounts.models import ProgrammeRole
from core.clock import at, today
from core.templatetags.dates import long_date
from spaces.models import Booking, Decision
from tests.factories.accounts import a_person_with
from tests.factories.spaces import (
    BookingFactory,
    HirerFactory,
    SiteFactory,
    SpaceFactory,
    a_member_of,
    a_programme_worker,
    a_site_manager_of,
    with_second_factor,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def site():
    site = SiteFactory(name="Lee Health Centre (demo)", slug="lee", programme_decides=True)
    SpaceFactory(site=site, name="Garden Room", slug="garden-room")
    return site


@pytest.fixture
def booking(site):
    hirer = HirerFactory(organisation__name="Tea for Carers (demo)")
    now = at(today(), time(9))
    return BookingFactory(
        space=site.spaces.get(),
        hirer=hirer,
        requested_by=a_member_of(hirer, name="Amina Example"),
        has_children=True,
        decisions=["site", "programme", "safeguarding"],
        requested_at=now - timedelta(days=1),
        starts_at=at(today() + timedelta(days=21), time(18)),
    )


def test_three_say_yes_one_asks_first_and_the_group_changes_its_plans(street, site, booking):
    keeper = a_site_manager_of(site, name="Ben Example")
    lead = with_second_factor(
        a_person_with(ProgrammeRole.Role.SAFEGUARDING_LEAD, name="Sara Example")
    )
    amina, ben = street.somebody(booking.requested_by), street.somebody(keeper)
    pat, sara = street.somebody(a_programme_worker(name="Pat Example")), street.somebody(lead)
    its_page = booking.get_absolute_url()

    # Ben asks first, and may not forget what.
    assert ben.open("/waiting/") == 200
    assert ben.press(f"main a[href='{its_page}']") == 200
    assert ben.follow("Ask the group something first") == 200
    assert ben.press("main form button[type=submit]") == 422
    assert ben.reads_each(".nhsuk-error-summary li") == ["Write your question"]
    ben.fill(question="Who looks after the children?")
    assert ben.press("main form button[type=submit]") == 200
    assert "Waiting for the answer of the group." in ben.reads()

    # Amina finds it under what needs her, and answers.
    assert amina.open("/spaces/bookings/") == 200
    assert amina.reads_each("h2")[0].startswith("Needs you")
    assert amina.follow("Answer the question") == 200
    amina.fill(answer="Two play workers with DBS checks.")
    assert amina.press("main form button[type=submit]") == 200
    assert amina.reads_each("main .app-list__title") == [
        "The people who run the site Waiting",
        "Programme staff Waiting",
        "The safeguarding lead Waiting",
    ]

    # Three people say yes, each for themselves.
    for walker, part in (
        (ben, "The people who run the site"),
        (pat, "Programme staff"),
        (sara, "The safeguarding lead"),
    ):
        assert walker.open("/waiting/") == 200
        assert walker.press(f"main a[href='{its_page}']") == 200
        assert "Two play workers with DBS checks." in walker.reads()
        assert walker.follow("Approve this booking") == 200
        assert f"You decide as: {part}." in walker.reads()
        assert walker.press("main form button[type=submit]") == 200
    booking.refresh_from_db()
    assert booking.is_promised
    assert Decision.objects.filter(outcome="approved").count() == 3

    # Amina brings more people, which is more than was agreed to.
    assert amina.open(its_page) == 200
    assert amina.follow("Change this booking") == 200
    amina.fill(attendance="99")
    assert amina.press("main form button[type=submit]") == 422
    assert amina.reads_each(".nhsuk-error-summary li") == ["This room holds 20 people."]
    amina.fill(attendance="18")
    assert amina.press("main form button[type=submit]") == 200
    assert "Waiting for a decision" in amina.reads()
    booking.refresh_from_db()
    assert (booking.state, booking.attendance) == ("requested", 18)

    # She cancels, says why, and thinks again.
    assert amina.follow("Cancel this booking") == 200
    amina.page.check("main [name=reason][value=few_people]")
    assert amina.press("main form button[type=submit]") == 200
    assert "Too few people would come." in amina.reads()
    assert amina.follow("Bring this booking back") == 200
    assert amina.press("main form button[type=submit]") == 200
    assert "Brought back. It waits for a decision again." in amina.reads("body")
    assert Booking.objects.get().reference == booking.reference

    # Ben declines it, with a reason she reads.
    assert ben.open(its_page) == 200
    assert ben.follow("Decline this request") == 200
    ben.page.check("main [name=reason][value=clinical]")
    assert ben.press("main form button[type=submit]") == 200
    assert amina.open(its_page) == 200
    assert "Needed for patient care." in amina.reads()


def test_two_who_change_one_booking_do_not_overwrite_each_other(street, site, booking):
    Decision.objects.all().delete()
    Booking.objects.update(state="confirmed", decided_at=booking.requested_at)
    keeper = a_site_manager_of(site, name="Ben Example")
    amina, ben = street.somebody(booking.requested_by), street.somebody(keeper)
    day = long_date(today() + timedelta(days=21))

    assert ben.open(f"{booking.get_absolute_url()}change/") == 200
    ben.fill(attendance="11", caller_name="Amina of the group")
    assert amina.open(f"{booking.get_absolute_url()}change/") == 200
    amina.fill(attendance="9")
    assert amina.press("main form button[type=submit]") == 200

    assert ben.press("main form button[type=submit]") == 409
    assert "Somebody changed this booking while you were looking at it" in ben.reads()
    assert f"{day}, 6pm to 8pm. 9 people." in ben.reads()
    assert ben.holds("attendance", "caller_name") == ["11", "Amina of the group"]
    assert ben.press("main form button[type=submit]") == 200
    booking.refresh_from_db()
    assert booking.attendance == 11


def test_who_runs_a_site_says_how_requests_are_decided(street, site):
    ben = street.somebody(a_site_manager_of(site))

    assert ben.open("/spaces/sites/lee/") == 200
    assert "The people who run the site and programme staff both say yes or no." in ben.reads()
    assert ben.follow("Change how requests are decided") == 200
    ben.page.check("main [name=trusts_groups][value=yes]")
    ben.page.check("main [name=competing]")
    ben.fill(horizon_weeks="many")
    assert ben.press("main form button[type=submit]") == 422
    assert ben.reads_each(".nhsuk-error-summary li") == ["Enter a whole number"]
    ben.fill(horizon_weeks="26")
    assert ben.press("main form button[type=submit]") == 200
    assert "Garden Room: several groups may ask for the same time" in ben.reads()
