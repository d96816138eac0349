"""Which part of a content an answer has."""

import pytest

from services.catalog.attachments.ranges import Part, part_of

TAG = '"abc"'
WHOLE = Part(200, 0, 1000)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("bytes=0-99", Part(206, 0, 100)),
        ("bytes=900-", Part(206, 900, 1000)),
        ("bytes=-100", Part(206, 900, 1000)),
        ("bytes=-5000", Part(206, 0, 1000)),
        ("bytes=999-5000", Part(206, 999, 1000)),
        ("BYTES=0-0", Part(206, 0, 1)),
        ("bytes=1000-", Part(416, 0, 0)),
        ("bytes=-0", Part(416, 0, 0)),
        ("bytes=5-1", WHOLE),
        ("bytes=-", WHOLE),
        ("bytes=0-1,5-6", WHOLE),
        ("bytes=" + "9" * 4000 + "-", WHOLE),
        ("lines=0-1", WHOLE),
        ("bytes=\u0661-", WHOLE),
    ],
)
def test_one_range_is_heeded_and_nonsense_is_not(asked: str, expected: Part) -> None:
    assert part_of({"range": asked}, TAG, 1000) == expected


def test_a_range_of_something_else_gets_all_of_this() -> None:
    """If-Range with another tag, a weak one, or a date."""
    for given in ('"other"', 'W/"abc"', "Wed, 21 Oct 2026 07:28:00 GMT"):
        assert part_of({"range": "bytes=0-9", "if-range": given}, TAG, 1000) == WHOLE
    assert part_of({"range": "bytes=0-9", "if-range": TAG}, TAG, 1000).status == 206


def test_what_the_client_has_is_not_sent_again() -> None:
    for given in (TAG, f'"x", W/{TAG}', "*"):
        assert part_of({"if-none-match": given, "range": "bytes=0-9"}, TAG, 1000).status == 304
    assert part_of({"if-none-match": '"x"'}, TAG, 1000) == WHOLE
