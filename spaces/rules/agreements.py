"""When conditions of hire may be published or accepted, and what a new version changes."""

from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from spaces.models import AgreementVersion, Booking

CHANGED, NEWER, NOTHING = "changed", "newer_version", "nothing_to_accept"


@dataclass(frozen=True)
class Changes:
    """Lines that a new version has and the one before had not, and the other way round."""

    new: list[str]
    gone: list[str]


def changes(before: str, after: str) -> Changes:
    """Line by line; empty lines say nothing."""
    old, new = before.splitlines(), after.splitlines()
    changed = Changes(new=[], gone=[])
    # Not `ndiff`: it compares letters, too, and takes minutes for a long text written anew.
    for kind, first, last, new_first, new_last in SequenceMatcher(None, old, new).get_opcodes():
        if kind != "equal":
            changed.gone.extend(line for line in old[first:last] if line.strip())
            changed.new.extend(line for line in new[new_first:new_last] if line.strip())
    return changed


def is_open_to_accept(booking: Booking, *, now: datetime) -> bool:
    """Say whether accepting means anything still: it may come to pass, and is not over."""
    return booking.is_alive and booking.ends_at > now


def check_open_to_accept(booking: Booking, *, now: datetime) -> None:
    if not is_open_to_accept(booking, now=now):
        raise ValidationError(
            _("This booking is over, declined or cancelled, so there is nothing to accept."),
            code="not_from_here",
        )


def check_is_in_force(shown: AgreementVersion, in_force: AgreementVersion | None) -> None:
    """Nobody accepts words other than those that hold now."""
    if in_force is None:
        raise ValidationError(_("There are no conditions to accept."), code=NOTHING)
    if shown.site_id != in_force.site_id:
        # Of a room at another site, chosen because the first one was taken.
        raise ValidationError(
            _("This site has other conditions than those you read. Read them, then accept them."),
            code=NEWER,
        )
    if shown.pk != in_force.pk:
        raise ValidationError(
            _(
                "The conditions have changed while this page was open. Read them again, then"
                " accept them."
            ),
            code=NEWER,
        )


def check_is_what_was_read(draft: AgreementVersion, *, seen: str) -> None:
    """Nobody publishes words of somebody else that they have not read."""
    if draft.fingerprint != seen:
        raise ValidationError(
            _(
                "Somebody else has changed this draft meanwhile, so nothing was published. Read it"
                " again, then publish it."
            ),
            code=CHANGED,
        )


def check_unchanged(draft: AgreementVersion | None, *, seen: str) -> None:
    """`seen` is the fingerprint of the draft that somebody looked at; empty where there was none."""
    if (draft.fingerprint if draft else "") != seen:
        raise ValidationError(
            _(
                "Somebody else has changed this draft meanwhile. What you typed is still here."
                " Send it again to keep yours instead of theirs."
            ),
            code=CHANGED,
        )


def check_says_something_new(draft: AgreementVersion, in_force: AgreementVersion | None) -> None:
    """A version of its own that says the same would only be one more to read."""
    if in_force and in_force.site_id == draft.site_id and in_force.fingerprint == draft.fingerprint:
        raise ValidationError(
            _("This says the same as the version that holds now. Change it first."), code="the_same"
        )
