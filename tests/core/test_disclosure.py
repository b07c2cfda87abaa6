import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.disclosure import HIDDEN, public_count


@pytest.mark.parametrize(
    ("people", "published"),
    [
        (0, 0),
        (1, "*"),
        (3, "*"),
        (7, "*"),
        (8, 10),
        (12, 10),
        (13, 15),
        (61, 60),
        (91, 90),
        (357, 355),
        (560, 560),
    ],
)
def test_a_count_of_people_is_published_as(people, published):
    assert public_count(people) == published


@given(st.integers(min_value=8, max_value=10_000))
def test_a_published_count_is_a_multiple_of_5_within_2_of_the_truth(people):
    published = public_count(people)

    assert published != HIDDEN
    assert published % 5 == 0
    assert abs(published - people) <= 2


def test_a_count_below_nothing_is_our_mistake():
    with pytest.raises(ValueError, match="never below 0"):
        public_count(-1)
