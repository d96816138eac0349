"""Queries on repairs; the representation of a repair is the SQL here."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from chassis.database import Source
from chassis.pages import Paging, Where, page
from chassis.reach import Reach
from services.inventory.reach import limit
from services.inventory.repairs.states import Status

_JOINS = """
    FROM repairs r
    JOIN entries e ON e.workspace_id = r.workspace_id AND e.id = r.entry_id
    JOIN locations l ON l.workspace_id = e.workspace_id AND l.id = e.location_id
    LEFT JOIN known_items k ON k.workspace_id = e.workspace_id AND k.id = e.item_id
"""
SELECT = f"""
    SELECT r.id, r.workspace_id, r.entry_id AS inventory_id, e.item_id, k.name AS item_name,
           e.location_id, l.name AS location_name, r.quantity, r.description, r.status, r.provider,
           r.cost, r.currency, r.is_warranty_claim, r.warranty_reference, r.expected_back,
           r.new_condition, r.repaired_entry_id AS repaired_inventory_id, r.notes, r.loan_id,
           r.maintenance_id, r.opened_at, r.started_at, r.completed_at, r.cancelled_at,
           r.version, r.created_at, r.updated_at
    {_JOINS}
"""
_IS_OPEN = "r.status IN ('PENDING', 'IN_PROGRESS')"


async def get(source: Source, workspace_id: UUID, repair_id: UUID, within: Reach) -> list[Any]:
    """One repair as (version, json), or nothing."""
    where = Where()
    where.add("r.workspace_id = {}", workspace_id)
    await limit(source, where, workspace_id, within, "e.location_id = ANY ({})")
    where.add("r.id = {}", repair_id)
    return await source.rows(
        f"SELECT x.version, to_json(x) FROM ({SELECT} WHERE {where.sql()}) x", *where.values
    )


async def find(
    source: Source,
    workspace_id: UUID,
    paging: Paging,
    *,
    statuses: Sequence[Status],
    inventory_id: UUID | None,
    item_id: UUID | None,
    maintenance_id: UUID | None,
    overdue_on: date | None,
    within: Reach,
) -> bytes:
    """A page of repairs; of any status without `statuses`. `inventory_id`: of that entry, and those
    that it was split off by; `overdue_on`: open ones that should have been done before that day."""
    where = await _of(source, workspace_id, inventory_id, item_id, within)
    if maintenance_id is not None:
        where.add("r.maintenance_id = {}", maintenance_id)
    if statuses:
        where.add("r.status = ANY ({})", [status.value for status in statuses])
    if overdue_on is not None:
        where.also(_IS_OPEN)
        where.add("r.expected_back < {}", overdue_on)
    return await page(source, SELECT, where, paging, key="r.id")


async def summary(
    source: Source,
    workspace_id: UUID,
    *,
    inventory_id: UUID | None,
    item_id: UUID | None,
    within: Reach,
) -> bytes:
    """How many repairs there are and what they cost, as JSON."""
    where = await _of(source, workspace_id, inventory_id, item_id, within)
    [(body,)] = await source.rows(
        f"""
        WITH mine AS MATERIALIZED (
            SELECT r.quantity, r.cost, r.currency, {_IS_OPEN} AS is_open
            {_JOINS} WHERE {where.sql()}
        )
        SELECT to_json(summary) FROM (
            SELECT count(*) AS repairs, count(*) FILTER (WHERE is_open) AS open,
                   coalesce(sum(quantity) FILTER (WHERE is_open), 0) AS units_in_repair,
                   (SELECT coalesce(json_agg(c ORDER BY c.currency), '[]') FROM (
                       SELECT sum(cost) AS amount, currency FROM mine
                       WHERE currency IS NOT NULL GROUP BY currency
                   ) c) AS costs
            FROM mine
        ) summary
        """,
        *where.values,
    )
    found: bytes = body
    return found


async def entry_of(source: Source, workspace_id: UUID, repair_id: UUID) -> UUID | None:
    """The entry whose units a repair is of; None when there is no such repair."""
    rows = await source.rows(
        "SELECT entry_id FROM repairs WHERE workspace_id = $1 AND id = $2", workspace_id, repair_id
    )
    return rows[0][0] if rows else None


async def _of(
    source: Source,
    workspace_id: UUID,
    inventory_id: UUID | None,
    item_id: UUID | None,
    within: Reach,
) -> Where:
    where = Where()
    where.add("r.workspace_id = {}", workspace_id)
    await limit(source, where, workspace_id, within, "e.location_id = ANY ({})")
    if inventory_id is not None:
        where.add("(r.entry_id = {} OR r.repaired_entry_id = {})", inventory_id)
    if item_id is not None:
        where.add("e.item_id = {}", item_id)
    return where
