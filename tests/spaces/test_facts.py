"""What is known about a group: kept by its managers, confirmed once a year, its name by the programme."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from audit.models import AuditRecord
from notifications.models import Message
from spaces import rules, services
from spaces.models import Hirer
from tests.factories.anchors import BoroughFactory
from tests.factories.spaces import NOW, HirerFactory, a_manager_of, a_member_of, a_programme_worker
from tests.racing import at_once

pytestmark = pytest.mark.django_db

TODAY = NOW.date()


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def page_of(name, hirer):
    return reverse(f"spaces:{name}", args=[hirer.organisation.slug])


def typed(hirer, **changed):
    return {
        "seen": services.version_of(hirer),
        "purpose": "Tea and talk for carers.",
        "boroughs": [str(BoroughFactory().pk)],
        "usual_size": "12",
        "responsible_adult": "Amina Example",
        "responsible_phone": "020 7946 0123",
        "deputy_name": "",
        "deputy_phone": "",
    } | changed


def keep(hirer, by, **changed):
    facts = {
        "purpose": hirer.purpose,
        "usual_size": hirer.usual_size,
        "responsible_adult": hirer.responsible_adult,
        "responsible_phone": hirer.responsible_phone,
        "deputy_name": "",
        "deputy_phone": "",
        "is_sensitive": False,
        "boroughs": (),
        "seen": services.version_of(hirer),
        "now": NOW,
    }
    return services.keep_facts(hirer, by=by, **(facts | changed))


def test_a_manager_changes_the_facts_and_so_confirms_them(client):
    hirer = HirerFactory(confirmed_on=TODAY - timedelta(days=340))
    client.force_login(a_manager_of(hirer))
    # A telephone must be able to ring it, whatever figures the keyboard writes.
    sent = typed(hirer, usual_size="30", deputy_name="Tom Bright", deputy_phone="٠٢٠ ٧٩٤٦ ٠١٢٤")

    answer = client.post(page_of("hirer_facts", hirer), sent, follow=True)

    hirer.refresh_from_db()
    assert (hirer.usual_size, hirer.deputy_name, hirer.deputy_phone) == (
        30,
        "Tom Bright",
        "020 7946 0124",
    )
    assert hirer.confirmed_on == TODAY
    assert "Tom Bright" in answer.content.decode()
    (entry,) = AuditRecord.objects.about(hirer)
    # Which facts, never what they say.
    assert entry.verb == "spaces.hirer_changed"
    assert entry.detail == {"fields": "boroughs, deputy_name, deputy_phone, usual_size"}


def test_saying_that_all_is_right_confirms_without_changing(client):
    hirer = HirerFactory(confirmed_on=TODAY - timedelta(days=340))
    hirer.organisation.boroughs.set([BoroughFactory()])
    client.force_login(a_manager_of(hirer))

    client.post(page_of("hirer_facts", hirer), typed(hirer))

    hirer.refresh_from_db()
    assert hirer.confirmed_on == TODAY
    assert [entry.verb for entry in AuditRecord.objects.about(hirer)] == ["spaces.hirer_confirmed"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"purpose": ""}, "purpose"),
        ({"usual_size": "0"}, "usual_size"),
        ({"responsible_phone": "call me"}, "responsible_phone"),
        ({"deputy_name": "Tom"}, "deputy_phone"),
        ({"deputy_phone": "020 7946 0124"}, "deputy_name"),
        ({"deputy_name": "Tom", "deputy_phone": "ring"}, "deputy_phone"),
    ],
)
def test_bad_facts_come_back_with_422_and_everything_typed(client, changed, field):
    hirer = HirerFactory()
    client.force_login(a_manager_of(hirer))
    sent = typed(hirer, **changed)

    answer = client.post(page_of("hirer_facts", hirer), sent)

    form = answer.context["form"]
    assert (answer.status_code, list(form.errors)) == (422, [field])
    assert {name: form[name].value() for name in sent} == sent


def test_who_saves_second_is_told_and_loses_nothing_they_typed(client):
    hirer = HirerFactory()
    client.force_login(a_manager_of(hirer))
    sent = typed(hirer, purpose="Mine")
    keep(hirer, a_manager_of(hirer), purpose="Theirs")

    answer = client.post(page_of("hirer_facts", hirer), sent)

    form = answer.context["form"]
    hirer.refresh_from_db()
    assert (answer.status_code, hirer.purpose) == (409, "Theirs")
    assert "Somebody changed something about this group" in answer.content.decode()
    again = sent | {"seen": form["seen"].value()}
    assert client.post(page_of("hirer_facts", hirer), again).status_code == 302
    hirer.refresh_from_db()
    assert hirer.purpose == "Mine"


def test_who_saves_second_is_told_of_other_boroughs_too(client):
    hirer = HirerFactory()
    client.force_login(a_manager_of(hirer))
    sent, theirs = typed(hirer), BoroughFactory()
    keep(hirer, a_manager_of(hirer), boroughs=[theirs])

    answer = client.post(page_of("hirer_facts", hirer), sent)

    assert (answer.status_code, list(hirer.organisation.boroughs.all())) == (409, [theirs])


@pytest.mark.django_db(transaction=True)
def test_of_two_managers_who_save_at_once_one_is_told():
    hirer = HirerFactory()
    one, other = a_manager_of(hirer), a_manager_of(hirer)

    outcome = at_once(
        lambda: keep(hirer, one, purpose="One"), lambda: keep(hirer, other, purpose="Other")
    )

    assert outcome == ["changed", "done"]


def test_a_member_and_the_programme_do_not_write_the_groups_facts():
    hirer = HirerFactory()
    for person in (a_member_of(hirer), a_programme_worker(), a_manager_of(HirerFactory())):
        with pytest.raises(PermissionDenied):
            keep(hirer, person, purpose="Mine")

    hirer.refresh_from_db()
    assert hirer.purpose == "Tea and talk for carers."


def test_a_manager_switches_privacy_on_and_the_address_tells_nothing_any_more(client):
    hirer = HirerFactory(organisation__slug="rainbow-table")
    client.force_login(a_manager_of(hirer))

    answer = client.post(page_of("hirer_facts", hirer), typed(hirer, is_sensitive="on"))

    hirer = Hirer.objects.get()
    assert (hirer.is_sensitive, hirer.organisation.is_private) == (True, True)
    assert answer.url == "/spaces/groups/group/"


def test_a_manager_does_not_switch_privacy_off_by_any_field(client):
    hirer = HirerFactory(is_sensitive=True)
    client.force_login(a_manager_of(hirer))

    for sneaked in ({}, {"is_sensitive": ""}, {"is_sensitive": "false", "name": "Loud (demo)"}):
        client.post(page_of("hirer_facts", hirer), typed(hirer, **sneaked))
        hirer.refresh_from_db()

    keep(hirer, a_manager_of(hirer), is_sensitive=False)
    hirer = Hirer.objects.get()
    assert (hirer.is_sensitive, hirer.organisation.is_private) == (True, True)
    assert hirer.organisation.name != "Loud (demo)"


def test_programme_staff_rename_a_group_and_its_managers_hear_of_it(client):
    hirer = HirerFactory(is_sensitive=True)
    manager, worker = a_manager_of(hirer), a_programme_worker()
    client.force_login(worker)
    sent = {"name": "Loud Choir (demo)", "seen": services.version_of(hirer)}

    client.post(page_of("hirer_name", hirer), sent)

    hirer = Hirer.objects.get()
    assert (hirer.is_sensitive, str(hirer), hirer.organisation.is_private) == (
        False,
        "Loud Choir (demo)",
        False,
    )
    assert Message.objects.get().address == manager.email
    (entry,) = AuditRecord.objects.about(hirer)
    assert (entry.verb, entry.detail) == ("spaces.hirer_renamed", {"fields": "name, is_sensitive"})


def test_a_name_that_another_group_has_is_refused_beside_the_question(client):
    HirerFactory(organisation__name="Loud Choir (demo)")
    hirer = HirerFactory(is_sensitive=True)
    client.force_login(a_programme_worker())
    sent = {"name": "LOUD CHOIR (demo)", "seen": services.version_of(hirer)}

    answer = client.post(page_of("hirer_name", hirer), sent)

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["name"])
    hirer.refresh_from_db()
    assert hirer.is_sensitive
    # Private, it may have it.
    assert (
        client.post(page_of("hirer_name", hirer), sent | {"is_sensitive": "on"}).status_code == 302
    )


def test_a_group_does_not_rename_itself():
    hirer = HirerFactory()
    with pytest.raises(PermissionDenied):
        services.change_name(
            hirer,
            by=a_manager_of(hirer),
            now=NOW,
            seen=services.version_of(hirer),
            name="Other",
            is_sensitive=False,
        )


@pytest.mark.parametrize(
    ("days", "state", "is_asked"),
    [
        (334, "approved", False),
        (335, "approved", True),
        (400, "approved", True),
        (400, "registered", False),
        (400, "declined", False),
    ],
)
def test_a_group_is_asked_after_eleven_months(days, state, is_asked):
    hirer = HirerFactory(
        state=state, confirmed_on=TODAY - timedelta(days=days), decision_reason="Because"
    )

    # The list and the rule must never disagree.
    assert rules.hirers.is_to_confirm(hirer, today=TODAY) == is_asked
    assert Hirer.objects.to_confirm(TODAY).exists() == is_asked


def test_every_manager_is_asked_once_a_year_by_letter_and_nothing_is_blocked():
    hirer = HirerFactory(confirmed_on=TODAY - timedelta(days=335))
    manager = a_manager_of(hirer)
    a_member_of(hirer)

    counts = [services.ask_to_confirm(now=NOW + timedelta(days=day)) for day in (0, 0, 1, 30)]

    assert counts == [1, 0, 0, 0]
    assert [letter.address for letter in Message.objects.all()] == [manager.email]
    hirer.refresh_from_db()
    rules.bookings.check_hirer_may_book(hirer, is_theirs=True)
    keep(hirer, manager)
    # What waits still goes no more: it has been done.
    assert Message.objects.get().state == Message.State.WITHDRAWN
    assert services.ask_to_confirm(now=NOW + timedelta(days=335)) == 1


def test_it_waits_for_the_manager_until_it_is_done(client):
    hirer = HirerFactory(confirmed_on=TODAY - timedelta(days=335))
    manager = a_manager_of(hirer)
    client.force_login(manager)
    assert page_of("hirer_facts", hirer) in client.get(reverse("home:waiting")).content.decode()

    keep(hirer, manager)

    assert page_of("hirer_facts", hirer) not in client.get(reverse("home:waiting")).content.decode()
