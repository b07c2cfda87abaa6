from datetime import date
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError

from anchors.models import Mandate
from audit.models import AuditRecord
from notifications.models import Message
from pledges import services
from pledges.models import DeliveryStatus, Owner, Pledge, PledgeUpdate
from tests.factories.accounts import UserFactory, a_person_with
from tests.factories.anchors import OrganisationFactory, a_person_for
from tests.factories.pledges import PledgeFactory, PledgeUpdateFactory, owned_by

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)
S = DeliveryStatus


def test_an_update_is_published_recorded_and_told_to_the_lead():
    lead, partner = OrganisationFactory(), OrganisationFactory()
    pledge = owned_by(lead, reference="PL-77", title="Open garden (demo)")
    pledge.owners.create(organisation=partner, part=Owner.Part.PARTNER)
    editor = a_person_for(lead, Mandate.Kind.EDITOR)
    approver = a_person_for(lead, Mandate.Kind.APPROVER)
    a_person_for(lead, Mandate.Kind.HEALTH_STAFF)
    a_person_for(partner, Mandate.Kind.EDITOR)
    staff = a_person_with("programme_staff")

    update = services.write_update(
        pledge,
        by=staff,
        today=TODAY,
        form_id=uuid4(),
        what_changed="Two more Sundays.",
        whats_next="Benches.",
    )

    assert list(PledgeUpdate.objects.values_list("what_changed", "whats_next", "published_on")) == [
        ("Two more Sundays.", "Benches.", TODAY)
    ]
    written = AuditRecord.objects.get()
    assert (written.verb, written.actor, written.subject_id, written.detail) == (
        "pledges.update_written",
        staff,
        str(pledge.pk),
        {"update": str(update.uuid)},
    )
    letters = Message.objects.order_by("pk")
    assert [letter.address for letter in letters] == [editor.email, approver.email]
    assert letters[0].subject == "An update on PL-77 was published: Open garden (demo)"
    assert "/pledges/PL-77/" in letters[0].body
    assert "Sundays" not in letters[0].body
    # An approver may not write on that page.
    assert "you can correct it there" in letters[0].body
    assert "ask your organisation’s editor or us to correct it" in letters[1].body
    assert "you can correct it" not in letters[1].body


def test_the_same_form_sent_twice_publishes_one_update_and_tells_once():
    lead = OrganisationFactory()
    a_person_for(lead, Mandate.Kind.EDITOR)
    pledge, staff, form_id = owned_by(lead), UserFactory(), uuid4()

    def send(words):
        return services.write_update(
            pledge, by=staff, today=TODAY, form_id=form_id, what_changed=words
        )

    assert send("Two more Sundays.") == send("Two more Sundays.")
    with pytest.raises(ValidationError) as refusal:
        send("Three more Sundays.")

    assert refusal.value.code == "form_used"
    assert pledge.updates.get().what_changed == "Two more Sundays."
    assert (AuditRecord.objects.count(), Message.objects.count()) == (1, 1)


def test_the_same_form_sent_twice_publishes_one_correction():
    first, staff, form_id = PledgeUpdateFactory(), UserFactory(), uuid4()

    sent = [
        services.correct_update(
            first, by=staff, today=TODAY, form_id=form_id, what_changed="18 hours."
        )
        for _time in range(2)
    ]

    assert sent == [first.corrections.get()] * 2
    assert AuditRecord.objects.count() == 1


def test_nobody_is_told_of_what_they_wrote_themselves():
    ours = OrganisationFactory()
    editor = a_person_for(ours, Mandate.Kind.EDITOR)

    services.write_update(
        owned_by(ours), by=editor, today=TODAY, form_id=uuid4(), what_changed="Done some."
    )

    assert Message.objects.count() == 0


def test_an_update_that_says_nothing_is_refused():
    with pytest.raises(ValidationError, match="Say what changed"):
        services.write_update(
            PledgeFactory(),
            by=a_person_with("programme_staff"),
            today=TODAY,
            form_id=uuid4(),
            what_changed="",
        )

    assert PledgeUpdate.objects.count() == 0


