"""The server is killed with kill -9 while it writes, and whoever asked sends the same again.

A lock of the test's own holds the write still at the moment that matters, so the kill always hits it.
Killed before the commit, nothing is left of the first sending; killed within the commit, all of it is,
and nobody was told.
"""

import http.client
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager

import pytest
from django.db import connection, models, transaction

from audit.models import AuditRecord
from notifications.models import Message
from spaces.models import Booking, Hold, Space
from tests.factories.spaces import SpaceFactory
from tests.prove.served import Answer, Server, served
from tests.prove.servers import until
from tests.prove.test_booking_race import (
    PORTAL,
    WORDS,
    ask_address,
    fresh_times,
    groups,
    not_won_once,
    time_form,
)

pytestmark = [pytest.mark.prove, pytest.mark.django_db(transaction=True)]


@contextmanager
def writes_wait(model: type[models.Model]) -> Iterator[None]:
    """Rows of this kind can be read and not written."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {model._meta.db_table} IN SHARE MODE")
        yield


@contextmanager
def commits_wait(space: Space) -> Iterator[None]:
    """Whether the space is there that a new row points at, Postgres asks within COMMIT and no sooner."""
    with transaction.atomic():
        Space.objects.select_for_update().get(pk=space.pk)
        yield


def what_the_server_asks(*, waits: bool) -> list[str]:
    """The last statement of each of its connections, or of those alone that wait for a lock."""
    with connection.cursor() as cursor:
        # Within a transaction Postgres would answer the same again and again.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT query FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND (wait_event_type = 'Lock' OR NOT %s)",
            [waits],
        )
        return [query for (query,) in cursor.fetchall()]


def kill_within(
    server: Server, send: Callable[[], Answer], something_waits: AbstractContextManager[None]
) -> str:
    """Kill the server while it waits, and start it anew; the statement in which it was."""
    with ThreadPoolExecutor(1) as somebody:
        with something_waits:
            unanswered = somebody.submit(send)
            assert until(lambda: bool(what_the_server_asks(waits=True)), seconds=2)
            [statement] = what_the_server_asks(waits=True)
            server.kill()
        with pytest.raises((http.client.HTTPException, OSError)):
            unanswered.result(10)
    # Only now Postgres comes to an end with what it was told to do.
    assert until(lambda: not what_the_server_asks(waits=False), seconds=10)
    server.start()
    return statement


def test_killed_before_the_commit_and_sent_again_it_is_one_booking():
    space, times = SpaceFactory(), fresh_times(1)

    with served(PORTAL) as server:
        ((client, key),) = groups(1, server.port)
        address, form = ask_address(space), time_form(key, times[0])
        client.open(address)

        statement = kill_within(server, lambda: client.post(address, form), writes_wait(Hold))
        assert statement.startswith('INSERT INTO "spaces_hold"')
        assert Hold.objects.count() == 0
        kept = client.post(address, form)

        statement = kill_within(
            server, lambda: client.post(kept.place, WORDS), writes_wait(AuditRecord)
        )
        assert statement.startswith('INSERT INTO "audit_auditrecord"')
        assert (Booking.objects.count(), Hold.objects.count()) == (0, 1)
        asked = client.post(kept.place, WORDS)

    is_asked_for_once(asked, space, times)


def test_killed_within_the_commit_and_sent_again_it_is_one_booking():
    space, times = SpaceFactory(), fresh_times(1)

    with served(PORTAL) as server:
        ((client, key),) = groups(1, server.port)
        address, form = ask_address(space), time_form(key, times[0])
        client.open(address)

        statement = kill_within(server, lambda: client.post(address, form), commits_wait(space))
        assert statement == "COMMIT"
        hold = Hold.objects.get()
        kept = client.post(address, form)
        assert kept.place == hold.get_absolute_url()

        statement = kill_within(server, lambda: client.post(kept.place, WORDS), commits_wait(space))
        assert statement == "COMMIT"
        assert (Booking.objects.count(), Hold.objects.count()) == (1, 0)
        asked = client.post(kept.place, WORDS)

    is_asked_for_once(asked, space, times)


def is_asked_for_once(asked: Answer, space: Space, times: list) -> None:
    booking = Booking.objects.get()
    assert (asked.status, asked.place) == (302, f"{booking.get_absolute_url()}?asked")
    assert not_won_once(space, times) == {}
    assert AuditRecord.objects.filter(verb="spaces.booking_requested").count() == 1
    assert Message.objects.filter(subject__startswith="We have your request").count() == 1
