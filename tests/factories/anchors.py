from datetime import date

import factory
from factory.django import DjangoModelFactory

from accounts.models import User
from anchors.models import Borough, Mandate, Organisation
from tests.factories.accounts import UserFactory


class BoroughFactory(DjangoModelFactory):
    class Meta:
        model = Borough
        django_get_or_create = ("slug",)

    name = "Lewisham"
    slug = factory.LazyAttribute(lambda borough: borough.name.lower())
    ons_code = factory.Sequence(lambda number: f"E0900{number:04d}")


class OrganisationFactory(DjangoModelFactory):
    class Meta:
        model = Organisation

    name = factory.Sequence(lambda number: f"Organisation {number} (demo)")
    slug = factory.Sequence(lambda number: f"organisation-{number}")
    kind = Organisation.Kind.ANCHOR_INSTITUTION
    sector = Organisation.Sector.NHS


def a_person_for(organisation: Organisation, kind: Mandate.Kind) -> User:
    """Somebody who has acted for this organisation, in this way, since long ago."""
    user: User = UserFactory()
    Mandate.objects.create(
        user=user, organisation=organisation, kind=kind, starts_on=date(2020, 1, 1)
    )
    return user
