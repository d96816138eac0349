"""Queries on holds."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, select

from chassis.database import TenantSession
from services.inventory.holds.models import Hold, State

# Built once, as `chassis.aggregate` does.
_LOCK = (
    select(Hold)
    .where(
        Hold.workspace_id == bindparam("workspace_id"),
        Hold.purpose == bindparam("purpose"),
        Hold.reference == bindparam("reference"),
    )
    .with_for_update()
    .execution_options(populate_existing=True)
)


async def lock(session: TenantSession, purpose: str, reference: UUID) -> Hold | None:
    """The hold of a reference, locked; None when the reference is new."""
    wanted = {
        "workspace_id": session.workspace_id,
        "purpose": purpose,
        "reference": reference,
    }
    hold: Hold | None = await session.scalar(_LOCK, wanted)
    return hold


async def lock_in_force(session: TenantSession, entry_id: UUID) -> Sequence[Hold]:
    """The holds in force on an entry, which is locked, oldest first."""
    rows = await session.scalars(
        select(Hold)
        .where(
            Hold.workspace_id == session.workspace_id,
            Hold.entry_id == entry_id,
            Hold.state == State.HELD,
        )
        .order_by(Hold.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return rows.all()


async def lock_asked_of(session: TenantSession, entry_id: UUID, asked_id: UUID) -> Sequence[Hold]:
    """The holds in force on an entry, which is locked, that were asked of another one or of what
    had been merged into that, oldest first."""
    asked = await session.rows(
        """
        WITH RECURSIVE merged AS (
            SELECT $2::uuid AS id
            UNION
            SELECT e.id FROM entries e JOIN merged ON e.merged_into = merged.id
            WHERE e.workspace_id = $1
        )
        SELECT id FROM merged
        """,
        session.workspace_id,
        asked_id,
    )
    ids = {id_ for (id_,) in asked}
    return [hold for hold in await lock_in_force(session, entry_id) if hold.asked_entry_id in ids]
