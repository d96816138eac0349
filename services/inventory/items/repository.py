"""Queries on the items that inventory has heard of."""

from collections.abc import Sequence
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
    },
)
_RECORD_CATEGORIES = newest(
    "known_categories",
    {"name": "text", "parent_id": "uuid", "is_archived": "boolean", "is_deleted": "boolean"},
)


async def state(source: Source, workspace_id: UUID, item_id: UUID) -> tuple[bool, bool] | None:
    """Whether an item is archived and whether it is deleted; None before it was heard of."""
    rows = await source.rows(
        "SELECT is_archived, is_deleted FROM known_items WHERE workspace_id = $1 AND id = $2",
        workspace_id,
        item_id,
    )
    return (bool(rows[0][0]), bool(rows[0][1])) if rows else None


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
