"""What labels promise, drawn and read again."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import zxingcpp
from defusedxml import ElementTree
from PIL import Image
from pypdf import PdfReader

from services.inventory.labels import printing, single
from services.inventory.labels.formats import SHEETS, Format
from services.inventory.labels.jobs import Job, Text
from services.inventory.labels.lettering import drawable, plain, shortened
from services.inventory.labels.press import Busy, Press
from services.inventory.labels.single import Label
from services.inventory.labels.symbols import Symbology, draw

BASE = "https://inventory.club.example/v1/r/"
LINES = ("Õhupuhastaja · Дрель · Τρυπάνι", "K7QX2M")
EXPECTED = {Symbology.QR: BASE + "K7QX2M", Symbology.CODE128: "K7QX2M"}
KINDS = {
    Symbology.QR: zxingcpp.BarcodeFormat.QRCode,
    Symbology.CODE128: zxingcpp.BarcodeFormat.Code128,
}


def read(picture: Image.Image, symbology: Symbology) -> list[str]:
    """What a scanner makes of a picture."""
    found = zxingcpp.read_barcodes(picture.convert("L"))
    return [one.text for one in found if one.format == KINDS[symbology]]


def job(**changes: Any) -> Job:  # noqa: ANN401 - any field
    texts = tuple(Text(f"K7QX{n:02}", f"Õun {n}", "House / Garage") for n in range(10))
    plain_job = Job(
        Format.L7160, Symbology.QR, 1, BASE, datetime(2026, 3, 2, tzinfo=UTC), labels=texts
    )
    return replace(plain_job, **changes)


def pages(document: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(document), strict=True)


@pytest.mark.parametrize("symbology", Symbology)
@pytest.mark.parametrize("scale", [2, 8])
def test_a_picture_can_be_scanned(symbology: Symbology, scale: int) -> None:
    """Whatever its caption says, at any size."""
    made = single.png(Label(draw(symbology, "K7QX2M", BASE), LINES), scale)
    with Image.open(io.BytesIO(made)) as picture:
        assert read(picture, symbology) == [EXPECTED[symbology]]


@pytest.mark.parametrize("symbology", Symbology)
def test_the_svg_is_the_same_symbol(symbology: Symbology) -> None:
    """Its rectangles, drawn module by module, are the rows of the symbol."""
    symbol = draw(symbology, "K7QX2M", BASE)
    rows = [bytearray(symbol.width) for _ in range(symbol.height)]
    for x, y, width, height in symbol.rectangles():
        for row in rows[y : y + height]:
            row[x : x + width] = bytes([1]) * width
    assert tuple(map(bytes, rows)) == symbol.rows
    assert f"M{x} {y}h{width}v{height}" in single.svg(Label(symbol, ()), 1).decode()


def test_what_a_name_holds_is_text_in_the_svg() -> None:
    """Markup is escaped, and what no XML may hold is left out."""
    hostile = '</text><script>alert("1")</script>\x00\x08\ufffe & "'
    made = single.svg(
        Label(draw(Symbology.CODE128, "K7QX2M4P9ABC", BASE), (hostile[:20], "\x1b")), 8
    )
    root = ElementTree.fromstring(made)
    assert {element.tag.rpartition("}")[2] for element in root} == {"rect", "path", "text"}
    texts = [element.text for element in root if element.tag.endswith("text")]
    assert texts[0] == "</text><script>alert"
    assert plain(hostile) == '</text><script>alert("1")</script> & "'


def test_long_text_is_shortened_with_an_ellipsis() -> None:
    assert shortened("Cordless drill", 9, len) == "Cordless…"
    assert shortened("Saw", 3, len) == "Saw"
    assert shortened("Saw", 0, len) == "…"


def test_what_the_font_lacks_is_a_box() -> None:
    """Latin, Greek and Cyrillic are there."""
    assert drawable("Šokolaad ěž Ђ Ωώ ₽ …") == "Šokolaad ěž Ђ Ωώ ₽ …"
    assert drawable("木 saw") == "□ saw"


@pytest.mark.parametrize("format_", Format)
def test_a_sheet_has_its_paper_and_its_labels(format_: Format) -> None:
    """All within the page, none upon another; the page as large as the paper."""
    sheet = SHEETS[format_]
    corners = [sheet.corner(number) for number in range(sheet.count)]
    for x, y in corners:
        assert x >= 0
        assert y >= 0
        assert x + sheet.size[0] <= sheet.page[0] + 0.001
        assert y + sheet.size[1] <= sheet.page[1] + 0.001
    assert sheet.pitch >= sheet.size
    made = pages(printing.pdf(job(format=format_, labels=job().labels[:2])))
    width, height = (float(one) / 72 * 25.4 for one in made.pages[0].mediabox[2:])
    assert (width, height) == pytest.approx(sheet.page, abs=0.01)
    assert len(made.pages) == (1 if sheet.count > 1 else 2)


@pytest.mark.parametrize("symbology", Symbology)
def test_a_printed_sheet_can_be_read_and_scanned(symbology: Symbology) -> None:
    """Every label's name, way and code, in any of the alphabets; every symbol on it."""
    names = ("Õhupuhastaja", "Дрель аккумуляторная", "Τρυπάνι")
    texts = tuple(Text(f"K7QX0{n}", name, "Maja / Kelder") for n, name in enumerate(names))
    [page] = pages(printing.pdf(job(symbology=symbology, labels=texts))).pages
    said = page.extract_text().replace("\n", " ")
    for text in texts:
        assert text.name in said
        assert text.code in said
    assert said.count("Maja / Kelder") == 3
    base = BASE if symbology is Symbology.QR else ""
    scanned = [text for image in page.images for text in read(image.image, symbology)]
    assert scanned == [base + text.code for text in texts]


def test_a_used_sheet_goes_on_where_it_ended() -> None:
    """21 places, the first 15 used: six fit, four go on a sheet of their own."""
    made = pages(printing.pdf(job(start=16))).pages
    assert [len(page.images) for page in made] == [6, 4]
    assert "K7QX06" in made[1].extract_text()


def test_a_long_name_ends_in_an_ellipsis() -> None:
    long = Text("K7QX2M", "A name that goes on and on without an end " * 4, "House / " * 40)
    [page] = pages(printing.pdf(job(format=Format.L7651, labels=(long,)))).pages
    said = page.extract_text()
    assert said.count("…") == 2
    assert said.endswith("K7QX2M")


def test_the_same_labels_are_the_same_bytes() -> None:
    """Whenever they are printed."""
    assert printing.pdf(job()) == printing.pdf(job())


async def test_the_press_takes_so_many_at_a_time() -> None:
    press = Press(queue=0)
    with pytest.raises(Busy):
        await press.run(lambda: b"")
    await press.stop()
