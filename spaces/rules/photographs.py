"""What a photograph of a space must be."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

MOST_PHOTOGRAPHS = 6
"""Of one space. More would only be scrolled past."""

FILE_NAME = re.compile(r"\.(jpe?g|png|webp|gif|heic|tiff?|bmp)\s*$", re.IGNORECASE)
CAMERA_NAME = re.compile(r"^(img|dsc[nf]?|pxl|photo|image|screenshot)[-_ ]?\d", re.IGNORECASE)


def check_room_for_one_more(how_many: int) -> None:
    if how_many >= MOST_PHOTOGRAPHS:
        raise ValidationError(
            _("A room has %(most)d photographs at most. Remove one first."),
            code="too_many",
            params={"most": MOST_PHOTOGRAPHS},
        )


def check_says_what_is_seen(words: str) -> None:
    """Words for somebody who cannot see the picture; the name of a file tells them nothing."""
    if FILE_NAME.search(words) or CAMERA_NAME.search(words) or " " not in words:
        raise ValidationError(
            _("Say what somebody would see, such as “A bright hall with a wooden floor”."),
            code="not_a_description",
        )
