"""How a paper of a group stands on a day. Facts in, answer out."""

from datetime import date, timedelta
from enum import StrEnum

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.clock import london
from spaces.models import HirerDocument
from spaces.models.documents import FILE_KEPT_FOR

Kind = HirerDocument.Kind
State = HirerDocument.State

WARN_AHEAD = timedelta(days=30)
URGENT = timedelta(days=14)
LAST_CALL = timedelta(days=3)

MOST_TO_CHECK = 20
"""Papers of one group that may wait to be checked at one time."""


class Standing(StrEnum):
    """How a paper stands; the first of these that is true of it."""

    WAITING = "waiting"
    REFUSED = "refused"
    REPLACED = "replaced"
    OVER = "over"
    LAST_CALL = "last_call"
    URGENT = "urgent"
    SOON = "soon"
    NOT_YET = "not_yet"
    GOOD = "good"


def standing(paper: HirerDocument, *, today: date) -> Standing:
    if paper.state == State.WAITING:
        return Standing.WAITING
    if paper.state == State.NOT_ACCEPTED:
        return Standing.REFUSED
    if paper.replaced_on is not None:
        return Standing.REPLACED
    if paper.valid_until is not None:
        left = paper.valid_until - today
        if left < timedelta(0):
            return Standing.OVER
        for limit, name in (
            (LAST_CALL, Standing.LAST_CALL),
            (URGENT, Standing.URGENT),
            (WARN_AHEAD, Standing.SOON),
        ):
            if left <= limit:
                return name
    if paper.valid_from is not None and paper.valid_from > today:
        return Standing.NOT_YET
    return Standing.GOOD


def holds_on(paper: HirerDocument, day: date) -> bool:
    """Say whether an accepted paper holds on a day: its first and last day are included.

    One that was replaced holds until its own last day, because the new one may begin later.
    """
    return (
        paper.state == State.ACCEPTED
        and (paper.valid_from is None or paper.valid_from <= day)
        and (paper.valid_until is None or day <= paper.valid_until)
    )


def check_dates(
    kind: str, valid_from: date | None, valid_until: date | None, *, today: date
) -> None:
    if kind == Kind.INSURANCE and valid_until is None:
        raise ValidationError(
            {
                "valid_until": ValidationError(
                    _("Enter the last day of the insurance"), code="required"
                )
            }
        )
    if valid_until is not None and valid_from is not None and valid_until < valid_from:
        raise ValidationError(
            {
                "valid_until": ValidationError(
                    _("The last day must be on or after the first day"), code="reversed"
                )
            }
        )
    if valid_until is not None and valid_until < today:
        raise ValidationError(
            {
                "valid_until": ValidationError(
                    _("This paper has run out. Send the one that holds now."), code="over"
                )
            }
        )


def check_to_check(paper: HirerDocument) -> None:
    if paper.state != State.WAITING:
        raise already_checked()


def already_checked() -> ValidationError:
    return ValidationError(
        _("This paper is checked already, or was taken back."), code="not_from_here"
    )


def check_replaceable(paper: HirerDocument) -> None:
    if paper.state != State.ACCEPTED or paper.replaced_on is not None:
        raise ValidationError(
            _("Only a paper that we accepted can be replaced. Add a new one instead."),
            code="not_from_here",
        )


def check_not_too_many(to_check: int) -> None:
    if to_check >= MOST_TO_CHECK:
        raise ValidationError(
            _("Too many of your papers wait to be checked. Take some back, or wait for us."),
            code="too_many",
        )


def file_goes_on(paper: HirerDocument) -> date | None:
    """The day from which the file is no longer kept; None while nobody knows."""
    ended = paper.replaced_on
    if ended is None and paper.state == State.NOT_ACCEPTED and paper.checked_at is not None:
        ended = london(paper.checked_at).date()
    if ended is None:
        ended = paper.valid_until
    return ended + FILE_KEPT_FOR if ended else None
