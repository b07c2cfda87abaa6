"""The yardstick `raw`: what somebody would write by hand against the portal's own tables.

Each statement asks the whole question that the portal asks: what is on offer, opening times,
closures, capacity, access, notice, the space's own turnaround. Days with other hours it only leaves
out, since the made-up world has none.
"""

from __future__ import annotations

from typing import Any

import psycopg

ON_OFFER = """
    s.status = 'published' AND NOT s.is_clinical AND t.is_published AND t.booking_authority = 'ours'
    AND EXISTS (SELECT 1 FROM spaces_space_rooms r WHERE r.space_id = s.id)
    AND s.min_minutes <= %(minutes)s AND s.max_minutes >= %(minutes)s
    AND %(start_minute)s %% s.start_step_minutes = 0 AND %(end_minute)s %% s.start_step_minutes = 0
    AND t.min_notice_hours <= %(hours_ahead)s AND t.horizon_weeks >= %(weeks_ahead)s
"""

OPEN_AND_NOT_CLOSED = """
    (SELECT sum(least(o.closes_minute, %(last)s) - greatest(o.opens_minute, %(first)s))
       FROM spaces_openingrule o
      WHERE o.site_id = t.id AND o.weekday = %(weekday)s
        AND o.opens_minute < %(last)s AND o.closes_minute > %(first)s
        AND (o.valid_from IS NULL OR o.valid_from <= %(day)s)
        AND (o.valid_until IS NULL OR o.valid_until >= %(day)s)
        AND (o.space_id = s.id
             OR (o.space_id IS NULL AND NOT EXISTS
                 (SELECT 1 FROM spaces_openingrule own WHERE own.space_id = s.id)))
    ) >= %(last)s - %(first)s
    AND NOT EXISTS (SELECT 1 FROM spaces_dayexception e
      WHERE e.day = %(day)s AND e.site_id = t.id AND (e.space_id IS NULL OR e.space_id = s.id))
    AND NOT EXISTS (SELECT 1 FROM spaces_closure c
      WHERE c.site_id = t.id AND c.starts_at < %(ends_at)s AND c.ends_at > %(starts_at)s
        AND (NOT EXISTS (SELECT 1 FROM spaces_closure_rooms x WHERE x.closure_id = c.id)
             OR EXISTS (SELECT 1 FROM spaces_closure_rooms x
                          JOIN spaces_space_rooms r ON r.room_id = x.room_id
                         WHERE x.closure_id = c.id AND r.space_id = s.id)))
"""

STEP_FREE = """
    coalesce(
      (SELECT f.value FROM spaces_accessfact f
        WHERE f.site_id = t.id AND f.space_id = s.id AND f.key = 'step_free'),
      (SELECT f.value FROM spaces_accessfact f
        WHERE f.site_id = t.id AND f.space_id IS NULL AND f.key = 'step_free')) = 'yes'
"""

# S1: the few spaces that fit first, then a look into their rooms.
FILTERED = f"""
WITH fit AS MATERIALIZED (
  SELECT s.id, s.name, l.seats, t.name AS site, s.slug, s.turnaround_minutes
    FROM spaces_site t
    JOIN spaces_space s ON s.site_id = t.id
    JOIN LATERAL (SELECT max(capacity) AS seats FROM spaces_layout WHERE space_id = s.id) l
         ON l.seats >= %(people)s
   WHERE t.borough_id = (SELECT id FROM anchors_borough WHERE slug = %(borough)s)
     AND {ON_OFFER} AND {OPEN_AND_NOT_CLOSED}
     AND {STEP_FREE}
)
SELECT id, name, seats, site, slug FROM fit
 WHERE NOT EXISTS (SELECT 1 FROM spaces_space_rooms r
       JOIN spaces_occupancy o ON o.room_id = r.room_id
      WHERE r.space_id = fit.id AND o.status IN ('held', 'pending', 'confirmed')
        AND (o.hold_expires_at IS NULL OR o.hold_expires_at > now())
        AND o.starts_at < %(ends_at)s + interval '4 hours'
        AND o.starts_at < %(ends_at)s + fit.turnaround_minutes * interval '1 minute'
        AND o.starts_at > %(starts_at)s - interval '24 hours' AND o.ends_at > %(starts_at)s)
 ORDER BY seats, site, name, id
 LIMIT %(limit)s
"""

# S2: list once what is taken, whatever the space.
ALL = f"""
SELECT s.id, s.name, t.name, s.slug
  FROM spaces_site t JOIN spaces_space s ON s.site_id = t.id
 WHERE {ON_OFFER} AND {OPEN_AND_NOT_CLOSED}
   AND s.id NOT IN (SELECT r.space_id FROM spaces_occupancy o
       JOIN spaces_space_rooms r ON r.room_id = o.room_id
       JOIN spaces_space taken ON taken.id = r.space_id
      WHERE o.status IN ('held', 'pending', 'confirmed')
        AND (o.hold_expires_at IS NULL OR o.hold_expires_at > now())
        AND o.starts_at < %(ends_at)s + interval '4 hours'
        AND o.starts_at < %(ends_at)s + taken.turnaround_minutes * interval '1 minute'
        AND o.starts_at > %(starts_at)s - interval '24 hours' AND o.ends_at > %(starts_at)s)
 ORDER BY t.name, s.name, s.id
 LIMIT %(limit)s
"""

