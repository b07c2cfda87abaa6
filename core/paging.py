"""Pages of lists that are dear to search."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet, Value, Window


class OneLook(Paginator):  # type: ignore[type-arg]
    """Gives the first page, and says how many there are, with one statement where Django needs two.

    The first rows of another list of the same kind may be read along with it; they are in `beside`.
    Later pages cost the two statements, and one for what is beside. Takes querysets in order.
    """

    object_list: QuerySet[Any]

    def __init__(
        self,
        object_list: QuerySet[Any],
        per_page: int,
        *,
        beside: QuerySet[Any] | None = None,
        at_most_beside: int = 0,
    ) -> None:
        super().__init__(object_list, per_page)
        self._beside, self._at_most = beside, at_most_beside
        self.beside: list[Any] = []

    def get_page(self, number: Any) -> Page[Any]:
        if number not in (None, "", "1", 1):
            if self._beside is not None:
                self.beside = list(self._beside[: self._at_most])
            return super().get_page(number)
        rows = self.object_list.annotate(how_many=Window(Count("*")), is_beside=Value(False))
        rows = rows[: self.per_page]
        if self._beside is not None:
            beside = self._beside.annotate(how_many=Value(0), is_beside=Value(True))
            rows = rows.union(beside[: self._at_most], all=True)
        both = list(rows)
        self.beside = [row for row in both if row.is_beside]
        shown = [row for row in both if not row.is_beside]
        self.count = shown[0].how_many if shown else 0
        return Page(shown, 1, self)
