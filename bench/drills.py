"""The goals in which many people want rooms at once, over HTTP against the served portal."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from uuid import uuid4

from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from accounts.models import User
from bench.measuring import (
    Check,
    Outcome,
    at_least,
    exactly,
    percentile,
    ratio_at_most,
    seconds_at_most,
    timed,
)
from bench.setting import Bench
from bench.web import Answer, Browser, blanks, side_by_side
from core.clock import at_minute, london
from home.services import sign_in
from spaces.models import Booking, Hirer, Occupancy, Space

FREE_HOUR = (7 * 60, 8 * 60)
"""Open everywhere, and never booked by the generator: in minutes of London's clock."""
PURPOSE = "A drill of the bench"
CONTENDERS = 50
WAIT = 2.0
"""Seconds."""


@dataclass
class Raced:
    """What came of many rounds in which all want one room."""

    rounds: int
    clients: int
    wrong: int = 0
    """Rounds after which the table does not hold exactly one booking."""
    winners: list[float] = field(default_factory=list)
    """Seconds until the second page is seen."""
    answers: list[Answer] = field(default_factory=list)

    @property
    def losers(self) -> list[Answer]:
        return [one for one in self.answers if one.status == 409]

    @property
    def errors(self) -> int:
        return sum(one.status >= 500 for one in self.answers)

    def checks(self, deadlocks: int) -> list[Check]:
        others = self.rounds * (self.clients - 1)
        return [
            exactly("rounds without exactly one booking in the table", self.wrong, 0),
            exactly("deadlocks", deadlocks, 0),
            exactly("answers of 500 and above", self.errors, 0),
            exactly("losers told 409", len(self.losers), others),
        ]


def race(people: list[Browser], slots: list[Slot]) -> Raced:
    """All press the button for one free hour at once, again and again."""
    raced = Raced(len(slots), len(people))
    forms = [client.get(slots[0].form_address).page for client in people]
    ready = threading.Barrier(len(people))
    for slot in slots:

        def press(number: int, slot: Slot = slot) -> tuple[Answer, Answer | None]:
            form = slot.filled_in(blanks(forms[number]))
            ready.wait(60)
            answer = people[number].post(slot.form_address, form)
            # Whoever wins sees the next page, and others a 409: both wait until there is something.
            return answer, people[number].get(answer.place) if answer.status == 302 else None

        pressed = side_by_side(
            [lambda number=number: press(number) for number in range(len(people))]
        )
        won = 0
        for person, (answer, shown) in zip(people, pressed, strict=True):
            if shown is not None:
                won += 1
                raced.winners.append(answer.took + shown.took)
                send(person, answer.place, shown)
        raced.answers += [answer for answer, _shown in pressed]
        raced.wrong += not (won == 1 and slot.is_taken_once())
    return raced


def g5(bench: Bench) -> Outcome:
    """All clients press the button for one free hour at once, again and again."""
    slots = free_slots(bench, bench.races)
    deadlocks = deadlocks_so_far(bench)
    raced = race([drill_client(bench, hirer) for hirer in bench.drill_hirers], slots)
    return Outcome(
        "G5",
        f"{raced.clients} clients want one room, {raced.rounds} times",
        [
            *raced.checks(deadlocks_since(bench, deadlocks)),
            ratio_at_most(
                "until something is seen, p95 of losers to winners",
                percentile([one.took for one in raced.losers] or [1.0], 0.95),
                percentile(raced.winners or [1.0], 0.95),
                bench.limit(2),
            ),
        ],
    )


def b3(bench: Bench) -> Outcome:
    """The same with fifty clients, while somebody who wants nothing of it reads other pages."""
    slots = free_slots(bench, bench.races)
    # The groups of the drills are the last; others come before them where there are too few.
    groups = Hirer.objects.approved().order_by("-pk").values_list("pk", flat=True)[:CONTENDERS]
    deadlocks = deadlocks_so_far(bench)
    with reading(bench, slots[0].space) as read:
        raced = race([drill_client(bench, hirer) for hirer in groups], slots)
    return Outcome(
        "B3",
        f"{raced.clients} clients want one room, {raced.rounds} times, and one reads",
        [
            *raced.checks(deadlocks_since(bench, deadlocks)),
            seconds_at_most(
                f"p99 of {len(raced.answers)} answers to the button",
                percentile([one.took for one in raced.answers], 0.99),
                bench.limit(WAIT),
            ),
            seconds_at_most(
                f"slowest of {len(read)} pages read meanwhile",
                max(one.took for one in read),
                bench.limit(WAIT),
            ),
            exactly("pages read other than 200", sum(one.status != 200 for one in read), 0),
        ],
    )


@contextmanager
def reading(bench: Bench, space: Space) -> Iterator[list[Answer]]:
    """Somebody reads the search and the page of a room by turns; what they were answered."""
    question = bench.questions(filtered=True)
    reader, is_over = Browser(bench.portal), threading.Event()
    read: list[Answer] = []

    def read_on() -> None:
        for number in count():
            if is_over.is_set():
                return
            read.append(reader.get(question(number % bench.times).address))
            read.append(reader.get(f"/spaces/{space.slug}/"))

    with ThreadPoolExecutor(1) as thread:
        done = thread.submit(read_on)
        try:
            yield read
        finally:
            is_over.set()
        done.result()


def g6(bench: Bench) -> Outcome:
    """Every client asks for free hours of its own: both pages of the form, then the request."""
    rounds = 3
    slots = iter(free_slots(bench, rounds * bench.bookings))
    question = bench.questions(filtered=True)
    people = [drill_client(bench, hirer) for hirer in bench.drill_hirers]
    readers = [Browser(bench.floor) for _client in people]
    lock = threading.Lock()
    refused: list[int] = []

    def book(client: Browser, hours: list[Slot]) -> None:
        for slot in hours:
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
        hours = [next(slots) for _number in range(bench.bookings)]
        booking = timed(
            lambda hours=hours: side_by_side(
                [
                    lambda number=number: book(people[number], hours[number :: len(people)])
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
        rates.append((len(hours) / booking, searches / reading))
        taken += [slot.is_taken_once() for slot in hours]
    return Outcome(
        "G6",
        f"{len(people)} clients book free hours",
        [
            at_least("floor searches", rates, 0.1 / bench.stricter),
            exactly("hours without exactly one booking in the table", taken.count(False), 0),
            exactly("answers other than 302", len(refused), 0),
        ],
    )


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
    return send(client, answer.place, client.get(answer.place))


def send(client: Browser, address: str, shown: Answer) -> Answer:
    """Fill in the second page and send it."""
    written = {"purpose": PURPOSE, "ages": "26_to_64", "has_food": "no", "asks_free_use": "no"}
    return client.post(address, blanks(shown.page) | written)


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


def deadlocks_since(bench: Bench, before: int) -> int:
    time.sleep(2)  # Postgres adds its counters up once a second.
    return deadlocks_so_far(bench) - before


def deadlocks_so_far(bench: Bench) -> int:
    statement = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    row = bench.prepared.execute(statement).fetchone()
    assert row is not None
    return int(row[0])
