"""The orders that lists of entries come in, and where in one of them a page begins.

A cursor is opaque to clients: the last row's key and id. Ids differ, so that no two rows tie.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import Query

from chassis.fields import MAX_INTEGER, storable
from chassis.problems import Problem, invalid

# What has no date comes with the latest: it never expires. Python has no such day; hence dates go
# as text, both ways.
NEVER = "infinity"
SortCursor = Annotated[
    str | None, Query(max_length=10_000, description="`next_cursor` of the page before")
]


class Sort(StrEnum):
    """How entries are ordered; `-` before a field: from its greatest value down."""

    NAME = "name"
    NAME_DOWN = "-name"
    QUANTITY = "quantity"
    QUANTITY_DOWN = "-quantity"
    CREATED = "created_at"
    CREATED_DOWN = "-created_at"
    EXPIRATION = "expiration_date"
    EXPIRATION_DOWN = "-expiration_date"

    @property
    def is_down(self) -> bool:
        return self.value.startswith("-")

    @property
    def field(self) -> str:
        return self.value.removeprefix("-")


# Of an entry `e`, with its type, and as what it is told. Ids begin with their time.
KEYS = {
    "name": ("e.sort_name", "text"),
    "quantity": ("e.quantity", "integer"),
    "created_at": ("e.id", "uuid"),
    "expiration_date": (f"coalesce(e.expiration_date, '{NEVER}'::date)", "text::date"),
}
TOLD = {"name": "text", "quantity": "integer", "created_at": "uuid", "expiration_date": "text"}
Value = str | int | UUID


@dataclass(frozen=True, slots=True)
class After:
    """After the row of this key and id."""

    value: Value
    id: UUID


def encode(sort: Sort, after: After) -> str:
    """The cursor as clients get it."""
    plain = after.value if isinstance(after.value, int) else str(after.value)
    text = json.dumps([sort, plain, after.id.hex], separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def decode(sort: Sort, cursor: str) -> After:
    """Raises `Problem` for what is no cursor, and for one of another sort."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        given, value, id_ = json.loads(raw)
        if given != sort:
            raise _no_cursor()
        return After(_value(sort, value), UUID(id_))
    except (binascii.Error, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise _no_cursor() from error


def _value(sort: Sort, value: object) -> Value:
    if sort.field == "quantity":
        if not isinstance(value, int) or not 0 <= value <= MAX_INTEGER:
            raise ValueError(value)
        return value
    if not isinstance(value, str) or not storable(value):
        raise ValueError(value)
    if sort.field == "created_at":
        return UUID(value)
    if sort.field == "expiration_date" and value != NEVER:
        return date.fromisoformat(value).isoformat()
    return value


def _no_cursor() -> Problem:
    return invalid(
        "cursor",
        "This is no cursor of this list; pass `next_cursor` of the page before as it came, with "
        "the same `sort`.",
    )
