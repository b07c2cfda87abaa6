"""What a group needs to take part, saved once."""

from django.db import transaction

from accounts.models import User
from audit.services import record
from spaces import permissions
from spaces.models import Hirer


@transaction.atomic
def save_needs(
    hirer: Hirer, *, by: User, access_needs: list[str], communication_needs: str
) -> None:
    """Keep what a group needs, in place of what it said before.

    Raises PermissionDenied for whoever does not belong to the group. The record says that it was
    changed, never what to.
    """
    permissions.check_belongs(by, hirer)
    hirer.access_needs = access_needs
    hirer.communication_needs = communication_needs
    hirer.save(update_fields=["access_needs", "communication_needs", "updated_at"])
    record("spaces.hirer_needs_changed", hirer, by=by)
