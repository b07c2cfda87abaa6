from datetime import UTC, datetime, timedelta

import pytest

from core.sealing import BrokenSealError, seal, unseal

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
WORDS = {"words": "El moho está en la pared"}


def test_what_is_sealed_comes_back_and_cannot_be_read_on_the_way():
    sealed = seal(WORDS, purpose="test", now=NOON)

    assert unseal(sealed, purpose="test", now=NOON + HOUR, good_for=HOUR) == WORDS
    assert "moho" not in sealed


def test_a_seal_opens_for_as_long_as_it_is_good_and_no_longer():
    sealed = seal(WORDS, purpose="test", now=NOON)

    with pytest.raises(BrokenSealError):
        unseal(sealed, purpose="test", now=NOON + HOUR + timedelta(seconds=1), good_for=HOUR)


@pytest.mark.parametrize("spoiled", ["", "x", "é", "gAAAA", "\ud800"])
def test_what_we_did_not_seal_is_refused(spoiled):
    with pytest.raises(BrokenSealError):
        unseal(spoiled, purpose="test", now=NOON, good_for=HOUR)


def test_a_changed_seal_is_refused():
    sealed = seal(WORDS, purpose="test", now=NOON)
    middle = len(sealed) // 2
    changed = sealed[:middle] + ("A" if sealed[middle] != "A" else "B") + sealed[middle + 1 :]

    with pytest.raises(BrokenSealError):
        unseal(changed, purpose="test", now=NOON, good_for=HOUR)


def test_a_seal_for_one_purpose_does_not_open_for_another():
    with pytest.raises(BrokenSealError):
        unseal(seal(WORDS, purpose="one", now=NOON), purpose="two", now=NOON, good_for=HOUR)


def test_a_new_secret_key_still_opens_what_the_old_one_sealed(settings):
    sealed = seal(WORDS, purpose="test", now=NOON)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new secret key for this test, long enough to be one"

    assert unseal(sealed, purpose="test", now=NOON, good_for=HOUR) == WORDS

    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(BrokenSealError):
        unseal(sealed, purpose="test", now=NOON, good_for=HOUR)
