"""Pages of lists that are dear to search."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet, Window


class OneLook(Paginator):  # type: ignore[type-arg]
    """Gives the first page, and says how many there are, with one statement where Django needs two.

    Later pages cost the two. Takes a queryset in order; each row of the first page has `how_many`.
    """

    object_list: QuerySet[Any]

    def get_page(self, number: Any) -> Page[Any]:
        if number not in (None, "", "1", 1):
            return super().get_page(number)
        counted = self.object_list.annotate(how_many=Window(Count("*")))
        rows = list(counted[: self.per_page])
        self.count = rows[0].how_many if rows else 0
        return Page(rows, 1, self)
