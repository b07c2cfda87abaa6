"""What somebody writes who reads the questions: forms filled in so that most are accepted."""

from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from core.clock import today
from tests.factories.spaces import A_PDF
from tests.forms import Field, Form
from tests.pictures import a_photograph

BEFORE = ("surveyed", "seen_on", "valid_from")
"""Beginnings of what is asked about a day that has been."""
ONLY_LOOKS = {"look"}
"""Buttons that show how it would be; the one that keeps it has no name."""
LEAVES_THE_REST_EMPTY = {"none", "as_the_building"}
"""Answers after which there is nothing more to say."""

ANSWERS = {
    "amount": "10",
    "attendance": "5",
    "closes": "5pm",
    "cover_pounds": "5000000",
    "ends": "12pm",
    "group": "Second Cup Carers (demo)",
    "has": "1",
    "holds": "8",
    "hours": "9am to 5pm",
    "min_cover_pounds": "5000000",
    "opens": "9am",
    "people": "3",
    "registered_number": "1234567",
    "starts": "11am",
    "usual_size": "8",
    "wheelchair": "1",
    "wheelchairs": "1",
}
"""By name, or by its first word."""


def filled_in(form: Form) -> dict[str, list[Any]]:
    """All that a browser would send; what stands there already stays."""
    return {name: _answer(one) for name, one in form.fields.items() if name not in ONLY_LOOKS}


def _answer(one: Field) -> list[Any]:
    if one.kind == "hidden":
        return one.held
    if one.kind == "button":
        return one.held[:1]
    if one.kind == "checkbox":
        return [choice for choice in one.choices if choice not in LEAVES_THE_REST_EMPTY]
    if any(one.held) and not LEAVES_THE_REST_EMPTY.issuperset(one.held):
        return one.held
    if one.kind in {"radio", "select"}:
        return [it for it in one.choices if it and it not in LEAVES_THE_REST_EMPTY][:1]
    if one.kind == "file":
        return [_file(one.name)]
    return [_words(one)]


def _file(name: str) -> SimpleUploadedFile:
    if name == "picture":
        return SimpleUploadedFile("room.jpg", a_photograph())
    return SimpleUploadedFile("paper.pdf", A_PDF)


def _words(one: Field) -> str:
    if one.kind == "email":
        return "somebody.new@example.org"
    if one.kind == "tel":
        return "020 7946 0999"
    asked, _line, part = one.name.rpartition("_")
    if part in {"day", "month", "year"}:
        return str(getattr(_day(asked), part))
    return ANSWERS.get(one.name, ANSWERS.get(one.name.partition("_")[0], "Words that fit"))


def _day(asked: str) -> date:
    return today() - timedelta(days=2) if asked.startswith(BEFORE) else today() + timedelta(days=24)
