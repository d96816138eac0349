"""Queries on movements; the representation of a movement is the SQL here."""

from typing import Any
from uuid import UUID

from chassis.database import Source, TenantSession
from chassis.pages import Paging, Where, page
from chassis.reach import Reach
from services.inventory.movements.models import Movement
from services.inventory.reach import limit

_SELECT = """
    SELECT m.id, m.workspace_id, m.entry_id AS inventory_id, m.to_entry_id AS to_inventory_id,
           m.item_id, k.name AS item_name, m.kind, m.quantity,
           m.units_out, m.units_in, m.balance, m.to_balance,
           m.from_location_id, fl.name AS from_location_name,
           m.from_container_id, fc.name AS from_container_name,
           m.to_location_id, tl.name AS to_location_name,
           m.to_container_id, tc.name AS to_container_name,
           m.used_at, m.reason, m.stocktake_id, m.undoes, u.id AS undone_by, m.actor, m.created_at
    FROM movements m
    LEFT JOIN movements u ON u.workspace_id = m.workspace_id AND u.undoes = m.id
    LEFT JOIN known_items k ON k.workspace_id = m.workspace_id AND k.id = m.item_id
    LEFT JOIN locations fl ON fl.workspace_id = m.workspace_id AND fl.id = m.from_location_id
    LEFT JOIN containers fc ON fc.workspace_id = m.workspace_id AND fc.id = m.from_container_id
    LEFT JOIN locations tl ON tl.workspace_id = m.workspace_id AND tl.id = m.to_location_id
    LEFT JOIN containers tc ON tc.workspace_id = m.workspace_id AND tc.id = m.to_container_id
"""
_HERE = "SELECT e.id FROM entries e WHERE e.workspace_id = $1 AND e.location_id = ANY ({})"
_WITHIN = f"""
    m.entry_id IN ({_HERE}) AND (m.to_entry_id IS NULL OR m.to_entry_id IN ({_HERE}))
    AND (m.from_location_id IS NULL OR m.from_location_id = ANY ({{}}))
    AND (m.to_location_id IS NULL OR m.to_location_id = ANY ({{}}))
"""


async def get(
    source: Source, workspace_id: UUID, movement_id: UUID, within: Reach, *, by: str = "id"
) -> list[Any]:
    """One movement as (json,), or nothing; `by` the column that has the id."""
    where = await _one(source, workspace_id, movement_id, within, by)
    return await source.rows(
        f"SELECT to_json(r) FROM ({_SELECT} WHERE {where.sql()}) r", *where.values
    )


async def load(
    session: TenantSession, movement_id: UUID, within: Reach
) -> tuple[Movement, UUID | None] | None:
    """A movement within reach, and the one that undid it."""
    where = await _one(session, session.workspace_id, movement_id, within, "id")
    found = await session.rows(
        f"""
        SELECT (SELECT u.id FROM movements u WHERE u.workspace_id = $1 AND u.undoes = m.id)
        FROM movements m WHERE {where.sql()}
        """,
        *where.values,
    )
    if not found:
        return None
    return await session.get_one(Movement, movement_id), found[0][0]


async def _one(
    source: Source, workspace_id: UUID, movement_id: UUID, within: Reach, by: str
) -> Where:
    where = Where()
    where.add("m.workspace_id = {}", workspace_id)
    await limit(source, where, workspace_id, within, _WITHIN)
    where.add(f"m.{by} = {{}}", movement_id)
    return where


async def find(
    source: Source,
    workspace_id: UUID,
    paging: Paging,
    *,
    inventory_id: UUID | None,
    item_id: UUID | None,
    stocktake_id: UUID | None = None,
    within: Reach,
) -> bytes:
    """A page of movements; of an entry also the split that made it. To who is restricted, a
    movement tells of nothing out of reach: its entries and both its ends lie within."""
    where = Where()
    where.add("m.workspace_id = {}", workspace_id)
    await limit(source, where, workspace_id, within, _WITHIN)
    if inventory_id is not None:
        where.add("(m.entry_id = {} OR m.to_entry_id = {})", inventory_id)
    if item_id is not None:
        where.add("m.item_id = {}", item_id)
    if stocktake_id is not None:
        where.add("m.stocktake_id = {}", stocktake_id)
    return await page(source, _SELECT, where, paging, key="m.id")
