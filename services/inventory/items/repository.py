"""Queries on the items that inventory has heard of."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from chassis.database import Source, TenantSession
from chassis.statements import Row, newest

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
    },
)
_RECORD_CATEGORIES = newest(
    "known_categories",
    {"name": "text", "parent_id": "uuid", "is_archived": "boolean", "is_deleted": "boolean"},
)


_STATE = """
    SELECT is_archived, is_deleted, into_id FROM known_items WHERE workspace_id = $1 AND id = $2
"""


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
