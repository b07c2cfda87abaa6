"""Pictures that people send are painted anew; what is no picture is refused in words."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from core.pictures import PictureField, open_picture
from tests.pictures import INERT, REFUSED, a_photograph, where_it_was_taken

ROOT = Path(__file__).parent.parent.parent


def sent(name, content):
    file = SimpleUploadedFile("room.jpg", content)
    file._name = name  # past the cleaning that Django's own reader would do
    return file


def seen(painted):
    return Image.open(io.BytesIO(painted.content))


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_good_picture_is_refused_in_words(what):
    with pytest.raises(ValidationError) as refusal:
        PictureField().clean(sent(*REFUSED[what]))

    [words] = refusal.value.messages
    assert words.startswith(("This file is", "This is not a picture", "This picture has too many"))


@pytest.mark.parametrize("what", INERT)
def test_of_a_picture_with_more_to_it_only_the_picture_is_kept(what):
    picture = PictureField().clean(sent(*INERT[what]))

    for painted in (picture.large, picture.small):
        assert (seen(painted).format, seen(painted).size) == (
            "WEBP",
            (painted.width, painted.height),
        )
        assert set(seen(painted).info) <= {"loop", "background", "timestamp", "duration"}
        assert not seen(painted).getexif()
        for word in (b"script", b"SECRETCAMERA", b"EXIF", b"PK\x03\x04"):
            assert word not in painted.content


def test_the_file_with_the_place_really_has_it():
    """Or the test above would hold of anything."""
    exif = Image.open(io.BytesIO(INERT["jpeg with the place it was taken"][1])).getexif()

    assert exif.get_ifd(0x8825)[2] == (51.0, 28.0, 38.0)


def test_a_picture_taken_sideways_stands_upright():
    picture = open_picture(io.BytesIO(a_photograph(exif=where_it_was_taken())))

    assert (picture.large.width, picture.large.height) == (600, 800)
    right_corner, left_corner = seen(picture.large).getpixel((580, 20)), (20, 20)
    assert min(right_corner) > 240
    assert max(seen(picture.large).getpixel(left_corner)) < 200


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("size", "large", "small"),
    [
        ((3000, 2000), (1600, 1067), (480, 320)),
        ((2000, 3000), (1067, 1600), (320, 480)),
        ((400, 400), (400, 400), (400, 400)),
    ],
)
def test_it_is_made_in_two_sizes_and_never_larger_than_it_was(form, size, large, small):
    picture = open_picture(io.BytesIO(a_photograph(width=size[0], height=size[1], form=form)))

    assert (picture.large.width, picture.large.height) == large
    assert (picture.small.width, picture.small.height) == small


def test_what_can_be_seen_through_becomes_white():
    written = io.BytesIO()
    Image.new("RGBA", (400, 400), (0, 0, 0, 0)).save(written, "PNG")
    written.seek(0)

    assert min(seen(open_picture(written).large).convert("RGB").getpixel((200, 200))) > 250


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "I;16", "RGBA"])
def test_every_kind_of_colour_can_be_opened(mode):
    written = io.BytesIO()
    Image.new(mode, (400, 400)).save(written, "TIFF" if mode == "CMYK" else "PNG")
    if mode == "CMYK":
        written = io.BytesIO()
        Image.new(mode, (400, 400)).save(written, "JPEG")
    written.seek(0)

    assert open_picture(written).large.width == 400


def test_a_picture_too_small_to_show_a_room_is_refused():
    with pytest.raises(ValidationError, match="at least 320 pixels"):
        open_picture(io.BytesIO(a_photograph(width=800, height=319)))


@pytest.mark.parametrize(
    ("form", "width", "height"),
    [("JPEG", 5001, 5000), ("PNG", 4001, 2500), ("WEBP", 4001, 2500)],
)
def test_a_whole_picture_with_one_row_of_pixels_too_many_is_refused(form, width, height):
    """The hostile ones are broken as well; these are refused for their size alone."""
    with pytest.raises(ValidationError, match="too many pixels"):
        open_picture(io.BytesIO(a_photograph(width=width, height=height, form=form)))


def test_the_same_picture_has_the_same_fingerprint_and_another_another():
    first, again, other = (
        open_picture(io.BytesIO(a_photograph(colour=colour))).fingerprint
        for colour in ("seagreen", "seagreen", "tomato")
    )

    assert first == again != other


MEMORY_OF_ONE = """
import re, sys
from django.conf import settings
settings.configure()
from core.pictures import open_picture
open_picture(open(sys.argv[1], "rb"))
print(int(re.search("VmHWM:\\s+([0-9]+) kB", open("/proc/self/status").read())[1]) // 1024)
"""


@pytest.mark.parametrize(("form", "side"), [("JPEG", 5000), ("PNG", 3162), ("WEBP", 3162)])
def test_the_largest_picture_that_is_taken_needs_less_than_200_mb(form, side, tmp_path):
    Image.new("RGBA" if form != "JPEG" else "RGB", (side, side), "tomato").save(
        tmp_path / "a", form
    )

    answer = subprocess.run(
        [sys.executable, "-c", MEMORY_OF_ONE, str(tmp_path / "a")],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip

    assert int(answer.stdout) < 250  # the whole process, of which Python and Django are about 50
