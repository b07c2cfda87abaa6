from datetime import date

import pytest

from anchors import rules
from anchors.models import Network, NetworkMembership
from anchors.rules import Belonging

TODAY = date(2026, 11, 23)
LAST_YEAR = date(2025, 12, 31)


@pytest.mark.parametrize(
    ("network", "membership", "expected"),
    [
        ({}, {"standing": "confirmed"}, Belonging.CONFIRMED),
        ({}, {"standing": "confirmed", "ends_on": TODAY}, Belonging.CONFIRMED),
        ({}, {"standing": "confirmed", "ends_on": LAST_YEAR}, Belonging.ENDED),
        ({"ends_on": LAST_YEAR}, {"standing": "confirmed"}, Belonging.ENDED),
        ({"ends_on": LAST_YEAR}, {"standing": "not_confirmed"}, Belonging.NOT_CONFIRMED),
    ],
    ids=["confirmed", "until today", "left", "network over", "never known"],
)
def test_what_may_be_said_of_a_membership(network, membership, expected):
    one = NetworkMembership(network=Network(**network), **membership)

    assert rules.belonging(one, today=TODAY) == expected
