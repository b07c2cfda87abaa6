"""A list and its length in one statement."""

import pytest
from django.core.paginator import Paginator

from accounts.models import User
from core.paging import OneLook
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


def pages_of(paginator, number):
    page = paginator.get_page(number)
    return list(page), page.number, page.paginator.count, page.paginator.num_pages


@pytest.mark.parametrize("how_many", [0, 1, 2, 5])
@pytest.mark.parametrize("number", [None, "1", "2", "3", "99", "x"])
def test_pages_are_those_of_django(how_many, number):
    UserFactory.create_batch(how_many)
    found = User.objects.order_by("pk")

    assert pages_of(OneLook(found, 2), number) == pages_of(Paginator(found, 2), number)


@pytest.mark.parametrize("how_many", [0, 5])
def test_the_first_page_and_its_length_cost_one_query(how_many, django_assert_num_queries):
    UserFactory.create_batch(how_many)

    with django_assert_num_queries(1):
        page = OneLook(User.objects.order_by("pk"), 2).get_page(None)

    assert page.paginator.count == how_many


@pytest.mark.parametrize(("number", "queries"), [(None, 1), ("2", 3)])
def test_rows_of_another_list_come_along(number, queries, django_assert_num_queries):
    here, there = UserFactory.create_batch(4), UserFactory.create_batch(3, name="Elsewhere")
    found = User.objects.exclude(name="Elsewhere").order_by("pk")
    beside = User.objects.filter(name="Elsewhere").order_by("-pk")

    with django_assert_num_queries(queries):
        look = OneLook(found, 2, beside=beside, at_most_beside=2)
        page = look.get_page(number)
        shown = list(page)

    assert shown == (here[2:] if number else here[:2])
    assert look.beside == [there[2], there[1]]
    assert page.paginator.count == 4


def test_what_is_beside_is_shown_when_nothing_else_is():
    there = UserFactory(name="Elsewhere")

    look = OneLook(
        User.objects.none(), 2, beside=User.objects.filter(pk=there.pk), at_most_beside=2
    )

    assert list(look.get_page(None)) == []
    assert (look.count, look.beside) == (0, [there])
