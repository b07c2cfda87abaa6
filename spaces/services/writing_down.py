"""A refusal of Postgres, said in words."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from psycopg import Error


@contextmanager
def refused_if_taken(words: str, *, constraint: str, code: str) -> Iterator[None]:
    """Say these words if what is saved inside breaks this promise of the table."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as problem:
        cause = problem.__cause__
        if not isinstance(cause, Error) or cause.diag.constraint_name != constraint:
            raise
        raise ValidationError(words, code=code) from None
