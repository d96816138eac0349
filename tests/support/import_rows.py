"""Rows of imports as services pass them on."""

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from chassis.imports import ImportRow, RowFault

Json = dict[str, Any]


def rows(*given: Json, found: Json | None = None) -> list[ImportRow]:
    """Rows with these fields, from line 2 on; what was `found` is so in each."""
    return [
        ImportRow(number=number, fields=fields, found=found or {})
        for number, fields in enumerate(given, 2)
    ]


def told(faults: Iterable[RowFault]) -> list[tuple[int, str]]:
    """Which field of which row is at fault."""
    return [(fault.number, fault.field) for fault in faults]


async def staged(database: Any, workspace_id: UUID) -> list[tuple[str, Json]]:  # noqa: ANN401 - asyncpg
    """What happened in a workspace, in order: `item.created`, and its payload."""
    found = await database.fetch(
        "SELECT type, payload FROM outbox WHERE workspace_id = $1 ORDER BY id", workspace_id
    )
    return [(row["type"].split(".", 2)[2], json.loads(row["payload"])) for row in found]


async def verbs(database: Any, workspace_id: UUID) -> list[str]:  # noqa: ANN401 - asyncpg
    return [verb for verb, _ in await staged(database, workspace_id)]
