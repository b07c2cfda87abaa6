"""What the modules of the demonstration share: the clock they lay fiction around, and who is who."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from accounts.models import User
from core.clock import at, monday_of

CHECKED_ON = date(2026, 11, 21)
LAID_OUT_FOR = date(2026, 11, 23)
"""The Monday for which the design of the data gives its dates."""


@dataclass
class World:
    """The moment of loading, and what earlier modules made, by name."""

    now: datetime
    today: date
    people: dict[str, User] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)

    @property
    def monday(self) -> date:
        return monday_of(self.today)

    def day(self, as_designed: date) -> date:
        """A fictional date, moved by whole weeks so that it keeps its weekday."""
        return as_designed + (self.monday - LAID_OUT_FOR)

    def at(self, as_designed: date, hour: int, minute: int = 0) -> datetime:
        """A fictional moment on London's clock, moved like `day`."""
        return at(self.day(as_designed), time(hour, minute))

    def tomorrow_at(self, hour: int, minute: int = 0) -> datetime:
        return at(self.today + timedelta(days=1), time(hour, minute))


def public_fact(
    title: str, url: str = "", dated: str = "undated", how: str = "public page"
) -> dict[str, Any]:
    """The source fields of a fact about a real body."""
    return {
        "source_title": title,
        "source_url": url,
        "source_date": dated,
        "checked_on": CHECKED_ON,
        "confidence": how,
    }


MADE_UP = {"source_title": "Made up for the demonstration", "confidence": "demonstration"}
