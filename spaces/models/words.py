"""The words by which a space is found, worth more where they say what it is.

Put together when somebody looks: they stand in three tables, and a copy would grow old.
"""

from collections.abc import Mapping
from functools import reduce
from operator import add, and_, or_
from typing import Any

from django.contrib.postgres.search import (
    SearchQuery,
    SearchRank,
    SearchVector,
    TrigramWordSimilarity,
)
from django.db import models
from django.db.models import Case, F, Func, Value, When
from django.db.models.functions import Concat

Kinds = type[models.TextChoices]

ENGLISH = "english"
ROUNDING = 0.001
"""Postgres counts likeness in four bytes, Python in eight."""


def weighed_words(kinds: Kinds) -> Any:
    """What a space is called, what kind it is and what for; then where it is; then the rest, its street
    too: every second street has the name of something else.
    """

    def words(*parts: Any, weight: str) -> SearchVector:
        return SearchVector(*parts, weight=weight, config=ENGLISH)

    vector: Any = (
        words("name", "good_for", _kind(kinds), weight="A")
        + words("site__name", "site__borough__name", "site__district", weight="B")
        + words("summary", "site__street", "site__postcode", weight="C")
    )
    return vector


def text(kinds: Kinds) -> Concat:
    """The same as plain text, to compare spellings with; without the rest, which would cost more time
    than it forgives typos.
    """
    space = Value(" ")
    return Concat(
        F("name"),
        space,
        F("good_for"),
        space,
        _kind(kinds),
        space,
        F("site__name"),
        space,
        F("site__borough__name"),
        space,
        F("site__district"),
        space,
        F("site__street"),
        output_field=models.TextField(),
    )


def _kind(kinds: Kinds) -> Case:
    return Case(
        *(When(kind=kind.value, then=Value(str(kind.label))) for kind in kinds),
        default=Value(""),
        output_field=models.TextField(),
    )


class Meaning(Func):
    """How many words of a query mean anything; 0 for “for” and “the”."""

    function = "NUMNODE"
    output_field = models.IntegerField()


def query_for(word: str) -> SearchQuery:
    """A word and everything of its stem. Nothing that is typed can be an operator."""
    return SearchQuery(word, config=ENGLISH, search_type="plain")


def match(words: Mapping[str, float]) -> tuple[list[Any], Any]:
    """Conditions that a space says all of these words, and a number that is higher the better.

    A word with the number 1 is looked for by its stem, one with a lower number in any spelling that
    is at least so much like it. For spaces that have `weighed_words` and `text`.
    """
    stems = [query_for(word) for word, likeness in words.items() if likeness == 1]
    spelt = {word: likeness for word, likeness in words.items() if likeness < 1}
    likenesses = [TrigramWordSimilarity(word, "text") for word in spelt]
    conditions: list[Any] = [
        models.lookups.GreaterThanOrEqual(likeness, least - ROUNDING)
        for likeness, least in zip(likenesses, spelt.values(), strict=True)
    ]
    scores: list[Any] = list(likenesses)
    if stems:
        conditions.append(models.Q(weighed_words=reduce(and_, stems)))
        scores.append(SearchRank(F("weighed_words"), reduce(or_, stems)))
    return conditions, reduce(add, scores)
