"""The published view of a table, cell for cell, and that nothing hidden can be worked out."""

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.disclosure import public_count
from listening.rules.figures import Counts, Figures, published

THEMES = ["Housing", "Work", "Migration", "Mental health"]
TRUE = {
    "Bexley": [4, 6, 2, 5],
    "Bromley": [7, 8, 3, 9],
    "Greenwich": [14, 11, 9, 12],
    "Lambeth": [22, 18, 16, 19],
    "Lewisham": [26, 21, 17, 23],
    "Southwark": [31, 24, 22, 28],
}


def counts_of(true, *, columns=THEMES, languages=None, unsorted=0, in_sessions=0, sessions=0):
    cells = {
        (row, column): count
        for row, line in true.items()
        for column, count in zip(columns, line, strict=True)
    }
    return Counts(
        in_sessions=in_sessions,
        sessions=sessions,
        by_language=languages or {"en": sum(cells.values()) + unsorted},
        by_borough_and_theme=cells,
        not_yet_sorted=unsorted,
    )


def table_of(true, columns=THEMES):
    figures = published(counts_of(true, columns=columns), themes=columns, all_rows="All")
    table = figures.by_borough_and_theme
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


@pytest.mark.parametrize(
    ("line", "most"),
    [([30, 18], "Housing"), ([18, 30], "Work"), ([30, 31], ""), ([30, 3], ""), ([0, 0], "")],
    ids=["the first", "the second", "the same when rounded", "one is hidden", "nobody"],
)
def test_what_most_people_spoke_of_is_said_where_the_page_shows_it(line, most):
    figures = published(
        counts_of({"Lewisham": line}, columns=["Housing", "Work"]),
        themes=["Housing", "Work"],
        all_rows="All",
    )

    assert figures.by_borough_and_theme.most == most


def test_of_a_single_theme_nothing_is_said_to_be_the_most():
    figures = published(
        counts_of({"Lewisham": [30]}, columns=["Housing"]), themes=["Housing"], all_rows="All"
    )

    assert figures.by_borough_and_theme.most == ""


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

    assert table == [
        ["Bexley", "*", "*", "*", "*", "*"],
        ["Lewisham", 40, 40, 40, 40, 160],
        ["All", 45, 45, 45, 45, 190],
    ]


# --- What a reader can work out --------------------------------------------------------------------

MOST = 15  # in one cell of the tables below


def fits(shown, people):
    """Whether this could be the true count behind a figure, as the page explains its stars."""
    return people > 0 if shown == "*" else public_count(people) == shown


def lines_of(row):
    """Every line of counts that a published row could stand for."""
    spans = [[count for count in range(MOST + 1) if fits(cell, count)] for cell in row.cells]
    return [line for line in product(*spans) if fits(row.total, sum(line))]


def lines_left_out(columns):
    return [line for line in product(range(10), repeat=columns) if sum(line) < 10]


def shares_of(people, languages):
    """Every way so many people could have answered in the languages of the page."""
    *others, last = [shown for _language, shown in languages]
    for share in product(range(people + 1), repeat=len(others)):
        rest = people - sum(share)
        if rest >= 0 and all(map(fits, [*others, last], [*share, rest])):
            yield (*share, rest)


def readings(figures: Figures, *, left_out: int) -> Iterator[list[tuple[str, int]]]:
    """Every true table that publishes these figures: each of its counts, by the name of its place."""
    heard, table = figures.heard, figures.by_borough_and_theme
    columns = len(table.columns)
    wide = [lines_of(row) for row in table.rows] + [lines_left_out(columns)] * left_out
    around: dict[int, list[tuple[str, int]]] = {}
    for rows in product(*wide):
        totals = [sum(row[column] for row in rows) for column in range(columns)]
        if not all(map(fits, [*table.totals.cells, table.totals.total], [*totals, sum(totals)])):
            continue
        cells = [(f"cell {place}", count) for place, count in enumerate(sum(rows, ()))]
        lines = [(f"row {place}", sum(row)) for place, row in enumerate(rows)]
        lines += [(f"column {place}", count) for place, count in enumerate(totals)]
        lines.append(("sorted", sum(totals)))
        for unsorted in range(MOST + 1):
            answered = sum(totals) + unsorted
            if not fits(figures.not_yet_sorted, unsorted) or not fits(heard.responses, answered):
                continue
            if answered not in around:
                around[answered] = list(readings_around(figures, answered))
            if around[answered]:
                yield [*cells, *lines, ("not sorted", unsorted), *around[answered]]


