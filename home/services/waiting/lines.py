"""What waits, as the page shows it."""

from dataclasses import dataclass, field
from datetime import date, datetime

SHOWN = 5


@dataclass
class Line:
    """One thing that waits: where it is, and a word or two on why."""

    title: str
    url: str
    text: str = ""
    when: datetime | None = None
    until: datetime | None = None
    due: date | None = None
    is_late: bool = False


@dataclass
class Section:
    """What waits for one part a person plays."""

    title: str
    lines: list[Line] = field(default_factory=list)
    nothing: str = ""
    more_url: str = ""
    more_label: str = ""
