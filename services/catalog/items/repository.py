"""Queries on items; the representation of an item is the SQL here."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis.database import Source, TenantSession
from chassis.pages import Paging, Where, page
from chassis.statements import Row, newest
from chassis.trees import subtree

# Most items have neither, and asking for what is not there costs as much as for what is.
_LABELS = """
    CASE WHEN i.labels = '{}' THEN '[]' ELSE (
        SELECT coalesce(
            json_agg(
                json_build_object('id', l.id, 'name', l.name, 'color', l.color) ORDER BY l.name
            ), '[]'
        )
        FROM labels l WHERE l.workspace_id = i.workspace_id AND l.id = ANY (i.labels)
    ) END
"""
_PURCHASED_FROM_NAME = """
    CASE WHEN i.purchased_from IS NOT NULL THEN (
        SELECT b.name FROM companies b
        WHERE b.workspace_id = i.workspace_id AND b.id = i.purchased_from
    ) END
"""
SELECT = f"""
    SELECT i.id, i.workspace_id, i.sku, i.external_id, i.name, i.description, i.category_id,
           c.name AS category_name, {_LABELS} AS labels, i.brand, i.model, i.manufacturer,
           i.serial_number, i.barcode, i.image, i.is_insured, i.purchased_from,
           {_PURCHASED_FROM_NAME} AS purchased_from_name, i.warranty_details,
           i.lifetime_warranty, i.min_stock_level, i.needs_review, i.attributes, i.is_archived,
           i.version, i.created_at, i.updated_at
    FROM items i
    LEFT JOIN categories c ON c.workspace_id = i.workspace_id AND c.id = i.category_id
"""
_GET = f"""
    SELECT r.version, to_json(r) FROM ({SELECT} WHERE i.workspace_id = $1 AND i.id = $2) r
"""
_SEARCHED = (
    "concat_ws(' ', i.name, i.sku, i.external_id, i.brand, i.model, i.manufacturer, "
    "i.serial_number, i.barcode, i.description)"
)

_RECORD_STOCK = newest("stocked_entries", {"item_id": "uuid", "is_archived": "boolean"})


async def get(source: Source, workspace_id: UUID, item_id: UUID) -> list[Any]:
    """One item as (version, json), or nothing."""
    return await source.rows(_GET, workspace_id, item_id)


async def find(
    source: Source,
    workspace_id: UUID,
    paging: Paging,
    *,
    q: str | None,
    category_id: UUID | None,
    sku: str | None,
    external_id: str | None,
    barcode: str | None,
    archived: bool,
) -> bytes:
    """A page of items. `q`: each word somewhere in its texts, in any order and case;
    `category_id`: that category and all below it."""
    where = Where()
    where.add("i.workspace_id = {}", workspace_id)
    where.add("i.is_archived = {}", archived)
    for word in (q or "").split():
        where.add(f"{_SEARCHED} ILIKE {{}}", f"%{_literal(word)}%")
    if category_id is not None:
        where.add(f"i.category_id IN ({subtree('categories', '$1', '{}')})", category_id)
    for column, value in (("sku", sku), ("external_id", external_id), ("barcode", barcode)):
        if value is not None:
            where.add(f"i.{column} = {{}}", value)
    return await page(source, SELECT, where, paging, key="i.id")


async def exists(source: Source, workspace_id: UUID, item_id: UUID) -> bool:
    """Whether there is such an item; it stays until this transaction ends."""
    return bool(
        await source.rows(
            "SELECT true FROM items WHERE workspace_id = $1 AND id = $2 FOR KEY SHARE",
            workspace_id,
            item_id,
        )
    )


async def category_in_use(source: Source, workspace_id: UUID, category_id: UUID) -> bool | None:
    """Whether the category is in use rather than archived; None when there is none such."""
    rows = await source.rows(
        "SELECT NOT is_archived FROM categories WHERE workspace_id = $1 AND id = $2 FOR SHARE",
        workspace_id,
        category_id,
    )
    return bool(rows[0][0]) if rows else None


async def company_in_use(source: Source, workspace_id: UUID, company_id: UUID) -> bool | None:
    """Whether the company is in use rather than archived; None when there is none such."""
    rows = await source.rows(
        "SELECT NOT is_archived FROM companies WHERE workspace_id = $1 AND id = $2 FOR SHARE",
        workspace_id,
        company_id,
    )
    return bool(rows[0][0]) if rows else None


async def labels_in_use(
    source: Source, workspace_id: UUID, label_ids: Sequence[UUID]
) -> dict[UUID, bool]:
    """Those of the labels that exist, each with whether it is in use rather than archived."""
    rows = await source.rows(
        """
        SELECT id, NOT is_archived FROM labels WHERE workspace_id = $1 AND id = ANY ($2) FOR SHARE
        """,
        workspace_id,
        list(label_ids),
    )
    return {id_: bool(in_use) for id_, in_use in rows}


async def has_stock(source: Source, workspace_id: UUID, item_id: UUID) -> bool:
    """Whether an inventory entry in use, as far as catalog has heard, is of this item."""
    [(stocked,)] = await source.rows(
        """
        SELECT EXISTS (
            SELECT FROM stocked_entries
            WHERE workspace_id = $1 AND item_id = $2 AND NOT is_archived
        )
        """,
        workspace_id,
        item_id,
    )
    return bool(stocked)


async def record_stock(session: TenantSession, entries: Sequence[Row]) -> None:
    """Note inventory entries, each as of its version; an older version changes nothing."""
    await _RECORD_STOCK.execute(session, entries)


def _literal(word: str) -> str:
    """`word` with LIKE's wildcards taken literally."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
