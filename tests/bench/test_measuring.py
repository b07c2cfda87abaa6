"""The bench's own arithmetic: a bench that cannot say "not met" proves nothing."""

import pytest

from bench.measuring import (
    Check,
    Compared,
    Outcome,
    alternate,
    at_least,
    at_most,
    exactly,
    no_more_than,
    percentile,
    ratio_at_most,
    seconds_at_most,
    table,
)


def test_a_percentile_is_one_of_the_times():
    times = [0.5, 0.1, 0.4, 0.2, 0.3]

    assert percentile(times, 0.5) == 0.3
    assert percentile(times, 0.95) == 0.5
    assert percentile([0.7], 0.95) == 0.7


def test_the_ratio_is_the_median_of_the_ratios_of_the_rounds():
    # In the third round the machine was busy with something else, for both alike.
    compared = Compared([([2.0], [1.0]), ([3.0], [1.0]), ([40.0], [16.0])])

    assert compared.ratio() == 2.5
    assert compared.ours() == 3.0
    assert compared.yardstick() == 1.0


@pytest.mark.parametrize(
    ("one_by_one", "measured"),
    [(False, "o0 o1 r0 r1 r2 r3 o2 o3"), (True, "o0 r0 r1 o1 o2 r2 r3 o3")],
)
def test_both_answer_the_same_questions_and_take_turns_to_go_first(one_by_one, measured):
    asked = []

    def answering(name, seconds):
        def answer(question):
            asked.append(f"{name}{question}")
            return seconds

        return answer

    compared = alternate(
        answering("o", 1.0), answering("r", 2.0), rounds=2, times=2, one_by_one=one_by_one
    )

    assert asked == ["o0", "r0", "o1", "r1", *measured.split()]
    assert compared.rounds == [([1.0, 1.0], [2.0, 2.0])] * 2


@pytest.mark.parametrize(
    ("check", "is_met"),
    [
        (at_most(Compared([([3.0], [2.0])]), 1.5, yardstick="raw"), True),
        (at_most(Compared([([3.1], [2.0])]), 1.5, yardstick="raw"), False),
        (at_most(Compared([([1.0, 9.0], [1.0, 1.0])]), 2, yardstick="raw", share=0.95), False),
        (ratio_at_most("losers to winners", 2.0, 1.0, 2), True),
        (ratio_at_most("losers to winners", 2.1, 1.0, 2), False),
        (seconds_at_most("p99", 2.0, 2), True),
        (seconds_at_most("p99", 2.1, 2), False),
        (at_least("floor", [(10.0, 100.0)], 0.1), True),
        (at_least("floor", [(9.9, 100.0)], 0.1), False),
        (no_more_than("queries", 5, 5), True),
        (no_more_than("queries", 6, 5), False),
        (exactly("deadlocks", 0, 0), True),
        (exactly("deadlocks", 1, 0), False),
    ],
)
def test_a_figure_at_its_goal_meets_it_and_one_past_it_does_not(check, is_met):
    assert check.is_met == is_met


def test_a_line_begins_with_the_goal_and_ends_with_the_verdict():
    quick = at_most(Compared([([0.0012], [0.001])]), 1.5, yardstick="raw")
    slow = at_most(Compared([([0.9], [0.001])]), 1.5, yardstick="raw")

    met = Outcome("G1", "search", [quick])
    not_met = Outcome("G1", "search", [quick, slow])

    assert str(met) == "G1 search: ours 1.20 ms, raw 1.00 ms, ratio 1.20, goal at most 1.5: met"
    assert str(not_met).startswith("G1 search: ours 1.20 ms")
    assert str(not_met).endswith("ratio 900.00, goal at most 1.5: not met")


def test_a_goal_of_which_nothing_was_measured_is_not_met():
    assert not Outcome("G4", "growth", []).is_met
    assert "**not met**" in table([Outcome("G4", "growth", [Check("never run yet", False)])])
