"""How a group that wants to book may go on."""

from collections.abc import Mapping
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from spaces.models import Hirer

State = Hirer.State

MAY_BECOME: Mapping[str, frozenset[State]] = {
    State.REGISTERED: frozenset({State.APPROVED, State.DECLINED}),
    # A group that thinks it was wronged is looked at again.
    State.DECLINED: frozenset({State.APPROVED, State.DECLINED}),
}

NEEDS_A_NUMBER = frozenset({Hirer.GroupKind.CHARITY, Hirer.GroupKind.CIC})


def check_may_become(hirer: Hirer, wanted: State, *, seen: datetime | None) -> None:
    """`seen` is the time of the decision that whoever decides now has read; None for none yet."""
    if hirer.decided_at != seen or wanted not in MAY_BECOME.get(hirer.state, frozenset()):
        raise ValidationError(
            _("This group is %(state)s already."),
            code="not_from_here",
            params={"state": hirer.get_state_display()},
        )


def check_number(group_kind: str, registered_number: str) -> None:
    """Charities and companies have a number; a small group needs none."""
    if group_kind in NEEDS_A_NUMBER and not registered_number:
        raise ValidationError(
            {
                "registered_number": ValidationError(
                    _("Enter the charity or company number"), code="required"
                )
            }
        )
