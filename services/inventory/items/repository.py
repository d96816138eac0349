"""Queries on the items that inventory has heard of."""

from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from chassis.database import Source, TenantSession
from chassis.statements import Row, Statement, newest

_RECORD = newest(
    "known_items",
    {
        "name": "text",
        "sku": "text",
        "external_id": "text",
        "barcode": "text",
        "category_id": "uuid",
        "is_archived": "boolean",
        "is_deleted": "boolean",
        "into_id": "uuid",
        "min_stock_level": "integer",
    },
)
_RECORD_CATEGORIES = newest(
    "known_categories",
    {"name": "text", "parent_id": "uuid", "is_archived": "boolean", "is_deleted": "boolean"},
)


_STATE = """
    SELECT is_archived, is_deleted, into_id FROM known_items WHERE workspace_id = $1 AND id = $2
"""
_STATES = Statement(
    """
    SELECT k.id, k.is_archived, k.is_deleted, k.into_id FROM {rows} JOIN known_items k
    ON k.workspace_id = r.workspace_id AND k.id = r.id ORDER BY r.ordinality FOR SHARE OF k
    """,
    {"workspace_id": "uuid", "id": "uuid"},
)


class State(NamedTuple):
    """What stock of an item depends on; `into_id`: it was merged into that one."""

    is_archived: bool
    is_deleted: bool
    into_id: UUID | None


async def state(source: Source, workspace_id: UUID, item_id: UUID) -> State | None:
    """How an item is; None before it was heard of."""
    rows = await source.rows(_STATE, workspace_id, item_id)
    return State(*rows[0]) if rows else None


async def held_state(session: TenantSession, item_id: UUID) -> State | None:
    """As `state`, and what is heard of the item waits until this transaction ends."""
    rows = await session.rows(f"{_STATE} FOR SHARE", session.workspace_id, item_id)
    return State(*rows[0]) if rows else None


async def held_states(session: TenantSession, item_ids: Collection[UUID]) -> dict[UUID, State]:
    """How these items are, as far as they were heard of; what is heard of them waits until this
    transaction ends."""
    rows = [{"workspace_id": session.workspace_id, "id": id_} for id_ in sorted(item_ids)]
    found = await _STATES.execute(session, rows) if rows else []
    return {row[0]: State(*row[1:]) for row in found}


async def deleted(source: Source, workspace_id: UUID, item_ids: Collection[UUID]) -> set[UUID]:
    """Those of these items that are known to be gone."""
    if not item_ids:
        return set()
    rows = await source.rows(
        "SELECT id FROM known_items WHERE workspace_id = $1 AND id = ANY ($2) AND is_deleted",
        workspace_id,
        list(item_ids),
    )
    return {id_ for (id_,) in rows}


async def unknown(source: Source, workspace_id: UUID, item_ids: Collection[UUID]) -> set[UUID]:
    """Those of these items that were not heard of yet."""
    rows = await source.rows(
        "SELECT id FROM known_items WHERE workspace_id = $1 AND id = ANY ($2)",
        workspace_id,
        list(item_ids),
    )
    return set(item_ids) - {id_ for (id_,) in rows}


async def merged_into(session: TenantSession, item_id: UUID) -> UUID:
    """The item that goes on for this one at last, as far as inventory has heard; itself if it was
    merged into none."""
    rows = await session.rows(
        """
        WITH RECURSIVE way AS (
            SELECT k.id, k.into_id, 0 AS step FROM known_items k
            WHERE k.workspace_id = $1 AND k.id = $2
            UNION
            SELECT coalesce(k.id, way.into_id), k.into_id, step + 1 FROM way
            LEFT JOIN known_items k ON k.workspace_id = $1 AND k.id = way.into_id
            WHERE way.into_id IS NOT NULL AND step < 1000
        )
        SELECT id FROM way ORDER BY step DESC LIMIT 1
        """,
        session.workspace_id,
        item_id,
    )
    return rows[0][0] if rows else item_id


async def hold(source: Source, workspace_id: UUID, item_id: UUID) -> bool:
    """Whether an item exists; news of it waits until this transaction ends."""
    rows = await source.rows(
        """
        SELECT is_deleted FROM known_items WHERE workspace_id = $1 AND id = $2 FOR SHARE
        """,
        workspace_id,
        item_id,
    )
    return bool(rows) and not rows[0][0]


async def lock_gone(session: TenantSession, item_id: UUID) -> bool:
    """Whether an item is known to be gone; what others do that names it waits until this
    transaction ends."""
    rows = await session.rows(
        "SELECT is_deleted FROM known_items WHERE workspace_id = $1 AND id = $2 FOR UPDATE",
        session.workspace_id,
        item_id,
    )
    return bool(rows) and bool(rows[0][0])


async def record(session: TenantSession, items: Sequence[Row]) -> None:
    """Note items, each as of its version; an older version changes nothing."""
    await _RECORD.execute(session, items)


async def record_categories(session: TenantSession, categories: Sequence[Row]) -> None:
    """Note categories, each as of its version; an older version changes nothing."""
    await _RECORD_CATEGORIES.execute(session, categories)


async def name(source: Source, workspace_id: UUID, item_id: UUID) -> str | None:
    """The item's name; None before it was heard of."""
    rows = await source.rows(
        "SELECT name FROM known_items WHERE workspace_id = $1 AND id = $2", workspace_id, item_id
    )
    return str(rows[0][0]) if rows else None
