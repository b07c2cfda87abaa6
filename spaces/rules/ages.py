"""How old those are who come, in words. Facts in, answer out."""

from collections.abc import Collection

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from spaces.models.ages import ASKED_AGES, AgeGroup, has_children

__all__ = ["has_children", "in_words"]


def in_words(ages: Collection[str]) -> str:
    """Under 5, 5 to 11 and 65 and over; one word for all of them."""
    if set(ASKED_AGES) <= set(ages):
        return _("All ages")
    return get_text_list([str(age.label) for age in AgeGroup if age in ages], _("and"))
