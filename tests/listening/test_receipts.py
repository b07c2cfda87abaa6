"""Whoever has the code sees how their words stand, and takes them back."""

import re
from datetime import date

import pytest
from django.urls import reverse

from listening.models import Answer, Response
from listening.rules.receipts import in_groups, with_check_digit
from listening.services.answers import receipt_hashes
from tests.factories.listening import ResponseFactory

UNKNOWN = with_check_digit("2" * 11)


@pytest.fixture
def code(resident, campaign):
    resident.answer_all(campaign)
    resident.send()
    return resident.code


def shown(resident) -> str:
    """The page, but for the token and the nonce of each answer and the code that was typed."""
    typed = resident.page.context["form"]["code"].value()
    own = rf'csrfmiddlewaretoken" value="\w+"|nonce="[^"]+"|{re.escape(typed)}'
    return re.sub(own, "", resident.text)


def test_a_code_shows_how_its_words_stand_and_never_the_words(resident, code):
    resident.post("your_words", code=in_groups(code).lower())

    assert resident.page.status_code == 200
    assert "In the week of Monday 23 November 2026" in resident.text
    assert "Not yet" in resident.text
    assert "The lift is broken" not in resident.text


def test_a_code_tells_when_somebody_has_read_the_words(resident, code):
    Response.objects.update(read_on=date(2026, 11, 25))
    resident.post("your_words", code=code)

    assert "Somebody in the team has read them" in resident.text


def test_words_are_taken_back_after_being_asked_once(resident, code):
    resident.post("withdraw", code=code)
    assert "Do you want to take your words back?" in resident.text
    assert Answer.objects.count() == 1

    resident.post("withdraw", code=code, sure="yes")

    assert "Your words are deleted" in resident.text
    assert Answer.objects.count() == 0
    response = Response.objects.get()
    assert (response.withdrawn_on, response.may_quote) == (date(2026, 11, 25), False)
    assert response.borough.slug == "lewisham"


@pytest.mark.parametrize("name", ["your_words", "withdraw"])
def test_a_code_that_never_was_and_one_that_was_used_look_the_same(resident, code, name):
    resident.post(name, code=UNKNOWN)
    never = shown(resident)
    resident.post("withdraw", code=code, sure="yes")
    resident.post(name, code=code)
    used = shown(resident)
    Response.objects.all().delete()
    resident.post(name, code=code)
    purged = shown(resident)

    assert never == used == purged
    assert resident.page.status_code == 422
    assert "We hold no answers with this code" in resident.text


@pytest.mark.parametrize("name", ["your_words", "withdraw"])
def test_a_code_that_cannot_be_right_is_kept_in_its_box(resident, name):
    resident.post(name, code="2222 2222 2223")

    assert resident.page.status_code == 422
    assert 'value="2222 2222 2223"' in resident.text


def test_codes_cannot_be_guessed_in_a_row(resident, code):
    tries = []
    for _try in range(11):
        resident.post("your_words", code=UNKNOWN)
        tries.append(resident.page.status_code)

    assert tries == [422] * 10 + [429]
    assert resident.page["Retry-After"] == "60"
    resident.later(minutes=1)
    resident.post("your_words", code=code)
    assert resident.page.status_code == 200


def test_a_code_still_opens_after_the_secret_key_was_changed(resident, code, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.RECEIPT_KEY]
    settings.RECEIPT_KEY = "another key, long enough to be one, for this test alone"
    resident.post("your_words", code=code)

    assert resident.page.status_code == 200


def test_the_table_holds_no_code_and_nothing_a_code_can_be_guessed_from(settings):
    kept = receipt_hashes(UNKNOWN)[0]
    settings.RECEIPT_KEY = "whoever has the table has not this key, and so gets other hashes"

    assert receipt_hashes(UNKNOWN)[0] != kept


def test_withdrawing_is_never_an_address(client, db):
    ResponseFactory()
    page = client.get(reverse("listening:withdraw"))

    assert (page.status_code, page.url) == (302, reverse("listening:your_words"))
