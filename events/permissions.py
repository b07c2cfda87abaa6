"""Who may look after events."""

from accounts.models import ProgrammeRole, User


def can_look_after_events(user: User) -> bool:
    """See who signed up, and cancel."""
    return user.holds(ProgrammeRole.Role.PROGRAMME_STAFF, ProgrammeRole.Role.PROGRAMME_LEAD)
