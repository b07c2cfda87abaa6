"""Conditions of hire: which hold where, who writes them, and what a group has accepted for good."""

from datetime import timedelta
from time import thread_time

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import ProgrammeRole
from audit.models import AuditRecord
from spaces.models import AgreementVersion, HireAgreement
from spaces.models.agreements import hash_of_text
from spaces.rules import agreements as rules
from spaces.services import agreements
from tests.factories.accounts import UserFactory, a_person_with
from tests.factories.spaces import (
    NOW,
    AgreementVersionFactory,
    BookingFactory,
    HirerFactory,
    SiteFactory,
    SpaceFactory,
    a_manager_of,
    a_member_of,
    a_programme_worker,
    a_site_manager_of,
)
from tests.racing import at_once

pytestmark = pytest.mark.django_db

WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def booking():
    return BookingFactory()


@pytest.fixture
def member(booking):
    return a_member_of(booking.hirer, name="Amina Example", email="amina@example.org")


def accept(booking, by, version, **changed):
    facts = {"name": "Amina Example", "role": "Chair", "now": NOW} | changed
    return agreements.accept(booking, by=by, version=version, **facts)


def code_of(deed):
    with pytest.raises(ValidationError) as refusal:
        deed()
    return refusal.value.code


# --- Which hold ---------------------------------------------------------------------------------


def test_the_newest_of_the_site_holds_there_and_the_newest_of_every_site_elsewhere():
    site, other = SiteFactory(), SiteFactory()
    assert agreements.in_force_at(site) is None

    AgreementVersionFactory(number=1)
    for_all = AgreementVersionFactory(number=2)
    AgreementVersionFactory(number=3, published_at=None)
    AgreementVersionFactory(number=1, site=site)
    of_site = AgreementVersionFactory(number=2, site=site)
    AgreementVersionFactory(number=3, site=site, published_at=None)

    assert agreements.in_force_at(site) == of_site
    assert agreements.in_force_at(other) == for_all
    assert agreements.in_force_at(None) == for_all
    assert agreements.sites_with_their_own() == [site]


# --- What Postgres promises ---------------------------------------------------------------------


def test_a_number_is_given_once_for_a_site_and_once_for_every_site():
    site = SiteFactory()
    AgreementVersionFactory(number=1)
    AgreementVersionFactory(number=1, site=site)

    for where in (None, site):
        with pytest.raises(IntegrityError, match="has_a_number_of_its_own"), transaction.atomic():
            AgreementVersionFactory(number=1, site=where)


def test_one_draft_is_written_at_a_time():
    AgreementVersionFactory(published_at=None)

    with pytest.raises(IntegrityError, match="is_written_at_a_time"):
        AgreementVersionFactory(published_at=None)


def test_a_published_version_has_a_person():
    with pytest.raises(IntegrityError, match="a_published_version_has_a_person_and_a_time"):
        AgreementVersionFactory(published_by=None)


@pytest.mark.parametrize("text", ["Forged", "Wörter, “mit” Strichen – 日本\n"])
def test_postgres_refuses_a_version_whose_hash_is_not_of_its_text(text):
    AgreementVersionFactory(text=text)

    with pytest.raises(IntegrityError, match="the_hash_of_a_version_is_of_its_text"):
        AgreementVersionFactory(text=text, sha256=hash_of_text(text + " "))


