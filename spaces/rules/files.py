"""Which files a group may send. Facts in, answer out."""

import re
import unicodedata
from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 25_000_000
"""Of a picture: what a phone takes by itself, and no more than the server has room to draw."""

BEGINS_WITH: Mapping[str, bytes] = {
    "pdf": b"%PDF-",
    "png": b"\x89PNG\r\n\x1a\n",
    "jpg": b"\xff\xd8\xff",
}

ABOUT_PEOPLE = re.compile(
    r"(?<![a-z])(?:e?dbs|crb)(?![a-z])|disclosure\W*(?:and|&|certificate)|barring"
    r"|police\W*(?:check|certificate)",
    re.IGNORECASE,
)


def type_by_content(content: bytes) -> str:
    """pdf, png or jpg, told by how the file begins; its name is not asked.

    Raises ValidationError, about the field `file`, for anything else.
    """
    if not content:
        raise _refused(_("This file is empty. Choose another file."), "empty")
    if len(content) > MOST_BYTES:
        raise _refused(_("This file is larger than 10 MB. Choose a smaller file."), "too_large")
    for kind, beginning in BEGINS_WITH.items():
        if content.startswith(beginning):
            return kind
    raise _refused(
        _("This is not a PDF, a JPG or a PNG. Save it as a PDF, or take a photograph of it."),
        "wrong_type",
    )


def check_pixels(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise _refused(
            _("This picture has too many pixels. Take it again with a smaller size."), "too_large"
        )


def _as_read(name: str) -> str:
    """With plain letters for those of another width, and without signs that nobody sees."""
    plain = unicodedata.normalize("NFKC", name.replace("_", " "))
    return "".join(sign for sign in plain if unicodedata.category(sign) != "Cf")


def check_not_about_people(*names: str) -> None:
    """Certificates about people are never kept here, so whatever is called like one is refused."""
    if any(ABOUT_PEOPLE.search(_as_read(name)) for name in names):
        raise _refused(
            _(
                "This looks like a DBS certificate. Do not send certificates about people: show"
                " them to us instead, and we only write down that we saw them."
            ),
            "about_people",
        )


def unreadable() -> ValidationError:
    return _refused(_("We cannot read this picture. Choose another file."), "unreadable")


def _refused(words: str, code: str) -> ValidationError:
    return ValidationError({"file": ValidationError(words, code=code)})
