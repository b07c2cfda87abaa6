"""How requests for the rooms of a site are decided, said by those who run it."""

import pytest
from django.core.exceptions import PermissionDenied

from audit.models import AuditRecord
from spaces import services
from spaces.models import Site, Space
from spaces.services.site_rules import version_of_rules
from tests.factories.spaces import SpaceFactory, a_programme_worker, a_site_manager_of

pytestmark = pytest.mark.django_db

SAID = {
    "trusts_groups": "yes",
    "min_notice_hours": "24",
    "horizon_weeks": "26",
    "cancel_notice_working_days": "3",
}
ADDRESS = "/spaces/sites/here/asking/"


def typed(site, **changed):
    """What is posted from a page that is opened now."""
    site.refresh_from_db()
    return SAID | {"seen": version_of_rules(site)} | changed


@pytest.fixture
def space():
    return SpaceFactory(name="Hall", site__slug="here", site__programme_decides=True)


@pytest.fixture
def other(space):
    return SpaceFactory(name="Kitchen", site=space.site)


def test_who_runs_a_site_says_how_requests_are_decided(client, space, other):
    keeper = a_site_manager_of(space.site)
    client.force_login(keeper)

    page = client.get(ADDRESS).content.decode()
    assert "Should programme staff say yes or no too?" not in page
    answer = client.post(ADDRESS, typed(space.site, competing=[space.pk]))

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

    client.post(ADDRESS, typed(space.site, programme_decides="no"))

    space.site.refresh_from_db()
    assert space.site.programme_decides is False
    with pytest.raises(PermissionDenied):
        services.set_rules_of_asking(
            space.site,
            by=a_site_manager_of(space.site),
            seen=version_of_rules(space.site),
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
        ({"horizon_weeks": "999"}, "Enter 78 or fewer"),
        ({"horizon_weeks": "0"}, "Nobody could ask at all then"),
        ({"horizon_weeks": "1", "min_notice_hours": "168"}, "Nobody could ask at all then"),
        ({"competing": ["999999"]}, "Choose rooms of this site"),
        ({"competing": ["x"]}, "Choose rooms of this site"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_nothing_typed_is_lost(client, space, wrong, words):
    client.force_login(a_site_manager_of(space.site))

    answer = client.post(ADDRESS, SAID | {"horizon_weeks": "27"} | wrong)

    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    assert 'value="27"' in page or "horizon_weeks" in wrong
    space.site.refresh_from_db()
    assert space.site.horizon_weeks == 52


def test_a_room_of_another_site_is_not_chosen(client, space):
    elsewhere = SpaceFactory()
    client.force_login(a_site_manager_of(space.site))

    answer = client.post(ADDRESS, SAID | {"competing": [elsewhere.pk]})

    assert answer.status_code == 422
    elsewhere.refresh_from_db()
    assert elsewhere.pending_policy == "hold"


# --- Two at once ---------------------------------------------------------------------------------


def test_the_second_of_two_who_change_the_rules_sees_what_the_first_has_said(client, space, other):
    client.force_login(a_site_manager_of(space.site))
    mine = typed(space.site, competing=[space.pk, other.pk], horizon_weeks="27")
    first = {"trusts_groups": False, "min_notice_hours": 1, "cancel_notice_working_days": 2}
    services.set_rules_of_asking(
        space.site,
        by=a_programme_worker(),
        seen=version_of_rules(space.site),
        programme_decides=False,
        competing=[other],
        horizon_weeks=1,
        **first,
    )

    raced = client.post(ADDRESS, mine)

    page = " ".join(raced.content.decode().split())
    assert raced.status_code == 409
    assert "Somebody has changed this since you opened the page." in page
    assert "How it is now" in page
    assert "The people who run the site say yes or no. Programme staff are not asked." in page
    assert (
        "Groups ask at least 1 hour and at most 1 week ahead, and cancel 2 working days before."
        in page
    )
    assert "Kitchen: several groups may ask" in page
    assert "Hall: several groups may ask" not in page
    form = raced.context["form"]
    assert (form["horizon_weeks"].value(), form["competing"].value()) == (
        "27",
        [str(space.pk), str(other.pk)],
    )
    kept = Site.objects.get()
    assert (kept.horizon_weeks, kept.trusts_groups) == (1, False)
    assert AuditRecord.objects.count() == 1

    again = client.post(ADDRESS, mine | {"seen": form["seen"].value()})

    assert again.status_code == 302
    kept.refresh_from_db()
    # What the programme said of itself stays.
    assert (kept.horizon_weeks, kept.trusts_groups, kept.programme_decides) == (27, True, False)


def test_the_choice_of_the_programme_stays_whatever_a_site_manager_has_seen(space):
    keeper, stale = a_site_manager_of(space.site), Site.objects.get()
    Site.objects.update(programme_decides=False)

    services.set_rules_of_asking(
        stale,
        by=keeper,
        seen=version_of_rules(Site.objects.get()),
        trusts_groups=True,
        competing=[],
        min_notice_hours=1,
        horizon_weeks=1,
        cancel_notice_working_days=1,
    )

    kept = Site.objects.get()
    assert (kept.programme_decides, kept.trusts_groups) == (False, True)


def test_the_same_sent_twice_is_said_once(client, space):
    client.force_login(a_site_manager_of(space.site))
    mine = typed(space.site)

    answers = [client.post(ADDRESS, mine).status_code for _time in range(2)]

    assert answers == [302, 302]
    assert AuditRecord.objects.count() == 1


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "at least 1 hour and at most 1 week ahead, and cancel 1 working day before."),
        (2, "at least 2 hours and at most 2 weeks ahead, and cancel 2 working days before."),
    ],
)
def test_one_and_many_are_said_rightly_and_nobody_is_called_you(client, space, number, words):
    Site.objects.update(
        min_notice_hours=number, horizon_weeks=number, cancel_notice_working_days=number
    )
    client.force_login(a_programme_worker())

    page = " ".join(client.get("/spaces/sites/here/").content.decode().split())

    assert words in page
    assert "The people who run the site and programme staff both say yes or no." in page
