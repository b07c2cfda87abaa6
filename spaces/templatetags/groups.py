"""Who may read the name of a group that asks for privacy."""

from typing import Any

from django import template

from accounts.models import User
from anchors.models import Mandate
from spaces import permissions
from spaces.models import Booking, Hirer

register = template.Library()


@register.simple_tag(takes_context=True)
def knows_group(context: template.Context, hirer: Hirer) -> bool:
    """{% knows_group booking.hirer as knows %}: the reader may see its name, purpose and people."""
    reader: Any = context["request"].user
    return not hirer.is_sensitive or (
        isinstance(reader, User) and permissions.knows_group(reader, hirer)
    )


@register.simple_tag(takes_context=True)
def names_to_hide(context: template.Context, booking: Booking) -> frozenset[int]:
    """People of the group, now or ever, whose names are not for this reader; nobody if they know it."""
    if knows_group(context, booking.hirer):
        return frozenset()
    people = Mandate.objects.filter(organisation=booking.hirer.organisation_id)
    return frozenset([*people.values_list("user", flat=True), booking.requested_by_id or 0])
