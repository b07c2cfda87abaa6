"""Two people at the same moment, each on a connection of their own."""

from datetime import date
from uuid import uuid4

import pytest

from pledges import services
from pledges.models import DeliveryStatus, PledgeStatusChange, PledgeUpdate
from tests.factories.accounts import UserFactory
from tests.factories.pledges import PledgeFactory, PledgeUpdateFactory
from tests.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = date(2026, 11, 23)


def test_an_update_is_corrected_by_one_of_two():
    update = PledgeUpdateFactory()
    people = UserFactory.create_batch(2)

    answers = at_once(
        *(
            lambda person=person: services.correct_update(
                update, by=person, today=TODAY, form_id=uuid4(), what_changed="Better."
            )
            for person in people
        )
    )

    assert answers == ["already_corrected", "done"]
    assert PledgeUpdate.objects.filter(corrects=update).count() == 1


def test_two_updates_at_once_are_both_kept():
    pledge = PledgeFactory()
    people = UserFactory.create_batch(2)

    answers = at_once(
        *(
            lambda person=person: services.write_update(
                pledge, by=person, today=TODAY, form_id=uuid4(), what_changed=f"From {person.email}"
            )
            for person in people
        )
    )

    assert answers == ["done", "done"]
    assert pledge.updates.count() == 2


def test_one_form_sent_at_once_publishes_one_update():
    pledge, person, form_id = PledgeFactory(), UserFactory(), uuid4()

    answers = at_once(
        *[
            lambda: services.write_update(
                pledge, by=person, today=TODAY, form_id=form_id, what_changed="Open."
            )
        ]
        * 4
    )

    assert answers == ["done"] * 4
    assert pledge.updates.count() == 1


def test_a_status_is_changed_by_one_of_two():
    pledge = PledgeFactory()
    people = UserFactory.create_batch(2)

    answers = at_once(
        *(
            lambda person=person: services.change_status(
                pledge,
                by=person,
                today=TODAY,
                status_seen=DeliveryStatus.NOT_KNOWN,
                status=DeliveryStatus.IN_PROGRESS,
                reason="It began.",
                effective_on=TODAY,
            )
            for person in people
        )
    )

    assert answers == ["changed_meanwhile", "done"]
    assert PledgeStatusChange.objects.count() == 1
