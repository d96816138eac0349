"""Queries on holds."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, select, text

from chassis.database import TenantSession
from services.inventory.holds.models import Hold, State
from services.inventory.stock.models import Entry
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

# The entry that a hold is asked of, the one that it is on, and those that either was merged into.
_CONCERNED = text("""
    entries.workspace_id = :workspace_id AND entries.id = ANY (ARRAY(
        WITH RECURSIVE way (id) AS (
            (
                SELECT CAST(:entry_id AS uuid)
                UNION
                SELECT h.entry_id FROM holds h
                WHERE h.workspace_id = :workspace_id AND h.purpose = :purpose
                  AND h.reference = :reference AND h.entry_id IS NOT NULL
            )
            UNION
            SELECT e.merged_into FROM way JOIN entries e ON e.id = way.id
            WHERE e.workspace_id = :workspace_id AND e.merged_into IS NOT NULL
        )
        SELECT id FROM way
    ))
""")
_LOCK_ENTRIES = (
    select(Entry)
    .where(_CONCERNED)
    .order_by(Entry.id)
    .with_for_update()
    .execution_options(populate_existing=True)
)


async def lock_entries(
    session: TenantSession, purpose: str, reference: UUID, entry_id: UUID
) -> dict[UUID, Entry]:
    """The entries that a hold concerns, locked in the order of their ids, as merges lock them."""
    rows = await session.scalars(
        _LOCK_ENTRIES,
        {
            "workspace_id": session.workspace_id,
            "entry_id": entry_id,
            "purpose": purpose,
            "reference": reference,
        },
    )
    return {entry.id: entry for entry in rows}


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
