"""How a group that wants to book may go on."""

import re
from collections.abc import Mapping
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from spaces.models import Hirer, HirerAppeal
from spaces.models.hirers import ASKED_TO_CONFIRM_AFTER

State = Hirer.State

MAY_BECOME: Mapping[str, frozenset[State]] = {
    State.REGISTERED: frozenset({State.APPROVED, State.DECLINED}),
    State.APPROVED: frozenset({State.STOPPED}),
    # It puts right what was wrong and asks again, or appeals and somebody else approves it.
    State.DECLINED: frozenset({State.REGISTERED, State.APPROVED}),
    State.STOPPED: frozenset({State.REGISTERED, State.APPROVED}),
}
"""All the ways a group may go. `docs/bookings.md` draws them, and a test compares."""

LIKE_A_NUMBER = re.compile(r"(?=(\D*\d){4})[A-Za-z0-9 /-]+", re.ASCII)
"""Registers number in many ways: at least four figures, perhaps letters before or after them."""

MOST_APPEALS = 3
"""Ever by one group. Each writes to all who may decide it."""

NEEDS_A_NUMBER = frozenset({Hirer.GroupKind.CHARITY, Hirer.GroupKind.CIC})


def waits_for_decision(hirer: Hirer) -> bool:
    return hirer.state == State.REGISTERED


def check_waits_for_decision(hirer: Hirer) -> None:
    """A group that was refused is approved by way of an appeal, or of asking again."""
    if not waits_for_decision(hirer):
        raise ValidationError(
            _("This group is %(state)s already."),
            code="not_from_here",
            params={"state": hirer.get_state_display()},
        )


def check_may_become(hirer: Hirer, wanted: State) -> None:
    if wanted not in MAY_BECOME.get(hirer.state, frozenset()):
        raise ValidationError(
            _("This group is %(state)s already."),
            code="not_from_here",
            params={"state": hirer.get_state_display()},
        )


def check_number(group_kind: str, registered_number: str) -> None:
    """Charities and companies have a number; a small group that is not registered has none."""
    if not registered_number:
        if group_kind in NEEDS_A_NUMBER:
            raise _about_number(_("Enter the charity or company number"), code="required")
    elif group_kind == Hirer.GroupKind.UNREGISTERED:
        raise _about_number(
            _(
                "A group that is not registered has no number. Leave this empty, or choose another kind"
            ),
            code="not_registered",
        )
    elif not LIKE_A_NUMBER.fullmatch(registered_number):
        raise _about_number(
            _("Enter a charity or company number, such as 1123456 or SC012345"), code="invalid"
        )


def _about_number(words: str, *, code: str) -> ValidationError:
    return ValidationError({"registered_number": ValidationError(words, code=code)})


def is_same_name(one: str, other: str) -> bool:
    """Say whether two names are one: capitals, and the room between words, make none."""
    return bool(one.strip()) and one.casefold().split() == other.casefold().split()


def is_to_confirm(hirer: Hirer, *, today: date) -> bool:
    """Say whether the group is to look at its facts again. Nothing is blocked by it."""
    return hirer.state == State.APPROVED and hirer.confirmed_on <= today - ASKED_TO_CONFIRM_AFTER


def confirm_by(hirer: Hirer) -> date:
    """A year after the group last said that its facts are right."""
    return hirer.confirmed_on + timedelta(days=365)


def check_may_register(undecided: int, *, most: int) -> None:
    if undecided >= most:
        raise ValidationError(
            _(
                "You have registered %(number)d groups that wait for our answer. Wait for that first."
            ),
            code="too_many",
            params={"number": undecided},
        )


def check_may_write_to_strangers(written: int, *, most: int) -> None:
    if written >= most:
        raise ValidationError(
            _(
                "You have asked us to write to %(number)d people today. Go on tomorrow, or once"
                " your group is approved."
            ),
            code="too_many",
            params={"number": written},
        )


def is_final(hirer: Hirer, last: HirerAppeal | None) -> bool:
    """Say whether the decision as it stands is the answer to an appeal: that is looked at once."""
    return hirer.state in Hirer.REFUSED and last is not None and last.decided_at == hirer.decided_at


def check_may_appeal(hirer: Hirer, *, last: HirerAppeal | None, made: int) -> None:
    """`last` is the newest appeal of the group, `made` how many there were."""
    if hirer.state not in Hirer.REFUSED:
        raise ValidationError(
            _("This group is %(state)s, so there is nothing to appeal against."),
            code="not_from_here",
            params={"state": hirer.get_state_display()},
        )
    if last is not None and not last.outcome:
        raise ValidationError(
            _("Your group has appealed, and somebody is looking at it."), code="not_from_here"
        )
    if is_final(hirer, last):
        raise ValidationError(
            _("Somebody else looked at this decision, and it stands. Contact us for help."),
            code="final",
        )
    if made >= MOST_APPEALS:
        raise ValidationError(
            _("Your group has appealed %(number)d times already. Contact us for help."),
            code="too_many",
            params={"number": MOST_APPEALS},
        )


def check_may_ask_again(hirer: Hirer, *, has_open: bool) -> None:
    """While somebody looks at its appeal, or nobody has decided, there is nothing to ask again."""
    if hirer.state not in Hirer.REFUSED or has_open:
        raise ValidationError(
            _("Somebody looks at your group already, or has approved it."), code="not_from_here"
        )
