"""Queries on the read model: each row as of its aggregate's version. What was deleted keeps its
name, since loans of it stay on record."""

from collections.abc import Sequence
from uuid import UUID

from chassis.database import TenantSession
from chassis.statements import Row, newest

_RECORD_ENTRIES = newest("known_entries", {"item_id": "uuid", "location_id": "uuid"})
_RECORD_ITEMS = newest("known_items", {"name": "text", "sku": "text"})
_RECORD_LOCATIONS = newest("known_locations", {"name": "text", "parent_id": "uuid"})


async def record_entries(session: TenantSession, entries: Sequence[Row]) -> None:
    """Note inventory entries, each as of its version; an older version changes nothing."""
    await _RECORD_ENTRIES.execute(session, entries)


async def record_items(session: TenantSession, items: Sequence[Row]) -> None:
    """Note items, each as of its version; an older version changes nothing."""
    await _RECORD_ITEMS.execute(session, items)


async def record_locations(session: TenantSession, locations: Sequence[Row]) -> None:
    """Note locations, each as of its version; an older version changes nothing."""
    await _RECORD_LOCATIONS.execute(session, locations)


async def item_name(session: TenantSession, item_id: UUID) -> str | None:
    """The item's name; None before it was heard of."""
    rows = await session.rows(
        "SELECT name FROM known_items WHERE workspace_id = $1 AND id = $2",
        session.workspace_id,
        item_id,
    )
    return str(rows[0][0]) if rows else None


async def entry(session: TenantSession, entry_id: UUID) -> tuple[UUID, UUID, str | None] | None:
    """An inventory entry's item and location, and the item's name if that was heard of; None before
    the entry was."""
    rows = await session.rows(
        """
        SELECT e.item_id, e.location_id, i.name FROM known_entries e
        LEFT JOIN known_items i ON i.workspace_id = e.workspace_id AND i.id = e.item_id
        WHERE e.workspace_id = $1 AND e.id = $2
        """,
        session.workspace_id,
        entry_id,
    )
    return rows[0] if rows else None
