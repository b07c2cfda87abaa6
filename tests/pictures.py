"""Files as people send them: good photographs, and fourteen that are up to no good."""

import io
import struct
import zipfile
import zlib

from PIL import Image

HARMFUL = b"<script>alert('got you')</script>"


def a_photograph(
    *, width: int = 800, height: int = 600, form: str = "JPEG", colour: str = "seagreen", **how
) -> bytes:
    """A plain picture whose upper left corner is white."""
    picture = Image.new("RGB", (width, height), colour)
    picture.paste("white", (0, 0, width // 4, height // 4))
    written = io.BytesIO()
    picture.save(written, form, **how)
    return written.getvalue()


def where_it_was_taken() -> Image.Exif:
    """EXIF with the place, a serial number, and the camera held on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "SECRETCAMERA"
    exif.get_ifd(0x8825).update({1: "N", 2: (51.0, 28.0, 38.0), 3: "W", 4: (0.0, 0.0, 5.0)})
    return exif


def _chunk(kind: bytes, content: bytes) -> bytes:
    told = struct.pack(">I", len(content)) + kind + content
    return told + struct.pack(">I", zlib.crc32(kind + content))


def a_png_of(width: int, height: int, *more: bytes) -> bytes:
    """A PNG that says it is so big, and has no such picture in it."""
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    content = _chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(more) + content + _chunk(b"IEND", b"")


def _zip_of(name: str, content: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return written.getvalue()


REFUSED: dict[str, tuple[str, bytes]] = {
    "svg with a script": (
        "room.svg",
        b'<svg xmlns="http://www.w3.org/2000/svg">%s</svg>' % HARMFUL,
    ),
    "html": ("room.html", b"<html>%s</html>" % HARMFUL),
    "gif that is a script too": ("room.jpg", b"GIF89a/*\x01\x00\x01\x00*/=1;" + HARMFUL),
    "zip bomb": ("room.jpg", _zip_of("zeros", b"\0" * 20_000_000)),
    "text that unpacks to 100 MB in a png": (
        "room.png",
        a_png_of(800, 600, _chunk(b"zTXt", b"k\0\0" + zlib.compress(b"\0" * 100_000_000))),
    ),
    "50,000 by 50,000 png": ("room.png", a_png_of(50_000, 50_000)),
    "11,000 by 11,000 png": ("room.png", a_png_of(11_000, 11_000)),
    "path in the name": ("../../static/room.php", b"<?php system($_GET[0]);"),
    "NUL in the name": ("room.php\0.jpg", b"<?php system($_GET[0]);"),
    "htaccess": (".htaccess", b"AddType application/x-httpd-php .jpg"),
    "docm": ("room.docm", _zip_of("word/vbaProject.bin", b"Auto_Open")),
    "0 byte": ("room.jpg", b""),
    "26 MB": ("room.jpg", a_photograph() + b"\0" * 26 * 1024 * 1024),
    "wrong magic": ("room.jpg", b"\xff\xd8\xff\xe0" + HARMFUL * 50),
    "png without its picture": ("room.png", a_png_of(800, 600)),
    "jpeg cut in half": ("room.jpg", a_photograph()[:2000]),
    "gif": ("room.gif", a_photograph(form="GIF")),
    "300-character name": ("x" * 296 + ".php", HARMFUL),
}
"""A name that people see, then what the file is called and what is in it."""

INERT: dict[str, tuple[str, bytes]] = {
    "jpeg with html behind it": ("room.html", a_photograph() + HARMFUL),
    "jpeg that is a zip too": ("room.zip", a_photograph() + _zip_of("a", HARMFUL)),
    "jpeg with a script as its comment": ("room.jpg", a_photograph(comment=HARMFUL)),
    "jpeg with the place it was taken": ("room.jpg", a_photograph(exif=where_it_was_taken())),
    "jpeg with another behind it, as telephones take them": (
        "room.jpg",
        a_photograph(
            form="MPO", save_all=True, append_images=[Image.new("RGB", (800, 600), "tomato")]
        ),
    ),
    "300-character name": ("x" * 296 + ".jpg", a_photograph()),
    "path in the name": ("../../../room.jpg", a_photograph()),
    "NUL in the name": ("room.php\0.jpg", a_photograph()),
    "called htaccess": (".htaccess", a_photograph()),
}
"""Real pictures with something about them; of that nothing is kept."""
