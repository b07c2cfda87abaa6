"""How often groups may be invited, and for how long an invitation is good."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from spaces.models import Hirer, HirerInvitation

GOOD_FOR = timedelta(days=30)
QUIET_FOR = timedelta(days=7)
MOST_A_DAY = 20
"""By one person. More would be a mailing, and look like one."""


def check_one_more_today(how_many: int) -> None:
    if how_many >= MOST_A_DAY:
        raise ValidationError(
            _("You have invited %(most)d groups today. Go on tomorrow."),
            code="too_many",
            params={"most": MOST_A_DAY},
        )


def check_may_be_withdrawn(invitation: HirerInvitation) -> None:
    if invitation.state != HirerInvitation.State.SENT:
        raise ValidationError(
            _("This invitation is over: %(state)s."),
            code="not_from_here",
            params={"state": invitation.get_state_display()},
        )


def check_not_registered(known: Hirer | None) -> None:
    """`known` is a group of whoever has the address, if the person who invites may know of it."""
    if known:
        raise ValidationError(
            _("Somebody with this address acts for %(group)s, which is registered already."),
            code="registered_already",
            params={"group": known},
        )


def invited_lately() -> ValidationError:
    return ValidationError(
        _("Somebody invited this address during the last week. Wait for the answer."),
        code="invited_lately",
    )
