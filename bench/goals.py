"""The goals, each a function that measures and tells what came of it.

Before anything is timed, portal and yardstick are asked the same questions and must give the same
answers: to be faster with another answer is no speed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import uuid4

import psycopg
from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from bench import raw
from bench.measuring import (
    Compared,
    Outcome,
    alternate,
    at_least,
    at_most,
    exactly,
    no_more_than,
    percentile,
    ratio_at_most,
    timed,
)
from bench.questions import FLOOR_RESULT, RESULT, Question
from bench.web import Answer, Browser, blanks, side_by_side
from core.clock import at_minute, london, monday_of
from home.services import sign_in
from notifications.models import Message
from spaces.models import Booking, Occupancy, Space
from spaces.models.minutes import moment_of
from spaces.rules.weeks import Times
from spaces.services import calendar, send_reminders, timeline

CLIENTS = 32
FREE_HOUR = (7 * 60, 8 * 60)
"""Open everywhere, and never booked by the generator: in minutes of London's clock."""
PURPOSE = "A drill of the bench"


class DifferentAnswers(Exception):
    """Portal and yardstick do not agree, so nothing may be compared."""


def must_agree(what: str, ours: object, theirs: object) -> None:
    if ours != theirs:
        raise DifferentAnswers(f"{what}: the portal says {ours}, the yardstick {theirs}")


@dataclass
class Bench:
    """Where portal and floor answer, and how often to ask."""

    database: str
    portal: str
    floor: str
    drill_hirers: list[int]
    rounds: int = 7
    times: int = 40
    races: int = 200
    bookings: int = 256
    stricter: float = 1.0
    """Every goal that is a ratio times this: a tiny number shows the bench saying "not met"."""
    now: datetime = field(default_factory=timezone.now)

    def limit(self, goal: float) -> float:
        return goal * self.stricter

    @cached_property
    def bound(self) -> psycopg.Connection[Any]:
        return raw.connect(self.database, bound_by_client=True)

    @cached_property
    def prepared(self) -> psycopg.Connection[Any]:
        return raw.connect(self.database, bound_by_client=False)

    def questions(self, *, filtered: bool) -> Callable[[int], Question]:
        """Numbered questions that have an answer: an empty page looks for near misses as well."""
        statement = raw.FILTERED if filtered else raw.ALL
        known: dict[int, Question] = {}

        def question(number: int) -> Question:
            asked, salt = known.get(number), 0
            while asked is None:
                asked = Question.numbered(number + salt, self.now, filtered=filtered)
                if not self.prepared.execute(statement, asked.facts(self.now)).fetchall():
                    asked, salt = None, salt + 1_000_003
            known[number] = asked
            return asked

        for number in range(self.rounds * self.times):
            question(number)
        return question


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
    """The search of a page beside one hand-written statement, both with values in the text."""
    question = bench.questions(filtered=filtered)
    slug = 4 if filtered else 3
    for number in range(bench.times):
        asked = question(number)
        page, _statements = page_of(asked.address)
        rows = bench.bound.execute(statement, asked.facts(bench.now)).fetchall()
        must_agree(asked.address, RESULT.findall(page), [row[slug] for row in rows])
    pages = []

    def ours(number: int) -> float:
        _page, statements = page_of(question(number).address)
        pages.append(statements)
        return sum(took for _sql, _values, took in statements.about("spaces_occupancy"))

    def theirs(number: int) -> float:
        facts = question(number).facts(bench.now)
        return timed(lambda: bench.bound.execute(statement, facts).fetchall())

    return alternate(ours, theirs, rounds=bench.rounds, times=bench.times), pages


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
        lambda number: _took(portal.get(question(number).address)),
        lambda number: _took(floor.get(question(number).floor_address(bench.now))),
        rounds=bench.rounds,
        times=bench.times,
    )
    check = at_most(compared, bench.limit(2.5), yardstick="floor")
    return Outcome("G2", "search with filters, a page", [check])


