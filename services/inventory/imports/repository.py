"""Queries on what rows of imports may be of."""

import re
from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from chassis.database import TenantSession
from chassis.statements import Statement


class Known(NamedTuple):
    """What tells entries apart."""

    id: UUID
    item_id: UUID
    location_id: UUID
    container_id: UUID | None
    serial_number: str | None
    lot: str | None
    external_id: str | None
    is_archived: bool
    free_quantity: int


_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_KNOWN = """
    e.id, e.item_id, e.location_id, e.container_id, e.serial_number, e.lot, e.external_id,
    e.is_archived, e.quantity - e.held_quantity
"""
_OF_ITEMS = Statement(
    f"""
    SELECT {_KNOWN} FROM {{rows}} JOIN entries e
    ON e.workspace_id = r.workspace_id AND e.item_id = r.item_id AND NOT e.is_archived
    ORDER BY e.id
    """,
    {"workspace_id": "uuid", "item_id": "uuid"},
)
_BY_EXTERNAL_ID = Statement(
    f"""
    SELECT {_KNOWN} FROM {{rows}} JOIN entries e
    ON e.workspace_id = r.workspace_id AND e.external_id = r.external_id
    """,
    {"workspace_id": "uuid", "external_id": "text"},
)


async def of_items(session: TenantSession, item_ids: Collection[UUID]) -> list[Known]:
    """The entries in use of these items."""
    rows = [{"workspace_id": session.workspace_id, "item_id": id_} for id_ in item_ids]
    return [Known(*row) for row in await _OF_ITEMS.execute(session, rows)] if rows else []


async def by_external_id(session: TenantSession, external_ids: Collection[str]) -> dict[str, Known]:
    """The entries, in use or not, with these identifiers."""
    rows = [{"workspace_id": session.workspace_id, "external_id": one} for one in external_ids]
    found = await _BY_EXTERNAL_ID.execute(session, rows) if rows else []
    return {row[6]: Known(*row) for row in found}


async def by_id(session: TenantSession, ids: Collection[str]) -> dict[str, Known]:
    """The entries, in use or not, that have these ids, whatever else stands among them."""
    wanted = {one: UUID(one) for one in ids if is_id(one)}
    if not wanted:
        return {}
    rows = await session.rows(
        f"SELECT {_KNOWN} FROM entries e WHERE e.workspace_id = $1 AND e.id = ANY ($2)",
        session.workspace_id,
        list(wanted.values()),
    )
    found = {row[0]: Known(*row) for row in rows}
    return {one: found[id_] for one, id_ in wanted.items() if id_ in found}


def is_id(text: str) -> bool:
    """Whether it is written as ids are."""
    return _ID.fullmatch(text) is not None
