"""What a campaign publishes of its counts, so that nobody can be worked out from them.

The figures of a campaign hang together: boroughs and themes add up to all that is sorted, that and
what is not sorted to all who answered, so do the languages, and those who answered and those in
sessions to everybody who was heard. We think of the figures as pipes and of each addition as a
joint, where as many people flow in as out; whoever flows out at the end flows in again at the start.

A hidden figure is safe if one person more or less could flow round through it while each figure on
the way stays within what is published of it. Then another true count publishes the same page.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import inf

from core.clock import monday_of
from core.disclosure import HIDDEN, SMALL, PublicCount, public_count

SMALLEST_BASE = 10
"""A row about fewer people than this is left out of a table in two directions."""


@dataclass(frozen=True)
class CountingDays:
    """Up to which day figures count, and when they move next.

    Whoever could see a figure move with each answer would read the true count behind it by adding
    answers. So those of a week appear together, once the week is over.
    """

    up_to: date
    next_on: date | None

    @property
    def before(self) -> date:
        """The Monday of the week that is not counted yet."""
        return self.up_to + timedelta(days=1)


def counting_days(*, today: date, closes_on: date | None) -> CountingDays:
    """No next count once all was counted that came in until the campaign closed."""
    monday = monday_of(today)
    all_counted = closes_on is not None and closes_on < monday
    return CountingDays(
        up_to=monday - timedelta(days=1),
        next_on=None if all_counted else monday + timedelta(weeks=1),
    )


@dataclass(frozen=True)
class Counts:
    """The true counts of a campaign. They never reach a page."""

    in_sessions: int
    sessions: int
    by_language: Mapping[str, int]
    by_borough_and_theme: Mapping[tuple[str, str], int]
    not_yet_sorted: int


@dataclass(frozen=True)
class PeopleHeard:
    """The formula behind “people heard”: people in sessions and people who answered."""

    people: PublicCount
    in_sessions: PublicCount
    sessions: PublicCount
    responses: PublicCount


@dataclass(frozen=True)
class Row:
    """One line of a published table."""

    name: str
    cells: Sequence[PublicCount]
    total: PublicCount


@dataclass(frozen=True)
class PublishedTable:
    """A table fit for the public. Totals come from the true figures, each rounded by itself."""

    columns: Sequence[str]
    rows: Sequence[Row]
    totals: Row

    @property
    def column_totals(self) -> list[tuple[str, PublicCount]]:
        """Each column with its total, large before small."""
        return sorted(zip(self.columns, self.totals.cells, strict=True), key=_large_first)

    @property
    def largest(self) -> int:
        """The largest total that is shown: the whole length of a bar."""
        return max((total for total in self.totals.cells if total != HIDDEN), default=0)

    @property
    def most(self) -> str:
        """The column with more than each other, if what is shown says so."""
        largest = [name for name, total in self.column_totals if total == self.largest]
        is_sure = HIDDEN not in self.totals.cells and len(largest) == 1 < len(self.columns)
        return largest[0] if is_sure else ""


@dataclass(frozen=True)
class Figures:
    """All that a campaign publishes of its counts."""

    heard: PeopleHeard
    by_borough_and_theme: PublishedTable
    not_yet_sorted: PublicCount
    by_language: Sequence[tuple[str, PublicCount]]


def published(counts: Counts, *, themes: Sequence[str], all_rows: str) -> Figures:
    """The public view of the counts of a campaign; `themes` are the columns of its table, in order.

    Every figure goes through `public_count`. Boroughs with a base under 10 are left out. Where the
    figures around a hidden one would still give it away, another is hidden too.
    """
    pipes = Pipes(counts, themes)
    pipes.hide_what_gives_away()
    shown = pipes.shown
    in_sessions = shown("in sessions")
    languages = [(language, shown(("language", language))) for language in counts.by_language]
    return Figures(
        heard=PeopleHeard(
            people=shown("people"),
            in_sessions=in_sessions,
            # Each session heard somebody, so their number says something of the people.
            sessions=HIDDEN if in_sessions == HIDDEN else counts.sessions,
            responses=shown("responses"),
        ),
        by_borough_and_theme=PublishedTable(
            columns=themes,
            rows=[
                Row(
                    borough,
                    [shown((borough, theme)) for theme in themes],
                    shown(("borough", borough)),
                )
                for borough in pipes.boroughs_shown
            ],
            totals=Row(all_rows, [shown(("theme", theme)) for theme in themes], shown("sorted")),
        ),
        not_yet_sorted=shown("not sorted"),
        by_language=sorted(languages, key=_large_first),
    )


def _large_first(line: tuple[str, PublicCount]) -> tuple[float, str]:
    """By what is published: the order of true counts would say something of the hidden ones."""
    name, shown = line
    return (1 if shown == HIDDEN else -shown), name


START = "start"
"""Where everybody flows in and out. No addition of a reader's, so nothing lies beside another here."""


