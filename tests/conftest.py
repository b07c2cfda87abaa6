"""What every test stands on: a real Postgres, a real Redis, and no way out to the internet."""

import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import cache
from django.db import connection, transaction
from django.test import TransactionTestCase
from django.utils import translation

pytest_plugins = [
    "tests.sessions",
    "tests.browsers",
    "tests.standing",
    "tests.notifications.sink",
]

OF_DJANGO = {"django_content_type", "auth_permission"}
"""Made beside the tables themselves, and the same for every test."""

LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")


def pytest_configure(config: pytest.Config) -> None:
    """Each parallel worker has a Redis database of its own, as it has a Postgres one."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        server = settings.REDIS_URL.rpartition("/")[0]
        own = f"{server}/{1 + int(worker.removeprefix('gw'))}"
        settings.REDIS_URL = settings.CELERY_BROKER_URL = own
        settings.CACHES["default"]["LOCATION"] = own


LONGEST = [
    "tests/journeys/test_every_page_of_rooms.py",
    "tests/journeys/test_every_page.py",
    "tests/journeys/test_every_spoiled_page.py",
    "tests/journeys/test_every_bad_post.py",
    "tests/journeys/test_every_empty_page.py",
    "tests/spaces/test_private_groups.py",
    "tests/test_access.py",
    "tests/spaces/test_another_sites_manager.py",
]
"""Files that take a minute or more, the longest first."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long starts first: no worker is left alone with it while the others have no work."""
    places = {name: place for place, name in enumerate(LONGEST)}

    def when(item: pytest.Item) -> tuple[int, bool]:
        name = str(item.path.relative_to(item.config.rootpath))
        is_long = item.get_closest_marker("browser") or name.startswith("tests/stack/")
        return places.get(name, len(LONGEST)), not is_long

    items.sort(key=when)


@pytest.fixture(autouse=True, scope="session")
def passwords_are_hashed_quickly() -> Iterator[None]:
    """By the hasher of production, which is slow on purpose, with as little work as it can have."""
    hasher = Argon2PasswordHasher
    of_production = (hasher.time_cost, hasher.memory_cost, hasher.parallelism)
    hasher.time_cost, hasher.memory_cost, hasher.parallelism = 1, 8, 1
    yield
    hasher.time_cost, hasher.memory_cost, hasher.parallelism = of_production


@pytest.fixture(autouse=True, scope="session")
def no_way_out() -> Iterator[None]:
    """Sockets beyond this machine are shut, so nothing in a test can depend on the internet."""
    connect = socket.socket.connect

    def connect_here_only(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not str(address[0]).startswith(LOOPBACK):
            raise OSError(f"A test tried to reach {address[0]}: only this machine is allowed.")
        connect(self, address)

    socket.socket.connect = connect_here_only  # type: ignore[method-assign, assignment]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Each parallel worker has a database of its own."""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Tests that commit clean up by TRUNCATE, which the audit log refuses: stand that trigger down."""
    name = str(connection.settings_dict["NAME"])
    if not name.startswith("test_"):
        # pytest-django makes a test database only when some test chosen has the mark `django_db`.
        pytest.exit(
            f"No test of this run is marked django_db, so {name} would be used. Run more.", 2
        )
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = 'audit_auditrecord'::regclass"
            " AND tgname LIKE '%never_emptied%'"
        )
        for (trigger,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE audit_auditrecord DISABLE TRIGGER "{trigger}"')
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        # A server in another thread may not have hung up yet, and its database is about to go.
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(autouse=True, scope="session")
def emptied_where_something_is() -> Iterator[None]:
    """After a test that commits, only tables that hold something are emptied.

    Django truncates them all, and Postgres then makes a new file for each table and each index.
    """
    truncate_all = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def empty(self: TransactionTestCase) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT usesuper FROM pg_user WHERE usename = current_user")
            [may_pass_by_triggers] = cursor.fetchone()
        if not may_pass_by_triggers:
            truncate_all(self)
            return
        tables = sorted(set(connection.introspection.django_table_names(True, False)) - OF_DJANGO)
        with transaction.atomic(), connection.cursor() as cursor:
            # Whoever still reads or writes, a server in another thread say, comes to an end first.
            # Whatever the test has left on its connection, there is time to wait for them.
            cursor.execute("SET LOCAL lock_timeout = '10s'; SET LOCAL statement_timeout = '30s'")
            cursor.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
            cursor.execute("SET LOCAL session_replication_role = replica")
            holding = " UNION ALL ".join(
                f"SELECT '{name}' WHERE EXISTS (TABLE {name})" for name in tables
            )
            cursor.execute(holding)
            filled = [name for (name,) in cursor.fetchall()]
            cursor.execute(";".join(f"DELETE FROM {name}" for name in filled) or "SELECT")

    TransactionTestCase._fixture_teardown = empty  # type: ignore[attr-defined]
    yield
    TransactionTestCase._fixture_teardown = truncate_all  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """Rate limits of one test never reach the next."""
    cache.clear()


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A page asked for in Spanish by one test leaves the next test in English."""
    with translation.override(settings.LANGUAGE_CODE):
        yield
