"""How old those are who come to a booking, and which of them must be kept safe by law.

`docs/decisions/age-groups.md` says why these groups and no others.
"""

from collections.abc import Collection

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class AgeGroup(models.TextChoices):
    UNDER_5 = "under_5", _("Under 5")
    FROM_5 = "5_to_11", _("5 to 11")
    FROM_12 = "12_to_17", _("12 to 17")
    FROM_18 = "18_to_25", _("18 to 25")
    FROM_26 = "26_to_64", _("26 to 64")
    FROM_65 = "65_and_over", _("65 and over")
    # Of bookings that were asked for while there was one box, “people under 18”. Nobody chooses these.
    SOME_UNDER_18 = "under_18", _("Under 18 (which ages was not asked)")
    NOBODY_UNDER_18 = "18_and_over", _("18 and over (which ages was not asked)")


ASKED_AGES = (
    AgeGroup.UNDER_5,
    AgeGroup.FROM_5,
    AgeGroup.FROM_12,
    AgeGroup.FROM_18,
    AgeGroup.FROM_26,
    AgeGroup.FROM_65,
)
"""What whoever asks for a room chooses from."""

AGES_OF_CHILDREN = (
    AgeGroup.UNDER_5,
    AgeGroup.FROM_5,
    AgeGroup.FROM_12,
    AgeGroup.SOME_UNDER_18,
)


def has_children(ages: Collection[str]) -> bool:
    """Say whether somebody under 18 comes. `people_at_risk` asks Postgres the same."""
    return not set(AGES_OF_CHILDREN).isdisjoint(ages)


def people_at_risk() -> Q:
    """Bookings to which people under 18 or adults at risk come."""
    return Q(ages__overlap=list(AGES_OF_CHILDREN)) | Q(has_adults_at_risk=True)


def in_order(ages: Collection[str]) -> list[str]:
    """Each once, the youngest first, so that the same people are always the same list."""
    return [age.value for age in AgeGroup if age in ages]
