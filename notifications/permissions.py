"""Who may look after the letters."""

from accounts.models import ProgrammeRole, User


def can_look_after_messages(user: User) -> bool:
    return user.holds(ProgrammeRole.Role.PROGRAMME_STAFF, ProgrammeRole.Role.ADMINISTRATOR)
