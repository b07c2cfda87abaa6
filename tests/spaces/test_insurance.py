"""Which insurance a group needs, and the register of hires."""

import csv
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import AuditRecord
from core.spreadsheets import as_text
from spaces import services
from spaces.models import HirersCover, InsuranceRoute, SiteRequirement
from spaces.rules.insurance import Answers, Cover, find_way
from spaces.services import insurance
from tests.factories.accounts import UserFactory
from tests.factories.spaces import (
    NOW,
    BookingFactory,
    HirerFactory,
    SiteFactory,
    a_manager_of,
    a_member_of,
    a_programme_worker,
    a_site_manager_of,
)
from tests.forms import forms_of
from tests.racing import at_once

pytestmark = pytest.mark.django_db

MILLION = 1_000_000
INSURANCE, KEEP = "spaces:insurance", "spaces:keep_insurance_route"


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def said(**changed):
    small = {
        "is_business": False,
        "pays_somebody": False,
        "meets_elsewhere": False,
        "risks": frozenset(),
        "people": 14,
        "has_policy": False,
    }
    return Answers(**(small | changed))


OFFERED = Cover(is_offered=True, up_to=5 * MILLION, needed=2 * MILLION)


@pytest.mark.parametrize(
    ("changed", "cover", "way", "reason"),
    [
        ({}, OFFERED, "host", "pays up to £5,000,000"),
        ({"people": 100}, OFFERED, "host", "no business"),
        ({"people": 101}, OFFERED, "own", "More than 100 people come."),
        ({"is_business": True}, OFFERED, "own", "Your group is a business."),
        ({"pays_somebody": True}, OFFERED, "own", "You pay somebody"),
        ({"meets_elsewhere": True}, OFFERED, "own", "more than one place"),
        ({"risks": frozenset({"inflatables"})}, OFFERED, "own", "bouncy castle"),
        ({"risks": frozenset({"sport"})}, OFFERED, "own", "sport"),
        ({"risks": frozenset({"food"})}, OFFERED, "own", "food for the public"),
        ({"has_policy": True, "is_business": True}, OFFERED, "have", "at least £2,000,000"),
        ({}, Cover(is_offered=False), "own", "does not cover groups"),
        ({}, Cover(), "ask", "do not know yet"),
        ({}, None, "ask", "Come back when you know the site"),
        ({"has_policy": True}, None, "have", "a policy of your own"),
        (
            {},
            Cover(is_offered=True, up_to=MILLION, needed=2 * MILLION),
            "own",
            "pays up to £1,000,000, and £2,000,000 is needed",
        ),
    ],
)
def test_which_insurance_a_group_needs_and_why(changed, cover, way, reason):
    found = find_way(said(**changed), cover)

    assert found.way == way
    assert reason in " ".join(found.reasons)


def test_every_reason_against_is_told_not_the_first_alone():
    found = find_way(said(is_business=True, people=400), OFFERED)

    assert len(found.reasons) == 2


def typed(site=None, **changed):
    answers = {
        "site": getattr(site, "slug", site) or "",
        "policy": "no",
        "business": "no",
        "paid": "no",
        "elsewhere": "no",
        "people": "14",
    }
    return answers | changed


def a_site_with_cover(up_to=5 * MILLION):
    site = SiteFactory()
    HirersCover.objects.create(
        site=site,
        is_offered=bool(up_to),
        up_to_pounds=up_to or None,
        conditions="Not for parties.",
        checked_on=date(2026, 10, 1),
    )
    return site


def test_a_visitor_is_answered_by_get_and_nothing_is_kept(client):
    site = a_site_with_cover()

    page = client.get(reverse(INSURANCE), typed(site)).content.decode()

    assert "You need no insurance of your own there" in page
    assert "Not for parties." in page
    assert "Keep this for" not in page
    assert not InsuranceRoute.objects.exists()
    assert not AuditRecord.objects.exists()


def test_whoever_has_no_site_yet_is_not_sent_to_ask_one(client):
    page = client.get(reverse(INSURANCE), typed(site="")).content.decode()

    answer = page.partition('id="answer"')[2].partition("</section>")[0]
    assert "The insurance of the site may cover you" in answer
    assert "this site" not in answer
    assert "Ask the site" not in answer


