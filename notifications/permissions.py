"""Who may look after the letters."""

from accounts.models import ProgrammeRole, User
from notifications.models import Message


def can_look_after_messages(user: User) -> bool:
    return user.holds(ProgrammeRole.Role.PROGRAMME_STAFF, ProgrammeRole.Role.ADMINISTRATOR)


def reads_letters_about_rooms(user: User) -> bool:
    """These say who belongs to a group and how to get in: administrators only send them again.

    All of them alike, so that nothing marks those of a group that asks for privacy.
    """
    return user.holds(ProgrammeRole.Role.PROGRAMME_STAFF)


def reads_letter(user: User, letter: Message) -> bool:
    """Say whether this person may see whom a letter went to, and its words if they are no secret."""
    return reads_letters_about_rooms(user) or not letter.is_about_rooms
