"""What administrators change of a pledge stands in its history; its logs are only read there."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.urls import reverse

from audit.models import AuditRecord
from audit.recorded import RecordedAdmin
from pledges.models import Pledge, PledgeOwner, PledgeStatusChange, PledgeUpdate
from tests.factories.accounts import a_person_with
from tests.factories.anchors import OrganisationFactory
from tests.factories.pledges import PledgeUpdateFactory, owned_by

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client):
    person = a_person_with("administrator")
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={"secret": "x"})
    client.force_login(person)
    return person


def page_of(client, row):
    """The address of the row's page under "Tables", and everything its form holds now."""
    address = reverse(f"admin:{row._meta.label_lower.replace('.', '_')}_change", args=[row.pk])
    context = client.get(address).context
    forms = [context["adminform"].form]
    for formset in context["inline_admin_formsets"]:
        forms += [formset.formset.management_form, *formset.formset.forms]
    held = {box.html_name: box.value() for form in forms for box in form}
    return address, {name: value for name, value in held.items() if value not in (None, False)}


def records():
    found = AuditRecord.objects.order_by("pk")
    return [(written.verb, written.subject, written.detail) for written in found]


def test_a_changed_pledge_and_its_owner_stand_in_its_history(client, administrator):
    pledge = owned_by(OrganisationFactory())
    owner = pledge.owners.get()
    address, held = page_of(client, pledge)

    answer = client.post(
        address, held | {"title": "A garden (demo)", "owners-0-accepted_on": "2026-11-20"}
    )

    assert answer.status_code == 302
    here = f"pledges.pledge:{pledge.pk}"
    assert records() == [
        ("pledges.pledge_changed", here, {"fields": "title"}),
        ("pledges.pledge_owner_changed", here, {"part": owner.pk, "fields": "accepted_on"}),
    ]
    assert {written.actor for written in AuditRecord.objects.all()} == {administrator}


def test_the_record_of_a_pledge_is_only_read(client, administrator):
    update = PledgeUpdateFactory()
    address = reverse("admin:pledges_pledgeupdate_change", args=[update.pk])

    assert client.get(address).status_code == 200
    assert client.post(address, {"what_changed": "All is well"}).status_code == 403


def test_every_table_of_pledges_that_is_edited_leaves_records():
    assert isinstance(admin.site._registry[Pledge], RecordedAdmin)
    assert not {PledgeOwner} & set(admin.site._registry)
    for log in (PledgeStatusChange, PledgeUpdate):
        assert not admin.site._registry[log].has_change_permission(None)
