"""Points in time and spans as an operator writes and reads them."""

import re
from datetime import UTC, datetime, timedelta

from warehouse.errors import OperatorError

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_AGO = re.compile(r"(\d+)\s*([smhdw])")


def moment(text: str, *, now: datetime | None = None) -> datetime:
    """The point in time that `text` names: ISO 8601, in UTC where it has no offset, or how long
    ago as in `90s`, `30m`, `2h`, `7d`, `2w`. Raises `OperatorError`."""
    text = text.strip()
    try:
        if ago := _AGO.fullmatch(text):
            seconds = int(ago[1]) * _SECONDS[ago[2]]
            return (now or datetime.now(UTC)) - timedelta(seconds=seconds)
        parsed = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise OperatorError(
            f"{text!r} is no time. Write it like 2026-05-01T12:00:00Z, 2026-05-01, 30m, 2h or 7d."
        ) from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def span(seconds: float | None) -> str:
    """A span of time for a person, in its two largest units; `-` for none."""
    if seconds is None:
        return "-"
    if seconds < 10:
        return f"{max(seconds, 0):.1f} s"
    left, words = round(seconds), []
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count:
            words.append(f"{count} {unit}")
    return " ".join(words[:2])
