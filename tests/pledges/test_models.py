import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import ProtectedError

from anchors.models import Mandate
from pledges.models import DeliveryStatus, Pledge, PledgeStatusChange, PledgeUpdate
from tests.factories.accounts import UserFactory, a_person_with
from tests.factories.anchors import OrganisationFactory, a_person_for
from tests.factories.pledges import (
    PledgeFactory,
    PledgeStatusChangeFactory,
    PledgeUpdateFactory,
    owned_by,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("make", "sql"),
    [
        (PledgeUpdateFactory, "UPDATE pledges_pledgeupdate SET what_changed = 'All is well'"),
        (PledgeUpdateFactory, "DELETE FROM pledges_pledgeupdate"),
        (PledgeStatusChangeFactory, "UPDATE pledges_pledgestatuschange SET status = 'delivered'"),
        (PledgeStatusChangeFactory, "DELETE FROM pledges_pledgestatuschange"),
    ],
)
def test_postgres_lets_nobody_rewrite_the_record(make, sql):
    row = make()

    with pytest.raises(DatabaseError, match=r"Cannot (update|delete) rows"), transaction.atomic():
        connection.cursor().execute(sql)

    again = type(row).objects.get(pk=row.pk)
    assert (getattr(again, "what_changed", ""), getattr(again, "status", "")) == (
        getattr(row, "what_changed", ""),
        getattr(row, "status", ""),
    )


@pytest.mark.parametrize(
    ("second", "evidence", "refusal"),
    [
        ("nobody", "Minutes", "a_pledge_ends_with_a_second_person"),
        ("the same", "Minutes", "a_pledge_ends_with_a_second_person"),
        ("somebody else", "", "a_pledge_ends_with_evidence"),
        ("somebody else", "Minutes", None),
    ],
)
def test_postgres_refuses_an_end_without_evidence_and_a_second_person(second, evidence, refusal):
    first = UserFactory()
    approvers = {"nobody": None, "the same": first, "somebody else": UserFactory()}
    change = PledgeStatusChange(
        pledge=PledgeFactory(),
        status=DeliveryStatus.DELIVERED,
        reason="All of it is done.",
        effective_on="2026-11-20",
        source_title=evidence,
        by=first,
        approved_by=approvers[second],
    )

    if refusal is None:
        change.save()
    else:
        with pytest.raises(IntegrityError, match=refusal), transaction.atomic():
            change.save()

    assert PledgeStatusChange.objects.count() == (refusal is None)


def test_postgres_refuses_a_status_without_a_reason():
    with pytest.raises(IntegrityError, match="has_a_reason"), transaction.atomic():
        PledgeStatusChangeFactory(reason="")


def test_an_update_is_corrected_once():
    first = PledgeUpdateFactory()
    PledgeUpdateFactory(pledge=first.pledge, corrects=first)

    with pytest.raises(IntegrityError, match="corrected_once"), transaction.atomic():
        PledgeUpdateFactory(pledge=first.pledge, corrects=first)

    assert PledgeUpdate.objects.filter(corrects=first).count() == 1


def test_a_pledge_with_a_record_is_never_deleted():
    update = PledgeUpdateFactory()

    with pytest.raises(ProtectedError):
        update.pledge.delete()

    assert Pledge.objects.filter(pk=update.pledge_id).exists()


def test_the_status_is_the_newest_line_of_the_log():
    pledge = PledgeFactory()
    PledgeStatusChangeFactory(pledge=pledge, status="not_started")
    PledgeStatusChangeFactory(pledge=pledge, status="in_progress")

    assert Pledge.objects.with_standing().get().status == "in_progress"


def test_a_pledge_without_a_log_is_not_known():
    PledgeFactory()

    assert Pledge.objects.with_standing().get().status == "not_known"


def test_people_see_behind_the_sign_in_only_what_they_may():
    ours = OrganisationFactory()
    mine = owned_by(ours)
    theirs = owned_by(OrganisationFactory())

    editor = a_person_for(ours, Mandate.Kind.EDITOR)
    staff = a_person_with("programme_staff")
    health_staff = a_person_for(ours, Mandate.Kind.HEALTH_STAFF)

    assert list(Pledge.objects.visible_to(editor)) == [mine]
    assert set(Pledge.objects.visible_to(staff)) == {mine, theirs}
    assert list(Pledge.objects.visible_to(health_staff)) == []
