"""Queries on what is exported, with the ways to where it stands. For who is restricted, `$2` are
the places they reach, and ways begin there."""

from uuid import UUID

from chassis.database import Source
from chassis.pages import Where
from chassis.reach import Reach
from chassis.trees import breadcrumb
from services.inventory.reach import limit


def locations(within: Reach) -> str:
    return f"""
        SELECT l.id, l.name, {_way("l", "parent_id", within)} AS breadcrumb, l.description,
               l.external_id
        FROM locations l
    """


def containers(within: Reach) -> str:
    return f"""
        SELECT c.id, c.name, {_way("c", "location_id", within)} AS location_path,
               p.name AS parent_name, c.description, c.capacity, c.external_id
        FROM containers c
        LEFT JOIN containers p ON p.workspace_id = c.workspace_id AND p.id = c.parent_id
    """


def entries(within: Reach) -> str:
    return f"""
        SELECT e.id, coalesce(k.sku, k.external_id, k.name) AS item,
               {_way("e", "location_id", within)} AS location_path, c.name AS container_name,
               e.quantity, e.condition, e.status, e.serial_number, e.lot, e.date_acquired,
               e.purchase_price, e.currency, e.warranty_expires, e.expiration_date, e.notes,
               e.external_id
        FROM entries e
        LEFT JOIN containers c ON c.workspace_id = e.workspace_id AND c.id = e.container_id
        LEFT JOIN known_items k ON k.workspace_id = e.workspace_id AND k.id = e.item_id
    """


async def all_of(
    source: Source, table: str, workspace_id: UUID, within: Reach, place: str, *, archived: bool
) -> Where:
    """The things in use, or archived, within reach: `table` is what the query calls them, `place`
    their column that has to be in it."""
    where = Where()
    where.add(f"{table}.workspace_id = {{}}", workspace_id)
    await limit(source, where, workspace_id, within, f"{table}.{place} = ANY ({{}})")
    where.add(f"{table}.is_archived = {{}}", archived)
    return where


def _way(table: str, column: str, within: Reach) -> str:
    return breadcrumb("locations", table, column, within=None if within is None else "$2")
