"""Receipt codes catch what hands and eyes get wrong."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from listening.rules.receipts import ALPHABET, LENGTH, clean_code, in_groups, with_check_digit

codes = st.text(ALPHABET, min_size=LENGTH - 1, max_size=LENGTH - 1).map(with_check_digit)
places = st.integers(min_value=0, max_value=LENGTH - 1)


@given(codes)
def test_a_code_is_known_again_however_it_is_written(code):
    assert len(code) == 12
    assert clean_code(code) == code
    assert clean_code(f" {in_groups(code).lower()} ") == code
    assert clean_code(in_groups(code).replace(" ", "-")) == code


@given(codes, places, st.sampled_from(ALPHABET))
def test_any_one_wrong_character_is_noticed(code, place, other):
    wrong = code[:place] + other + code[place + 1 :]

    if wrong == code:
        assert clean_code(wrong) == code
    else:
        with pytest.raises(ValidationError, match="Check your code"):
            clean_code(wrong)


@given(codes, places, places)
def test_any_two_characters_that_changed_places_are_noticed(code, one, other):
    signs = list(code)
    signs[one], signs[other] = signs[other], signs[one]
    wrong = "".join(signs)

    if wrong == code:
        assert clean_code(wrong) == code
    else:
        with pytest.raises(ValidationError, match="Check your code"):
            clean_code(wrong)


def test_a_code_spells_no_word_and_has_no_signs_that_look_alike():
    assert len(ALPHABET) == len(set(ALPHABET)) == 23
    for look_alikes in ("0OQ", "1IL", "2Z", "5S", "6G", "8B", "UV"):
        assert len(set(look_alikes) & set(ALPHABET)) <= 1
    assert not set("AEIOU") & set(ALPHABET)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Enter your code"),
        (" - ", "Enter your code"),
        ("2222 2222 222", "A code has 12 characters"),
        ("2222 2222 2222 2", "A code has 12 characters"),
        ("2222 2222 222O", "“O” is never part of a code"),
        ("2222 2222 222é", "“É” is never part of a code"),
        ("2222 2222 2223", "One of the characters is wrong"),
    ],
)
def test_what_is_wrong_with_a_code_is_said(typed, said):
    with pytest.raises(ValidationError, match=said):
        clean_code(typed)
