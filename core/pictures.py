"""Pictures that people send: opened with suspicion, and only what can be seen on them is kept.

Whatever a file is called and says of itself, it is a picture when it opens as one. The picture is then
painted anew, so that the place where it was taken, hidden text and anything hung behind it are gone.
"""

import hashlib
import struct
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps
from PIL.JpegImagePlugin import JpegImageFile

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = {"JPEG": 25_000_000, "PNG": 10_000_000, "WEBP": 10_000_000}
"""What a good telephone takes, and so much that no request needs 200 MB: only a JPEG opens smaller."""
LEAST_SIDE = 320
LARGE, SMALL = 1600, 480
"""Pixels of the longer side, at most."""
CONTENT_TYPE = "image/webp"

SMOOTH = {"RGB", "RGBA", "L", "LA", "CMYK"}
"""Kinds of colour that can be made smaller without becoming coarse."""
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    struct.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
"""Pillow has a word of its own for each way in which a file can be broken."""


@dataclass(frozen=True)
class Painted:
    """One picture as it is kept: the bytes of a WebP file, and its size in pixels."""

    content: bytes
    width: int
    height: int


@dataclass(frozen=True)
class Picture:
    """A picture in the two sizes in which it is shown."""

    large: Painted
    small: Painted

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the large one: the same picture has the same, a changed one another."""
        return hashlib.sha256(self.large.content).hexdigest()


def open_picture(file: BinaryIO) -> Picture:
    """Paint anew what is in this file, upright, at most `LARGE` and `SMALL` pixels long.

    Raises ValidationError, in words for whoever sent it: "not_a_picture", "too_many_pixels",
    "too_small". Of a picture that moves the first moment is kept.
    """
    try:
        with Image.open(file, formats=list(MOST_PIXELS)) as found:
            _check_size(found)
            found.verify()
        file.seek(0)
        with Image.open(file, formats=list(MOST_PIXELS)) as found:
            # A JPEG can be opened smaller than it is, which takes far less memory.
            found.draft("RGB", (LARGE, LARGE))
            seen = found if found.mode in SMOOTH else found.convert("RGBA")
            seen.thumbnail((LARGE, LARGE))
            upright = ImageOps.exif_transpose(seen)
            return Picture(_painted(upright, LARGE), _painted(upright, SMALL))
    except ValidationError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except BROKEN:
        raise ValidationError(
            _("This is not a picture that we can open. Choose a JPEG, PNG or WebP picture."),
            code="not_a_picture",
        ) from None


def _check_size(found: Image.Image) -> None:
    width, height = found.size
    # Telephones hang a map of depth or light behind a JPEG, and Pillow then calls it by another name.
    form = "JPEG" if isinstance(found, JpegImageFile) else found.format or ""
    if width * height > MOST_PIXELS[form]:
        raise _too_many_pixels()
    if min(width, height) < LEAST_SIDE:
        raise ValidationError(
            _(
                "This picture is too small to show a room. Choose one at least 320 pixels wide and high."
            ),
            code="too_small",
        )


def _too_many_pixels() -> ValidationError:
    return ValidationError(
        _("This picture has too many pixels. Make it smaller, or take another with your phone."),
        code="too_many_pixels",
    )


def _painted(found: Image.Image, longest: int) -> Painted:
    """On a fresh canvas, which knows nothing of the file that the picture came in."""
    copy = found.convert("RGBA")
    copy.thumbnail((longest, longest))
    canvas = Image.new("RGB", copy.size, "white")
    canvas.paste(copy, mask=copy)
    written = BytesIO()
    canvas.save(written, "WEBP", quality=80, method=4)
    return Painted(written.getvalue(), *canvas.size)


class PictureField(forms.FileField):
    """Asks for one picture, and gives it as a `Picture`. Nothing of the file's name is kept."""

    widget = forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"})
    default_error_messages = {
        "required": _("Choose a picture"),
        "invalid": _("Choose a picture"),
        "missing": _("Choose a picture"),
        "empty": _("This file is empty. Choose another picture."),
        "too_big": _("This file is too big. Choose a picture smaller than 10 MB."),
    }

    def clean(self, data: UploadedFile | None, initial: object = None) -> Picture:
        file = super().clean(data, initial)
        if file.size > MOST_BYTES:
            raise ValidationError(self.error_messages["too_big"], code="too_big")
        return open_picture(file.file)