# The first few of other systems, which stand below what is free.
_SHOWN_ELSEWHERE = """
    s.status = 'published' AND NOT s.is_clinical AND t.is_published
    AND t.booking_authority = 'elsewhere'
    AND EXISTS (SELECT 1 FROM spaces_space_rooms r WHERE r.space_id = s.id)
"""
_FEW = 3
ELSEWHERE = {
    FILTERED: f"""
SELECT s.id, s.name, l.seats, t.name AS site, s.slug
  FROM spaces_site t JOIN spaces_space s ON s.site_id = t.id
  JOIN LATERAL (SELECT max(capacity) AS seats FROM spaces_layout WHERE space_id = s.id) l
       ON l.seats >= %(people)s
 WHERE t.borough_id = (SELECT id FROM anchors_borough WHERE slug = %(borough)s)
   AND {_SHOWN_ELSEWHERE} AND {STEP_FREE}
 ORDER BY l.seats, t.name, s.name, s.id
 LIMIT {_FEW}
""",
    ALL: f"""
SELECT s.id, s.name, t.name, s.slug
  FROM spaces_site t JOIN spaces_space s ON s.site_id = t.id
 WHERE {_SHOWN_ELSEWHERE}
 ORDER BY t.name, s.name, s.id
 LIMIT {_FEW}
""",
}
"""What a search shows beside what it found, by the statement that found it."""

WEEK = [
    """SELECT weekday, opens_minute, closes_minute FROM spaces_openingrule
        WHERE space_id = %(space)s OR (site_id = %(site)s AND space_id IS NULL)
        ORDER BY weekday, opens_minute, id""",
    """SELECT c.starts_at, c.ends_at FROM spaces_closure c
        WHERE c.site_id = %(site)s AND c.starts_at < %(end)s AND c.ends_at > %(start)s
          AND (NOT EXISTS (SELECT 1 FROM spaces_closure_rooms x WHERE x.closure_id = c.id)
               OR EXISTS (SELECT 1 FROM spaces_closure_rooms x
                            JOIN spaces_space_rooms r ON r.room_id = x.room_id
                           WHERE x.closure_id = c.id AND r.space_id = %(space)s))
        ORDER BY c.starts_at, c.id""",
    """SELECT DISTINCT o.starts_at, o.ends_at FROM spaces_space_rooms r
         JOIN spaces_occupancy o ON o.room_id = r.room_id
        WHERE r.space_id = %(space)s AND o.status IN ('held', 'pending', 'confirmed')
        AND (o.hold_expires_at IS NULL OR o.hold_expires_at > now())
          AND o.starts_at < %(end)s + interval '4 hours'
          AND o.starts_at > %(start)s - interval '24 hours' AND o.ends_at > %(start)s
        ORDER BY 1, 2""",
]

_THEIRS = """b.space_id = ANY(ARRAY(
  SELECT s.id FROM spaces_space s JOIN spaces_sitemanager m ON m.site_id = s.site_id
   WHERE m.user_id = %(user)s AND m.starts_on <= %(day)s
     AND (m.ends_on IS NULL OR m.ends_on >= %(day)s)))"""
_LISTED = """
SELECT b.id, b.starts_at, b.ends_at, b.state, s.name, t.name, org.name
  FROM ({keys}) AS shown JOIN spaces_booking b USING (id)
  JOIN spaces_space s ON s.id = b.space_id JOIN spaces_site t ON t.id = s.site_id
  JOIN spaces_hirer h ON h.id = b.hirer_id
  JOIN anchors_organisation org ON org.id = h.organisation_id
"""
_ALIVE = "b.state IN ('requested', 'approved', 'confirmed')"
_STEP = """spaces_decision d WHERE d.booking_id = b.id AND d.step = 'site' AND d.outcome = ''
  AND d.superseded_at IS NULL"""
_WAITS = f"(b.starts_at > %(now)s AND EXISTS (SELECT FROM {_STEP}))"
_COMING = (
    f"{_ALIVE} AND b.ends_at > %(now)s AND b.starts_at > %(now)s - interval '24 hours'"
    f" AND NOT {_WAITS}"
)
TODAY = {
    "waiting": (_WAITS, f"(SELECT d.due_on FROM {_STEP}), b.requested_at, b.id"),
    "today": (f"{_COMING} AND b.starts_at < %(tonight)s", "b.starts_at, b.id"),
    "week": (
        f"{_COMING} AND b.starts_at >= %(tonight)s AND b.starts_at < %(week_ends)s",
        "b.starts_at, b.id",
    ),
    "later": (f"{_COMING} AND b.starts_at >= %(week_ends)s", "b.starts_at, b.id"),
    "over": (f"NOT ({_ALIVE} AND b.ends_at > %(now)s)", "b.starts_at DESC, b.id DESC"),
}
"""The parts of a site manager's list of bookings: which they are, and in which order."""


