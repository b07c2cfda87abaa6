"""The whole demonstration as the world of a test module. Loaded as a plugin by conftest."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core.clock import today
from home.demonstration import people
from home.demonstration.loader import load
from home.demonstration.people import CAST, CastMember
from home.demonstration.world import World

VISITOR = "visitor"
ROLES = [VISITOR, *(member.key for member in CAST)]


@dataclass(frozen=True)
class Demonstration:
    """The demonstration's people by key."""

    people: dict[str, User]

    def person(self, role: str) -> User | None:
        """Whoever plays this role; nobody for a visitor."""
        return None if role == VISITOR else self.people[role]


def _people() -> dict[str, User]:
    def found(member: CastMember) -> User:
        return User.objects.get(email=member.email)

    return {member.key: found(member) for member in CAST}


@pytest.fixture(scope="module")
def demonstration(django_db_setup: None, django_db_blocker: Any) -> Iterator[Demonstration]:
    """The demonstration data in a transaction that the module's end takes back."""
    with django_db_blocker.unblock(), transaction.atomic():
        load(now=timezone.now(), today=today())
        yield Demonstration(_people())
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def standing_demonstration(
    django_db_setup: None, django_db_blocker: Any
) -> Iterator[Demonstration]:
    """The demonstration data for real, seen by a server in another thread, emptied at the end."""
    with django_db_blocker.unblock():
        load(now=timezone.now(), today=today())
        yield Demonstration(_people())
        call_command("flush", interactive=False, verbosity=0)


@pytest.fixture(scope="module")
def people_alone(django_db_setup: None, django_db_blocker: Any) -> Iterator[Demonstration]:
    """The demonstration's people and their parts, and nothing else: every list is empty."""
    with django_db_blocker.unblock():
        now, day = timezone.now(), today()
        people.load(World(now=now, today=day))
        yield Demonstration(_people())
        call_command("flush", interactive=False, verbosity=0)
