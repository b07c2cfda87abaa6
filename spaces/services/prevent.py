"""Writing down what was asked and checked of a group, together with the decision about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import User
from spaces.models import Hirer, PreventCheck


@dataclass(frozen=True)
class Checked:
    """What whoever decides has asked and looked at; without either it is no check."""

    asked: Sequence[str] = ()
    looked: Sequence[str] = ()
    notes: str = ""

    def __bool__(self) -> bool:
        return bool(self.asked and self.looked)


def keep_check(hirer: Hirer, checked: Checked | None, *, by: User, now: datetime) -> None:
    """Keep it, where something was checked. For callers that may decide about the group and hold it.

    The row itself is the record: others read those of the group.
    """
    if checked:
        PreventCheck.objects.create(
            hirer=hirer,
            asked=list(checked.asked),
            looked=list(checked.looked),
            notes=checked.notes,
            checked_by=by,
            checked_at=now,
        )


def check_was_checked(hirer: Hirer) -> None:
    """Nobody approves a group of which nobody has written down what was asked and checked."""
    if not hirer.prevent_checks.exists():
        raise ValidationError(
            {
                "asked": ValidationError(
                    _("Say what you asked and what you checked before you approve the group."),
                    code="not_checked",
                )
            }
        )
