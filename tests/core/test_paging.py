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