def today_sections(cursor: psycopg.Cursor[Any], facts: dict[str, Any]) -> dict[str, list[int]]:
    """How many each part holds, then its first 20, as the page shows them: keys first, told by the
    index alone, and what is shown of them after.
    """
    found = {}
    for name, (which, order) in TODAY.items():
        held = f"FROM spaces_booking b WHERE {_THEIRS} AND {which}"
        (how_many,) = cursor.execute(f"SELECT count(*) {held}", facts).fetchone() or (0,)
        keys = f"SELECT b.id {held} ORDER BY {order} LIMIT 20"
        page = f"{_LISTED.format(keys=keys)} ORDER BY {order}"
        ids = [row[0] for row in cursor.execute(page, facts).fetchall()]
        if how_many:
            found[name] = [how_many, *ids]
    return found


_REMINDERS = """
SELECT b.id, u.id AS user_id, u.email, u.name AS person, s.name AS space, t.name AS site,
       b.starts_at, b.uuid,
       'spaces.booking_reminder:' || b.uuid || ':'
         || to_char(b.starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI') || ':' || lead.hours
         AS once
  FROM spaces_booking b
  JOIN LATERAL (SELECT CASE WHEN b.starts_at <= %(now)s + interval '24 hours' THEN 24 ELSE 168 END
                       AS hours) lead ON true
  JOIN spaces_space s ON s.id = b.space_id
  JOIN spaces_site t ON t.id = s.site_id
  JOIN spaces_hirer h ON h.id = b.hirer_id
  JOIN anchors_mandate m ON m.organisation_id = h.organisation_id
       AND m.kind IN ('member', 'manager') AND m.starts_on <= %(day)s
       AND (m.ends_on IS NULL OR m.ends_on >= %(day)s)
       AND (m.kind = 'manager' OR m.user_id = b.requested_by_id)
  JOIN accounts_user u ON u.id = m.user_id AND u.is_active
 WHERE b.state IN ('approved', 'confirmed') AND b.starts_at > %(now)s
   AND b.starts_at <= %(now)s + interval '168 hours'
   AND b.decided_at <= b.starts_at - lead.hours * interval '1 hour'
   AND NOT EXISTS (SELECT 1 FROM spaces_closure c WHERE c.site_id = t.id
         AND c.starts_at < b.ends_at + b.cleardown_minutes * interval '1 minute'
         AND c.ends_at > b.starts_at - b.setup_minutes * interval '1 minute'
         AND (NOT EXISTS (SELECT 1 FROM spaces_closure_rooms x WHERE x.closure_id = c.id)
              OR EXISTS (SELECT 1 FROM spaces_closure_rooms x
                           JOIN spaces_space_rooms r ON r.room_id = x.room_id
                          WHERE x.closure_id = c.id AND r.space_id = b.space_id)))
"""
_NOT_TOLD = """
SELECT * FROM ({reminders}) due
 WHERE NOT EXISTS (SELECT 1 FROM notifications_message told
                    WHERE told.address = due.email AND told.once = due.once)
"""
DUE = _NOT_TOLD.format(reminders=_REMINDERS)

CLAIM = f"""
WITH held AS (
  SELECT b.id FROM spaces_booking b
   WHERE b.id IN (SELECT id FROM ({DUE}) AS untold ORDER BY id LIMIT 500)
   ORDER BY b.id FOR NO KEY UPDATE SKIP LOCKED
)
INSERT INTO notifications_message (created_at, updated_at, uuid, address, language, user_id,
    subject, body, calendar, calendar_method, once, about, is_private, valid_until, state,
    attempts, next_try_at, last_problem)
SELECT now(), now(), gen_random_uuid(), email, 'en', user_id,
       'Reminder: ' || space, format(%(letter)s, person, space, site, starts_at, uuid),
       '', '', once, 'spaces.booking:' || due.id, false, starts_at, 'waiting', 0, %(now)s, ''
  FROM ({DUE}) AS due JOIN held ON held.id = due.id
    ON CONFLICT DO NOTHING
"""
"""Hold up to 500 bookings, write their letters. Run it until it writes nothing."""

LETTER = """Hello %s,

Your group has a room:

%s, %s
%s
Reference: %s

How to get in:
Ring the bell at the side door.

If you do not need it any more, please cancel so that others can have it.

From the Anchor System programme
"""


def connect(url: str, *, bound_by_client: bool) -> psycopg.Connection[Any]:
    """A connection that prepares its statements, or sends them as Django does, values in the text."""
    return psycopg.connect(
        url,
        autocommit=True,
        prepare_threshold=None if bound_by_client else 2,
        cursor_factory=psycopg.ClientCursor if bound_by_client else psycopg.Cursor,
    )
