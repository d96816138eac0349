"""Queries on the read model."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from chassis.database import TenantSession
from services.loans.known.models import KnownEntry, KnownItem, KnownLocation


async def record_entry(session: TenantSession, **state: object) -> None:
    """Note an inventory entry as of its version; an older version changes nothing."""
    await _record(session, KnownEntry, state)


async def record_item(session: TenantSession, **state: object) -> None:
    """Note an item as of its version; an older version changes nothing."""
    await _record(session, KnownItem, state)


async def record_location(session: TenantSession, **state: object) -> None:
    """Note a location as of its version; an older version changes nothing."""
    await _record(session, KnownLocation, state)


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


async def _record(
    session: TenantSession,
    model: type[KnownEntry | KnownItem | KnownLocation],
    state: dict[str, object],
) -> None:
    new = insert(model).values(workspace_id=session.workspace_id, **state)
    await session.execute(
        new.on_conflict_do_update(
            index_elements=["id"],
            set_={column: new.excluded[column] for column in state if column != "id"},
            where=model.version < new.excluded.version,
        )
    )
