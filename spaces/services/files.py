"""Making what a group sends harmless to keep and to hand on."""

from io import BytesIO

from PIL import Image, ImageOps

from core.pictures import BROKEN
from spaces.models import HirerDocument
from spaces.rules import files

FileType = HirerDocument.FileType

LONGEST_SIDE = 2400
"""Pixels: enough to read a page of small print."""


def taken_in(content: bytes) -> tuple[bytes, HirerDocument.FileType]:
    """What is kept of a file, and its type.

    A picture is drawn anew, so that nothing else in it is kept: not where and by whom it was taken,
    nor a second file hidden behind it. A PDF stays as it is. Raises ValidationError about `file`.
    """
    kind = files.type_by_content(content)
    if kind == "pdf":
        return content, FileType.PDF
    return _drawn_anew(content, kind), FileType.JPG


def _drawn_anew(content: bytes, kind: str) -> bytes:
    try:
        with Image.open(BytesIO(content), formats=["PNG" if kind == "png" else "JPEG"]) as picture:
            files.check_pixels(*picture.size)
            picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except BROKEN:
        raise files.unreadable() from None
    page = Image.new("RGB", upright.size, "white")
    page.paste(upright, mask=upright)
    kept = BytesIO()
    page.save(kept, "JPEG", quality=88)
    return kept.getvalue()