def test_postgres_refuses_a_forged_agreement_written_in_sql(booking, member):
    accept(booking, member, AgreementVersionFactory())
    another = BookingFactory()
    forged = """
        INSERT INTO spaces_hireagreement (booking_id, version_number, of_site, title, text, sha256,
            accepted_name, accepted_role, accepted_by_id, accepted_at)
        SELECT %s, version_number, of_site, title, %s, sha256,
            accepted_name, accepted_role, accepted_by_id, accepted_at FROM spaces_hireagreement
    """

    with connection.cursor() as cursor:
        with (
            pytest.raises(IntegrityError, match="the_hash_of_an_agreement_is_of_its_text"),
            transaction.atomic(),
        ):
            cursor.execute(forged, [another.pk, "1. The group owes £1,000."])
        cursor.execute(forged, [another.pk, booking.agreement.text])

    assert HireAgreement.objects.count() == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE spaces_hireagreement SET accepted_name = 'Somebody else'",
        "DELETE FROM spaces_hireagreement",
        "UPDATE spaces_agreementversion SET title = 'Other'",
        "UPDATE spaces_agreementversion SET published_at = NULL, published_by_id = NULL",
        "DELETE FROM spaces_agreementversion",
    ],
)
def test_what_is_published_or_accepted_is_never_rewritten(statement, booking, member):
    accept(booking, member, AgreementVersionFactory())

    with (
        pytest.raises(DatabaseError, match="Cannot update or delete"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


# --- Accepting ----------------------------------------------------------------------------------


def test_what_was_accepted_stays_word_for_word_when_a_version_changes(booking, member):
    version = AgreementVersionFactory(site=booking.space.site, number=4, text="1. No candles.")
    name_then = booking.space.site.name

    accept(booking, member, version)
    AgreementVersionFactory(site=booking.space.site, number=5, text="1. Candles, please.")
    booking.space.site.name = "Another name"
    booking.space.site.save()

    kept = HireAgreement.objects.values(
        "booking", "version_number", "of_site", "title", "text", "sha256",
        "accepted_name", "accepted_role", "accepted_by", "accepted_at",
    ).get()  # fmt: skip
    assert kept == {
        "booking": booking.pk,
        "version_number": 4,
        "of_site": name_then,
        "title": "Conditions of hire",
        "text": "1. No candles.",
        "sha256": "6765ef948a95157f35e8af313ac3ce2ed7d87fabfa71ad8c65ba0d0284e528ef",
        "accepted_name": "Amina Example",
        "accepted_role": "Chair",
        "accepted_by": member.pk,
        "accepted_at": NOW,
    }
    record = AuditRecord.objects.about(booking).get()
    assert (record.verb, record.actor, record.detail) == (
        "spaces.agreement_accepted",
        member,
        {"version": version.pk},
    )


def test_accepted_twice_is_accepted_once_and_the_first_stays(booking, member):
    version = AgreementVersionFactory()

    first = accept(booking, member, version)
    second = accept(booking, a_member_of(booking.hirer), version, name="Ben", role="Treasurer")

    assert (second, second.accepted_name) == (first, "Amina Example")
    assert AuditRecord.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_of_a_group_who_accept_at_once_leave_one_agreement():
    booking, version = BookingFactory(state="approved"), AgreementVersionFactory()
    first, second = a_member_of(booking.hirer), a_manager_of(booking.hirer)

    done = at_once(
        lambda: accept(booking, first, version, name="First"),
        lambda: accept(booking, second, version, name="Second"),
    )

    assert done == ["done", "done"]
    assert HireAgreement.objects.count() == 1
    booking.refresh_from_db()
    assert booking.state == "confirmed"
    assert sorted(AuditRecord.objects.about(booking).values_list("verb", flat=True)) == [
        "spaces.agreement_accepted",
        "spaces.booking_confirmed",
    ]


def test_nobody_accepts_words_that_hold_no_more(booking, member):
    old = AgreementVersionFactory(number=1)
    new = AgreementVersionFactory(number=2)

    assert code_of(lambda: accept(booking, member, old)) == rules.NEWER
    assert HireAgreement.objects.count() == 0
    assert accept(booking, member, new).version_number == 2


def test_where_nothing_is_published_there_is_nothing_to_accept(booking, member):
    draft = AgreementVersionFactory(published_at=None)

    assert code_of(lambda: accept(booking, member, draft)) == rules.NOTHING


@pytest.mark.parametrize(
    ("facts", "is_open"),
    [
        ({"state": "requested"}, True),
        ({"state": "approved"}, True),
        ({"state": "declined"}, False),
        ({"state": "cancelled_by_hirer"}, False),
        ({"state": "cancelled_by_site"}, False),
        ({"state": "approved", "starts_at": NOW - timedelta(hours=1)}, True),
        ({"state": "approved", "starts_at": NOW - timedelta(hours=2)}, False),
    ],
)
def test_what_is_over_declined_or_cancelled_is_not_accepted_any_more(facts, is_open):
    booking, version = BookingFactory(**facts), AgreementVersionFactory()
    member = a_member_of(booking.hirer)

    if is_open:
        accept(booking, member, version)
    else:
        assert code_of(lambda: accept(booking, member, version)) == "not_from_here"

    assert HireAgreement.objects.count() == is_open


def test_only_the_groups_own_people_accept_for_it(booking, member):
    version = AgreementVersionFactory()
    strangers = [
        a_member_of(HirerFactory()),
        a_site_manager_of(booking.space.site),
        a_programme_worker(),
    ]

    for person in strangers:
        with pytest.raises(PermissionDenied):
            accept(booking, person, version)

    assert accept(booking, member, version).accepted_by == member


# --- Writing and publishing ---------------------------------------------------------------------


def test_a_version_is_written_looked_at_and_published_under_the_next_number():
    site, worker = SiteFactory(), a_programme_worker()
    keeper = a_site_manager_of(site)
    AgreementVersionFactory(site=site, number=3)
    AgreementVersionFactory(number=8)

    draft = agreements.write_version(site, by=keeper, title="Ours", text="1. Yes.", seen="")
    again = agreements.write_version(
        site, by=keeper, title="Ours", text="1. No.", seen=draft.fingerprint
    )
    assert (again.pk, again.number, again.published_at) == (draft.pk, 4, None)
    agreements.publish_version(again, by=keeper, now=NOW, seen=again.fingerprint)
    of_all = agreements.write_version(None, by=worker, title="All", text="1. Yes.", seen="")

    in_force = agreements.in_force_at(site)
    assert (in_force.text, in_force.published_by, in_force.published_at) == ("1. No.", keeper, NOW)
    assert of_all.number == 9
    record = AuditRecord.objects.get()
    assert (record.verb, record.actor, record.detail) == (
        "spaces.agreement_published",
        keeper,
        {"number": 4},
    )


def test_who_runs_a_site_writes_for_it_and_programme_staff_for_all():
    site, other = SiteFactory(), SiteFactory()
    keeper, worker = a_site_manager_of(site), a_programme_worker()
    lead = a_person_with(ProgrammeRole.Role.PROGRAMME_LEAD)
    allowed = [(keeper, site), (worker, site), (worker, None)]
    refused = [(keeper, other), (keeper, None), (lead, None), (UserFactory(), site)]

    for person, where in refused:
        with pytest.raises(PermissionDenied):
            agreements.write_version(where, by=person, title="T", text="x", seen="")
        draft = AgreementVersionFactory(site=where, published_at=None)
        with pytest.raises(PermissionDenied):
            agreements.publish_version(draft, by=person, now=NOW, seen=draft.fingerprint)
        draft.delete()
    for person, where in allowed:
        draft = agreements.draft_of(where)
        seen = draft.fingerprint if draft else ""
        agreements.write_version(where, by=person, title="T", text="x", seen=seen)

    assert AgreementVersion.objects.drafts().count() == 2


def test_a_draft_that_changed_meanwhile_is_neither_overwritten_nor_published():
    worker = a_programme_worker()
    draft = agreements.write_version(None, by=worker, title="T", text="1. Mine.", seen="")

    for seen in ("", "something else"):
        assert (
            code_of(
                lambda seen=seen: agreements.write_version(
                    None, by=worker, title="T", text="1. Theirs.", seen=seen
                )
            )
            == rules.CHANGED
        )
        assert (
            code_of(
                lambda seen=seen: agreements.publish_version(draft, by=worker, now=NOW, seen=seen)
            )
            == rules.CHANGED
        )

    assert AgreementVersion.objects.get().text == "1. Mine."


def test_whoever_publishes_what_changed_meanwhile_is_told_to_read_it_again():
    worker = a_programme_worker()
    draft = agreements.write_version(None, by=worker, title="T", text="1. Mine.", seen="")

    with pytest.raises(ValidationError, match="Read it again, then publish it"):
        agreements.publish_version(draft, by=worker, now=NOW, seen="something else")


def test_a_version_that_says_the_same_as_the_one_that_holds_is_not_published():
    worker, held = a_programme_worker(), AgreementVersionFactory(number=1)
    draft = agreements.write_version(None, by=worker, title=held.title, text=held.text, seen="")

    refused = code_of(
        lambda: agreements.publish_version(draft, by=worker, now=NOW, seen=draft.fingerprint)
    )

    assert refused == "the_same"


@pytest.mark.django_db(transaction=True)
def test_two_who_begin_a_draft_at_once_leave_one():
    first, second = a_programme_worker(), a_programme_worker()

    done = at_once(
        *(
            lambda by=by: agreements.write_version(None, by=by, title="T", text=by.email, seen="")
            for by in (first, second)
        )
    )

    assert done == [rules.CHANGED, "done"]
    assert AgreementVersion.objects.count() == 1


def test_the_lines_that_a_new_version_changes():
    before = "1. No candles.\n\n2. No smoke.\n3. Lock up."
    after = "1. No candles.\n2. No smoke and no fire.\n3. Lock up.\n4. Sweep."

    found = rules.changes(before, after)

    assert found == rules.Changes(
        new=["2. No smoke and no fire.", "4. Sweep."], gone=["2. No smoke."]
    )


def test_a_long_text_that_is_written_anew_is_compared_at_once():
    before = "\n".join(f"rule {number} is one" for number in range(500))
    after = "\n".join(f"ruIe {number * 7} is two" for number in range(500))

    began = thread_time()
    found = rules.changes(before, after)

    # Letter by letter it took minutes.
    assert thread_time() - began < 1
    assert (len(found.new), len(found.gone)) == (500, 500)


# --- Pages --------------------------------------------------------------------------------------


def page_of(client, person, address, *args, data=None):
    """What this person is answered; with `data` to a form they send."""
    client.force_login(person)
    place = reverse(address, args=args)
    return client.get(place) if data is None else client.post(place, data)


def typed(version, **changed):
    return {
        "version": str(version.uuid),
        "name": "Amina Example",
        "role": "Chair",
        "agrees": "on",
    } | changed


def test_the_page_that_accepts_knows_the_name_and_stores_what_it_showed(client, booking, member):
    version = AgreementVersionFactory()

    page = page_of(client, member, "spaces:accept_agreement", booking.uuid)
    assert 'value="Amina Example"' in page.content.decode()
    assert "No candles." in page.content.decode()
    answer = page_of(
        client,
        member,
        "spaces:accept_agreement",
        booking.uuid,
        data=typed(version, role=" The  chair"),
    )

    assert (answer.status_code, answer.url) == (302, booking.get_absolute_url())
    assert (booking.agreement.accepted_name, booking.agreement.accepted_role) == (
        "Amina Example",
        "The chair",
    )
    again = page_of(client, member, "spaces:accept_agreement", booking.uuid, data=typed(version))
    assert again.url == reverse("spaces:hire_agreement", args=[booking.uuid])
    assert HireAgreement.objects.count() == 1


def test_without_the_tick_nothing_is_accepted_and_nothing_typed_is_lost(client, booking, member):
    version = AgreementVersionFactory()

    answer = page_of(
        client, member, "spaces:accept_agreement", booking.uuid, data=typed(version, agrees="")
    )

    assert answer.status_code == 422
    assert "Tick the box if your group keeps to these conditions" in answer.content.decode()
    assert 'value="Chair"' in answer.content.decode()
    assert HireAgreement.objects.count() == 0


def test_who_read_the_conditions_of_another_site_is_not_told_that_they_changed(
    client, booking, member
):
    read = AgreementVersionFactory(site=SiteFactory())
    AgreementVersionFactory(site=booking.space.site)

    answer = page_of(client, member, "spaces:accept_agreement", booking.uuid, data=typed(read))

    assert answer.status_code == 409
    assert "This site has other conditions than those you read." in answer.content.decode()


def test_a_version_published_while_the_page_was_open_is_shown_before_it_is_accepted(
    client, booking, member
):
    old = AgreementVersionFactory(number=1)
    new = AgreementVersionFactory(number=2, text="1. Quiet after nine.")

    answer = page_of(
        client, member, "spaces:accept_agreement", booking.uuid, data=typed(old, name="A. Example")
    )

    words = answer.content.decode()
    assert answer.status_code == 409
    assert "The conditions have changed while this page was open." in words
    assert "Quiet after nine." in words
    assert 'value="A. Example"' in words
    assert 'value="Chair"' in words
    assert str(new.uuid) in words
    assert "checked" not in words  # the tick was for other words
    assert HireAgreement.objects.count() == 0


@pytest.mark.parametrize("is_private", [False, True])
def test_whoever_sees_the_booking_reads_what_was_accepted_but_not_who_is_in_a_private_group(
    client, is_private
):
    booking = BookingFactory(hirer__is_sensitive=is_private)
    keeper = a_site_manager_of(booking.space.site)
    accept(booking, a_member_of(booking.hirer), AgreementVersionFactory(), role="Chair of Kestrel")
    AgreementVersionFactory(number=99, text="1. Everything else.")

    for name in ("spaces:hire_agreement", "spaces:booking"):
        words = page_of(client, keeper, name, booking.uuid).content.decode()
        assert ("Amina Example" in words) is not is_private
        assert ("Chair of Kestrel" in words) is not is_private
        assert ("The group accepted version" in words) is is_private
        own = page_of(client, a_member_of(booking.hirer), name, booking.uuid).content.decode()
        assert "Amina Example (Chair of Kestrel) accepted version" in own

    words = page_of(client, keeper, "spaces:hire_agreement", booking.uuid).content.decode()
    assert "No candles." in words
    assert "Everything else" not in words
    stranger = page_of(client, UserFactory(), "spaces:hire_agreement", booking.uuid)
    assert stranger.status_code == 404


def test_a_published_version_is_for_anybody_and_a_draft_for_nobody_else(client):
    space = SpaceFactory()
    old = AgreementVersionFactory(site=space.site, number=1)
    new = AgreementVersionFactory(site=space.site, number=2)
    draft = AgreementVersionFactory(site=space.site, number=3, published_at=None, text="1. Sss.")
    hidden = AgreementVersionFactory(site=SiteFactory(is_published=False))

    rules_page = client.get(reverse("spaces:space_rules", args=[space.slug])).content.decode()
    answers = [client.get(one.get_absolute_url()).status_code for one in (old, new, draft, hidden)]

    assert answers == [200, 200, 404, 404]
    assert f'href="{new.get_absolute_url()}"' in rules_page
    assert old.get_absolute_url() not in rules_page
    older = client.get(old.get_absolute_url()).content.decode()
    assert "This version does not hold any more." in older
    assert new.get_absolute_url() in older
    assert "does not hold" not in client.get(new.get_absolute_url()).content.decode()


def test_the_rules_of_a_room_that_is_booked_elsewhere_name_no_conditions_of_ours(client):
    version = AgreementVersionFactory()
    space = SpaceFactory(
        site__booking_authority="elsewhere", site__external_url="https://a.example"
    )

    page = client.get(reverse("spaces:space_rules", args=[space.slug])).content.decode()

    assert version.get_absolute_url() not in page


def test_a_draft_that_somebody_else_changed_comes_back_with_all_that_was_typed(client):
    worker = a_programme_worker()
    agreements.write_version(None, by=worker, title="T", text="1. Theirs.", seen="")
    mine = {"seen": "", "title": "My title", "text": "1. Mine."}

    refused = page_of(client, worker, "spaces:write_agreement", "every-site", data=mine)

    assert refused.status_code == 409
    assert "My title" in refused.content.decode()
    assert "1. Mine." in refused.content.decode()
    seen = agreements.draft_of(None).fingerprint
    assert f'value="{seen}"' in refused.content.decode()
    kept = page_of(
        client, worker, "spaces:write_agreement", "every-site", data=mine | {"seen": seen}
    )
    assert kept.status_code == 302
    assert agreements.draft_of(None).text == "1. Mine."


def test_line_breaks_of_a_browser_are_kept_as_one_letter(client):
    worker = a_programme_worker()

    page_of(
        client, worker, "spaces:write_agreement", "every-site",
        data={"seen": "", "title": "T", "text": "1. One. \r\n2. Two.\r\n"},
    )  # fmt: skip

    assert agreements.draft_of(None).text == "1. One.\n2. Two."


def test_the_list_of_versions_costs_the_same_for_one_site_as_for_many(client):
    costs = []
    for how_many in (1, 4):
        sites = [SiteFactory() for _number in range(how_many)]
        for site in sites:
            for number in (1, 2):
                AgreementVersionFactory(site=site, number=number)
        client.force_login(a_site_manager_of(*sites))
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(reverse("spaces:agreements"))
        costs.append(len(queries))
        found = [len(versions) for _site, versions in answer.context["of_sites"]]
        assert found == [2] * how_many

    assert costs[0] == costs[1]
