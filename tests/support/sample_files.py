"""Files to attach: small ones as they should be, and those that nobody should send."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

from PIL import Image

PDF = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer\n<</Root 1 0 R>>\n%%EOF\n"
CSV = b"name,quantity\nLadder,2\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>"
_TYPES = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_TURNED_RIGHT = 6  # EXIF orientation: its top is at the right


def picture(
    form: str = "JPEG", size: tuple[int, int] = (120, 80), color: str = "#1F7A4D", **more: object
) -> bytes:
    """A picture of one colour."""
    written = io.BytesIO()
    Image.new("RGB", size, color).save(written, form, **more)
    return written.getvalue()


def photo_of_a_phone() -> bytes:
    """Lies on its side, and tells where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = _TURNED_RIGHT
    exif[0x010F] = "Phonemaker"
    exif.get_ifd(0x8825)[2] = (59.0, 26.0, 13.0)
    return picture(size=(1200, 900), exif=exif)


def bomb() -> bytes:
    """A PNG of a few hundred bytes that says it has 900 million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(100_000)))
        + chunk(b"IEND", b"")
    )


def archive(entries: Mapping[str, bytes], *, compressed: bool = False) -> bytes:
    """A ZIP archive of these entries, in their order."""
    written = io.BytesIO()
    how = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with zipfile.ZipFile(written, "w", how) as made:
        for name, content in entries.items():
            made.writestr(name, content)
    return written.getvalue()


def docx(more: Mapping[str, bytes] | None = None, *, compressed: bool = False) -> bytes:
    """What is told apart as a Word document, with `more` in it."""
    types = f'<Types><Override ContentType="{_TYPES}"/></Types>'.encode()
    body = {"[Content_Types].xml": types, "word/document.xml": b"<w:document/>"}
    return archive(body | dict(more or {}), compressed=compressed)


def odt() -> bytes:
    return archive({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<x/>"})
