"""Queries on maintenance schedules; the representation of a schedule is the SQL here."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.database import Source
from chassis.pages import Paging, Where, page
from chassis.reach import Reach
from services.inventory.reach import limit

SELECT = """
    SELECT m.id, m.workspace_id, m.entry_id AS inventory_id, e.item_id, k.name AS item_name,
           e.location_id, l.name AS location_name, m.name, m.every_days, m.counts_from, m.next_due,
           m.last_done, m.notes, m.is_archived, m.version, m.created_at, m.updated_at
    FROM maintenance m
    JOIN entries e ON e.workspace_id = m.workspace_id AND e.id = m.entry_id
    JOIN locations l ON l.workspace_id = e.workspace_id AND l.id = e.location_id
    LEFT JOIN known_items k ON k.workspace_id = e.workspace_id AND k.id = e.item_id
"""


async def get(source: Source, workspace_id: UUID, maintenance_id: UUID, within: Reach) -> list[Any]:
    """One schedule as (version, json), or nothing."""
    where = Where()
    where.add("m.workspace_id = {}", workspace_id)
    await limit(source, where, workspace_id, within, "e.location_id = ANY ({})")
    where.add("m.id = {}", maintenance_id)
    return await source.rows(
        f"SELECT x.version, to_json(x) FROM ({SELECT} WHERE {where.sql()}) x", *where.values
    )


async def find(
    source: Source,
    workspace_id: UUID,
    paging: Paging,
    *,
    inventory_id: UUID | None,
    item_id: UUID | None,
    due_by: date | None,
    archived: bool,
    within: Reach,
) -> bytes:
    """A page of schedules; `due_by`: those that are due on that day or before."""
    where = Where()
    where.add("m.workspace_id = {}", workspace_id)
    await limit(source, where, workspace_id, within, "e.location_id = ANY ({})")
    where.add("m.is_archived = {}", archived)
    for column, value in (("m.entry_id", inventory_id), ("e.item_id", item_id)):
        if value is not None:
            where.add(f"{column} = {{}}", value)
    if due_by is not None:
        where.add("m.next_due <= {}", due_by)
    return await page(source, SELECT, where, paging, key="m.id")


async def entry_of(source: Source, workspace_id: UUID, maintenance_id: UUID) -> UUID | None:
    """The entry that a schedule is for; None when there is no such schedule."""
    rows = await source.rows(
        "SELECT entry_id FROM maintenance WHERE workspace_id = $1 AND id = $2",
        workspace_id,
        maintenance_id,
    )
    return rows[0][0] if rows else None
