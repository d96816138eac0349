"""What files are taken for, and which are refused: by their content alone."""

import io

import pytest
from PIL import Image
from support import sample_files as files

from chassis.problems import Problem
from services.catalog.attachments import media
from services.catalog.attachments.examining import Examined, examine
from services.catalog.attachments.kinds import ThumbnailSize

MAX_PIXELS = 64_000_000


def examined(content: bytes, name: str | None = None) -> Examined:
    return examine(io.BytesIO(content), len(content), name, max_pixels=MAX_PIXELS)


def refused(content: bytes, name: str | None = None) -> Problem:
    with pytest.raises(Problem) as caught:
        examined(content, name)
    return caught.value


def thumbnail(found: Examined, size: ThumbnailSize) -> Image.Image:
    assert found.picture is not None
    with Image.open(io.BytesIO(found.picture.thumbnails[size]), formats=["WEBP"]) as image:
        image.load()
        return image


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (files.picture("JPEG"), media.JPEG),
        (files.picture("PNG"), media.PNG),
        (files.picture("GIF"), media.GIF),
        (files.picture("WEBP"), media.WEBP),
        (files.picture("AVIF"), media.AVIF),
        (files.PDF, media.PDF),
        (files.docx(), media.DOCX),
        (files.odt(), media.ODT),
        (b"BM of a good text, whatever it begins with", media.PLAIN),
        ("\ufeffNäidis 🚲 with a byte order mark".encode(), media.PLAIN),
    ],
    ids=lambda value: getattr(value, "type", ""),
)
def test_a_file_is_what_its_content_says(content: bytes, expected: media.Media) -> None:
    """Whatever it is called."""
    assert examined(content, "holiday.exe").media is expected


def test_a_name_decides_among_kinds_of_text_alone() -> None:
    assert examined(files.CSV, "stock.CSV").media is media.CSV
    assert examined(files.CSV, "read.me.md").media is media.MARKDOWN
    assert examined(files.CSV, "picture.jpg").media is media.PLAIN
    assert examined(files.PDF, "stock.csv").media is media.PDF


def test_thumbnails_are_upright_and_know_nothing_but_pixels() -> None:
    """Turned as EXIF says, scaled into 150, 400 and 800, without EXIF: nobody learns from one where
    it was taken."""
    content = files.photo_of_a_phone()
    with Image.open(io.BytesIO(content)) as image:
        assert image.getexif().get_ifd(0x8825)
    found = examined(content)
    assert found.picture is not None
    assert (found.picture.width, found.picture.height) == (900, 1200)
    sizes = {size: thumbnail(found, size) for size in ThumbnailSize}
    assert [sizes[size].size for size in ThumbnailSize] == [(112, 150), (300, 400), (600, 800)]
    for small in sizes.values():
        assert not small.info.keys() & {"exif", "icc_profile", "xmp"}


def test_small_pictures_are_not_blown_up_and_transparency_stays() -> None:
    written = io.BytesIO()
    Image.new("RGBA", (40, 20), (255, 0, 0, 0)).save(written, "PNG")
    small = thumbnail(examined(written.getvalue()), ThumbnailSize.LARGE)
    assert (small.size, small.mode) == ((40, 20), "RGBA")
    assert small.getpixel((5, 5))[3] == 0  # type: ignore[index] # of RGBA, a tuple


def test_of_a_moving_picture_the_first_frame_counts() -> None:
    frames = [Image.new("RGB", (60, 60), color) for color in ("red", "lime", "blue")]
    written = io.BytesIO()
    frames[0].save(written, "GIF", save_all=True, append_images=frames[1:], duration=50)
    small = thumbnail(examined(written.getvalue()), ThumbnailSize.SMALL)
    red, green, blue = small.convert("RGB").getpixel((30, 30))  # type: ignore[misc] # of RGB
    assert red > 200
    assert green < 60 > blue


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (files.bomb(), "too-many-pixels"),
        (files.picture("PNG", (300, 300))[:-200], "broken"),
        (files.picture("JPEG", (300, 300))[:-200], "broken"),
        (files.picture("PNG")[:-20] + b"x" + files.picture("PNG")[-19:], "broken"),
        (b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert(document.domain)//", "broken"),
        (files.PDF[:-12], "broken"),
        (files.PDF + files.archive({"payload.class": b"x"}), "two-kinds"),
        (files.picture("GIF") + files.archive({"payload.class": b"x"}), "two-kinds"),
        (files.docx()[:-30], "broken"),
        (files.docx() + b"<script>", "broken"),
        (files.docx({"word/bomb.xml": bytes(20_000_000)}, compressed=True), "bomb"),
    ],
    ids=[
        *(
            "empty",
            "decompression bomb",
            "PNG cut off",
            "JPEG cut off",
            "PNG damaged",
            "GIF and JavaScript",
        ),
        *("PDF cut off", "PDF and ZIP", "GIF and ZIP", "docx cut off", "docx and more", "ZIP bomb"),
    ],
)
def test_what_is_damaged_or_made_to_do_harm_is_refused(content: bytes, code: str) -> None:
    problem = refused(content)
    assert (problem.status, problem.errors[0].field, problem.errors[0].code) == (422, "file", code)


def overlapping() -> bytes:
    """An archive whose directory names the bytes of one entry for another, too."""
    made = files.docx({"a": bytes(1000), "b": bytes(1000)})
    last = made.rindex(b"PK\1\2")
    before = made.rindex(b"PK\1\2", 0, last)
    return made[: last + 42] + made[before + 42 : before + 46] + made[last + 46 :]


def test_an_archive_whose_entries_share_bytes_is_refused() -> None:
    assert refused(overlapping()).status == 422


@pytest.mark.parametrize(
    "content",
    [
        files.SVG,
        b"\xef\xbb\xbf \n" + files.SVG,
        files.HTML,
        b"<?xml version='1.0'?><x/>",
        b"MZ" + bytes(200),
        b"\x7fELF" + bytes(200),
        files.archive({"a.txt": b"plain"}),
        files.docx({"word/vbaProject.bin": b"x"}),
        "Näidis".encode("utf-16"),
        b"text with a bell \x07 in it",
        files.picture("TIFF"),
        files.picture("BMP"),
    ],
    ids=[
        *("SVG", "SVG after blanks", "HTML", "XML", "Windows program", "Linux program", "ZIP"),
        *("macros", "UTF-16", "control characters", "TIFF", "BMP"),
    ],
)
def test_what_is_not_on_the_list_is_refused_with_what_is(content: bytes) -> None:
    """Named as a picture, too."""
    problem = refused(content, "innocent.jpg")
    assert (problem.status, problem.code) == (415, "file-not-taken")
    assert "JPEG, PNG, GIF, WebP, AVIF" in problem.detail


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_exif_that_is_junk_does_no_harm() -> None:
    junk = files.picture(exif=b"Exif\0\0MM\0*\xff\xff\xff\xff" + b"\xee" * 500)
    found = examined(junk)
    assert found.picture is not None
    assert (found.picture.width, found.picture.height) == (120, 80)


def test_script_in_a_comment_of_a_picture_gets_into_no_thumbnail() -> None:
    """A GIF that is one, with script where only the unwary look: it stays a GIF, served as one."""
    found = examined(files.picture("GIF", comment=b"*/=1;alert(1)//<script>alert(1)</script>"))
    assert found.media is media.GIF
    assert found.picture is not None
    assert all(b"script" not in small for small in found.picture.thumbnails.values())
