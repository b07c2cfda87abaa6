"""Whatever administrators do to each other at the same moment, one of them is left."""

import pytest
from django.utils import timezone

from accounts.models import ProgrammeRole, User
from core.clock import today
from home.services import roles
from tests.factories.accounts import a_person_with
from tests.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 6


def end_role(person, *, by):
    roles.end_role(person.roles.get(), by=by, now=timezone.now())


def close_account(person, *, by):
    roles.close_account(person, by=by, now=timezone.now())


def administrators():
    current = ProgrammeRole.objects.current(today())
    return User.objects.filter(is_active=True, roles__in=current).count()


@pytest.mark.parametrize(
    ("one", "other"),
    [(end_role, end_role), (close_account, close_account), (end_role, close_account)],
    ids=["roles", "accounts", "one of each"],
)
def test_of_two_administrators_who_end_each_other_one_stays(one, other):
    for _round in range(ROUNDS):
        ProgrammeRole.objects.all().delete()
        amina, ben = (a_person_with(ProgrammeRole.Role.ADMINISTRATOR) for _two in "ab")
        assert amina.is_staff  # Each has come through the door before the other acts.
        assert ben.is_staff

        answers = at_once(lambda: one(ben, by=amina), lambda: other(amina, by=ben))  # noqa: B023

        assert answers == ["done", "last_administrator"]
        assert administrators() == 1
