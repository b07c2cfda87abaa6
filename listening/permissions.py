"""Who may read residents' words, and who may see counts of them before they are published."""

from accounts.models import ProgrammeRole, User

Role = ProgrammeRole.Role


def can_read_words(user: User) -> bool:
    return user.holds(Role.LISTENING_EDITOR, Role.SAFEGUARDING_LEAD)


def can_see_figures(user: User) -> bool:
    """Counts only, rounded as for the public."""
    return can_read_words(user) or user.holds(
        Role.FACILITATOR, Role.PROGRAMME_STAFF, Role.PROGRAMME_LEAD
    )