def g3(bench: Bench) -> Outcome:
    compared, _pages = compare_search(bench, raw.ALL, filtered=False)
    check = at_most(compared, bench.limit(3), yardstick="raw")
    return Outcome("G3", "search over all spaces, SQL", [check])


def g5(bench: Bench) -> Outcome:
    """All clients press the button for one free hour at once, again and again."""
    slots = free_slots(bench, bench.races)
    people = [drill_client(bench, hirer) for hirer in bench.drill_hirers]
    forms = [client.get(slots[0].form_address).page for client in people]
    ready = threading.Barrier(len(people))
    deadlocks = deadlocks_so_far(bench)
    winners: list[float] = []
    losers: list[Answer] = []
    wrong, errors = 0, 0
    for slot in slots:

        def press(number: int, slot: Slot = slot) -> Answer:
            form = slot.filled_in(blanks(forms[number]))
            ready.wait(60)
            return people[number].post(slot.form_address, form)

        answers = side_by_side(
            [lambda number=number: press(number) for number in range(len(people))]
        )
        won = [one.took for one in answers if one.status == 302]
        for person, answer in zip(people, answers, strict=True):
            if answer.status == 302:
                go_on(person, answer)
        winners += won
        losers += [one for one in answers if one.status == 409]
        errors += sum(one.status >= 500 for one in answers)
        wrong += not (len(won) == 1 and slot.is_taken_once())
    time.sleep(2)  # Postgres adds its counters up once a second.
    others = len(slots) * (len(people) - 1)
    return Outcome(
        "G5",
        f"{len(people)} clients want one room, {len(slots)} times",
        [
            exactly("rounds without exactly one booking in the table", wrong, 0),
            exactly("deadlocks", deadlocks_so_far(bench) - deadlocks, 0),
            exactly("answers of 500 and above", errors, 0),
            exactly("losers told 409", len(losers), others),
            ratio_at_most(
                "p95 of losers to winners",
                percentile([one.took for one in losers] or [1.0], 0.95),
                percentile(winners or [1.0], 0.95),
                bench.limit(2),
            ),
        ],
    )


