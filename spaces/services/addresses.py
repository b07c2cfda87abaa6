"""Saying where a site stands."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from audit.services import record
from core.secret_links import hash_of
from spaces import permissions
from spaces.models import Site
from spaces.services import turns
from spaces.services.arrival import tell_who_come_soon

ADDRESS = ("street", "postcode", "district")


def version_of_address(site: Site) -> str:
    """What tells one address from the next, for forms that are open for a while."""
    return hash_of("\n".join(getattr(site, name) for name in ADDRESS))


@turns.in_turn()
@transaction.atomic
def change_address(
    site: Site, *, by: User, now: datetime, version: str, street: str, postcode: str
) -> int:
    """Keep where a site stands. Groups with a confirmed booking in the next days are written to; return
    of how many bookings that was.

    Raises ValidationError `turns.CHANGED_MEANWHILE` if `version` is not that of the address as it is.
    """
    permissions.check_runs(by, site)
    site = Site.objects.select_for_update(no_key=True, of=("self",)).get(pk=site.pk)
    before = version_of_address(site)
    site.move_to(street, postcode)
    if version_of_address(site) == before:
        return 0
    if version != before:
        raise turns.changed_meanwhile()
    site.save(update_fields=[*ADDRESS, "updated_at"])
    happened = record("spaces.address_changed", site, by=by)
    return tell_who_come_soon(set(site.spaces.values_list("pk", flat=True)), happened, now=now)
