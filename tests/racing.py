"""Several people at the same moment, each on a connection of their own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.core.exceptions import ValidationError
from django.db import connection


def at_once(*deeds: Callable[[], object]) -> list[str]:
    """Do these at the same moment; say for each whether it was done, or the code of its refusal."""
    barrier = Barrier(len(deeds))

    def one(deed: Callable[[], object]) -> str:
        try:
            barrier.wait(timeout=5)
            deed()
        except ValidationError as refusal:
            return str(refusal.code)
        else:
            return "done"
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return sorted(pool.map(one, deeds))
