"""Who may add to the public record of an action. Who may see one is `visible_to`."""

from accounts.models import ProgrammeRole, User
from anchors.models import Mandate, Organisation
from housing.models import Action, ActionUpdate, Seat


def can_write_update(user: User, action: Action) -> bool:
    """Programme staff, chairs of the Coalition, and editors of an organisation that has a part in it."""
    if user.holds(ProgrammeRole.Role.PROGRAMME_STAFF):
        return True
    if Seat.objects.chaired_by(user).exists():
        return True
    edits = Organisation.objects.acted_for_by(user, Mandate.Kind.EDITOR)
    return edits.filter(action_parts__action=action).exists()


def can_correct(user: User, update: ActionUpdate) -> bool:
    return can_write_update(user, update.action)


def can_change_status(user: User) -> bool:
    """The programme keeps the status, so that no organisation marks its own work."""
    return user.holds(ProgrammeRole.Role.PROGRAMME_STAFF)
