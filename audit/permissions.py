"""Who may read what happened everywhere. The history of one thing is for whoever sees the thing."""

from accounts.models import ProgrammeRole, User


def can_read_records(user: User) -> bool:
    return user.holds(
        ProgrammeRole.Role.PROGRAMME_STAFF,
        ProgrammeRole.Role.PROGRAMME_LEAD,
        ProgrammeRole.Role.ADMINISTRATOR,
    )
