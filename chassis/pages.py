"""Lists: keyset pages whose JSON PostgreSQL builds, in one statement, whatever the page.

A cursor is opaque to clients: the last row's key, base64url. Pages are newest first by UUIDv7 id,
so a page stays right while rows come and go.
"""

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from chassis.database import Source
from chassis.problems import invalid

LIMIT, MAX_LIMIT = 50, 200


class Paging(BaseModel):
    """Where in a list, and how much of it."""

    limit: int = LIMIT
    after: UUID | None = None


async def paging(
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Rows in a page")] = LIMIT,
    cursor: Annotated[
        str | None, Query(max_length=200, description="`next_cursor` of the page before")
    ] = None,
) -> Paging:
    """The query parameters of every list."""
    return Paging(limit=limit, after=_decode(cursor) if cursor else None)


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
    if paging.after is not None:
        where.add(f"{key} < {{}}", paging.after)
    limit = f"${len(where.values) + 1}"
    sql = f"""
        WITH page AS ({select} WHERE {where.sql()} ORDER BY {key} DESC LIMIT {limit} + 1),
        numbered AS (SELECT page AS row, row_number() OVER (ORDER BY id DESC) AS n FROM page)
        SELECT coalesce(json_agg(to_json(row) ORDER BY n) FILTER (WHERE n <= {limit}), '[]'),
               (array_agg((row).id) FILTER (WHERE n = {limit}))[1],
               count(*) > {limit}
        FROM numbered
    """
    [(items, last, more)] = await source.rows(sql, *where.values, paging.limit)
    return document(items, _encode(last) if more else None)


def document(items: bytes, next_cursor: str | None = None) -> bytes:
    """The list document around ready-made JSON items."""
    return b'{"items":' + items + b',"next_cursor":' + json.dumps(next_cursor).encode() + b"}"


def _encode(key: UUID) -> str:
    return base64.urlsafe_b64encode(key.bytes).rstrip(b"=").decode()


def _decode(cursor: str) -> UUID:
    try:
        return UUID(bytes=base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise invalid(
            "cursor", "This is no cursor; pass `next_cursor` of the page before as it came."
        ) from error