def test_a_link_from_a_room_carries_its_site_and_asks_the_rest(client):
    site = a_site_with_cover()

    answer = client.get(reverse(INSURANCE), {"site": site.slug})

    assert answer.status_code == 200
    assert f'value="{site.slug}" selected' in answer.content.decode()
    assert not answer.context["form"].errors


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"policy": ""}, "policy"),
        ({"business": "perhaps"}, "business"),
        ({"people": "0"}, "people"),
        ({"people": "many"}, "people"),
        ({"site": "no-such-site"}, "site"),
        ({"risks": "dragons"}, "risks"),
    ],
)
def test_a_bad_answer_comes_back_with_422(client, changed, field):
    answer = client.get(reverse(INSURANCE), typed() | changed)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]


def test_each_question_left_open_is_named_in_the_summary(client):
    errors = client.get(reverse(INSURANCE), {"people": "12"}).context["form"].errors

    assert {name: list(words) for name, words in errors.items()} == {
        "policy": ["Say whether your group has insurance of its own"],
        "business": ["Say whether your group is a business"],
        "paid": ["Say whether anybody is paid for work"],
        "elsewhere": ["Say whether you meet in more than one place"],
    }


def test_a_site_that_is_not_published_is_not_named(client):
    hidden = SiteFactory(is_published=False, name="Hidden House (demo)")

    page = client.get(reverse(INSURANCE))
    asked = client.get(reverse(INSURANCE), typed(hidden))

    assert "Hidden House" not in page.content.decode()
    assert asked.status_code == 422


def test_a_manager_keeps_the_answer_with_the_group(client):
    hirer, site = HirerFactory(), a_site_with_cover()
    manager = a_manager_of(hirer)
    client.force_login(manager)
    shown = client.get(reverse(INSURANCE), typed(site)).content.decode()
    [form] = [one for one in forms_of(shown) if one.method == "post"]

    kept = client.post(form.action, form.held(), follow=True)

    route = InsuranceRoute.objects.get()
    assert f"Keep this for {hirer}" in shown
    assert (route.hirer, route.site, route.route, route.chosen_on, route.chosen_by) == (
        hirer,
        site,
        "host",
        NOW.date(),
        manager,
    )
    assert f"{site}: the site’s cover for groups" in kept.content.decode()
    assert AuditRecord.objects.about(hirer).get().verb == "spaces.insurance_route_kept"


def test_what_is_kept_is_worked_out_here_and_not_sent(client):
    hirer, site = HirerFactory(), a_site_with_cover()
    client.force_login(a_manager_of(hirer))

    client.post(
        reverse(KEEP), typed(site, hirer=hirer.organisation.slug, business="yes", route="host")
    )

    assert InsuranceRoute.objects.get().route == "own"


def test_a_later_answer_takes_the_place_of_the_earlier_one():
    hirer, site = HirerFactory(), a_site_with_cover()
    manager = a_manager_of(hirer)

    for answers in (said(), said(pays_somebody=True)):
        insurance.keep_insurance_route(hirer, site, answers, by=manager, now=NOW)

    assert InsuranceRoute.objects.get().route == "own"


@pytest.mark.parametrize(
    ("who", "status"), [("member", 403), ("staff", 403), ("another group", 404), ("nobody", 404)]
)
def test_nobody_else_keeps_an_answer_for_a_group(client, who, status):
    hirer, site = HirerFactory(), a_site_with_cover()
    client.force_login(
        {
            "member": lambda: a_member_of(hirer),
            "staff": a_programme_worker,
            "another group": lambda: a_manager_of(HirerFactory()),
            "nobody": UserFactory,
        }[who]()
    )

    answer = client.post(reverse(KEEP), typed(site, hirer=hirer.organisation.slug))

    assert answer.status_code == status
    assert not InsuranceRoute.objects.exists()


def test_an_answer_without_a_site_is_not_kept(client):
    hirer = HirerFactory()
    client.force_login(a_manager_of(hirer))

    answer = client.post(reverse(KEEP), typed(policy="yes", hirer=hirer.organisation.slug))

    assert answer.status_code == 422
    assert not InsuranceRoute.objects.exists()


