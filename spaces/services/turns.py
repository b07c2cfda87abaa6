"""Queueing with whoever changes the same thing just now, and hearing in words that it was in vain."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import OperationalError
from django.db.models import Model
from django.utils.translation import gettext as _

from spaces.services import rooms

CROWDED = "crowded"
GONE = "gone"
CHANGED_MEANWHILE = "changed_meanwhile"


@contextmanager
def in_turn() -> Iterator[None]:
    """Wait inside for rows that others hold; who would wait too long is told to try again.

    Whoever calls lets go of the transaction: stand it over `transaction.atomic`, or within one that
    the refusal leaves.
    """
    try:
        yield
    except OperationalError as problem:
        if not rooms.is_crowding(problem):
            raise
        raise ValidationError(
            _("Somebody else is changing this just now, so nothing was saved. Try again."),
            code=CROWDED,
        ) from problem


def check_there(thing: Model) -> None:
    """Hold a row until the transaction ends. Refuse with `GONE` if somebody has taken it away."""
    held = type(thing)._default_manager.select_for_update(no_key=True, of=("self",))
    if held.filter(pk=thing.pk).first() is None:
        raise ValidationError(
            _(
                "Somebody else has taken this away meanwhile, so nothing was saved. Go back and look."
            ),
            code=GONE,
        )
