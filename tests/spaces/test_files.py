"""Fourteen hostile files, and some honest ones: what is taken in, and what is kept of it."""

import struct
import tracemalloc
import zipfile
import zlib
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from spaces.models import HirerDocument
from spaces.services.files import taken_in
from tests.factories.spaces import A_PDF, HirerFactory, a_manager_of

MB = 1024 * 1024


def drawn(kind="JPEG", size=(60, 40), **how):
    kept = BytesIO()
    Image.new("RGB", size, "teal").save(kept, kind, **how)
    return kept.getvalue()


def with_a_place():
    exif = Image.Exif()
    exif[0x0110] = "PHONE-OF-ADA"
    exif.get_ifd(0x8825)[2] = (51.0, 28.0, 38.0)
    return drawn(exif=exif, comment=b"SECRET-COMMENT")


def huge_png():
    """50,000 by 50,000 pixels in a few bytes."""

    def chunk(name, body):
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    head = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    packed = zlib.compress(b"\0" * MB)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )


def zipped(name="a.txt", body=b"x"):
    kept = BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, body)
    return kept.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
HTML = b"<!doctype html><script>alert(1)</script>"

REFUSED = {
    "svg": ("paper.svg", SVG),
    "svg called pdf": ("paper.pdf", SVG),
    "html": ("paper.html", HTML),
    "html before a pdf": ("paper.pdf", HTML + A_PDF),
    "zip bomb": ("paper.zip", zipped(body=b"\0" * (20 * MB))),
    "huge png": ("paper.png", huge_png()),
    "htaccess": (".htaccess", b"AddType application/x-httpd-php .pdf"),
    "docm": ("paper.docm", zipped("word/vbaProject.bin")),
    "empty": ("paper.pdf", b""),
    "26 MB": ("paper.pdf", A_PDF + b"\0" * (26 * MB)),
    "wrong magic": ("paper.png", b"MZ\x90\x00" + b"\0" * 200),
    "half a jpg": ("paper.jpg", drawn(size=(900, 900), quality=95)[:400]),
    "begins like a jpg": ("paper.jpg", b"\xff\xd8\xff" + HTML),
}
"""By name: the file as it is sent. None of them is kept."""

MADE_HARMLESS = {
    "dots in the name": ("../../../etc/passwd.pdf", A_PDF),
    "300 letters": ("p" * 300 + ".pdf", A_PDF),
    "nul in the file": ("paper.pdf", A_PDF + b"\0\0\0"),
    "a jpg with a place": ("paper.jpg", with_a_place()),
    "a jpg with a page behind it": ("paper.jpg", drawn() + HTML),
    "a png with words": ("paper.png", drawn("PNG")),
    "a pdf with a page behind it": ("paper.pdf", A_PDF + HTML),
}
"""Kept, but with nothing of theirs that could be opened here."""


@pytest.mark.parametrize(("name", "content"), REFUSED.values(), ids=REFUSED)
def test_a_hostile_file_is_refused_before_anything_is_kept(name, content):
    tracemalloc.start()
    with pytest.raises(ValidationError) as refusal:
        taken_in(content)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert list(refusal.value.error_dict) == ["file"]
    assert most < 200 * MB


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "content"), REFUSED.values(), ids=REFUSED)
def test_the_page_says_what_is_wrong_with_a_hostile_file(client, name, content):
    hirer = HirerFactory()
    client.force_login(a_manager_of(hirer))
    address = reverse("spaces:add_document", args=[hirer.organisation.slug, "risk"])

    answer = client.post(address, {"file": SimpleUploadedFile(name, content)})

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["file"]
    assert not HirerDocument.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "content"), MADE_HARMLESS.values(), ids=MADE_HARMLESS)
def test_what_is_kept_is_handed_on_as_a_file_of_ours_that_no_browser_opens(client, name, content):
    hirer = HirerFactory()
    client.force_login(a_manager_of(hirer))
    address = reverse("spaces:add_document", args=[hirer.organisation.slug, "risk"])

    sent = client.post(address, {"file": SimpleUploadedFile(name, content)})

    paper = HirerDocument.objects.get()
    answer = client.post(reverse("spaces:document_file", args=[paper.uuid]))
    assert sent.status_code == 302
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["Content-Disposition"] == (
        f'attachment; filename="risk-{str(paper.uuid)[:8]}.{paper.file_type}"'
    )
    assert answer["Cache-Control"] == "no-store"
    if paper.file_type == "jpg":
        assert answer.content.startswith(b"\xff\xd8\xff")
        assert b"<script" not in answer.content


def test_a_picture_is_kept_without_its_place_its_camera_and_its_comment():
    before = with_a_place()
    kept, kind = taken_in(before)

    with Image.open(BytesIO(kept)) as picture:
        assert dict(picture.getexif()) == {}
        assert "comment" not in picture.info
        assert picture.size == (60, 40)
    assert kind == "jpg"
    assert b"PHONE-OF-ADA" in before
    assert b"PHONE-OF-ADA" not in kept


def test_a_picture_taken_sideways_is_kept_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    kept, _kind = taken_in(drawn(exif=exif))

    with Image.open(BytesIO(kept)) as picture:
        assert picture.size == (40, 60)


def test_a_large_photograph_of_a_page_is_kept_small_enough_to_hand_on():
    kept, _kind = taken_in(drawn(size=(5000, 4000)))

    with Image.open(BytesIO(kept)) as picture:
        assert picture.size == (2400, 1920)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    ["dbs.pdf", "Ada-DBS-2026.pdf", "eDBS_ada.jpg", "CRB check.pdf", "police_check.pdf"]
    + ["disclosure and barring.pdf", "ＤＢＳ Ada.pdf", "d\u200bb\u00ads.pdf"],
)
def test_a_file_called_like_a_certificate_about_a_person_is_refused_in_a_sentence(client, name):
    hirer = HirerFactory()
    client.force_login(a_manager_of(hirer))
    address = reverse("spaces:add_document", args=[hirer.organisation.slug, "safeguarding"])

    answer = client.post(address, {"file": SimpleUploadedFile(name, A_PDF)})

    assert answer.status_code == 422
    assert "Do not send certificates about people" in answer.content.decode()
    assert not HirerDocument.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["feedbsheet.pdf", "policy.pdf", "Studbs.pdf"])
def test_other_names_are_taken(client, name):
    hirer = HirerFactory()
    client.force_login(a_manager_of(hirer))
    address = reverse("spaces:add_document", args=[hirer.organisation.slug, "safeguarding"])

    client.post(address, {"file": SimpleUploadedFile(name, A_PDF)})

    assert HirerDocument.objects.count() == 1
