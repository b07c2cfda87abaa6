"""Queueing with whoever changes the same thing just now, and hearing in words that it was in vain."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import OperationalError
from django.db.models import Model
from django.utils.translation import gettext as _

from core.secret_links import hash_of
from spaces.models import Site, Space
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


def hold_rooms(of: Space | Site) -> None:
    """Hold the rooms of a space or a whole site until the transaction ends, for who changes what decides
    about them. Raises ValidationError `CROWDED` if others hold them for too long.
    """
    with in_turn():
        rooms.lock_rooms(of)


def version_of(*rows: Model) -> str:
    """What tells one state of these rows from the next, for pages that are open for a while.

    Rows that are taken away and written down anew with the same facts are the same.
    """
    facts = [
        [str(getattr(row, one.attname)) for one in row._meta.concrete_fields if not one.primary_key]
        for row in rows
    ]
    return hash_of(str(sorted(facts)))


def check_seen(version: str | None, *rows: Model) -> None:
    """Refuse with `CHANGED_MEANWHILE` whoever saw another version of these rows; None: nobody is asked."""
    if version is not None and version != version_of(*rows):
        raise changed_meanwhile()


def changed_meanwhile() -> ValidationError:
    return ValidationError(
        _(
            "Somebody has changed this since you opened the page. Nothing was saved. Look at how"
            " it is now, and send the page again if you still want the same."
        ),
        code=CHANGED_MEANWHILE,
    )


def gone() -> ValidationError:
    return ValidationError(
        _("Somebody else has taken this away meanwhile, so nothing was saved. Go back and look."),
        code=GONE,
    )


def check_there(thing: Model, version: str | None = None) -> None:
    """Hold a row until the transaction ends. Refuse with `GONE` if somebody has taken it away, and
    whoever saw another version of it.
    """
    held = type(thing)._default_manager.select_for_update(no_key=True, of=("self",))
    there = held.filter(pk=thing.pk).first()
    if there is None:
        raise gone()
    check_seen(version, there)