def readings_around(figures: Figures, answered: int) -> Iterator[tuple[str, int]]:
    """All that the languages and the sessions could be, if so many people answered."""
    heard = figures.heard
    sessions = 0 if heard.sessions == "*" else heard.sessions
    shares = list(shares_of(answered, figures.by_language))
    in_sessions = [
        people
        for people in range(sessions, MOST + 1)
        if fits(heard.in_sessions, people) and fits(heard.people, people + answered)
    ]
    if shares and in_sessions:
        yield "responses", answered
        for share in shares:
            yield from ((f"language {place}", count) for place, count in enumerate(share))
        for people in in_sessions:
            yield "in sessions", people
            yield "people", people + answered


def starred(figures: Figures) -> set[str]:
    heard, table = figures.heard, figures.by_borough_and_theme
    cells = [cell for row in table.rows for cell in row.cells]
    shown = {
        "people": heard.people,
        "in sessions": heard.in_sessions,
        "responses": heard.responses,
        "not sorted": figures.not_yet_sorted,
        "sorted": table.totals.total,
        **{f"cell {place}": cell for place, cell in enumerate(cells)},
        **{f"row {place}": row.total for place, row in enumerate(table.rows)},
        **{f"column {place}": cell for place, cell in enumerate(table.totals.cells)},
        **{f"language {place}": one[1] for place, one in enumerate(figures.by_language)},
    }
    return {name for name, figure in shown.items() if figure == "*"}


def pinned(figures: Figures, *, left_out: int = 0) -> set[str]:
    """The stars for which whoever reads the whole page is left with one possible count."""
    seen: dict[str, set[int]] = {name: set() for name in starred(figures)}
    for reading in readings(figures, left_out=left_out):
        for name, count in reading:
            if name in seen:
                seen[name].add(count)
        if all(len(counts) > 1 for counts in seen.values()):
            return set()
    return {name for name, counts in seen.items() if len(counts) < 2}


@st.composite
def true_counts(draw):
    """A small campaign, often at the edges of rounding, where figures give each other away."""
    people = st.sampled_from([0, 1, 1, 2, 6, 7, 7, 8, 9, 12, 13])
    columns = draw(st.integers(1, 2))
    row = st.lists(people, min_size=columns, max_size=columns)
    rows = draw(st.lists(row, min_size=1, max_size=3 - columns + 1))
    unsorted = draw(people)
    answered = sum(map(sum, rows)) + unsorted
    parts = sorted(draw(st.lists(st.integers(0, answered), max_size=2)))
    ends = zip([0, *parts], [*parts, answered], strict=True)
    shares = [end - start for start, end in ends if end > start]
    in_sessions = draw(people)
    return counts_of(
        {f"Borough {number}": line for number, line in enumerate(rows)},
        columns=THEMES[:columns],
        languages={f"l{number}": share for number, share in enumerate(shares)},
        unsorted=unsorted,
        in_sessions=in_sessions,
        sessions=draw(st.integers(min(in_sessions, 1), in_sessions)),
    )


def publish(counts):
    spoken_of = [
        theme
        for theme in THEMES
        if any(count for place, count in counts.by_borough_and_theme.items() if place[1] == theme)
    ]
    return published(counts, themes=spoken_of, all_rows="All")


def test_the_languages_and_all_who_answered_give_no_language_away():
    # At most 37 answered, at least 28 in English and 8 in Spanish: the star could only be 1.
    true = {"Bexley": [18, 19]}
    figures = publish(counts_of(true, columns=THEMES[:2], languages={"en": 28, "es": 8, "pt": 1}))

    assert figures.by_language == [("en", 30), ("es", "*"), ("pt", "*")]
    assert figures.heard.responses == 35


def test_a_hidden_number_of_people_is_not_given_away_by_the_number_of_sessions():
    true = {"Bexley": [18, 19]}
    few = publish(counts_of(true, columns=THEMES[:2], in_sessions=7, sessions=7)).heard
    many = publish(counts_of(true, columns=THEMES[:2], in_sessions=23, sessions=7)).heard

    assert (few.in_sessions, few.sessions) == ("*", "*")
    assert (many.in_sessions, many.sessions) == (25, 7)


def test_a_hidden_total_is_not_given_away_by_how_many_answered():
    # 30 stands for at least 28, and four stars for at most 28: each would be 7.
    figures = publish(counts_of({"Bexley": [7, 7, 7, 7]}, languages={"en": 20, "es": 8}))

    assert figures.by_borough_and_theme.totals.total == "*"
    assert pinned(figures) == set()


@settings(max_examples=300, deadline=None)
@given(true_counts())
def test_every_star_on_the_page_keeps_two_possible_values(counts):
    figures = publish(counts)
    boroughs = {borough for borough, _theme in counts.by_borough_and_theme}
    left_out = len(boroughs) - len(figures.by_borough_and_theme.rows)

    assert pinned(figures, left_out=left_out) == set()


@pytest.mark.parametrize("size", [1, 6])
def test_a_table_of_nothing_can_be_published(size):
    empty = {f"Borough {number}": [0] * 4 for number in range(size)}

    assert table_of(empty) == [["All", 0, 0, 0, 0, 0]]
