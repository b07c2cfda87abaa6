"""Put a made-up world into the portal's own tables with COPY.

Every foreign key, check and unique constraint stands while the rows come in. One thing is built
afterwards, because row by row it takes far longer: the exclusion constraint of occupancies. It
is then built over all rows, so it has looked at each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import connection, models
from psycopg.types.json import Jsonb

from accounts.models import User
from anchors.models import Borough, Mandate, Organisation
from bench.world import World
from spaces.models import (
    AccessFact,
    ArrivalFacts,
    Booking,
    Charge,
    Closure,
    Hirer,
    Layout,
    Occupancy,
    OpeningRule,
    Room,
    Site,
    SiteManager,
    Space,
)

CONSTRAINT = "room_is_taken_once_at_a_time"
STEP = 20_000
"""Bookings that are copied in one go, so that memory stays small."""

Row = Mapping[str, Any]


def load(world: World, *, now: datetime) -> None:
    """Fill empty tables. Whoever calls this sees either nothing or everything."""
    tables: list[tuple[type[models.Model], list[dict[str, Any]]]] = [
        (Borough, world.boroughs),
        (User, world.users),
        (Organisation, world.organisations),
        (Mandate, world.mandates),
        (Site, world.sites),
        (SiteManager, world.managed),
        (Authenticator, _second_steps(world)),
        (Room, world.rooms),
        (Space, world.spaces),
        (Space.rooms.through, world.space_rooms),
        (Layout, world.layouts),
        (Charge, world.charges),
        (AccessFact, world.facts),
        (ArrivalFacts, world.arrivals),
        (OpeningRule, world.opening),
        (Closure, world.closures),
        (Closure.rooms.through, world.closure_rooms),
        (Hirer, world.hirers),
    ]
    for model, rows in tables:
        copy(model, rows, now=now)
    law = next(one for one in Occupancy._meta.constraints if one.name == CONSTRAINT)
    with connection.schema_editor() as editor:
        editor.remove_constraint(Occupancy, law)
    for bookings, occupancies in _in_steps(world):
        copy(Booking, bookings, now=now)
        copy(Occupancy, occupancies, now=now)
    with connection.schema_editor() as editor:
        editor.add_constraint(Occupancy, law)
    for model in [*(model for model, _rows in tables), Booking, Occupancy]:
        _count_on(model)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def copy(model: type[models.Model], rows: Iterable[Row], *, now: datetime) -> None:
    """Write rows; a column that a row does not name has its model's default."""
    fields = model._meta.concrete_fields
    usual = {field.attname: _usual(field, now) for field in fields}
    table = connection.ops.quote_name(model._meta.db_table)
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    names = [field.attname for field in fields]
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as into,
    ):
        for row in rows:
            unknown = row.keys() - usual.keys()
            if unknown:
                raise ValueError(f"{table} has no {unknown}")
            into.write_row([row[name] if name in row else usual[name] for name in names])


def _usual(field: models.Field[Any, Any], now: datetime) -> Any:
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return now
    default = field.get_default()
    return Jsonb(default) if isinstance(default, dict) else default


def _second_steps(world: World) -> list[dict[str, Any]]:
    """Staff pass no door without a second step."""
    return [
        {"id": number, "user_id": person, "type": "totp", "data": Jsonb({"secret": "bench"})}
        for number, person in enumerate(world.site_managers, 1)
    ]


def _in_steps(world: World) -> Iterator[tuple[list[Row], list[Row]]]:
    bookings: list[Row] = []
    occupancies: list[Row] = []
    for booking, taken in world.bookings():
        bookings.append(booking)
        occupancies += taken
        if len(bookings) == STEP:
            yield bookings, occupancies
            bookings, occupancies = [], []
    yield bookings, occupancies


def _count_on(model: type[models.Model]) -> None:
    """Let the next row that the portal writes have the next key."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
        )
