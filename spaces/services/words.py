"""What the words mean that somebody looks for, judged by what the rooms on offer say."""

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Aggregate, Count, Max, Q

from spaces.models import Space
from spaces.models.words import Meaning, query_for
from spaces.rules import words
from spaces.rules.words import Said, What

MORE_THAN_ALL = 1_000_000


def understand(typed: str) -> What:
    """One query, however many words; none when there is none."""
    looked_for = words.words_in(typed)
    if not looked_for:
        return What(typed)
    counted: dict[str, Aggregate] = {}
    for number, word in enumerate(looked_for):
        counted[f"meaning_{number}"] = Max(Meaning(query_for(word)))
        counted[f"said_{number}"] = Count("pk", filter=Q(weighed_words=query_for(word)))
        counted[f"nearest_{number}"] = Max(TrigramWordSimilarity(word, "text"))
    # Cut off far beyond any number of rooms, so that Postgres puts the words together once and not
    # again for every word that is looked for.
    told = Space.objects.public().with_words()[:MORE_THAN_ALL].aggregate(**counted)
    return words.understood(
        typed,
        [
            Said(
                word,
                has_meaning=told[f"meaning_{number}"] != 0,
                is_said=told[f"said_{number}"] > 0,
                nearest=told[f"nearest_{number}"] or 0.0,
            )
            for number, word in enumerate(looked_for)
        ],
    )
