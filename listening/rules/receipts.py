"""Receipt codes: 12 characters, the last of which catches mistakes of hand and eye.

The alphabet has no vowels, so no code spells a word, and no two signs that look alike: no 0 and O,
1 and I and L, 2 and Z, 5 and S, 6 and G, 8 and B, U and V. Its 23 signs are a prime number, and
each place in a code has its own weight below 23. So the weighted sum modulo 23 notices every
single wrong character and every two characters that changed places.
"""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

ALPHABET = "23456789CDFHJKMNPRTVWXY"
LENGTH = 12
GROUP = 4


def with_check_digit(symbols: str) -> str:
    """The whole code for its first eleven symbols."""
    total = _weighed(symbols)
    # The last weight is 12; 12 × 2 = 24 leaves 1, so 2 undoes it.
    return symbols + ALPHABET[-total * 2 % len(ALPHABET)]


def in_groups(code: str) -> str:
    """As people read it aloud and write it down: XXXX XXXX XXXX."""
    return " ".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def clean_code(typed: str) -> str:
    """The code somebody typed, without spaces and hyphens, in capitals.

    Raises ValidationError in words that tell what looks wrong, before any code is looked for.
    """
    code = re.sub(r"[\s.\-–_]", "", typed).upper()
    if not code:
        raise ValidationError(_("Enter your code"), code="required")
    if strange := [sign for sign in code if sign not in ALPHABET]:
        raise ValidationError(
            _("Check your code. “%(sign)s” is never part of a code."),
            code="sign",
            params={"sign": strange[0]},
        )
    if len(code) != LENGTH:
        raise ValidationError(_("Check your code. A code has 12 characters."), code="length")
    if _weighed(code) % len(ALPHABET):
        raise ValidationError(
            _("Check your code. One of the characters is wrong, or two have changed places."),
            code="check",
        )
    return code


def _weighed(symbols: str) -> int:
    return sum(place * ALPHABET.index(sign) for place, sign in enumerate(symbols, start=1))
