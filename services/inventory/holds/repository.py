"""Queries on holds."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, select

from chassis.database import TenantSession
from services.inventory.holds.models import Hold, State
from services.inventory.stock.repository import merged_into

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
    ids = await merged_into(session, asked_id)
    return [hold for hold in await lock_in_force(session, entry_id) if hold.asked_entry_id in ids]
