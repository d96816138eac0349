"""Queries on what is exported: items with the way to their category, and which attributes there
are."""

from uuid import UUID

from chassis.database import Source
from chassis.pages import Where
from chassis.trees import breadcrumb
from services.catalog.items.repository import LABELS, PURCHASED_FROM_NAME

ITEMS = f"""
    SELECT i.id, i.sku, i.external_id, i.name, i.description,
           CASE WHEN i.category_id IS NOT NULL THEN
               {breadcrumb("categories", "i", "category_id")}
           END AS category, {LABELS} AS labels, i.brand, i.model, i.manufacturer,
           i.serial_number, i.barcode, i.is_insured,
           {PURCHASED_FROM_NAME} AS purchased_from_name, i.warranty_details,
           i.lifetime_warranty, i.min_stock_level, i.needs_review, i.attributes
    FROM items i
"""


async def attributes(source: Source, where: Where, most: int) -> list[str]:
    """The names of the attributes that these items have, by their names; up to `most`."""
    rows = await source.rows(
        f"""
        SELECT DISTINCT a.name FROM items i
        CROSS JOIN LATERAL jsonb_object_keys(i.attributes) AS a (name)
        WHERE {where.sql()} AND i.attributes <> '{{}}' ORDER BY a.name LIMIT {most}
        """,
        *where.values,
    )
    return [name for (name,) in rows]


def all_of(table: str, workspace_id: UUID, *, archived: bool) -> Where:
    """The things in use, or archived, of a workspace; `table` is what the query calls them."""
    where = Where()
    where.add(f"{table}.workspace_id = {{}}", workspace_id)
    where.add(f"{table}.is_archived = {{}}", archived)
    return where
