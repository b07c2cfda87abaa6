"""Where portal and yardsticks answer, how often they are asked, and that they must agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import psycopg
from django.utils import timezone

from bench import raw
from bench.questions import Question
from bench.web import Answer


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


def seconds_of(answer: Answer) -> float:
    """How long a page took to come, if it came."""
    if answer.status != 200:
        raise DifferentAnswers(f"A page answered {answer.status}")
    return answer.took
