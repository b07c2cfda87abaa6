"""Several people at the same moment, each on a connection of their own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction


def at_once(*deeds: Callable[[], object]) -> list[str]:
    """Do these at the same moment; say for each whether it was done, or the code of its refusal."""
    barrier = Barrier(len(deeds))

    def one(deed: Callable[[], object]) -> str:
        barrier.wait(timeout=5)
        return _outcome(deed)

    with ThreadPoolExecutor(len(deeds)) as pool:
        return sorted(pool.map(one, deeds))


def while_not_committed(first: Callable[[], object], second: Callable[[], object]) -> str:
    """Do the second when the first is done but not committed, and commit the first when Postgres
    lets the second wait for it; say whether the second was done, or the code of its refusal.

    For what two get only if neither sees the other: `at_once` may do one after the other.
    """
    waits_for_me = "NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            first()
            outcome = other.submit(_outcome, second)
            with connection.cursor() as watch:
                for _try in range(500):
                    watch.execute(f"SELECT EXISTS (SELECT FROM pg_locks WHERE {waits_for_me})")
                    if watch.fetchone() == (True,) or outcome.done():
                        break
                    sleep(0.01)
                else:
                    pytest.fail("The second neither waited nor ended.")
        return outcome.result()


def _outcome(deed: Callable[[], object]) -> str:
    """What a deed comes to in a thread of its own."""
    try:
        deed()
    except ValidationError as refusal:
        return str(refusal.code)
    else:
        return "done"
    finally:
        connection.close()
