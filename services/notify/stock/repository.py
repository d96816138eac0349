"""The read model of stock levels.

Items and their stock come on two topics in any order: whichever is first makes the item's row.
Units are kept by difference in the statement that records an entry, under the item's row lock, and
`told_low` is set by it, so that a crossing is seen by exactly one transaction.

Of units that pass from one entry to another, two events tell, in any order, and in between they are
missing or there twice: neither of the two tells of a crossing or of a recovery. Any other event of
the item does, also where it finds one that such an event left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.database import TenantSession
from chassis.statements import Row, Statement

_CROSSED = """
    RETURNING new.id, new.name, new.units, new.min_stock_level,
              new.told_low AND NOT coalesce(old.told_low, false) AS fell
"""
_RECORD_ITEMS = Statement(
    f"""
    INSERT INTO items (workspace_id, id, version, name, min_stock_level, is_in_use)
    SELECT workspace_id, id, version, name, min_stock_level, is_in_use FROM {{rows}} ORDER BY id
    ON CONFLICT (workspace_id, id) DO UPDATE SET
        version = excluded.version, name = excluded.name,
        min_stock_level = excluded.min_stock_level, is_in_use = excluded.is_in_use,
        told_low = excluded.is_in_use AND items.was_stocked
            AND items.units < excluded.min_stock_level
    WHERE items.version < excluded.version
    {_CROSSED}
    """,
    {
        "workspace_id": "uuid",
        "id": "uuid",
        "version": "integer",
        "name": "text",
        "min_stock_level": "integer",
        "is_in_use": "boolean",
    },
)
# Whose stock was given to another item has not run low: it was merged into that.
_RECORD_ENTRIES = Statement(
    f"""
    WITH entry AS (
        INSERT INTO entries (workspace_id, id, version, item_id, units)
        SELECT workspace_id, id, version, item_id, units FROM {{rows}} ORDER BY id
        ON CONFLICT (workspace_id, id) DO UPDATE SET
            version = excluded.version, item_id = excluded.item_id, units = excluded.units
        WHERE entries.version < excluded.version
        RETURNING new.workspace_id, new.id, new.item_id, new.units,
                  old.item_id AS item_before, old.units AS units_before
    ),
    difference AS (
        SELECT workspace_id, item_id, sum(units) AS units, bool_and(passing) AS passing,
               bool_or(is_own) AS is_own
        FROM (
            SELECT e.workspace_id, e.item_id, e.units, r.passing, true AS is_own
            FROM entry e JOIN {{rows}} ON r.workspace_id = e.workspace_id AND r.id = e.id
            UNION ALL
            SELECT e.workspace_id, e.item_before, -e.units_before, r.passing, false
            FROM entry e JOIN {{rows}} ON r.workspace_id = e.workspace_id AND r.id = e.id
            WHERE e.item_before IS NOT NULL
        ) sides
        GROUP BY workspace_id, item_id ORDER BY item_id
    ),
    crossed AS (
        INSERT INTO items (workspace_id, id, version, was_stocked, units)
        SELECT workspace_id, item_id, 0, true, units FROM difference
        ON CONFLICT (workspace_id, id) DO UPDATE SET
            was_stocked = true, units = items.units + excluded.units,
            told_low = CASE
                WHEN (excluded.workspace_id, excluded.id) IN (
                    SELECT d.workspace_id, d.item_id FROM difference d WHERE d.passing
                ) THEN items.told_low
                ELSE items.is_in_use AND items.units + excluded.units < items.min_stock_level
            END
        {_CROSSED}
    )
    SELECT c.* FROM crossed c JOIN difference d ON d.item_id = c.id AND d.is_own
    """,
    {
        "workspace_id": "uuid",
        "id": "uuid",
        "version": "integer",
        "item_id": "uuid",
        "units": "integer",
        "passing": "boolean",
    },
)


@dataclass(frozen=True, slots=True)
class LowItem:
    """An item that just fell below its minimum."""

    id: UUID
    name: str
    units: int
    min_stock_level: int


async def record_items(session: TenantSession, items: Sequence[Row]) -> list[LowItem]:
    """Note items, no two of them the same, each as of its version: an older one changes nothing.
    Those that became low by it."""
    rows = await _RECORD_ITEMS.execute(session, items)
    return [LowItem(*item) for *item, fell in rows if fell]


async def record_entries(session: TenantSession, entries: Sequence[Row]) -> list[LowItem]:
    """Note inventory entries, no two of them the same or of one item, each as of its version. The
    items that became low by it, none of those whose units are `passing` to or from another entry.
    """
    rows = await _RECORD_ENTRIES.execute(session, entries)
    return [LowItem(*item) for *item, fell in rows if fell]
