"""What is published of counts in two directions, so that nobody can be worked out from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from core.disclosure import HIDDEN, SMALL, PublicCount, public_count

SMALLEST_BASE = 10
"""A row about fewer people than this is left out of a table in two directions."""

Place = tuple[int, int]
Range = tuple[float, float]


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


def published_table(
    counts: Mapping[tuple[str, str], int],
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    all_rows: str,
) -> PublishedTable:
    """The public view of counts of people by (row, column).

    Every figure goes through `public_count`. Rows with a base under 10 are left out. Where the
    figures around a hidden one would still give it away, another is hidden too.
    """
    true = [[counts.get((row, column), 0) for column in columns] for row in rows]
    true = [[*cells, sum(cells)] for cells in true]
    true.append([sum(line[place] for line in true) for place in range(len(columns) + 1)])
    grid = Grid(true)
    while given_away := grid.given_away():
        grid.hide_another(given_away)
    lines = [
        Row(name, line[:-1], line[-1])
        for number, (name, line) in enumerate(zip([*rows, all_rows], grid.shown, strict=True))
        if number not in grid.left_out
    ]
    return PublishedTable(columns=columns, rows=lines[:-1], totals=lines[-1])


class Grid:
    """True counts with their totals in the last row and column, and what is shown of each."""

    def __init__(self, true: list[list[int]]) -> None:
        self.true = true
        self.shown: list[list[PublicCount]] = [
            [public_count(count) for count in line] for line in true
        ]
        self.left_out = {row for row, line in enumerate(true[:-1]) if line[-1] < SMALLEST_BASE}

    def hidden(self, place: Place) -> bool:
        row, column = place
        return row in self.left_out or self.shown[row][column] == HIDDEN

    def could_be(self, place: Place) -> Range:
        """The counts that a reader must think possible, knowing this figure alone."""
        row, column = place
        shown, true = self.shown[row][column], self.true[row][column]
        if row in self.left_out:
            return (0, SMALLEST_BASE - 1)
        if shown == HIDDEN:
            # A figure hidden to protect another may be of any size.
            return (1, SMALL - 1) if true < SMALL else (1, inf)
        return (max(SMALL, shown - 2), shown + 2) if shown else (0, 0)

    def places(self) -> Iterator[Place]:
        for row, line in enumerate(self.true):
            for column in range(len(line)):
                yield row, column

    def lines(self) -> Iterator[tuple[list[Place], Place]]:
        """Each row and column: the places that add up, and the place of their total."""
        last_row, last_column = len(self.true) - 1, len(self.true[-1]) - 1
        for row in range(last_row + 1):
            yield [(row, column) for column in range(last_column)], (row, last_column)
        for column in range(last_column + 1):
            yield [(row, column) for row in range(last_row)], (last_row, column)

    def given_away(self) -> Place | None:
        """A hidden figure for which adding up the others leaves one possible count, if any."""
        known = {place: self.could_be(place) for place in self.places()}
        changed = True
        while changed:
            changed = False
            for parts, total in self.lines():
                low, high = (sum(known[part][end] for part in parts) for end in (0, 1))
                new = {total: _both(known[total], (low, high))}
                for part in parts:
                    others = [known[other] for other in parts if other != part]
                    rest = (sum(r[0] for r in others), sum(r[1] for r in others))
                    left = (known[total][0] - rest[1], known[total][1] - rest[0])
                    new[part] = _both(known[part], left)
                changed = changed or any(known[place] != new[place] for place in new)
                known.update(new)
        for place, (low, high) in known.items():
            is_known = low == high and self.true[place[0]][place[1]] > 0
            if is_known and self.hidden(place) and self.beside(place):
                return place
        return None

    def beside(self, place: Place) -> list[Place]:
        """The figures still shown in the row and column of this one."""
        return [
            other
            for parts, total in self.lines()
            if place in (*parts, total)
            for other in (*parts, total)
            if not self.hidden(other) and self.true[other[0]][other[1]]
        ]

    def hide_another(self, given_away: Place) -> None:
        """Hide the smallest figure still shown beside this one, totals last."""
        edges = {total for _parts, total in self.lines()}
        row, column = min(
            self.beside(given_away),
            key=lambda place: (place in edges, self.true[place[0]][place[1]], place),
        )
        self.shown[row][column] = HIDDEN


def _both(one: Range, other: Range) -> Range:
    return (max(one[0], other[0]), min(one[1], other[1]))
