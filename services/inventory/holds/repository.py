"""Queries on holds."""

from uuid import UUID

from sqlalchemy import bindparam, select

from chassis.database import TenantSession
from services.inventory.holds.models import Hold

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
