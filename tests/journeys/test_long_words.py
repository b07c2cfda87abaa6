"""Names of one long word push no page sideways on a phone."""

import pytest
from django.urls import reverse

from tests.factories.spaces import (
    BookingFactory,
    HirerFactory,
    SiteFactory,
    SpaceFactory,
    a_manager_of,
    a_site_manager_of,
)
from tests.journeys.walking import SCRIPTS_OFF

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG = "Donaudampfschifffahrtsgesellschaftskapitaenswitwenversicherung"


@pytest.mark.parametrize("street", [SCRIPTS_OFF], indirect=True)
def test_names_of_one_long_word_keep_every_page_on_the_phone(street):
    site = SiteFactory(name=LONG)
    room = SpaceFactory(site=site, name=LONG, slug="long-room", good_for=LONG, summary=LONG)
    SpaceFactory(site=site, name="Other", slug="other")
    hirer = HirerFactory(organisation__name=LONG)
    BookingFactory(space=room, hirer=hirer)
    visitor = street.somebody()
    manager = street.somebody(a_site_manager_of(site, name=LONG))
    member = street.somebody(a_manager_of(hirer, name=LONG))
    group = reverse("spaces:hirer", args=[hirer.organisation.slug])
    rooms = ["/spaces/", "/spaces/long-room/", "/spaces/other/", "/spaces/long-room/rules/"]
    sites = [reverse("spaces:sites"), reverse("spaces:site", args=[site.slug])]
    sites += [f"{sites[1]}{part}/" for part in ("hours", "days", "arrival", "closures/add")]

    for walker, addresses in (
        (visitor, [*rooms, f"/spaces/?what={LONG}&people=900", "/spaces/long-room/report/"]),
        (manager, [*sites, "/waiting/", "/spaces/bookings/", "/spaces/long-room/photographs/"]),
        (member, [group, f"{group}needs/", f"{group}papers/", f"{group}invite/", "/waiting/"]),
    ):
        for address in addresses:
            assert walker.open(address) == 200, address

    assert street.faults == []
