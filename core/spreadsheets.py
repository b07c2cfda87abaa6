"""Cells that a spreadsheet opens as text."""

import unicodedata

ACTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def as_text(value: object) -> str:
    """The value as a cell that is never worked out as a formula, however it begins.

    A quotation mark goes before one that could be, so a phone number such as +44 stays whole.
    Letters of full width count as the ones they stand for.
    """
    words = str(value)
    plain = unicodedata.normalize("NFKC", words).lstrip(" ")
    return f"'{words}" if plain.startswith(ACTS) or words.startswith(ACTS) else words
