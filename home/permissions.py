"""Who must do what, where several apps have a say."""

from accounts.models import User
from anchors.models import Mandate
from core.clock import today
from housing.models import Seat
from spaces.models import SiteManager


def needs_second_factor(user: User) -> bool:
    """Every staff role needs one: programme roles, site managers, institutions, Coalition chairs.

    Members and managers of community groups may have one and need not.
    """
    day = today()
    return (
        bool(user.programme_roles)
        or SiteManager.objects.current(day).filter(user=user).exists()
        or Mandate.objects.current(day)
        .filter(
            user=user,
            kind__in=[Mandate.Kind.EDITOR, Mandate.Kind.APPROVER, Mandate.Kind.HEALTH_STAFF],
        )
        .exists()
        or Seat.objects.chaired_by(user).exists()
    )