@dataclass(eq=False)
class Pipe:
    """One true count, the joints it leads from and to, and what is shown of it."""

    start: Hashable
    end: Hashable
    true: int
    shown: PublicCount
    is_total: bool
    is_left_out: bool
    never_below: int

    @property
    def is_hidden(self) -> bool:
        return self.is_left_out or self.shown == HIDDEN

    @property
    def joints(self) -> set[Hashable]:
        return {self.start, self.end} - {START}

    def could_be(self) -> tuple[float, float]:
        """The least and the most that a reader must think possible, knowing this figure alone."""
        if self.is_left_out:
            return 0, SMALLEST_BASE - 1
        if self.shown == HIDDEN:
            # A figure hidden to protect another may be of any size.
            return (1, SMALL - 1) if self.true < SMALL else (1, inf)
        if self.shown == 0:
            return 0, 0
        return max(SMALL, self.shown - 2, self.never_below), self.shown + 2

    def ways(self) -> Iterator[tuple[Hashable, Hashable]]:
        """From where to where one person may flow: with the pipe, or against it, back."""
        least, most = self.could_be()
        if self.true < most:
            yield self.start, self.end
        if self.true > least:
            yield self.end, self.start


class Pipes:
    """The figures of a campaign, joined as they add up."""

    def __init__(self, counts: Counts, themes: Sequence[str]) -> None:
        by_borough: Counter[str] = Counter()
        by_theme: Counter[str] = Counter()
        for (borough, theme), people in counts.by_borough_and_theme.items():
            by_borough[borough] += people
            by_theme[theme] += people
        responses = sum(counts.by_language.values())
        self.boroughs_shown = [
            name for name in sorted(by_borough) if by_borough[name] >= SMALLEST_BASE
        ]
        self.pipes: dict[Hashable, Pipe] = {}

        self._add("people", START, "heard", counts.in_sessions + responses, is_total=True)
        self._add("in sessions", "heard", START, counts.in_sessions, never_below=counts.sessions)
        self._add("responses", "heard", "answered", responses, is_total=True)
        for language, people in counts.by_language.items():
            self._add(("language", language), "answered", "said", people)
        self._add("not sorted", "said", START, counts.not_yet_sorted)
        self._add("sorted", "said", "sorted", by_borough.total(), is_total=True)
        for borough in by_borough:
            to, out = ("borough", borough), borough not in self.boroughs_shown
            self._add(to, "sorted", to, by_borough[borough], is_total=True, is_left_out=out)
            for theme in themes:
                people = counts.by_borough_and_theme.get((borough, theme), 0)
                self._add((borough, theme), to, ("theme", theme), people, is_left_out=out)
        for theme in themes:
            self._add(("theme", theme), ("theme", theme), START, by_theme[theme], is_total=True)

    def _add(
        self,
        name: Hashable,
        start: Hashable,
        end: Hashable,
        true: int,
        *,
        is_total: bool = False,
        is_left_out: bool = False,
        never_below: int = 0,
    ) -> None:
        self.pipes[name] = Pipe(
            start, end, true, public_count(true), is_total, is_left_out, never_below
        )

    def shown(self, name: Hashable) -> PublicCount:
        return self.pipes[name].shown

    def hide_what_gives_away(self) -> None:
        """Hide figures, each for the sake of another, until none that is hidden is given away."""
        while (given_away := self.given_away()) and (others := self._to_hide_for(given_away)):
            self._hide_one(others, given_away)

    def given_away(self) -> Pipe | None:
        """A hidden figure for which the page leaves one possible count, if there is any."""
        hidden = (pipe for pipe in self.pipes.values() if pipe.is_hidden and pipe.true)
        return next((pipe for pipe in hidden if not self.could_differ(pipe)), None)

    def could_differ(self, pipe: Pipe) -> bool:
        """Say whether one person more or less could flow round through this pipe."""
        return any(self._leads(end, start, apart_from=pipe) for start, end in pipe.ways())

    def _leads(self, start: Hashable, end: Hashable, *, apart_from: Pipe) -> bool:
        ways = defaultdict(set)
        for pipe in self.pipes.values():
            if pipe is not apart_from:
                for here, there in pipe.ways():
                    ways[here].add(there)
        reached, to_go = {start}, [start]
        while to_go:
            further = ways[to_go.pop()] - reached
            reached |= further
            to_go += further
        return end in reached

    def _hide_one(self, others: Sequence[Pipe], given_away: Pipe) -> None:
        """Hide the first that is enough; if none is by itself, the first."""
        for other in others:
            other.shown = HIDDEN
            if self.could_differ(given_away):
                return
            other.shown = public_count(other.true)
        others[0].shown = HIDDEN

    def _to_hide_for(self, given_away: Pipe) -> list[Pipe]:
        """Figures still shown: those beside it first, totals after others, small ones before large."""
        everybody = self.pipes["people"]
        return sorted(
            (pipe for pipe in self.pipes.values() if pipe.true and not pipe.is_hidden),
            key=lambda pipe: (
                pipe is everybody,
                not pipe.joints & given_away.joints,
                pipe.is_total,
                pipe.true,
            ),
        )
