"""Queries on holds."""

from uuid import UUID

from sqlalchemy import select

from chassis.database import TenantSession
from services.inventory.holds.models import Hold


async def lock(session: TenantSession, purpose: str, reference: UUID) -> Hold | None:
    """The hold of a reference, locked; None when the reference is new."""
    hold: Hold | None = await session.scalar(
        select(Hold)
        .where(
            Hold.workspace_id == session.workspace_id,
            Hold.purpose == purpose,
            Hold.reference == reference,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return hold