def g6(bench: Bench) -> Outcome:
    """Every client asks for free hours of its own: both pages of the form, then the request."""
    rounds = 3
    slots = iter(free_slots(bench, rounds * bench.bookings))
    question = bench.questions(filtered=True)
    people = [drill_client(bench, hirer) for hirer in bench.drill_hirers]
    readers = [Browser(bench.floor) for _client in people]
    lock = threading.Lock()
    refused: list[int] = []

    def book(client: Browser, todo: list[Slot]) -> None:
        for slot in todo:
            page = client.get(slot.form_address).page
            answer = client.post(slot.form_address, slot.filled_in(blanks(page)))
            if answer.status == 302:
                answer = go_on(client, answer)
            if answer.status != 302:
                with lock:
                    refused.append(answer.status)

    def read(client: Browser, number: int) -> None:
        for turn in range(bench.bookings * 2 // len(people)):
            asked = question((number * 7 + turn) % bench.times)
            client.get(asked.floor_address(bench.now))

    rates, taken = [], []
    for _round in range(rounds):
        todo = [next(slots) for _number in range(bench.bookings)]
        booking = timed(
            lambda todo=todo: side_by_side(
                [
                    lambda number=number: book(people[number], todo[number :: len(people)])
                    for number in range(len(people))
                ]
            )
        )
        reading = timed(
            lambda: side_by_side(
                [
                    lambda number=number: read(readers[number], number)
                    for number in range(len(people))
                ]
            )
        )
        searches = bench.bookings * 2 // len(people) * len(people)
        rates.append((len(todo) / booking, searches / reading))
        taken += [slot.is_taken_once() for slot in todo]
    return Outcome(
        "G6",
        f"{len(people)} clients book free hours",
        [
            at_least("floor searches", rates, 0.1 / bench.stricter),
            exactly("hours without exactly one booking in the table", taken.count(False), 0),
            exactly("answers other than 302", len(refused), 0),
        ],
    )


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
        return _took(portal.get(f"/spaces/{space.slug}/?week={london(start).date().isoformat()}"))

    sizes = {"rounds": bench.rounds, "times": bench.times}
    in_sql = alternate(sql, lambda number: timed(lambda: rows(number)), **sizes)
    as_page = alternate(page, lambda number: _took(floor.get("/list")), **sizes)
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
        return _took(browsers[number % len(browsers)].get("/spaces/bookings/"))

    sizes = {"rounds": bench.rounds, "times": max(1, bench.times // 4)}
    in_sql = alternate(sql, lambda number: timed(lambda: rows(number)), **sizes)
    as_page = alternate(page, lambda number: _took(floor.get("/list")), **sizes)
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
    "G6": g6,
    "G7 week": g7_week,
    "G7 today": g7_today,
    "G8": g8,
}


# --- Free hours and the people who want them ---------------------------------------------------------


@dataclass(frozen=True)
class Slot:
    """An hour of a space of one room that nobody has."""

    space: Space
    starts_at: datetime

    @property
    def form_address(self) -> str:
        return f"/spaces/{self.space.slug}/ask/"

    def filled_in(self, form: dict[str, str]) -> dict[str, str]:
        day = london(self.starts_at).date()
        return form | {
            "form_id": str(uuid4()),
            "day_day": str(day.day),
            "day_month": str(day.month),
            "day_year": str(day.year),
            "starts": "7am",
            "ends": "8am",
            "attendance": "4",
            "layout": "",
        }

    def is_taken_once(self) -> bool:
        """Ask the tables: one booking, and each of its rooms taken once."""
        bookings = Booking.objects.alive().filter(space=self.space, starts_at=self.starts_at)
        taken = Occupancy.objects.taken().filter(room__spaces=self.space, starts_at=self.starts_at)
        return (bookings.count(), taken.count()) == (1, 1)


def go_on(client: Browser, answer: Answer) -> Answer:
    """The second page, for whoever was given the room on the first."""
    written = {"purpose": PURPOSE, "has_food": "no", "asks_free_use": "no"}
    return client.post(answer.place, blanks(client.get(answer.place).page) | written)


def free_slots(bench: Bench, how_many: int) -> list[Slot]:
    """So many free hours from two weeks ahead on, all of different rooms or days."""
    found: list[Slot] = []
    day = london(bench.now).date() + timedelta(days=14)
    rooms = dict(Space.rooms.through.objects.values_list("room", "space").order_by("-space"))
    alone = set(rooms.values())
    while len(found) < how_many:
        starts_at, ends_at = (at_minute(day, minute) for minute in FREE_HOUR)
        free = Space.objects.public().bookable_here().filter(pk__in=alone)
        free = free.taking(starts_at, ends_at, now=bench.now).free_between(
            starts_at, ends_at, now=bench.now
        )
        found += [Slot(space, starts_at) for space in free.order_by("pk")]
        day += timedelta(days=1)
    return found[:how_many]


def drill_client(bench: Bench, hirer: int) -> Browser:
    person = User.objects.filter(mandates__organisation__hirer=hirer).order_by("pk")[0]
    return Browser(bench.portal, session_of(person))


def session_of(person: User) -> dict[str, str]:
    """The cookie of somebody who has just signed in, with a second step if they have one."""
    request = HttpRequest()
    request.session = SessionStore()
    request.session[SESSION_KEY] = str(person.pk)
    request.session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    request.session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    request.session[sign_in.SEEN] = int(time.time())
    if sign_in.has_second_step(person):
        record_authentication(request, person, "mfa", type="totp")
    request.session.create()
    return {settings.SESSION_COOKIE_NAME: str(request.session.session_key)}


def deadlocks_so_far(bench: Bench) -> int:
    statement = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    row = bench.prepared.execute(statement).fetchone()
    assert row is not None
    return int(row[0])


def _took(answer: Answer) -> float:
    if answer.status != 200:
        raise DifferentAnswers(f"A page answered {answer.status}")
    return answer.took
