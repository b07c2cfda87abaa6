"""Who may be tried in demonstration mode."""

from django.conf import settings
from django.db.models import QuerySet

from accounts.models import User
from home.demonstration.people import CAST, CastMember


def demonstration_people() -> QuerySet[User]:
    """The people anybody may try. Empty outside demonstration mode."""
    if not settings.DEMONSTRATION:
        return User.objects.none()
    return User.objects.filter(email__in=[member.email for member in CAST], is_active=True)


def demonstration_cast() -> list[CastMember]:
    return list(CAST)