def test_a_correction_stands_beside_what_it_corrects():
    first = PledgeUpdateFactory(what_changed="28 hours.")
    staff = a_person_with("programme_staff")

    correction = services.correct_update(
        first, by=staff, today=TODAY, form_id=uuid4(), what_changed="18 hours."
    )

    assert list(PledgeUpdate.objects.order_by("pk").values_list("what_changed", "corrects")) == [
        ("28 hours.", None),
        ("18 hours.", first.pk),
    ]
    written = AuditRecord.objects.get()
    assert (written.verb, written.subject_id, written.detail) == (
        "pledges.update_corrected",
        str(first.pledge_id),
        {"update": str(correction.uuid), "corrects": str(first.uuid)},
    )


def test_whoever_corrects_second_is_told_and_nothing_is_lost():
    first = PledgeUpdateFactory()
    services.correct_update(
        first, by=UserFactory(), today=TODAY, form_id=uuid4(), what_changed="18 hours."
    )

    with pytest.raises(ValidationError) as refusal:
        services.correct_update(
            first, by=UserFactory(), today=TODAY, form_id=uuid4(), what_changed="19 hours."
        )

    assert refusal.value.code == "already_corrected"
    assert PledgeUpdate.objects.filter(corrects=first).get().what_changed == "18 hours."


def change(pledge, status, **facts):
    given = {
        "by": a_person_with("programme_staff"),
        "today": TODAY,
        "status_seen": S.NOT_KNOWN,
        "reason": "The gate is open.",
        "effective_on": date(2026, 11, 20),
    }
    return services.change_status(pledge, status=status, **(given | facts))


def test_a_status_changes_with_a_reason_and_a_record():
    pledge = PledgeFactory(reference="PL-77")

    change(pledge, S.IN_PROGRESS)

    found = Pledge.objects.with_standing().get()
    assert (found.status, found.status_since, found.status_reason) == (
        "in_progress",
        date(2026, 11, 20),
        "The gate is open.",
    )
    written = AuditRecord.objects.get()
    assert (written.verb, written.detail) == (
        "pledges.status_changed",
        {"status": "in_progress"},
    )


@pytest.mark.parametrize("approver", ["nobody", "the same"])
def test_an_end_is_refused_without_a_second_person(approver):
    pledge, staff = PledgeFactory(), a_person_with("programme_staff")
    approved_by = {"nobody": None, "the same": staff}[approver]

    with pytest.raises(ValidationError) as refusal:
        change(pledge, S.DELIVERED, by=staff, approved_by=approved_by, source_title="Minutes")

    assert refusal.value.code == "needs_a_second_person"
    assert pledge.status_changes.count() == 0


def test_an_end_is_refused_without_evidence():
    pledge = PledgeFactory()

    with pytest.raises(ValidationError, match="look at that shows it"):
        change(pledge, S.DELIVERED, approved_by=UserFactory())

    assert pledge.status_changes.count() == 0


def test_an_end_with_evidence_and_a_second_person_is_published():
    pledge, approver = PledgeFactory(), UserFactory()

    change(pledge, S.DELIVERED, approved_by=approver, source_title="Minutes of 20 November")

    assert pledge.status_changes.get().approved_by == approver


def test_a_status_never_starts_before_the_one_it_follows():
    pledge = PledgeFactory()
    change(pledge, S.IN_PROGRESS)

    with pytest.raises(ValidationError, match="Enter 20 November 2026 or later"):
        change(pledge, S.NOT_KNOWN, status_seen=S.IN_PROGRESS, effective_on=date(2026, 11, 19))

    assert pledge.status_changes.count() == 1


def test_a_status_never_starts_in_the_future():
    with pytest.raises(ValidationError) as refusal:
        change(PledgeFactory(), S.IN_PROGRESS, effective_on=date(2026, 11, 24))

    assert list(refusal.value.message_dict) == ["effective_on"]
