"""The published view of a table, cell for cell, and that nothing hidden can be worked out."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.disclosure import public_count
from listening.rules.figures import Grid, published_table

THEMES = ["Housing", "Work", "Migration", "Mental health"]
TRUE = {
    "Bexley": [4, 6, 2, 5],
    "Bromley": [7, 8, 3, 9],
    "Greenwich": [14, 11, 9, 12],
    "Lambeth": [22, 18, 16, 19],
    "Lewisham": [26, 21, 17, 23],
    "Southwark": [31, 24, 22, 28],
}


def table_of(true, columns=THEMES):
    counts = {
        (row, column): count
        for row, line in true.items()
        for column, count in zip(columns, line, strict=True)
    }
    table = published_table(counts, rows=list(true), columns=columns, all_rows="All")
    return [[row.name, *row.cells, row.total] for row in (*table.rows, table.totals)]


def test_the_table_of_boroughs_and_themes_is_published_cell_for_cell():
    assert table_of(TRUE) == [
        ["Bexley", "*", "*", "*", "*", 15],
        ["Bromley", "*", 10, "*", 10, 25],
        ["Greenwich", 15, 10, 10, 10, 45],
        ["Lambeth", 20, 20, 15, 20, 75],
        ["Lewisham", 25, 20, 15, 25, 85],
        ["Southwark", 30, 25, 20, 30, 105],
        ["All", 105, 90, 70, 95, 355],
    ]


def test_a_row_about_fewer_than_10_people_is_left_out_and_its_people_still_count():
    assert table_of({"Bexley": [4, 5], "Lewisham": [20, 31]}, ["Housing", "Work"]) == [
        ["Lewisham", 20, 30, 50],
        ["All", 25, 35, 60],
    ]


def test_zero_stays_zero():
    assert table_of({"Bexley": [0, 12], "Lewisham": [0, 31]}, ["Housing", "Work"]) == [
        ["Bexley", 0, 10, 10],
        ["Lewisham", 0, 30, 30],
        ["All", 0, 45, 45],
    ]


def test_a_hidden_cell_that_its_row_would_give_away_takes_another_with_it():
    # 10 and 10 stand for at least 16, and 15 for at most 17: the star could only be 1.
    assert [public_count(count) for count in (1, 8, 8, 17)] == ["*", 10, 10, 15]

    table = table_of({"Bexley": [1, 8, 8], "Lewisham": [40, 40, 40]}, THEMES[:3])

    assert table == [
        ["Bexley", "*", "*", 10, 15],
        ["Lewisham", 40, 40, 40, 120],
        ["All", 40, 50, 50, 135],
    ]


def test_where_all_cells_are_hidden_and_the_total_gives_them_away_the_total_is_hidden():
    # 30 stands for at least 28, and four stars for at most 28: each would be 7.
    table = table_of({"Bexley": [7, 7, 7, 7], "Lewisham": [40, 40, 40, 40]})

    assert table[0] == ["Bexley", "*", "*", "*", "*", "*"]


def readings(grid):
    """Every way the cells of one published row could be, as its reader must think."""
    row = [grid.could_be((0, column)) for column in range(len(grid.true[0]))]
    spans = [range(int(low), int(min(high, 30)) + 1) for low, high in row]
    for cells in product(*spans[:-1]):
        if row[-1][0] <= sum(cells) <= row[-1][1]:
            yield cells


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(min_value=0, max_value=14), min_size=2, max_size=4))
def test_every_hidden_cell_of_a_row_keeps_two_possible_values(counts):
    other = [40] * len(counts)
    true = [[*counts, sum(counts)], [*other, sum(other)]]
    true.append([a + b for a, b in zip(*true, strict=True)])
    grid = Grid(true)
    while place := grid.given_away():
        grid.hide_another(place)

    if 0 not in grid.left_out:
        possible = list(readings(grid))
        for column, count in enumerate(grid.shown[0][:-1]):
            if count == "*":
                assert len({cells[column] for cells in possible}) > 1


@pytest.mark.parametrize("size", [1, 6])
def test_a_table_of_nothing_can_be_published(size):
    empty = {f"Borough {number}": [0] * 4 for number in range(size)}

    assert table_of(empty) == [["All", 0, 0, 0, 0, 0]]
