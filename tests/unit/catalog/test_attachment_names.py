"""Names of files, made harmless, and as a header field has them."""

import pytest

from services.catalog.attachments import media
from services.catalog.attachments.names import MAX_BYTES, clean, disposition


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("drill.jpg", "drill.jpg"),
        ("Drill.JPEG", "Drill.JPEG"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Users\\ada\\drill.jpg", "drill.jpg"),
        ("drill.jpg\0.exe", "drill.jpg.exe.jpg"),
        ("a\r\nSet-Cookie: x=1.jpg", "aSet-Cookie_ x=1.jpg"),
        ("gpj.\u202eexe", "gpj.exe.jpg"),
        ("page.html", "page.html.jpg"),
        ("  . .hidden. ", "hidden.jpg"),
        ("...", "photo.jpg"),
        ("/", "photo.jpg"),
        ("", "photo.jpg"),
        (None, "photo.jpg"),
        (".jpg", "jpg.jpg"),
        ('<img src="x">.jpg', "_img src=_x__.jpg"),
        ("Jalgratas 🚲.jpg", "Jalgratas 🚲.jpg"),
    ],
)
def test_a_name_is_plain_and_ends_as_its_content(given: str | None, expected: str) -> None:
    assert clean(given, media.JPEG, "photo") == expected


def test_a_name_of_five_thousand_characters_is_shortened() -> None:
    name = clean("ö" * 5000 + ".jpg", media.JPEG, "photo")
    assert len(name.encode()) <= MAX_BYTES
    assert name.endswith("ö.jpg")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("drill.jpg", 'inline; filename="drill.jpg"'),
        ("Bücher.pdf", "inline; filename=\"Bucher.pdf\"; filename*=UTF-8''B%C3%BCcher.pdf"),
        ("🚲.jpg", "inline; filename=\"file.jpg\"; filename*=UTF-8''%F0%9F%9A%B2.jpg"),
        ('a"b.txt', "inline; filename=\"a_b.txt\"; filename*=UTF-8''a%22b.txt"),
    ],
)
def test_a_header_tells_a_name_to_old_clients_and_as_it_is(name: str, expected: str) -> None:
    assert disposition(name, inline=True) == expected
