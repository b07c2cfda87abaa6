"""Who may read the name of a group that asks for privacy."""

from typing import Any

from django import template
from django.db.models import Q

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
    """People of the group, now or ever, whose names are not for this reader; nobody if they know it.

    Whoever asked is one of them, unless it was staff, for a group that telephoned.
    """
    if knows_group(context, booking.hirer):
        return frozenset()
    people = Mandate.objects.filter(organisation=booking.hirer.organisation_id)
    hidden = set(people.values_list("user", flat=True))
    if booking.requested_by_id and not _is_staff(booking.requested_by_id, booking):
        hidden.add(booking.requested_by_id)
    return frozenset(hidden)


def _is_staff(person: int, booking: Booking) -> bool:
    """Now or ever: who asked may have left since."""
    works = Q(roles__isnull=False) | Q(managed_sites__site=booking.space.site_id)
    return User.objects.filter(works, pk=person).exists()
