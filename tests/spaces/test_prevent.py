"""Ask, check, decide: what staff write down before a group may book, for themselves alone."""

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.models import ProgrammeRole
from audit.models import AuditRecord
from notifications.models import Message
from spaces import services
from spaces.forms.hirers import DecideHirerForm
from spaces.models import PreventCheck
from tests.factories.accounts import a_person_with
from tests.factories.spaces import (
    CHECKED,
    NOW,
    TICKED,
    BookingFactory,
    HirerFactory,
    a_manager_of,
    a_programme_worker,
    a_site_manager_of,
    with_second_factor,
)

pytestmark = pytest.mark.django_db

NOTE = "Their imam preached at the library, and it went well."


@pytest.fixture(autouse=True)
def a_tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def page_of(name, hirer):
    return reverse(f"spaces:{name}", args=[hirer.organisation.slug])


def test_a_group_is_approved_once_it_is_asked_and_checked_and_staff_alone_read_it(client):
    hirer = HirerFactory(state="registered")
    manager, worker = a_manager_of(hirer), a_programme_worker()
    client.force_login(worker)

    refused = client.post(page_of("decide_hirer", hirer), {"outcome": "approve", "notes": NOTE})
    assert refused.status_code == 422
    assert set(refused.context["form"].errors) == {"asked", "looked"}
    assert NOTE in refused.content.decode()
    with pytest.raises(ValidationError) as refusal:
        services.approve_hirer(hirer, by=worker, now=NOW)
    assert refusal.value.error_dict["asked"][0].code == "not_checked"

    said = {"outcome": "approve", "notes": NOTE, **TICKED}
    done = client.post(page_of("decide_hirer", hirer), said, follow=True).content.decode()
    check = PreventCheck.objects.get()
    assert (check.hirer, check.checked_by, check.checked_at) == (hirer, worker, NOW)
    assert (check.asked, check.looked) == (["speakers"], ["website"])
    for words in (NOTE, "Who speaks or leads", "Its website or pages"):
        assert words in done

    # Nobody else reads it: not the group, its site, the lead, nor staff about a group they left.
    own = a_programme_worker()
    booking = BookingFactory(hirer=hirer)
    readers = {
        manager: hirer,
        own: hirer,
        with_second_factor(a_person_with(ProgrammeRole.Role.PROGRAMME_LEAD)): hirer,
        a_site_manager_of(booking.space.site): booking,
    }
    hirer.registered_by = own
    hirer.save()
    for person, shown in readers.items():
        client.force_login(person)
        told = client.get(shown.get_absolute_url()).content.decode()
        assert "What we asked and checked" not in told
        assert NOTE not in told
    letters = Message.objects.values_list("subject", "body")
    records = AuditRecord.objects.values_list("verb", "detail")
    assert NOTE not in str([*letters, *records])


def test_all_that_keeps_a_yes_back_is_told_at_once():
    form = DecideHirerForm({"outcome": "approve"}, is_complete=False, must_check=True)

    assert set(form.errors) == {"asked", "looked", "despite"}


def test_an_appeal_lets_no_group_in_unchecked_and_a_no_needs_no_check(client):
    hirer = HirerFactory(state="registered")
    manager, colleague = a_manager_of(hirer), a_programme_worker()
    services.decline_hirer(hirer, by=a_programme_worker(), now=NOW, reason="We cannot find you.")
    appeal = services.appeal(hirer, by=manager, now=NOW, words="We are here.")
    client.force_login(colleague)

    said = {"outcome": "overturned", "reason": "Found."}
    refused = client.post(page_of("decide_appeal", hirer), said)
    assert set(refused.context["form"].errors) == {"asked", "looked"}
    with pytest.raises(ValidationError):
        services.decide_appeal(appeal, by=colleague, now=NOW, **said)
    services.decide_appeal(appeal, by=colleague, now=NOW, checked=CHECKED, **said)

    # Checked once, it need not be checked again.
    services.stop_hirer(
        hirer, by=colleague, now=NOW, stopped_because="rules", reason="Noise.", cancels=False
    )
    services.ask_again(hirer, by=manager, now=NOW)
    services.approve_hirer(hirer, by=colleague, now=NOW)
    hirer.refresh_from_db()
    assert hirer.state == "approved"
