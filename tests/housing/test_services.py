from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError

from anchors.models import Mandate
from audit.models import AuditRecord
from housing import services
from housing.models import Action, ActionUpdate
from notifications.models import Message
from pledges.models import DeliveryStatus
from tests.factories.accounts import UserFactory, a_person_with
from tests.factories.anchors import OrganisationFactory, a_person_for
from tests.factories.housing import ActionFactory, ActionUpdateFactory, an_action_of

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)


def test_an_update_is_published_recorded_and_told_to_the_lead():
    lead = OrganisationFactory()
    action = an_action_of(lead, reference="A1.7", title="List sites (demo)")
    editor = a_person_for(lead, Mandate.Kind.EDITOR)
    staff = a_person_with("programme_staff")

    update = services.write_update(
        action, by=staff, today=TODAY, form_id=uuid4(), what_changed="Six sites."
    )

    assert list(ActionUpdate.objects.values_list("what_changed", "published_on")) == [
        ("Six sites.", TODAY)
    ]
    written = AuditRecord.objects.get()
    assert (written.verb, written.actor, written.subject_id, written.detail) == (
        "housing.update_written",
        staff,
        str(action.pk),
        {"update": str(update.uuid)},
    )
    letter = Message.objects.get()
    assert letter.address == editor.email
    assert letter.subject == "An update on A1.7 was published: List sites (demo)"
    assert "/housing/actions/A1.7/" in letter.body


def test_the_same_form_sent_twice_publishes_one_update():
    action, staff, form_id = ActionFactory(), UserFactory(), uuid4()

    for _time in range(2):
        services.write_update(action, by=staff, today=TODAY, form_id=form_id, what_changed="Six.")

    assert action.updates.count() == 1
    assert AuditRecord.objects.count() == 1


def test_a_correction_stands_beside_what_it_corrects():
    first = ActionUpdateFactory(what_changed="Six sites.")
    services.correct_update(
        first, by=UserFactory(), today=TODAY, form_id=uuid4(), what_changed="Five sites."
    )

    with pytest.raises(ValidationError) as refusal:
        services.correct_update(
            first, by=UserFactory(), today=TODAY, form_id=uuid4(), what_changed="Four."
        )

    assert refusal.value.code == "already_corrected"
    assert list(ActionUpdate.objects.order_by("pk").values_list("what_changed", "corrects")) == [
        ("Six sites.", None),
        ("Five sites.", first.pk),
    ]


@pytest.mark.parametrize(
    ("status", "second", "refusal"),
    [
        (DeliveryStatus.IN_PROGRESS, False, None),
        (DeliveryStatus.NOT_KNOWN, False, "no_change"),
        (DeliveryStatus.DELIVERED, False, "needs_a_second_person"),
        (DeliveryStatus.DELIVERED, True, None),
    ],
)
def test_a_status_goes_where_the_table_of_pledges_says(status, second, refusal):
    action = ActionFactory()
    given = {
        "by": a_person_with("programme_staff"),
        "today": TODAY,
        "status_seen": DeliveryStatus.NOT_KNOWN,
        "status": status,
        "reason": "It began.",
        "effective_on": TODAY,
        "source_title": "Minutes",
        "approved_by": UserFactory() if second else None,
    }

    if refusal is None:
        services.change_status(action, **given)
        assert Action.objects.with_standing().get().status == status
        assert AuditRecord.objects.get().verb == "housing.status_changed"
    else:
        with pytest.raises(ValidationError) as refused:
            services.change_status(action, **given)
        assert refused.value.code == refusal
        assert action.status_changes.count() == 0


def test_a_status_of_an_action_never_starts_before_the_one_it_follows():
    action = ActionFactory()
    given = {
        "by": a_person_with("programme_staff"),
        "today": TODAY,
        "reason": "It began.",
    }
    services.change_status(
        action,
        status_seen="not_known",
        status=DeliveryStatus.IN_PROGRESS,
        effective_on=TODAY,
        **given,
    )

    with pytest.raises(ValidationError) as refusal:
        services.change_status(
            action,
            status_seen="in_progress",
            status=DeliveryStatus.NOT_STARTED,
            effective_on=TODAY - timedelta(days=1),
            **given,
        )

    assert list(refusal.value.message_dict) == ["effective_on"]
    assert action.status_changes.count() == 1
