"""The goals, each a function that measures and tells what came of it.

Before anything is timed, portal and yardstick are asked the same questions and must give the same
answers: to be faster with another answer is no speed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.test import Client

from accounts.models import User
from bench import raw
from bench.drills import b3, g5, g6, session_of
from bench.measuring import (
    Compared,
    Outcome,
    alternate,
    at_most,
    exactly,
    no_more_than,
    timed,
)
from bench.questions import FLOOR_RESULT, RESULT
from bench.setting import Bench, DifferentAnswers, must_agree, seconds_of
from bench.web import Browser, side_by_side
from core.clock import at_minute, london, monday_of
from notifications.models import Message
from spaces.models import Booking, Space
from spaces.models.minutes import moment_of
from spaces.rules.weeks import Times
from spaces.services import calendar, send_reminders, timeline

# --- SQL as Django sends it ------------------------------------------------------------------------


@dataclass
class Statements:
    """What Django sent while somebody watched: statement, values, seconds."""

    sent: list[tuple[str, Any, float]] = field(default_factory=list)

    def about(self, table: str) -> list[tuple[str, Any, float]]:
        return [one for one in self.sent if table in one[0]]

    @property
    def seconds(self) -> float:
        return sum(took for _sql, _values, took in self.sent)


@contextmanager
def watched() -> Iterator[Statements]:
    statements = Statements()

    def watch(execute: Any, sql: str, values: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, values, many, context)
        finally:
            statements.sent.append((sql, values, time.perf_counter() - began))

    with connection.execute_wrapper(watch):
        yield statements


def page_of(address: str) -> tuple[str, Statements]:
    """A page of the portal, rendered in this process, and what it asked Postgres."""
    client = Client(SERVER_NAME="127.0.0.1")
    with watched() as statements:
        answer = client.get(address)
    if answer.status_code != 200:
        raise DifferentAnswers(f"{address} answered {answer.status_code}")
    return answer.content.decode(), statements


def scans(statement: tuple[str, Any, float], table: str) -> bool:
    """Say whether Postgres would read this whole table for a statement."""
    sql, values, _took = statement
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}", values)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    return f"Seq Scan on {table}" in plan


def compare_search(
    bench: Bench, statement: str, *, filtered: bool
) -> tuple[Compared, list[Statements]]:
    """The search of a page beside what is written by hand, both with values in the text.

    A page that is asked for by its number keeps no note of what was hardly found.
    """
    question = bench.questions(filtered=filtered)
    both = (statement, raw.ELSEWHERE[statement])
    for number in range(bench.times):
        asked = question(number)
        page, _statements = page_of(f"{asked.address}&page=1")
        facts = asked.facts(bench.now)
        rows = [row for one in both for row in bench.bound.execute(one, facts).fetchall()]
        must_agree(asked.address, RESULT.findall(page), [row[-1] for row in rows])
    pages = []

    def ours(number: int) -> float:
        _page, statements = page_of(f"{question(number).address}&page=1")
        pages.append(statements)
        return sum(took for _sql, _values, took in statements.about("spaces_occupancy"))

    def theirs(number: int) -> float:
        facts = question(number).facts(bench.now)
        return timed(lambda: [bench.bound.execute(one, facts).fetchall() for one in both])

    compared = alternate(ours, theirs, rounds=bench.rounds, times=bench.times, one_by_one=True)
    return compared, pages


# --- The goals -------------------------------------------------------------------------------------


def g1(bench: Bench) -> Outcome:
    outcome = Outcome("G1", "search with filters, SQL")
    compared, pages = compare_search(bench, raw.FILTERED, filtered=True)
    asked = [one for page in pages[:: bench.times] for one in page.about("spaces_occupancy")]
    outcome.checks = [
        at_most(compared, bench.limit(1.5), yardstick="raw"),
        at_most(compared, bench.limit(2), yardstick="raw", share=0.95, what="p95 "),
        no_more_than("queries of a page", max(len(page.sent) for page in pages), 5),
        exactly(
            "sequential scans of occupancies",
            sum(scans(one, "spaces_occupancy") for one in asked),
            0,
        ),
    ]
    return outcome


def g2(bench: Bench) -> Outcome:
    question = bench.questions(filtered=True)
    portal, floor = Browser(bench.portal), Browser(bench.floor)
    for number in range(bench.times):
        asked = question(number)
        ours = RESULT.findall(portal.get(asked.address).page)
        theirs = FLOOR_RESULT.findall(floor.get(asked.floor_address(bench.now)).page)
        must_agree(asked.address, ours, theirs)
    compared = alternate(
        lambda number: seconds_of(portal.get(question(number).address)),
        lambda number: seconds_of(floor.get(question(number).floor_address(bench.now))),
        rounds=bench.rounds,
        times=bench.times,
    )
    check = at_most(compared, bench.limit(2.5), yardstick="floor")
    return Outcome("G2", "search with filters, a page", [check])


def g3(bench: Bench) -> Outcome:
    compared, _pages = compare_search(bench, raw.ALL, filtered=False)
    check = at_most(compared, bench.limit(3), yardstick="raw")
    return Outcome("G3", "search over all spaces, SQL", [check])


def g7_week(bench: Bench) -> Outcome:
    spaces = list(Space.objects.public().bookable_here().select_related("site").order_by("pk"))
    this_monday = monday_of(london(bench.now).date())

    def week(number: int) -> tuple[Space, datetime, datetime]:
        monday = this_monday + timedelta(weeks=1 + number % 20)
        return (
            spaces[number * 13 % len(spaces)],
            moment_of(monday, 0),
            moment_of(monday + timedelta(days=7), 0),
        )

    def rows(number: int) -> list[list[Any]]:
        space, start, end = week(number)
        facts = {"space": space.pk, "site": space.site_id, "start": start, "end": end}
        return [bench.bound.execute(statement, facts).fetchall() for statement in raw.WEEK]

    def known(number: int) -> Times:
        space, start, end = week(number)
        return calendar.times_of([space], start, end, now=bench.now)[space.pk]

    for number in range(bench.times):
        ours, (rules, closures, taken) = known(number), rows(number)
        must_agree(f"week {number}", ours.taken, taken)
        must_agree(
            f"closures of week {number}",
            [(one.starts_at, one.ends_at) for one in ours.closures],
            closures,
        )
        must_agree(f"opening of week {number}", len(ours.opening), len(rules))

    def sql(number: int) -> float:
        with watched() as statements:
            known(number)
        return statements.seconds

    portal, floor = Browser(bench.portal), Browser(bench.floor)

    def page(number: int) -> float:
        space, start, _end = week(number)
        return seconds_of(
            portal.get(f"/spaces/{space.slug}/?week={london(start).date().isoformat()}")
        )

    sizes = {"rounds": bench.rounds, "times": bench.times}
    in_sql = alternate(sql, lambda number: timed(lambda: rows(number)), **sizes, one_by_one=True)
    as_page = alternate(page, lambda number: seconds_of(floor.get("/list")), **sizes)
    return Outcome(
        "G7 week",
        "a space's page with its week",
        [
            at_most(as_page, bench.limit(2), yardstick="floor"),
            at_most(in_sql, bench.limit(2), yardstick="raw", what="its SQL, "),
        ],
    )


def g7_today(bench: Bench) -> Outcome:
    managers = list(User.objects.filter(managed_sites__isnull=False).order_by("pk")[: bench.times])
    day = london(bench.now).date()

    def facts(number: int) -> dict[str, Any]:
        return {
            "user": managers[number % len(managers)].pk,
            "now": bench.now,
            "day": day,
            "tonight": at_minute(day, 24 * 60),
            "week_ends": at_minute(day + timedelta(days=7), 24 * 60),
        }

    def rows(number: int) -> dict[str, list[int]]:
        return raw.today_sections(bench.bound.cursor(), facts(number))

    def sections(number: int) -> dict[str, list[int]]:
        who = User.objects.get(pk=managers[number % len(managers)].pk)
        visible = Booking.objects.visible_to(who)
        return {
            section.key: [section.page.paginator.count, *(one.pk for one in section.page)]
            for section in timeline(visible, by=who, now=bench.now, pages={})
        }

    for number in range(min(bench.times, 10)):
        must_agree(f"list of manager {number}", sections(number), rows(number))

    def sql(number: int) -> float:
        with watched() as statements:
            sections(number)
        return statements.seconds

    browsers = [Browser(bench.portal, session_of(one)) for one in managers]
    floor = Browser(bench.floor)

    def page(number: int) -> float:
        return seconds_of(browsers[number % len(browsers)].get("/spaces/bookings/"))

    sizes = {"rounds": bench.rounds, "times": max(1, bench.times // 4)}
    in_sql = alternate(sql, lambda number: timed(lambda: rows(number)), **sizes, one_by_one=True)
    as_page = alternate(page, lambda number: seconds_of(floor.get("/list")), **sizes)
    return Outcome(
        "G7 today",
        "a site manager's list of bookings",
        [
            at_most(as_page, bench.limit(2), yardstick="floor"),
            at_most(in_sql, bench.limit(2), yardstick="raw", what="its SQL, "),
        ],
    )


def g8(bench: Bench) -> Outcome:
    """Reminders that come due within one day, a month from now, where the worker does not look."""
    now = bench.now + timedelta(days=30)
    send_reminders(now=now - timedelta(days=1))
    facts = {"now": now, "day": london(now).date(), "letter": raw.LETTER}

    def due() -> set[tuple[str, str]]:
        rows = bench.bound.execute(f"SELECT email, once FROM ({raw.DUE}) AS due", facts).fetchall()
        return set(rows)

    expected = due()
    before = set(Message.objects.values_list("pk", flat=True))
    this_time = Message.objects.filter(once__startswith="spaces.booking_reminder:")

    def written() -> set[tuple[str, str]]:
        return set(this_time.exclude(pk__in=before).values_list("address", "once"))

    def forget() -> None:
        bench.bound.execute("DELETE FROM notifications_message WHERE NOT id = ANY(%s)", [[*before]])
        bench.bound.execute("VACUUM ANALYZE notifications_message")

    def find(_number: int) -> float:
        with watched() as statements:
            send_reminders(now=now)
        return sum(
            took
            for sql, _values, took in statements.sent
            if sql.startswith("SELECT") and "FOR NO KEY UPDATE" not in sql
        )

    def claim() -> None:
        while bench.bound.execute(raw.CLAIM, facts).rowcount:
            pass

    send_reminders(now=now)
    must_agree("reminders", written(), expected)
    forget()
    claim()
    must_agree("letters of the raw claim", written(), expected)
    forget()

    def ours(_number: int) -> float:
        took = timed(lambda: send_reminders(now=now))
        forget()
        return took

    def theirs(_number: int) -> float:
        took = timed(claim)
        forget()
        return took

    claimed = Compared([([ours(0)], [theirs(0)]) for _round in range(5)])

    def raw_find(_number: int) -> float:
        return timed(lambda: bench.bound.execute(raw.DUE, facts).fetchall())

    # Found while nothing is left to write: what a tick asks every minute.
    send_reminders(now=now)
    found = alternate(find, raw_find, rounds=5, times=3)
    forget()
    side_by_side([lambda: _on_own_connection(now)] * 2)
    twice = written()
    letters = this_time.exclude(pk__in=before).count()
    forget()
    return Outcome(
        "G8",
        f"reminders, {len(expected)} due",
        [
            at_most(found, bench.limit(1.5), yardstick="raw", what="find, "),
            at_most(claimed, bench.limit(3), yardstick="raw", what="claim and write, "),
            exactly("letters of two at once", letters, len(expected)),
            exactly("the same letters as one alone", twice == expected, True),
        ],
    )


def _on_own_connection(now: datetime) -> None:
    try:
        send_reminders(now=now)
    finally:
        connection.close()


GOALS: dict[str, Callable[[Bench], Outcome]] = {
    "G1": g1,
    "G2": g2,
    "G3": g3,
    "G5": g5,
    "B3": b3,
    "G6": g6,
    "G7 week": g7_week,
    "G7 today": g7_today,
    "G8": g8,
}
