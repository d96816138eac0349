"""Lists: keyset pages whose JSON PostgreSQL builds, in one statement, whatever the page.

A cursor is opaque to clients: the last row's key and a checksum of the list's path, base64url; a
cursor of another list would give some page of this one. Pages are newest first by UUIDv7 id, so a
page stays right while rows come and go.
"""

import base64
import binascii
import json
import zlib
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel

from chassis.database import Source
from chassis.plans import Plans
from chassis.problems import Problem, invalid

LIMIT, MAX_LIMIT = 50, 200
_PLANS = Plans()


class Paging(BaseModel):
    """Where in a list, and how much of it."""

    limit: int = LIMIT
    after: UUID | None = None
    path: str = ""  # the list's


Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Rows in a page")]


async def paging(
    request: Request,
    limit: Limit = LIMIT,
    cursor: Annotated[
        str | None, Query(max_length=200, description="`next_cursor` of the page before")
    ] = None,
) -> Paging:
    """The query parameters of every list."""
    return paging_of(request.scope["path"], limit, cursor)


def paging_of(path: str, limit: int, cursor: str | None) -> Paging:
    """Of the list at `path`; raises `Invalid` for what is no cursor of it."""
    return Paging(limit=limit, after=_decoded(path, cursor), path=path)


@dataclass
class Where:
    """Conditions and their parameters: `where.add("i.name = {}", name)`."""

    conditions: list[str] = field(default_factory=list)
    values: list[object] = field(default_factory=list)

    def add(self, condition: str, value: object) -> None:
        """Add a condition on one value; every `{}` in it stands for that value."""
        self.values.append(value)
        self.conditions.append(condition.replace("{}", f"${len(self.values)}"))

    def also(self, condition: str) -> None:
        """Add a condition that needs no value."""
        self.conditions.append(condition)

    def sql(self) -> str:
        return " AND ".join(self.conditions) or "true"


async def page(source: Source, select: str, where: Where, paging: Paging, *, key: str) -> bytes:
    """`{"items": [...], "next_cursor": ...}` of `select` (which names its columns as the API
    does, `id` among them) under `where`, by `key` (the id's column) descending."""
    given = len(where.values)
    if paging.after is not None:
        where.add(f"{key} < {{}}", paging.after)
    rows = f"{select} WHERE {where.sql()} ORDER BY {key} DESC"
    sql = _PLANS.written_out(_statement(rows, f"{paging.limit}"), where.values[:given])
    if sql is not None:
        found = await source.rows(sql, *where.values[given:])
    else:
        sql = _statement(rows, f"${len(where.values) + 1}::int")
        found = await source.rows(sql, *where.values, paging.limit)
    [(items, last, beyond)] = found
    if items is None:
        return document(b"[]")
    if beyond is None:
        return document(items)
    # Around the row beyond the page PostgreSQL puts a comma, a space and the closing bracket.
    return document(items[: -beyond - 3] + b"]", _encode(paging.path, last))


def _statement(rows: str, limit: str) -> str:
    """The page and the row after it as JSON, the page's last id, and that row's length in bytes,
    by which it is cut off again: cheaper than to number the rows."""
    return f"""
        SELECT json_agg(json), (array_agg(id))[{limit}],
               (array_agg(octet_length(json::text)))[{limit} + 1]
        FROM (
            SELECT row.id, to_json(row) AS json FROM ({rows} LIMIT {limit} + 1) AS row
            OFFSET 0  -- made once, for both
        ) AS page
    """


def document(items: bytes, next_cursor: str | None = None) -> bytes:
    """The list document around ready-made JSON items."""
    return b'{"items":' + items + b',"next_cursor":' + json.dumps(next_cursor).encode() + b"}"


def _encode(path: str, key: UUID) -> str:
    return base64.urlsafe_b64encode(key.bytes + _mark(path)).rstrip(b"=").decode()


def _decoded(path: str, cursor: str | None) -> UUID | None:
    if not cursor:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        key = UUID(bytes=raw[:16])
    except (binascii.Error, ValueError) as error:
        raise _no_cursor() from error
    if raw[16:] != _mark(path):
        raise _no_cursor()
    return key


def _no_cursor() -> Problem:
    why = "This is no cursor of this list; pass `next_cursor` of the page before as it came."
    return invalid("cursor", why)


def _mark(path: str) -> bytes:
    return zlib.crc32(path.lower().encode(errors="replace")).to_bytes(4)
