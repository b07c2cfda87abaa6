"""Answers on their way: what a person has written so far and where among the questions they are.

A draft lives in an encrypted field of the page and nowhere else. It changes by making a new one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

GOOD_FOR = timedelta(hours=2)
"""How long a page may lie open before its answers can no longer be carried on with."""

QUICKEST = timedelta(seconds=5)
"""Nobody reads and answers faster than this, but programs do."""

CHECK = "."
"""The place after the last question, where a person checks their answers. No question's key."""

UNDER_13 = "under-13"


@dataclass(frozen=True)
class Given:
    """One answer: which wording it answers, and what was written or chosen."""

    text: int
    value: str


@dataclass(frozen=True)
class Draft:
    """All that one person has answered and not sent."""

    submission: UUID
    code: str
    campaign: str
    language: str
    begun_at: datetime
    at: str
    answers: Mapping[str, Given] = field(default_factory=dict)
    may_quote: bool = False
    back_to_check: bool = False

    def value(self, key: str) -> str:
        return self.answers[key].value if key in self.answers else ""

    def with_answer(self, key: str, given: Given) -> Draft:
        return replace(self, answers={**self.answers, key: given})

    def without_answer(self, key: str) -> Draft:
        return replace(
            self, answers={name: given for name, given in self.answers.items() if name != key}
        )

    def onward(self, keys: Sequence[str]) -> Draft:
        """At the next question; at the check if it was the last, or was opened from there."""
        later = keys[self.place(keys) + 1 :]
        at = later[0] if later and not self.back_to_check else CHECK
        return replace(self, at=at, back_to_check=False)

    def back(self, keys: Sequence[str]) -> Draft:
        """At the question before; at the check if this one was opened from there."""
        if self.back_to_check:
            return replace(self, at=CHECK, back_to_check=False)
        place = len(keys) if self.at == CHECK else self.place(keys)
        return replace(self, at=keys[max(place - 1, 0)])

    def changing(self, key: str) -> Draft:
        """At one question, opened from the check in order to change it."""
        return replace(self, at=key, back_to_check=True)

    def place(self, keys: Sequence[str]) -> int:
        return keys.index(self.at) if self.at in keys else 0

    def as_facts(self) -> dict[str, Any]:
        """In a shape that JSON holds."""
        return {
            **asdict(self),
            "submission": str(self.submission),
            "begun_at": self.begun_at.isoformat(),
        }

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Draft:
        return cls(
            **{
                **facts,
                "submission": UUID(facts["submission"]),
                "begun_at": datetime.fromisoformat(facts["begun_at"]),
                "answers": {key: Given(**given) for key, given in facts["answers"].items()},
            }
        )
