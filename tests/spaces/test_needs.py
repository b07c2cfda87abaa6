"""What a group needs: saved once by its people, answered by rooms, read by few."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import ProgrammeRole
from anchors.models import Mandate
from audit.models import AuditRecord
from spaces.models import AccessFact, Booking
from spaces.rules import access
from tests.factories.accounts import a_person_with
from tests.factories.spaces import (
    BookingFactory,
    HirerFactory,
    SpaceFactory,
    a_manager_of,
    a_member_of,
    a_programme_worker,
    a_site_manager_of,
    with_second_factor,
)
from tests.spaces.test_space_page import page, words

pytestmark = pytest.mark.django_db

SAID = {
    "access_needs": ["step_free", "hearing_loop"],
    "communication_needs": "Write, do not ring.",
}


@pytest.fixture
def hirer():
    return HirerFactory()


def needs_page(hirer):
    return reverse("spaces:hirer_needs", args=[hirer.organisation.slug])


def a_fact(space, key, value, **facts):
    day = None if value == "not_checked" else date(2026, 9, 14)
    return AccessFact.objects.create(
        site=space.site, key=key, value=value, surveyed_on=day, **facts
    )


# --- Saying it -----------------------------------------------------------------------------------


def test_a_member_says_once_what_the_group_needs_and_the_record_does_not_repeat_it(client, hirer):
    member = a_member_of(hirer)
    client.force_login(member)

    answer = client.post(needs_page(hirer), SAID)

    hirer.refresh_from_db()
    assert answer.status_code == 302
    assert hirer.access_needs == ["step_free", "hearing_loop"]
    assert hirer.communication_needs == "Write, do not ring."
    happened = AuditRecord.objects.get(verb="spaces.hirer_needs_changed")
    assert (happened.subject_id, happened.actor, happened.detail) == (str(hirer.pk), member, {})
    said = words(client.get(hirer.get_absolute_url()))
    assert "A room must have Step-free way in, Hearing loop" in said
    assert "Write, do not ring." in said


def test_a_bad_answer_changes_nothing_and_is_shown_again(client, hirer):
    client.force_login(a_member_of(hirer))

    answer = client.post(
        needs_page(hirer), {"access_needs": ["a pool"], "communication_needs": "x" * 401}
    )

    hirer.refresh_from_db()
    assert answer.status_code == 422
    assert "Choose from the list what a room must have" in words(answer)
    assert "Use 400 characters or fewer" in words(answer)
    assert "x" * 401 in answer.content.decode()
    assert (hirer.access_needs, hirer.communication_needs) == ([], "")


@pytest.mark.parametrize(
    ("chosen", "status", "said"),
    [
        ([], 422, "Choose what a room must have, or “None of these”"),
        (["lift", "none"], 422, "Choose what a room must have, or “None of these”, not both"),
        (["none"], 302, ""),
    ],
)
def test_needing_nothing_is_said_and_not_left_out(client, chosen, status, said):
    hirer = HirerFactory(access_needs=["wifi"])
    client.force_login(a_member_of(hirer))

    answer = client.post(needs_page(hirer), {"access_needs": chosen})

    hirer.refresh_from_db()
    assert answer.status_code == status
    assert said in words(answer)
    assert hirer.access_needs == ([] if status == 302 else ["wifi"])


@pytest.mark.parametrize(
    ("who", "status"),
    [(a_programme_worker, 403), (lambda: a_member_of(HirerFactory()), 404)],
    ids=["programme staff", "another group"],
)
def test_nobody_else_says_it_for_them(client, hirer, who, status):
    client.force_login(who())

    assert client.get(needs_page(hirer)).status_code == status
    assert client.post(needs_page(hirer), SAID).status_code == status
    hirer.refresh_from_db()
    assert hirer.access_needs == []


# --- Does this work for us? ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["yes", "yes"], "Yes: everything your group needs is there."),
        (["yes", "not_checked"], "Perhaps: 1 thing your group needs is not yet checked."),
        ([], "Perhaps: 2 things your group needs are not yet checked."),
        (["no", "not_checked"], "Not as it is: 1 thing your group needs is not there."),
        (["no", "no"], "Not as it is: 2 things your group needs are not there."),
    ],
)
def test_one_sentence_says_whether_a_space_works(values, said):
    needs = ["step_free", "hearing_loop"]
    facts = {
        key: AccessFact(key=key, value=value) for key, value in zip(needs, values, strict=False)
    }

    assert access.summed_up(access.answers_to(needs, facts)).startswith(said)


def test_the_page_answers_each_need_of_the_readers_group(client):
    hirer = HirerFactory(access_needs=["step_free", "lift", "wifi"])
    hall = SpaceFactory()
    a_fact(hall, "step_free", "yes", note="By a ramp")
    a_fact(hall, "lift", "no")
    client.force_login(a_member_of(hirer))

    said = words(page(client, hall))

    assert f"Does this work for {hirer}?" in said
    assert "Not as it is: 1 thing your group needs is not there." in said
    assert "Step-free way in By a ramp Yes Lift No Wi-Fi Not yet checked" in said


def test_a_reader_with_several_groups_chooses_one(client):
    first, second = HirerFactory(), HirerFactory(access_needs=["lift"])
    third = HirerFactory(access_needs=["wifi"])
    person = a_member_of(first)
    for one in (second, third):
        Mandate.objects.create(
            user=person, organisation=one.organisation, kind="member", starts_on="2020-01-01"
        )
    hall = SpaceFactory()
    client.force_login(person)

    by_itself = page(client, hall)
    chosen = page(client, hall, group=third.pk)
    of_others = page(client, hall, group=HirerFactory(access_needs=["lift"]).pk)

    assert by_itself.context["works"]["hirer"] == second
    assert chosen.context["works"]["hirer"] == third
    assert of_others.context["works"]["hirer"] == second
    assert f'href="?group={third.pk}#access"' in by_itself.content.decode()


def test_whoever_has_no_group_is_asked_nothing(client):
    hall = SpaceFactory()
    HirerFactory(access_needs=["lift"])

    assert "Does this work for" not in words(page(client, hall))
    client.force_login(a_programme_worker())
    assert "Does this work for" not in words(page(client, hall))


def test_a_group_that_saved_nothing_is_shown_where_to(client, hirer):
    client.force_login(a_member_of(hirer))

    assert f'href="{needs_page(hirer)}"' in page(client, SpaceFactory()).content.decode()


def test_the_answer_costs_one_query_however_many_groups(client):
    person = a_member_of(HirerFactory(access_needs=["lift"]))
    hall = SpaceFactory()
    client.force_login(person)
    counted = []
    for _number in range(2):
        with CaptureQueriesContext(connection) as queries:
            page(client, hall)
        counted.append(len(queries))
        for _more in range(3):
            Mandate.objects.create(
                user=person,
                organisation=HirerFactory(access_needs=["wifi"]).organisation,
                kind="member",
                starts_on="2020-01-01",
            )

    assert counted[0] == counted[1]


# --- In the search -------------------------------------------------------------------------------


def test_the_search_offers_the_saved_needs_as_a_link_that_keeps_what_was_asked(client):
    hirer = HirerFactory(access_needs=["step_free", "lift"])
    client.force_login(a_member_of(hirer))

    found = client.get(reverse("spaces:spaces"), {"people": "12", "need": "lift"})

    [saved] = found.context["saved_needs"]
    assert saved["url"] == "?people=12&need=lift&need=step_free"
    assert "Use our saved needs" in words(found)
    followed = client.get(reverse("spaces:spaces") + saved["url"])
    assert followed.context["wish"].needs == ("lift", "step_free")
    assert followed.context["wish"].people == 12


def test_a_visitor_and_a_group_without_needs_see_no_such_link(client, hirer):
    assert "saved needs" not in words(client.get(reverse("spaces:spaces")))
    client.force_login(a_member_of(hirer))
    assert "saved needs" not in words(client.get(reverse("spaces:spaces")))


# --- Who reads it --------------------------------------------------------------------------------


def test_whoever_decides_about_a_request_reads_the_groups_needs_while_it_may_still_come(client):
    hirer = HirerFactory(**SAID)
    soon = timezone.now() + timedelta(days=7)
    coming = BookingFactory(hirer=hirer, starts_at=soon, ends_at=soon + timedelta(hours=1))
    later = soon + timedelta(days=1)
    declined = BookingFactory(
        hirer=hirer,
        space=coming.space,
        state=Booking.State.DECLINED,
        starts_at=later,
        ends_at=later + timedelta(hours=1),
    )
    gone = timezone.now() - timedelta(days=7)
    over = BookingFactory(
        hirer=hirer,
        space=coming.space,
        state=Booking.State.APPROVED,
        starts_at=gone,
        ends_at=gone + timedelta(hours=1),
    )
    client.force_login(a_site_manager_of(coming.space.site))

    def reads(booking):
        said = words(client.get(booking.get_absolute_url()))
        return "Step-free way in, Hearing loop" in said and "Write, do not ring." in said

    assert [reads(one) for one in (coming, declined, over)] == [True, False, False]
    client.force_login(a_manager_of(hirer))
    assert [reads(one) for one in (coming, declined, over)] == [True, True, True]


def test_others_who_may_see_the_group_do_not_read_its_needs(client):
    hirer = HirerFactory(**SAID)
    pages = {}
    for role in (ProgrammeRole.Role.PROGRAMME_LEAD, ProgrammeRole.Role.PROGRAMME_STAFF):
        client.force_login(with_second_factor(a_person_with(role)))
        answer = client.get(hirer.get_absolute_url())
        assert answer.status_code == 200
        pages[role] = "Write, do not ring." in words(answer)

    assert list(pages.values()) == [False, True]
