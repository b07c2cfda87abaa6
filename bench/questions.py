"""What the measurements ask: numbered questions, the same in every form that somebody needs."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import ceil
from typing import Any
from urllib.parse import urlencode

from core.clock import at, london
from spaces.models.minutes import minutes_around

BOROUGHS = ["bexley", "bromley", "greenwich", "lambeth", "lewisham", "southwark"]
RESULT = re.compile(r'app-room__name"><a href="/spaces/([\w-]+)/')
FLOOR_RESULT = re.compile(r'<li><a href="/spaces/([\w-]+)/')
ON_A_PAGE = 10


@dataclass(frozen=True)
class Question:
    """Rooms for two hours: with filters, or any room at all."""

    starts_at: datetime
    ends_at: datetime
    people: int = 0
    borough: str = ""

    @classmethod
    def numbered(cls, number: int, now: datetime, *, filtered: bool) -> Question:
        """A day one week to half a year ahead, between 09:00 and 20:00."""
        chance = random.Random(number)
        day = london(now).date() + timedelta(days=7 + chance.randrange(170))
        hour = chance.randrange(9, 19)
        when = at(day, time(hour)), at(day, time(hour + 2))
        if not filtered:
            return cls(*when)
        return cls(*when, people=chance.choice([10, 20, 30]), borough=chance.choice(BOROUGHS))

    @property
    def address(self) -> str:
        asked: dict[str, Any] = {
            "day": self.day.isoformat(),
            "from": f"{london(self.starts_at):%H:%M}",
            "to": f"{london(self.ends_at):%H:%M}",
        }
        if self.people:
            asked |= {"people": self.people, "borough": self.borough, "need": "step_free"}
        return "/spaces/?" + urlencode(asked)

    def floor_address(self, now: datetime) -> str:
        facts = self.facts(now)
        return "/search?" + urlencode(
            {
                name: value.isoformat() if isinstance(value, datetime) else value
                for name, value in facts.items()
            }
        )

    @property
    def day(self) -> date:
        return london(self.starts_at).date()

    def facts(self, now: datetime) -> dict[str, Any]:
        """What the hand-written statements ask with."""
        around = minutes_around(self.starts_at, self.ends_at)
        assert around is not None
        day, first, last = around
        start, end = london(self.starts_at), london(self.ends_at)
        ahead = start.replace(tzinfo=None) - london(now).replace(tzinfo=None)
        return {
            "starts_at": self.starts_at,
            "ends_at": self.ends_at,
            "people": self.people or 1,
            "borough": self.borough,
            "minutes": (self.ends_at - self.starts_at) // timedelta(minutes=1),
            "start_minute": start.hour * 60 + start.minute,
            "end_minute": end.hour * 60 + end.minute,
            "hours_ahead": ahead // timedelta(hours=1),
            "weeks_ahead": ceil((day - london(now).date()).days / 7),
            "day": day.isoformat(),
            "weekday": day.weekday(),
            "first": first,
            "last": last,
            "limit": ON_A_PAGE,
        }
