"""What administrators keep under "Tables" leaves a trace: who changed what, never the words."""

import pytest
from django.contrib import admin
from django.urls import reverse

from accounts.models import ProgrammeRole
from anchors.models import Borough, Network, NetworkMembership, Organisation
from audit.models import AuditRecord
from audit.recorded import RecordedAdmin
from tests.factories.accounts import a_person_with
from tests.factories.anchors import BoroughFactory, OrganisationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_second_factor_is_not_the_matter_here(settings):
    """The rule about second factors has tests of its own."""
    settings.MIDDLEWARE = [
        name for name in settings.MIDDLEWARE if not name.endswith("SecondFactorRequired")
    ]


@pytest.fixture
def administrator(client):
    person = a_person_with(ProgrammeRole.Role.ADMINISTRATOR)
    client.force_login(person)
    return person


def page_of(client, row):
    """The address of the row's page under "Tables", and everything its form holds now."""
    address = reverse(f"admin:anchors_{row._meta.model_name}_change", args=[row.pk])
    context = client.get(address).context
    forms = [context["adminform"].form]
    for formset in context["inline_admin_formsets"]:
        forms += [formset.formset.management_form, *formset.formset.forms]
    held = {}
    for form in forms:
        for box in form:
            value = box.value()
            if value is not None and value is not False:
                held[box.html_name] = value
    return address, held


def records():
    found = AuditRecord.objects.order_by("pk")
    return [(written.verb, written.subject, written.detail) for written in found]


def test_a_changed_organisation_is_recorded_by_the_names_of_its_fields(client, administrator):
    trust = OrganisationFactory()
    address, held = page_of(client, trust)

    answer = client.post(address, {**held, "summary": "It has three sites.", "sector": "council"})

    assert answer.status_code == 302
    assert records() == [
        (
            "anchors.organisation_changed",
            f"anchors.organisation:{trust.pk}",
            {"fields": "sector, summary"},
        )
    ]
    assert AuditRecord.objects.get().actor == administrator


def test_a_page_saved_as_it_was_leaves_no_record(client, administrator):
    address, held = page_of(client, OrganisationFactory())

    assert client.post(address, held).status_code == 302

    assert records() == []


def test_what_is_added_is_recorded(client, administrator):
    answer = client.post(
        reverse("admin:anchors_borough_add"),
        {"name": "Bexley", "slug": "bexley", "ons_code": "E09000004"},
    )

    assert answer.status_code == 302
    added = Borough.objects.get()
    assert records() == [("anchors.borough_added", f"anchors.borough:{added.pk}", {})]


def test_memberships_on_the_page_of_an_organisation_stand_in_its_history(client, administrator):
    trust = OrganisationFactory()
    here = f"anchors.organisation:{trust.pk}"
    network = Network.objects.create(name="Riverside (demo)", slug="riverside")
    address, held = page_of(client, trust)

    held |= {
        "memberships-TOTAL_FORMS": "1",
        "memberships-0-network": network.pk,
        "memberships-0-standing": "not_confirmed",
    }
    assert client.post(address, held).status_code == 302
    membership = NetworkMembership.objects.get()

    _address, held = page_of(client, trust)
    client.post(address, {**held, "memberships-0-standing": "confirmed"})
    client.post(address, {**held, "memberships-0-DELETE": "on"})

    assert not NetworkMembership.objects.exists()
    assert records() == [
        ("anchors.network_membership_added", here, {"part": membership.pk}),
        (
            "anchors.network_membership_changed",
            here,
            {"part": membership.pk, "fields": "standing"},
        ),
        ("anchors.network_membership_deleted", here, {"part": membership.pk}),
    ]


def test_a_row_that_is_refused_comes_back_with_422_and_all_that_was_typed(client, administrator):
    address, held = page_of(client, OrganisationFactory())

    answer = client.post(
        address,
        {
            **held,
            "summary": "It has three sites.",
            "facts-TOTAL_FORMS": "1",
            "facts-0-text": "It has 12 allotments.",
            "facts-0-position": "first",
        },
    )

    assert answer.status_code == 422
    assert "It has three sites." in answer.content.decode()
    assert "It has 12 allotments." in answer.content.decode()
    assert records() == []


def test_what_is_deleted_alone_or_with_others_is_recorded(client, administrator):
    alone, *others = (BoroughFactory(name=name) for name in ("Bexley", "Bromley", "Greenwich"))

    client.post(reverse("admin:anchors_borough_delete", args=[alone.pk]), {"post": "yes"})
    client.post(
        reverse("admin:anchors_borough_changelist"),
        {
            "action": "delete_selected",
            "_selected_action": [borough.pk for borough in others],
            "post": "yes",
        },
    )

    assert not Borough.objects.exists()
    assert {(verb, subject) for verb, subject, _detail in records()} == {
        ("anchors.borough_deleted", f"anchors.borough:{borough.pk}") for borough in [alone, *others]
    }


@pytest.mark.parametrize("model", [Borough, Network, Organisation])
def test_every_table_of_anchors_that_is_edited_leaves_records(model):
    assert isinstance(admin.site._registry[model], RecordedAdmin)
