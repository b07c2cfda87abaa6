from datetime import date

import pytest

from anchors import rules
from anchors.models import Network, NetworkMembership, Organisation
from anchors.rules import Belonging
from tests.factories.anchors import OrganisationFactory

pytestmark = pytest.mark.django_db
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
    one = NetworkMembership.objects.create(
        network=Network.objects.create(name="Riverside (demo)", **network),
        organisation=OrganisationFactory(),
        **membership,
    )

    assert rules.belonging(one, today=TODAY) == expected
    # The counts, the list and the rule must never disagree.
    counts = Network.objects.with_counts(TODAY).values(*(f"{how}_count" for how in Belonging)).get()
    assert counts == {f"{how}_count": int(how == expected) for how in Belonging}
    confirmed = Organisation.objects.confirmed_somewhere(TODAY)
    assert confirmed.exists() == (expected == Belonging.CONFIRMED)
