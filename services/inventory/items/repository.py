"""Queries on the items that inventory has heard of."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from chassis.database import Source, TenantSession
from services.inventory.items.models import KnownItem


async def state(source: Source, workspace_id: UUID, item_id: UUID) -> tuple[bool, bool] | None:
    """Whether an item is archived and whether it is deleted; None before it was heard of."""
    rows = await source.rows(
        "SELECT is_archived, is_deleted FROM known_items WHERE workspace_id = $1 AND id = $2",
        workspace_id,
        item_id,
    )
    return (bool(rows[0][0]), bool(rows[0][1])) if rows else None


async def record(
    session: TenantSession,
    *,
    item_id: UUID,
    version: int,
    name: str,
    sku: str,
    is_archived: bool,
    is_deleted: bool,
) -> None:
    """Note an item as of `version`; an older version changes nothing."""
    new = insert(KnownItem).values(
        id=item_id,
        workspace_id=session.workspace_id,
        version=version,
        name=name,
        sku=sku,
        is_archived=is_archived,
        is_deleted=is_deleted,
    )
    noted = {
        column: new.excluded[column]
        for column in ("version", "name", "sku", "is_archived", "is_deleted")
    }
    await session.execute(
        new.on_conflict_do_update(
            index_elements=["id"], set_=noted, where=KnownItem.version < new.excluded.version
        )
    )
