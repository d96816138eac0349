"""Where in a search's answer a page begins: the last row's sort key and id, opaque to clients.

Ids differ, so that no two rows tie, and a page begins right after the one before it. What the first
page knew of common words comes along, so that the others find and rank the same, whichever process
makes them and whatever that one knows.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from typing import Any
from uuid import UUID

from chassis.fields import storable
from chassis.problems import Problem, invalid

MOST_BITS = 1_000
RANKED = 500  # matches that are ranked in a large workspace; the others follow, newest first
# What comes of reading a cursor that we never made.
_BROKEN = (
    *(binascii.Error, ValueError, TypeError, AttributeError, KeyError, OverflowError),
    RecursionError,
)


class Sort(StrEnum):
    """How items are ordered; `-` before a field: from its greatest value down."""

    RELEVANCE = "relevance"
    NAME = "name"
    NAME_DOWN = "-name"
    CREATED = "created_at"
    CREATED_DOWN = "-created_at"
    UPDATED = "updated_at"
    UPDATED_DOWN = "-updated_at"
    SKU = "sku"
    SKU_DOWN = "-sku"
    MIN_STOCK = "min_stock_level"
    MIN_STOCK_DOWN = "-min_stock_level"

    @property
    def is_down(self) -> bool:
        return self.value.startswith("-")

    @property
    def field(self) -> str:
        return self.value.removeprefix("-")


class Reading(IntEnum):
    """How what was typed is read: each less strictly than the one before, which found nothing."""

    TYPED = 0
    MEANT = 1  # words that nothing has may be mistyped, be two in one, or initials
    LOOSELY = 2  # and so may words that something has
    PARTLY = 3  # and what nothing has, or what says least, is left out


class Way(IntEnum):
    """How what matches is come by. What is read on the way is found by each of them alike; which
    of it is ranked, where that is not all, differs."""

    IN_ORDER = 0  # items as they are ordered, of which so many match that it takes but few
    BY_WORDS = 1  # all that the index on words has
    BY_ALL_WORDS = 2  # the same, in a workspace so small that all of it is ranked
    BY_PLACE = 3  # all that is in a place


@dataclass(frozen=True)
class Among:
    """What was ranked where there was too much: what was created since a moment (and id), or some,
    `most` of them, of what was created until one, on its way."""

    since: tuple[datetime, UUID] | None = None
    until: datetime | None = None
    way: Way = Way.IN_ORDER
    most: int = RANKED


EVERYTHING = Among()


@dataclass(frozen=True)
class Ranked:
    """In the order of relevance: after the row of this score and id, among what was ranked."""

    score: int
    id: UUID
    among: Among
    reading: Reading = Reading.TYPED
    whole: int = 0  # words that stood for themselves alone, as bits (`samples.as_bits`)


@dataclass(frozen=True)
class Keyed:
    """In the order of a field: after the row of this value and id."""

    value: str | int | datetime
    id: UUID
    reading: Reading = Reading.TYPED
    among: Among = EVERYTHING  # what was ranked before it
    whole: int = 0


def encode(sort: Sort, cursor: Ranked | Keyed) -> str:
    """The cursor as clients get it. A `Keyed` one of a search by relevance is in its rest, behind
    what was ranked."""
    since, until = cursor.among.since, cursor.among.until
    among = [
        since and [since[0].isoformat(), since[1].hex],
        until and until.isoformat(),
        cursor.among.way,
        cursor.whole,
        cursor.among.most,
    ]
    if isinstance(cursor, Ranked):
        document: list[Any] = [sort, "ranked", cursor.reading, cursor.score, cursor.id.hex, *among]
    else:
        value = cursor.value
        plain = value.isoformat() if isinstance(value, datetime) else value
        document = [sort, "keyed", cursor.reading, plain, cursor.id.hex, *among]
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def decode(sort: Sort, cursor: str) -> Ranked | Keyed:
    """Raises `Problem` for what is no cursor, and for one of another sort."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        given, kind, how, value, id_, *more = json.loads(raw)
        reading = Reading(_integer(how))
        if given != sort:
            raise _no_cursor()
        since, until, way, bits, *count = more
        whole = _bits(bits)
        among = Among(
            (_moment(since[0]), UUID(since[1])) if since else None,
            _moment(until) if until else None,
            Way(_integer(way)),
            _most(*count),
        )
        if kind == "ranked":
            return Ranked(_integer(value), UUID(id_), among, reading, whole)
        return Keyed(_value(sort, value), UUID(id_), reading, among, whole)
    except _BROKEN as error:
        raise _no_cursor() from error


def _value(sort: Sort, value: object) -> str | int | datetime:
    if sort.field == "min_stock_level":
        return _integer(value)
    if sort.field not in {"name", "sku"}:
        return _moment(value)
    if not isinstance(value, str) or not storable(value):
        raise ValueError(value)
    return value


def _moment(value: object) -> datetime:
    if not isinstance(value, str):
        raise TypeError(value)
    return datetime.fromisoformat(value).astimezone(UTC)


def _integer(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 2**31:
        raise ValueError(value)
    return value


def _bits(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(value)
    if value.bit_length() > MOST_BITS:
        raise ValueError(value)
    return value


def _most(value: object = RANKED) -> int:
    """Without one, it is a cursor of when it was always as many."""
    if not 0 < _integer(value) <= RANKED:
        raise ValueError(value)
    return _integer(value)


def _no_cursor() -> Problem:
    return invalid(
        "cursor",
        "This is no cursor of this search; pass `next_cursor` of the page before as it came, with "
        "the same `sort`.",
    )
