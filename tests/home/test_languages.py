"""A page is in one language: the one asked for where it is translated, else English, and says so."""

import re

import pytest
from django.conf import settings
from django.urls import reverse

pytestmark = pytest.mark.django_db

NOTE = {
    "es": "Por ahora esta página solo está en inglés.",
    "pt": "Por agora esta página só está em inglês.",
}


def page_in(client, language, name):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    answer = client.get(reverse(name))
    html = answer.content.decode()
    return re.search(r'<html lang="([^"]+)"', html)[1], html, answer.headers["Content-Language"]


@pytest.mark.parametrize("language", ["es", "pt"])
@pytest.mark.parametrize("name", ["home:home", "home:privacy", "listening:home", "events:events"])
def test_a_translated_page_comes_in_the_language_asked_for(client, language, name):
    spoken, html, header = page_in(client, language, name)

    assert (spoken, header) == (language, language)
    assert NOTE[language] not in html


@pytest.mark.parametrize("language", ["es", "pt"])
@pytest.mark.parametrize(
    "name",
    ["spaces:spaces", "pledges:pledges", "housing:plan", "anchors:organisations", "account_login"],
)
def test_a_page_without_a_translation_comes_in_english_and_says_so(client, language, name):
    spoken, html, header = page_in(client, language, name)

    assert (spoken, header) == ("en", "en")
    assert f'lang="{language}">{NOTE[language]}</p>' in html


def test_the_choice_of_language_is_kept_across_a_page_in_english(client):
    page_in(client, "es", "spaces:spaces")

    assert page_in(client, "es", "home:home")[0] == "es"