def test_while_the_site_has_to_be_asked_nothing_is_kept():
    hirer = HirerFactory()

    with pytest.raises(ValidationError, match="Ask the site first"):
        insurance.keep_insurance_route(
            hirer, SiteFactory(), said(), by=a_manager_of(hirer), now=NOW
        )
    with pytest.raises(PermissionDenied):
        insurance.keep_insurance_route(hirer, SiteFactory(), said(), by=UserFactory(), now=NOW)


def test_a_group_is_covered_by_one_site_and_by_no_other_while_it_has_bookings_there(client):
    hirer, first, second = HirerFactory(), a_site_with_cover(), a_site_with_cover()
    manager = a_manager_of(hirer)
    insurance.keep_insurance_route(hirer, first, said(), by=manager, now=NOW)
    ahead = BookingFactory(hirer=hirer, space__site=first)
    client.force_login(manager)
    post = typed(second, hirer=hirer.organisation.slug)

    refused = client.post(reverse(KEEP), post)

    page = refused.content.decode()
    assert refused.status_code == 422
    assert f"Your group has bookings at {first}, whose insurance covers it." in page
    assert 'value="14"' in page
    assert [route.site for route in InsuranceRoute.objects.all()] == [first]
    insurance.keep_insurance_route(
        hirer, second, said(has_policy=True), by=manager, now=NOW
    )  # its own

    services.cancel_by_hirer(ahead, by=manager, now=NOW, reason="another_room")
    assert client.post(reverse(KEEP), post).status_code == 302

    route = InsuranceRoute.objects.get()
    assert (route.site, route.route) == (second, "host")


def test_cover_that_ran_out_elsewhere_is_in_nobodys_way():
    hirer, first, second = HirerFactory(), a_site_with_cover(), a_site_with_cover()
    manager = a_manager_of(hirer)
    insurance.keep_insurance_route(hirer, first, said(), by=manager, now=NOW - timedelta(days=366))
    BookingFactory(hirer=hirer, space__site=first)

    insurance.keep_insurance_route(hirer, second, said(), by=manager, now=NOW)

    assert InsuranceRoute.objects.filter(site=second, route="host").exists()


@pytest.mark.django_db(transaction=True)
def test_two_managers_who_keep_two_sites_at_once_leave_one():
    hirer, sites = HirerFactory(), [a_site_with_cover(), a_site_with_cover()]
    manager = a_manager_of(hirer)
    for site in sites:
        BookingFactory(hirer=hirer, space__site=site)

    done = at_once(
        *[
            lambda site=site: insurance.keep_insurance_route(
                hirer, site, said(), by=manager, now=NOW
            )
            for site in sites
        ]
    )

    assert sorted(done) == ["done", "elsewhere"]
    assert InsuranceRoute.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_managers_who_keep_an_answer_at_once_leave_one():
    hirer, site = HirerFactory(), a_site_with_cover()
    managers = [a_manager_of(hirer), a_manager_of(hirer)]

    done = at_once(
        *[
            lambda one=one: insurance.keep_insurance_route(hirer, site, said(), by=one, now=NOW)
            for one in managers
        ]
    )

    assert done == ["done", "done"]
    assert InsuranceRoute.objects.count() == 1


def test_the_sum_a_site_asks_for_is_in_the_answer():
    site = a_site_with_cover(MILLION)
    SiteRequirement.objects.create(kind="insurance", min_cover_pounds=2 * MILLION)

    assert insurance.find_way(said(), site).way == "own"


# --- The register of hires ---------------------------------------------------------------------------


def rows(answer):
    text = answer.content.decode("utf-8-sig")
    return list(csv.reader(StringIO(text)))


def a_hire(site=None, **facts):
    starts = facts.pop("starts_at", NOW - timedelta(days=7))
    where = {"space__site": site} if site else {}
    return BookingFactory(
        state=facts.pop("state", "confirmed"),
        starts_at=starts,
        ends_at=starts + timedelta(hours=2),
        **where,
        **facts,
    )


def register(client, site, year=2026):
    return client.get(reverse("spaces:hire_register", args=[site.slug, year]))


