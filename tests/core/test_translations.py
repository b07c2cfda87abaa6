"""The first pages a resident sees speak Spanish and Portuguese."""

import gettext
import re
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from core.templatetags import dates
from tests.core.test_dates import utc

CATALOGUES = sorted(Path(settings.BASE_DIR, "locale").glob("*/LC_MESSAGES/django.po"))


def written(po):
    """What the .po file says: (context and) words -> translation. Plurals by their first word."""
    said = {}
    for block in po.read_text().split("\n\n"):
        parts = {
            name: "".join(re.findall(r'"(.*)"', text)).replace('\\"', '"').replace("\\\\", "\\")
            for name, text in re.findall(r'^(msg[\w\[\]]+) ((?:".*"\n?)+)', block, re.MULTILINE)
        }
        if parts.get("msgid") and (parts.get("msgstr") or parts.get("msgstr[0]")):
            words = parts["msgid"]
            if "msgctxt" in parts:
                words = f"{parts['msgctxt']}\x04{words}"
            said[(words, 0) if "msgid_plural" in parts else words] = (
                parts.get("msgstr") or parts["msgstr[0]"]
            )
    return said


@pytest.mark.parametrize("po", CATALOGUES, ids=lambda po: po.parts[-3])
def test_what_is_compiled_is_what_is_written(po):
    compiled = gettext.GNUTranslations(BytesIO(po.with_suffix(".mo").read_bytes()))._catalog

    assert {words: compiled.get(words) for words in written(po)} == written(po)


TEMPLATES = Path(settings.BASE_DIR, "templates")
FRAME = [
    *TEMPLATES.glob("*.html"),
    *TEMPLATES.glob("components/*.html"),
    *TEMPLATES.glob("nhsuk/**/*.html"),
    *(TEMPLATES / f"home/{name}.html" for name in ("home", "contact", "cookies", "privacy")),
]


@pytest.mark.parametrize("po", CATALOGUES, ids=lambda po: po.parts[-3])
def test_every_word_of_the_frame_and_the_first_pages_is_translated(po):
    asked = {
        words.replace("%", "%%")
        for path in FRAME
        for words in re.findall(r'{% translate "([^"]+)"', path.read_text())
    }

    assert sorted(asked - set(written(po))) == []


@pytest.mark.parametrize(
    ("language", "date", "promise"),
    [
        (
            "es",
            "martes 1 de diciembre de 2026, 18:00 a 20:30",
            "Para contárnoslo no necesita cuenta ni dar su nombre.",
        ),
        (
            "pt",
            "terça-feira, 1 de dezembro de 2026, 18:00 às 20:30",
            "Para nos contar não precisa de conta nem de dar o seu nome.",
        ),
    ],
)
@pytest.mark.django_db
def test_the_front_page_speaks_the_language_that_was_chosen(client, language, date, promise):
    client.post(reverse("core:set_language"), {"language": language, "next": "/"})

    assert promise in client.get(reverse("home:home")).content.decode()
    with translation.override(language):
        assert dates.when(utc(2026, 12, 1, 18), utc(2026, 12, 1, 20, 30)) == date


@pytest.mark.parametrize(("language", "day"), [("es", "mar 1 dic"), ("pt", "ter 1 dez")])
def test_the_head_of_a_column_is_small_where_a_language_writes_days_small(language, day):
    with translation.override(language):
        assert dates.day_month(utc(2026, 12, 1, 18)) == day


@pytest.mark.parametrize("language", ["es", "pt"])
def test_free_of_charge_and_free_at_that_time_are_two_words(language):
    with translation.override(language):
        assert dates.money(0) != translation.gettext("Free")
