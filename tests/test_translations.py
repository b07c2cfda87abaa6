"""Every sentence of the public pages is there in Spanish and Portuguese, with its holes filled."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).parent.parent
LANGUAGES = ["es", "pt"]
# What a resident meets. Pages for staff, and the long accessibility statement, are in English.
PUBLIC = [
    "templates/*.html",
    "templates/nhsuk/**/*.html",
    "templates/components/*.html",
    "templates/listening/*.html",
    "templates/home/home.html",
    "templates/home/contact.html",
    "templates/home/cookies.html",
    "templates/home/privacy.html",
    "templates/notifications/message.txt",
    "core/templatetags/*.py",
    "core/forms.py",
    "core/clock.py",
    "listening/rules/*.py",
    "listening/views/*.py",
]
FOR_STAFF = {"response.html", "responses.html", "_state.html", "staff.py"}
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "pgettext": (2,),
    "ngettext": (1, 2),
}
HOLES = re.compile(r"%\(\w+\)s|%%\{\w+\}|<[^>]+>")


def sentences_of(path: Path) -> Iterator[str]:
    """What the file hands to gettext: of a plural the singular, without any context."""
    source = path.read_text()
    if path.suffix != ".py":
        lines = templatize(source, origin=str(path)).splitlines()
        source = "\n".join(line.strip() for line in lines)
    for _line, function, message, _comments in extract_python(
        io.BytesIO(source.encode()), KEYWORDS, [], {}
    ):
        found = message if isinstance(message, str) else message[function == "pgettext"]
        if found:
            yield found


def public_sentences() -> set[str]:
    return {
        sentence
        for pattern in PUBLIC
        for path in ROOT.glob(pattern)
        if path.name not in FOR_STAFF
        for sentence in sentences_of(path)
    }


@pytest.fixture(scope="module", params=LANGUAGES)
def catalog(request) -> Catalog:
    with (ROOT / f"locale/{request.param}/LC_MESSAGES/django.po").open("rb") as file:
        return read_po(file, locale=request.param)


def test_no_sentence_of_a_public_page_is_missing(catalog):
    held = {
        message.id if isinstance(message.id, str) else message.id[0]
        for message in catalog
        if message.string and not message.fuzzy
    }

    assert sorted(public_sentences() - held) == []


def test_every_translation_fills_the_same_holes(catalog):
    for message in catalog:
        if not message.id:  # the head of the file
            continue
        pairs = (
            zip(message.id, message.string, strict=True)
            if isinstance(message.id, tuple)
            else [(message.id, message.string)]
        )
        for english, translated in pairs:
            assert sorted(HOLES.findall(english)) == sorted(HOLES.findall(translated)), english


def test_what_people_read_calls_a_promise_a_promise():
    paths = [
        *ROOT.glob("templates/**/*.html"),
        *ROOT.glob("templates/**/*.txt"),
        *ROOT.glob("home/services/*.py"),
        *(ROOT / name for name in ("pledges/forms.py", "pledges/rules.py", "pledges/views.py")),
        ROOT / "housing/views.py",
    ]
    said = {sentence for path in paths for sentence in sentences_of(path)}

    assert [sentence for sentence in said if "pledge" in HOLES.sub("", sentence).lower()] == []


def test_a_sentence_is_found_in_a_template_and_in_python():
    found = public_sentences()

    assert "You do not need to give your name." in found  # templates/listening/home.html
    assert "Enter a date" in found  # core/forms.py
    assert "You have skipped every question. Answer one, then choose Send." in found
