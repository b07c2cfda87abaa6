from datetime import date
from typing import Any

import factory
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from factory.django import DjangoModelFactory

from accounts.models import ProgrammeRole, User


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    email = factory.Sequence(lambda number: f"person{number}@example.org")
    name = factory.Sequence(lambda number: f"Person {number}")
    password = factory.LazyFunction(lambda: make_password(None))


def a_person_with(*roles: ProgrammeRole.Role, **facts: Any) -> User:
    """Somebody who has held these programme roles since long ago."""
    user = UserFactory(**facts)
    for role in roles:
        ProgrammeRole.objects.create(user=user, role=role, starts_on=date(2020, 1, 1))
    return user


def whose_address_is_verified(user: User) -> User:
    """The same person, who has shown that the e-mail address is theirs."""
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user
