"""What a test has committed is gone before the next, though its tables are not all emptied anew."""

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType

from accounts.models import User
from audit.models import AuditRecord
from audit.services import record
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("turn", ["first", "second"])
def test_a_committed_row_does_not_reach_the_next_test(turn: str) -> None:
    assert (User.objects.count(), AuditRecord.objects.count()) == (0, 0)
    assert ContentType.objects.exists()
    assert Permission.objects.exists()

    person = UserFactory()
    record("accounts.role_given", person, by=None, role="facilitator")