def test_the_register_names_who_hired_and_how_long(client):
    hire = a_hire(hirer__organisation__name="Tea (demo)")
    site = hire.space.site
    a_hire(site, state="cancelled_by_hirer", starts_at=NOW - timedelta(days=3))
    a_hire(site, state="requested", starts_at=NOW - timedelta(days=4))
    a_hire(site, state="approved", starts_at=NOW - timedelta(days=6))
    a_hire(site, starts_at=NOW + timedelta(days=4))
    a_hire(starts_at=NOW - timedelta(days=5))  # elsewhere
    client.force_login(a_site_manager_of(site))

    answer = register(client, site)

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert f"hires-{site.slug}-2026.csv" in answer["Content-Disposition"]
    assert rows(answer) == [
        ["Day", "From", "To", "Hours", "Room", "Group", "People", "Reference"],
        ["2026-11-17", "09:00", "11:00", "2", hire.space.name, "Tea (demo)", "12", hire.reference],
    ]


def test_a_private_group_stands_in_it_without_its_name(client):
    hire = a_hire(hirer__is_sensitive=True, hirer__organisation__name="Secret Supper (demo)")
    client.force_login(a_site_manager_of(hire.space.site))

    answer = register(client, hire.space.site)

    assert "Secret" not in answer.content.decode()
    assert rows(answer)[1][5] == "A group that asks for privacy"


def test_a_year_is_that_of_london_and_the_night_of_the_clocks_has_its_real_hours(client):
    new_year = datetime(2026, 1, 1, 0, 0, tzinfo=UTC)
    hire = a_hire(starts_at=new_year)
    site = hire.space.site
    a_hire(site, starts_at=datetime(2025, 12, 31, 23, 0, tzinfo=UTC))
    clocks = a_hire(site, starts_at=datetime(2026, 10, 24, 23, 0, tzinfo=UTC))
    clocks.ends_at = clocks.starts_at + timedelta(hours=4)
    clocks.save()
    client.force_login(a_site_manager_of(site))

    shown = [row[:4] for row in rows(register(client, site))[1:]]

    assert shown == [
        ["2026-01-01", "00:00", "02:00", "2"],
        ["2026-10-25", "00:00", "03:00", "4"],
    ]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+44 20 7946 0000", "'+44 20 7946 0000"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("＝1", "'＝1"),
        ("＋1", "'＋1"),
        (" =1", "' =1"),
        ("|calc", "'|calc"),
        ("Tea = talk", "Tea = talk"),
        (12, "12"),
    ],
)
def test_a_cell_opens_as_text(typed, shown):
    assert as_text(typed) == shown


def test_a_name_that_is_a_formula_opens_as_text(client):
    hire = a_hire(hirer__organisation__name='=HYPERLINK("http://evil.example","Tea")')
    client.force_login(a_site_manager_of(hire.space.site))

    assert rows(register(client, hire.space.site))[1][5].startswith("'=HYPERLINK")


@pytest.mark.parametrize(
    ("who", "status"),
    [("site", 200), ("staff", 200), ("another site", 404), ("group", 404), ("nobody", 404)],
)
def test_the_register_is_for_those_who_run_the_site(client, who, status):
    hire = a_hire()
    client.force_login(
        {
            "site": lambda: a_site_manager_of(hire.space.site),
            "staff": a_programme_worker,
            "another site": lambda: a_site_manager_of(SiteFactory()),
            "group": lambda: a_manager_of(hire.hirer),
            "nobody": UserFactory,
        }[who]()
    )

    assert register(client, hire.space.site).status_code == status


@pytest.mark.parametrize("year", [0, 1999, 2200, 99999999, 99999999999])
def test_a_year_that_never_was_has_no_register(client, year):
    hire = a_hire()
    client.force_login(a_site_manager_of(hire.space.site))

    assert register(client, hire.space.site, year).status_code == 404


def test_the_register_costs_the_same_for_one_hire_as_for_many(client):
    site = a_hire().space.site
    client.force_login(a_site_manager_of(site))

    def cost():
        with CaptureQueriesContext(connection) as asked:
            register(client, site)
        return len(asked)

    before = cost()
    for days in (1, 2, 3):
        a_hire(site, starts_at=NOW - timedelta(days=days))

    assert cost() == before


def test_whoever_runs_sites_finds_their_registers_and_nobody_elses(client):
    mine, other = SiteFactory(), SiteFactory()
    client.force_login(a_site_manager_of(mine))

    page = client.get(reverse("spaces:hire_registers")).content.decode()

    assert reverse("spaces:hire_register", args=[mine.slug, 2026]) in page
    assert other.slug not in page
