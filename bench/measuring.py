"""The arithmetic: alternating rounds, ratios of medians, and whether a goal is met."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter


def percentile(times: Sequence[float], share: float) -> float:
    """The smallest time that this share of all times does not exceed."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@dataclass(frozen=True)
class Compared:
    """What two things took in the same rounds, in seconds."""

    rounds: list[tuple[list[float], list[float]]]

    def ratio(self, share: float = 0.5) -> float:
        """The median over the rounds of ours divided by the yardstick's."""
        return median(
            percentile(ours, share) / percentile(yardstick, share)
            for ours, yardstick in self.rounds
        )

    def ours(self, share: float = 0.5) -> float:
        return median(percentile(ours, share) for ours, _yardstick in self.rounds)

    def yardstick(self, share: float = 0.5) -> float:
        return median(percentile(yardstick, share) for _ours, yardstick in self.rounds)


def alternate(
    ours: Callable[[int], float],
    yardstick: Callable[[int], float],
    *,
    rounds: int,
    times: int,
    one_by_one: bool = False,
) -> Compared:
    """Let both answer the same numbered questions, turn about; each says how long it took.

    Who goes first changes from round to round, so that neither always finds the caches warm.

    `one_by_one`, both answer a question before the next, and who goes first changes from one to the next.
    For statements of a page beside statements alone: one after the other these find all of Postgres warm
    from the last, while those of a page come after what Python does in between.
    """
    for question in range(min(times, 5)):
        ours(question)
        yardstick(question)
    at_a_time = 1 if one_by_one else times
    told = []
    for turn in range(rounds):
        mine: list[float] = []
        theirs: list[float] = []
        for first in range(turn * times, (turn + 1) * times, at_a_time):
            sides = [(ours, mine), (yardstick, theirs)]
            if first // at_a_time % 2:
                sides.reverse()
            for answer, took in sides:
                took += [answer(question) for question in range(first, first + at_a_time)]
        told.append((mine, theirs))
    return Compared(told)


def timed(deed: Callable[[], object]) -> float:
    """How many seconds this takes."""
    began = perf_counter()
    deed()
    return perf_counter() - began


@dataclass(frozen=True)
class Check:
    """One figure beside what it should be."""

    words: str
    is_met: bool


def at_most(
    compared: Compared, limit: float, *, yardstick: str, share: float = 0.5, what: str = ""
) -> Check:
    ratio = compared.ratio(share)
    words = (
        f"{what}ours {_ms(compared.ours(share))}, {yardstick} {_ms(compared.yardstick(share))},"
        f" ratio {ratio:.2f}, goal at most {limit:g}"
    )
    return Check(words, ratio <= limit)


def ratio_at_most(what: str, ours: float, yardstick: float, limit: float) -> Check:
    ratio = ours / yardstick
    words = f"{what} {_ms(ours)} to {_ms(yardstick)}, ratio {ratio:.2f}, goal at most {limit:g}"
    return Check(words, ratio <= limit)


def seconds_at_most(what: str, seconds: float, limit: float) -> Check:
    """What nobody may wait longer for, whatever machine it is."""
    return Check(f"{what} {_ms(seconds)}, goal at most {_ms(limit)}", seconds <= limit)


def at_least(what: str, rates: Sequence[tuple[float, float]], limit: float) -> Check:
    """Compare rates, a pair of ours and the yardstick's for each round."""
    ratio = median(ours / yardstick for ours, yardstick in rates)
    ours, yardstick = (median(side) for side in zip(*rates, strict=True))
    words = (
        f"ours {ours:.1f} a second, {what} {yardstick:.1f}, ratio {ratio:.3f},"
        f" goal at least {limit:g}"
    )
    return Check(words, ratio >= limit)


def no_more_than(what: str, number: int, most: int) -> Check:
    return Check(f"{what} {number}, goal at most {most}", number <= most)


def exactly(what: str, got: object, wanted: object) -> Check:
    return Check(f"{what} {got}, goal {wanted}", got == wanted)


@dataclass
class Outcome:
    """What became of one goal. A goal is met when each of its checks is."""

    goal: str
    title: str
    checks: list[Check] = field(default_factory=list)

    @property
    def is_met(self) -> bool:
        return bool(self.checks) and all(check.is_met for check in self.checks)

    @property
    def verdict(self) -> str:
        return "met" if self.is_met else "not met"

    def __str__(self) -> str:
        figures = "; ".join(check.words for check in self.checks)
        return f"{self.goal} {self.title}: {figures}: {self.verdict}"


def table(outcomes: Iterable[Outcome]) -> str:
    """The outcomes as a table in Markdown, a row for each figure."""
    rows = ["| Goal | What | Figure | |", "|---|---|---|---|"]
    for outcome in outcomes:
        for check in outcome.checks:
            verdict = "met" if check.is_met else "**not met**"
            rows.append(f"| {outcome.goal} | {outcome.title} | {check.words} | {verdict} |")
    return "\n".join(rows)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms" if seconds < 0.1 else f"{seconds * 1000:.0f} ms"
