"""How requests for the rooms of a site are decided, said by those who run it."""

import pytest
from django.core.exceptions import PermissionDenied

from audit.models import AuditRecord
from spaces import services
from spaces.models import Space
from tests.factories.spaces import SpaceFactory, a_programme_worker, a_site_manager_of

pytestmark = pytest.mark.django_db

SAID = {
    "trusts_groups": "yes",
    "min_notice_hours": "24",
    "horizon_weeks": "26",
    "cancel_notice_working_days": "3",
}


@pytest.fixture
def space():
    return SpaceFactory(name="Hall", site__slug="here", site__programme_decides=True)


@pytest.fixture
def other(space):
    return SpaceFactory(name="Kitchen", site=space.site)


def test_who_runs_a_site_says_how_requests_are_decided(client, space, other):
    keeper = a_site_manager_of(space.site)
    client.force_login(keeper)

    page = client.get("/spaces/sites/here/asking/").content.decode()
    assert "Should programme staff say yes or no too?" not in page
    answer = client.post("/spaces/sites/here/asking/", SAID | {"competing": [space.pk]})

    assert answer.status_code == 302
    site = space.site
    site.refresh_from_db()
    assert (site.trusts_groups, site.programme_decides) == (True, True)
    assert (site.min_notice_hours, site.horizon_weeks) == (24, 26)
    assert site.cancel_notice_working_days == 3
    assert dict(Space.objects.values_list("name", "pending_policy")) == {
        "Hall": "compete",
        "Kitchen": "hold",
    }
    entry = AuditRecord.objects.get()
    assert (entry.verb, entry.actor) == ("spaces.rules_of_asking_set", keeper)
    hub = client.get("/spaces/sites/here/").content.decode()
    assert "Hall: several groups may ask for the same time, and you choose." in hub
    assert "gets its yes at once" in hub


def test_whether_the_programme_decides_is_said_by_the_programme(client, space):
    client.force_login(a_programme_worker())

    client.post("/spaces/sites/here/asking/", SAID | {"programme_decides": "no"})

    space.site.refresh_from_db()
    assert space.site.programme_decides is False
    with pytest.raises(PermissionDenied):
        services.set_rules_of_asking(
            space.site,
            by=a_site_manager_of(space.site),
            trusts_groups=False,
            competing=[],
            min_notice_hours=1,
            horizon_weeks=1,
            cancel_notice_working_days=1,
            programme_decides=True,
        )


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"trusts_groups": ""}, "Say whether trusted groups get their yes at once"),
        ({"min_notice_hours": "soon"}, "Enter a whole number"),
        ({"min_notice_hours": "-1"}, "Enter 0 or more"),
        ({"horizon_weeks": "999"}, "Enter 104 or fewer"),
        ({"competing": ["999999"]}, "Choose rooms of this site"),
        ({"competing": ["x"]}, "Choose rooms of this site"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_nothing_typed_is_lost(client, space, wrong, words):
    client.force_login(a_site_manager_of(space.site))

    answer = client.post("/spaces/sites/here/asking/", SAID | {"horizon_weeks": "27"} | wrong)

    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    assert 'value="27"' in page or "horizon_weeks" in wrong
    space.site.refresh_from_db()
    assert space.site.horizon_weeks == 52


def test_a_room_of_another_site_is_not_chosen(client, space):
    elsewhere = SpaceFactory()
    client.force_login(a_site_manager_of(space.site))

    answer = client.post("/spaces/sites/here/asking/", SAID | {"competing": [elsewhere.pk]})

    assert answer.status_code == 422
    elsewhere.refresh_from_db()
    assert elsewhere.pending_policy == "hold"
