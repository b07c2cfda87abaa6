"""What stands in a space: shown on its page, searched for, and told where it is missing."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from spaces.models import Equipment
from spaces.rules.fit import Wish
from spaces.services import finding
from spaces.services.misses import near_misses
from tests.factories.spaces import NOW, SpaceFactory
from tests.spaces.test_space_page import page, words

pytestmark = pytest.mark.django_db


def a_hall_with(*kinds, **facts):
    space = SpaceFactory(**facts)
    for kind in kinds:
        Equipment.objects.create(space=space, kind=kind)
    return space


def test_a_search_finds_only_spaces_in_which_all_of_it_stands():
    both = a_hall_with("piano", "mats")
    a_hall_with("piano")
    a_hall_with()

    wish = Wish(equipment=("piano", "mats"))

    assert list(finding.find(wish, now=NOW)) == [both]


def test_what_is_missing_is_said_of_a_near_miss():
    piano = a_hall_with("piano")

    found = near_misses(Wish(equipment=("piano", "mats")), now=NOW)

    assert [(miss.space, miss.differs) for miss in found] == [(piano, ["It does not have: Mats."])]


def test_the_search_page_asks_for_it_and_says_what_was_chosen(client):
    a_hall_with("piano", name="Hall with it")
    a_hall_with(name="Hall lacking it")

    found = client.get(reverse("spaces:spaces"), {"has": "piano"})
    wrong = client.get(reverse("spaces:spaces"), {"has": "swimming pool"})

    said = words(found)
    assert "it must have or be: Piano" in said
    assert "Hall with it" in said
    assert "Hall lacking it" not in said
    assert wrong.status_code == 422
    assert "Choose from the list what should be there" in words(wrong)


def test_the_page_says_how_many_and_what_to_know(client):
    hall = a_hall_with()
    Equipment.objects.create(space=hall, kind="mats", count=25, note="In the store")

    assert "What is there Mats In the store 25" in words(page(client, hall))
    assert "What is there" not in words(page(client, a_hall_with()))


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"kind": "piano"}, "This is in the list already."),
        ({"kind": "mats", "count": 0}, "Enter 1 or more, or take it off the list."),
    ],
)
def test_a_list_has_each_kind_once_and_nothing_that_is_not_there(facts, said):
    hall = a_hall_with("piano")

    with pytest.raises(ValidationError, match=said):
        Equipment(space=hall, **facts).full_clean()
