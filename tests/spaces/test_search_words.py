"""“What for”: words in any form, typos forgiven, the best match first, and nothing typed breaks it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from spaces.models import Space
from spaces.rules.fit import Wish
from spaces.rules.words import words_in
from spaces.services import finding, misses
from spaces.services.words import understand
from tests.factories.anchors import BoroughFactory
from tests.factories.spaces import NOW, SiteFactory, SpaceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def estate():
    """Five rooms with something to say, four at one site and one at another."""
    lewisham = BoroughFactory(name="Lewisham", slug="lewisham")
    greenwich = BoroughFactory(name="Greenwich", slug="greenwich")
    yard = SiteFactory(
        name="Cobbler’s Yard Clinic",
        borough=lewisham,
        street="7 Weir Lane",
        postcode="SE13 1KM",
        district="SE13",
    )
    row = SiteFactory(name="Ash Row Health Centre", borough=greenwich, district="SE15")
    plans = [
        (yard, "Studio", Space.Kind.STUDIO, "yoga, dance and exercise classes", "A sprung floor."),
        (yard, "Cookery", Space.Kind.KITCHEN, "cooking together", "Two hobs."),
        (yard, "Parlour", Space.Kind.GROUP, "coffee mornings", "A hatch opens to the kitchen."),
        (yard, "Nook", Space.Kind.COUNSELLING, "advice sessions, one to one", ""),
        (row, "Hall", Space.Kind.HALL, "", "Chairs for a half circle."),
    ]
    for site, name, kind, good_for, summary in plans:
        SpaceFactory(site=site, name=name, kind=kind, good_for=good_for, summary=summary)


def found(typed, **wish):
    wish = Wish(what=understand(typed), **wish)
    return [space.name for space in finding.find(wish, now=NOW)]


@pytest.mark.parametrize(
    ("typed", "rooms"),
    [
        ("yoga", ["Studio"]),
        ("YOGA for the dancers", ["Studio"]),
        ("class", ["Studio"]),
        ("advice session", ["Nook"]),
        ("adviser advice", ["Nook"]),
        ("cook", ["Cookery"]),
        ("Ash Row", ["Hall"]),
        ("ash row health centre", ["Hall"]),
        ("Cobbler's Yard kitchen", ["Cookery", "Parlour"]),
        ("Greenwich", ["Hall"]),
        ("se13 yoga", ["Studio"]),
        ("Weir Lane hall", []),
        ("weir lane", ["Cookery", "Nook", "Parlour", "Studio"]),
        ("wier lane", ["Cookery", "Nook", "Parlour", "Studio"]),
        ("1KM", ["Cookery", "Nook", "Parlour", "Studio"]),
        ("counselling room", ["Nook"]),
    ],
)
def test_a_room_is_found_by_what_it_says_in_any_form_of_the_word(estate, typed, rooms):
    assert found(typed) == rooms


@pytest.mark.parametrize(
    ("typed", "rooms"),
    [
        ("yogga", ["Studio"]),
        ("kichen", ["Cookery"]),
        ("excercise", ["Studio"]),
        ("Lewsham yoga", ["Studio"]),
        ("counceling", ["Nook"]),
        ("Grenwich", ["Hall"]),
        ("advise sesion", ["Nook"]),
    ],
)
def test_a_typo_is_forgiven(estate, typed, rooms):
    assert found(typed) == rooms


@pytest.mark.parametrize("typed", ["hall", "yoga", "kitchen"])
def test_a_word_that_a_room_says_is_never_taken_for_a_typo_of_another(estate, typed):
    """“Half” is spelled much like “hall”, and the summary of one room says it."""
    SpaceFactory(name="Attic", kind=Space.Kind.MEETING, summary="A half yog, half kitch place.")

    assert "Attic" not in found(typed)


@pytest.mark.parametrize("typed", ["se14", "xyz", "zumba", "ju"])
def test_numbers_short_words_and_words_like_no_other_are_not_guessed(estate, typed):
    assert found(typed) == []
    assert understand(typed).unknown == (typed,)


def test_what_a_room_is_goes_before_what_it_only_mentions(estate):
    assert found("kitchen") == ["Cookery", "Parlour"]


def test_the_best_match_goes_before_the_smallest_room(estate):
    SpaceFactory(name="Tiny", summary="Beside the kitchen.", capacity=5)

    assert found("kitchen", people=2) == ["Cookery", "Tiny", "Parlour"]


def test_a_word_that_no_room_says_is_named_and_the_rest_looked_for(estate, client):
    response = client.get(reverse("spaces:spaces"), {"what": "zumba yoga"})

    assert [offer["space"].name for offer in response.context["offers"]] == ["Studio"]
    assert "No room says “zumba”, so we looked for the rest." in response.content.decode()


def test_a_typo_is_said_to_be_one(estate, client):
    response = client.get(reverse("spaces:spaces"), {"what": "yogga"})

    assert "No room says “yogga”, so we looked for words" in response.content.decode()


def test_a_result_tells_what_it_is_good_for_when_somebody_says_what_for(estate, client):
    said = "Good for yoga, dance and exercise classes"

    asked = client.get(reverse("spaces:spaces"), {"what": "yoga"}).content.decode()
    bare = client.get(reverse("spaces:spaces")).content.decode()
    page = client.get(Space.objects.get(name="Studio").get_absolute_url()).content.decode()

    assert [said in page for page in (asked, bare, page)] == [True, False, True]


def test_words_of_two_rooms_find_neither_and_the_misses_say_why(estate, client):
    response = client.get(reverse("spaces:spaces"), {"what": "yoga greenwich"})

    assert response.context["offers"] == []
    near = {miss["space"].name: miss["differs"] for miss in response.context["misses"]}
    assert len(near) == 3
    assert set(map(tuple, near.values())) == {("It does not say that it suits “yoga greenwich”.",)}


def test_a_miss_that_says_the_words_is_not_blamed_for_them(estate):
    wish = Wish(what=understand("yoga"), borough="greenwich")

    near = {miss.space.name: miss.differs for miss in misses.near_misses(wish, now=NOW)}

    assert near["Studio"] == ["It is in Lewisham."]
    assert near["Hall"] == ["It does not say that it suits “yoga”."]


@pytest.mark.parametrize(
    "typed",
    [
        "yoga & !dance | (",
        "'; DROP TABLE spaces_space; --",
        '"yoga',
        "y" * 500,
        "yoga " * 100,
        " ".join(f"word{number}" for number in range(200)),
        "\\",
        "%_%",
        ":*",
        "<script>alert(1)</script>",
        "‮agoy",
        "瑜伽 يوغا йога",
        "🧘",
        "for the and",
        "'",
        "\ud83e",
    ],
)
def test_nothing_that_somebody_types_is_an_error(estate, client, typed):
    response = client.get(reverse("spaces:spaces"), {"what": typed.encode(errors="replace")})

    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()


def test_what_no_keyboard_writes_is_refused_in_words_before_anything_is_looked_for(client):
    response = client.get(reverse("spaces:spaces"), {"what": "yoga\x00dance"})

    assert response.status_code == 400
    assert "<h1" in response.content.decode()


def test_signs_only_part_words(estate):
    assert found("yoga & !dance | (") == ["Studio"]
    assert words_in("Women’s “yoga”, YOGA/dance_class!") == ["women’s", "yoga", "dance", "class"]
    assert len(words_in("a b c d e f g h i j k")) == 8


@pytest.mark.parametrize("typed", ["", "for the", "& | !"])
def test_words_that_mean_nothing_leave_every_room_in_the_list(estate, typed):
    assert len(found(typed)) == 5


def test_drafts_teach_the_search_no_words():
    SpaceFactory(status=Space.Status.DRAFT, good_for="trampolining")

    assert understand("trampolining").unknown == ("trampolining",)


@pytest.mark.parametrize("how_many", [1, 3])
@pytest.mark.parametrize("typed", ["yoga", "yogga dance zumba for classes"])
def test_words_cost_one_query_however_many_words_and_rooms(
    client, django_assert_num_queries, how_many, typed
):
    for _number in range(how_many):
        SpaceFactory(good_for="yoga and dance classes")

    client.get(reverse("spaces:spaces"))  # boroughs are remembered for a minute
    with CaptureQueriesContext(connection) as without:
        client.get(reverse("spaces:spaces"))
    with django_assert_num_queries(len(without) + 1):
        response = client.get(reverse("spaces:spaces"), {"what": typed})

    assert len(response.context["offers"]) == how_many
