"""What tests of rooms share."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.factories.spaces import NOW


@pytest.fixture
def on_that_morning() -> Iterator[None]:
    """The clock goes on from the morning at which the factories put everything: a page reads the
    clock itself, and must not find one day that all bookings are over.
    """
    with time_machine.travel(NOW, tick=True):
        yield
