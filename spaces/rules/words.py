"""What somebody wrote into “what for”, as words to look for. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.text import Truncator

MOST_WORDS = 8
LONGEST_WORD = 40
"""More than that is no name of anything here, and every word costs the search a little."""

ALIKE = 0.4
"""How much alike two spellings are at least, as `pg_trgm` counts from 0 to 1: “kichen” and kitchen
are 0.5. A lower number finds words that nobody meant."""


@dataclass(frozen=True)
class Word:
    """A word to look for: as it is, or where no room says it so, in the spelling nearest to it."""

    text: str
    likeness: float = 1.0

    @property
    def is_misspelt(self) -> bool:
        return self.likeness < 1.0


@dataclass(frozen=True)
class What:
    """What is looked for: words that rooms say, and words that no room says."""

    typed: str = ""
    words: tuple[Word, ...] = ()
    unknown: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words or self.unknown)

    @property
    def shown(self) -> str:
        return Truncator(self.typed).chars(60)

    @property
    def likenesses(self) -> dict[str, float]:
        """The words to look for, each with how much alike a spelling is at least; 1 is as it is."""
        return {word.text: word.likeness for word in self.words}

    @property
    def misspelt(self) -> tuple[str, ...]:
        return tuple(word.text for word in self.words if word.is_misspelt)


NO_WORDS = What()


@dataclass(frozen=True)
class Said:
    """How the rooms on offer say one word: whether it means anything (“for” does not), whether any
    of them says it, and how much alike the nearest spelling is.
    """

    word: str
    has_meaning: bool
    is_said: bool
    nearest: float


def words_in(typed: str) -> list[str]:
    """The words of a text in small letters, each once: letters and numbers, women's in one piece.

    Quotes, operators and other signs only part them.
    """
    found = re.findall(r"[^\W_]+(?:['’][^\W_]+)*", typed.lower())
    return list(dict.fromkeys(word[:LONGEST_WORD] for word in found))[:MOST_WORDS]


def understood(typed: str, said: Sequence[Said]) -> What:
    """Which words to look for. Numbers and short words are taken as they are written."""
    words, unknown = [], []
    for one in said:
        if not one.has_meaning:
            continue
        may_be_misspelt = len(one.word) > 3 and one.word.isalpha()
        if one.is_said:
            words.append(Word(one.word))
        elif may_be_misspelt and one.nearest >= ALIKE:
            words.append(Word(one.word, min(one.nearest, 0.999)))
        else:
            unknown.append(one.word)
    return What(typed, tuple(words), tuple(unknown))
