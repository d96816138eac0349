"""Times as an operator writes and reads them."""

from datetime import UTC, datetime, timedelta

import pytest

from warehouse.errors import OperatorError
from warehouse.operating.times import moment, span

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", NOW - timedelta(seconds=90)),
        ("30m", NOW - timedelta(minutes=30)),
        (" 2 h ", NOW - timedelta(hours=2)),
        ("7d", NOW - timedelta(days=7)),
        ("2w", NOW - timedelta(days=14)),
        ("2026-04-30", datetime(2026, 4, 30, tzinfo=UTC)),
        ("2026-04-30T10:00:00", datetime(2026, 4, 30, 10, tzinfo=UTC)),
        ("2026-04-30T10:00:00Z", datetime(2026, 4, 30, 10, tzinfo=UTC)),
        ("2026-04-30T10:00:00+02:00", datetime(2026, 4, 30, 8, tzinfo=UTC)),
    ],
)
def test_a_moment_is_iso_8601_or_how_long_ago(text: str, expected: datetime) -> None:
    assert moment(text, now=NOW) == expected


@pytest.mark.parametrize("text", ["", "yesterday", "2y", "-1h", "99999999999d", "2026-13-01"])
def test_what_is_no_time_is_told_with_examples(text: str) -> None:
    with pytest.raises(OperatorError, match="2h or 7d"):
        moment(text, now=NOW)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "-"),
        (-3, "0.0 s"),
        (0.25, "0.2 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3725, "1 h 2 min"),
        (86_400 * 2 + 59, "2 d 59 s"),
    ],
)
def test_a_span_is_told_in_its_two_largest_units(seconds: float | None, words: str) -> None:
    assert span(seconds) == words
