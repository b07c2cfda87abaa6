"""A group sees that somebody from outside looked at its people."""

import pytest

from tests.factories.spaces import (
    BookingFactory,
    HirerFactory,
    a_manager_of,
    a_member_of,
    a_programme_worker,
    a_site_manager_of,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_managers_of_a_group_see_who_looked(street):
    hirer = HirerFactory(organisation__name="Tea for Carers (demo)")
    booking = BookingFactory(hirer=hirer)
    amina = street.somebody(a_manager_of(hirer, name="Amina Example"))
    ben = street.somebody(a_site_manager_of(booking.space.site, name="Ben Example"))
    wanda = street.somebody(a_programme_worker(name="Wanda Example"))
    tom = street.somebody(a_member_of(hirer))

    assert amina.open(hirer.get_absolute_url()) == 200
    assert "Nobody from outside the group has looked in the last 90 days." in amina.reads()

    assert ben.open(booking.get_absolute_url()) == 200
    assert wanda.open(hirer.get_absolute_url()) == 200
    assert wanda.open(hirer.get_absolute_url()) == 200

    assert amina.open(hirer.get_absolute_url()) == 200
    assert amina.reads_each(".app-history:has-text('Who looked') .app-history__who") == [
        "Wanda Example",
        "Ben Example",
    ]
    assert amina.reads_each(".app-history:has-text('Who looked') .app-history__what") == [
        "Programme staff",
        "Runs a site",
    ]
    assert tom.open(hirer.get_absolute_url()) == 200
    assert "Who looked at this group’s people" not in tom.reads()
    assert street.faults == []
