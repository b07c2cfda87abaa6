"""When spaces are free and what their access is, each as one condition in SQL.

They are written by hand. The same conditions put together from querysets took several times as long
to build as Postgres took to answer them, and the search builds them for each page
(docs/decisions/speed.md). `rules.times` asks the same of one space in Python; tests hold the two together.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import models
from django.db.models import F, Func

from spaces.models.taken import LONGEST, LONGEST_TURNAROUND, TAKEN


class InSql(Func):
    """A condition in SQL about a row of Space: columns stand in {braces}, values as %(name)s."""

    output_field = models.BooleanField()
    columns = {"space": "pk", "site": "site_id", "turnaround": "turnaround_minutes"}

    def __init__(self, text: str, values: Mapping[str, Any]) -> None:
        super().__init__(*(F(name) for name in self.columns.values()))
        self.text, self.values = text, values

    def as_sql(  # type: ignore[override]
        self, compiler: Any, connection: Any, **extra: Any
    ) -> tuple[str, list[Any]]:
        columns = [compiler.compile(column)[0] for column in self.get_source_expressions()]
        sql = self.text.format(**dict(zip(self.columns, columns, strict=True)))
        values: list[Any] = []

        def placed(found: re.Match[str]) -> str:
            value = self.values[found[1]]
            if type(value) is int:  # many of them, and none can be anything but a number
                return str(value)
            values.append(value)
            return "%s"

        return re.sub(r"%\((\w+)\)s", placed, sql), values


_HAS_OWN = "EXISTS (SELECT FROM spaces_openingrule own WHERE own.space_id = {space})"
_WEEKLY = """
    (SELECT sum(least(r.closes_minute, %(last)s) - greatest(r.opens_minute, %(first)s))
       FROM spaces_openingrule r
      WHERE r.site_id = {site} AND r.weekday = %(weekday)s
        AND r.opens_minute < %(last)s AND r.closes_minute > %(first)s
        AND (r.valid_from IS NULL OR r.valid_from <= %(day)s)
        AND (r.valid_until IS NULL OR r.valid_until >= %(day)s)
        AND (r.space_id = {space} OR (r.space_id IS NULL AND NOT {has_own}))
    ) >= %(last)s - %(first)s
""".replace("{has_own}", _HAS_OWN)
_COVERS = """
    coalesce(e.opens_minute <= %(first)s AND e.closes_minute >= %(last)s
             OR e.opens_again_minute <= %(first)s AND e.closes_again_minute >= %(last)s, false)
"""
_SAID_OF_THAT_DAY = """
    (SELECT CASE
        WHEN bool_or(e.space_id IS NULL AND e.opens_minute IS NULL) THEN false
        WHEN bool_or(e.space_id IS NOT NULL)
          THEN bool_or(e.space_id IS NOT NULL AND {covers})
        WHEN NOT bool_or({covers}) THEN false
        WHEN bool_or({covers}) AND NOT {has_own} THEN true
      END
       FROM spaces_dayexception e
      WHERE e.day = %(day)s AND e.site_id = {site}
        AND (e.space_id IS NULL OR e.space_id = {space}))
""".replace("{covers}", _COVERS).replace("{has_own}", _HAS_OWN)

# What is said of that day goes before the weekly hours, and the space before its site. Nothing is said
# of most days; and when their site says when it is open, rooms with hours of their own are still
# open by those alone. Opening times of one day never overlap, so they cover a use if their parts of it
# add up. See docs/decisions/opening-exceptions.md.
_OPEN = f"coalesce({_SAID_OF_THAT_DAY}, {_WEEKLY})"

# One row is looked for and none is there, in these two: each EXISTS would be a table more to join, and
# to weigh in which order took Postgres longer than to find the answer.
_NOT_CLOSED = """
  (SELECT c.id FROM spaces_closure c
     LEFT JOIN spaces_closure_rooms x ON x.closure_id = c.id
     LEFT JOIN spaces_space_rooms s ON s.room_id = x.room_id AND s.space_id = {space}
    WHERE c.site_id = {site} AND c.starts_at < %(ends_at)s AND c.ends_at > %(starts_at)s
      AND (x.id IS NULL OR s.id IS NOT NULL)
    LIMIT 1) IS NULL
"""

# Every bound on an occupancy is a plain comparison, so that the index answers it; a range operator
# would read far more.
_NOT_TAKEN = """
  (SELECT o.id FROM spaces_space_rooms s JOIN spaces_occupancy o ON o.room_id = s.room_id
    WHERE s.space_id = {space} AND o.status IN (%(taken)s)
      AND (o.hold_expires_at IS NULL OR o.hold_expires_at > %(now)s)
      AND o.starts_at > %(earliest)s AND o.starts_at < %(latest)s AND o.ends_at > %(starts_at)s
      AND o.starts_at < %(ends_at)s + {turnaround} * interval '1 minute'
    LIMIT 1) IS NULL
""".replace("%(taken)s", ", ".join(f"'{status.value}'" for status in TAKEN))

FREE = f"{_OPEN} AND {_NOT_CLOSED} AND {_NOT_TAKEN}"


def is_free(
    starts_at: datetime, ends_at: datetime, day: date, first: int, last: int, *, now: datetime
) -> InSql:
    """Open for the whole of a use, not closed, and no room of theirs taken.

    `day`, `first` and `last` are what `minutes_around` makes of the two moments. A hold that ran
    out takes nothing, whether or not anybody has tidied it away.
    """
    values = {
        "starts_at": starts_at,
        "ends_at": ends_at,
        "earliest": starts_at - LONGEST,
        "latest": ends_at + LONGEST_TURNAROUND,
        "day": day,
        "weekday": day.weekday(),
        "first": first,
        "last": last,
        "now": now,
    }
    return InSql(FREE, values)


_ACCESS = """
  (SELECT count(*) FILTER (WHERE told.value = 'yes')
     FROM (SELECT DISTINCT ON (f.key) f.value FROM spaces_accessfact f
            WHERE f.site_id = {site} AND f.key = ANY(%(keys)s)
              AND (f.space_id = {space} OR f.space_id IS NULL)
            ORDER BY f.key, f.space_id NULLS LAST) told
  ) = %(how_many)s
"""


def has_access(keys: set[str]) -> InSql:
    """Where each of these facts is a yes: of the space itself, or of its site where it says nothing."""
    return InSql(_ACCESS, {"keys": sorted(keys), "how_many": len(keys)})
