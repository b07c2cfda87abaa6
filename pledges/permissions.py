"""Who may add to the public record of a pledge. Who may see one is `visible_to`."""

from accounts.models import ProgrammeRole, User
from anchors.models import Mandate, Organisation
from pledges.models import Pledge, PledgeUpdate


def can_write_update(user: User, pledge: Pledge) -> bool:
    """Programme staff, and editors of an organisation that leads it or is a partner in it."""
    if user.holds(ProgrammeRole.Role.PROGRAMME_STAFF):
        return True
    edits = Organisation.objects.acted_for_by(user, Mandate.Kind.EDITOR)
    return edits.filter(pledge_parts__pledge=pledge).exists()


def can_correct(user: User, update: PledgeUpdate) -> bool:
    return can_write_update(user, update.pledge)


def can_change_status(user: User) -> bool:
    """The programme keeps the status, so that no organisation marks its own work."""
    return user.holds(ProgrammeRole.Role.PROGRAMME_STAFF)
