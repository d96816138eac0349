"""Which part of a content a request is for: conditions and ranges (RFC 9110 sections 13 and 14).

One range at a time: whoever asks for several, or for what can't be read, gets all of it, as the
standard lets a server do.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

_RANGE = re.compile(r"bytes=\s*(\d{0,19})-(\d{0,19})\s*", re.IGNORECASE | re.ASCII)


class Part(NamedTuple):
    """Bytes from `start` up to `end`, and whether that is less than was asked to be all."""

    status: int  # 200, 206, 304 or 416
    start: int
    end: int


def part_of(headers: Mapping[str, str], etag: str, size: int) -> Part:
    """What to answer about a content of `size` bytes whose tag is `etag`, a strong one."""
    if is_known(headers.get("if-none-match"), etag):
        return Part(304, 0, 0)
    whole = Part(200, 0, size)
    asked = _RANGE.fullmatch(headers.get("range", "").strip())
    if asked is None or headers.get("if-range", etag).strip() != etag:
        return whole
    first, last = asked.groups()
    if not first and not last:
        return whole
    if not first:
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last) + 1 if last else size, size)
        if last and int(last) < start:
            return whole
    if start >= end:
        return Part(416, 0, 0)
    return Part(206, start, end)


def is_known(given: str | None, etag: str) -> bool:
    """Whether If-None-Match, as `given`, names the tag, by weak comparison."""
    if given is None:
        return False
    tags = (one.strip().removeprefix("W/") for one in given.split(","))
    return given.strip() == "*" or etag in tags
