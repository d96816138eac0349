"""Queries on items; the representation of an item is the SQL here."""

import json
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, literal_column, select

from chassis import outbox
from chassis.database import Source, TenantSession
from chassis.pages import Paging, Where, page
from chassis.product_codes import forms
from chassis.statements import Row, Statement, newest
from chassis.trees import subtree
from services.catalog.custom_fields.repository import RULED
from services.catalog.items.models import Item

# Most items have neither, and asking for what is not there costs as much as for what is.
LABELS = """
    CASE WHEN i.labels = '{}' THEN '[]' ELSE (
        SELECT coalesce(
            json_agg(
                json_build_object('id', l.id, 'name', l.name, 'color', l.color) ORDER BY l.name
            ), '[]'
        )
        FROM labels l WHERE l.workspace_id = i.workspace_id AND l.id = ANY (i.labels)
    ) END
"""
PURCHASED_FROM_NAME = """
    CASE WHEN i.purchased_from IS NOT NULL THEN (
        SELECT b.name FROM companies b
        WHERE b.workspace_id = i.workspace_id AND b.id = i.purchased_from
    ) END
"""
SELECT = f"""
    SELECT i.id, i.workspace_id, i.sku, i.external_id, i.name, i.description, i.category_id,
           c.name AS category_name, {LABELS} AS labels, i.brand, i.model, i.manufacturer,
           i.serial_number, i.barcode, i.image, i.is_insured, i.purchased_from,
           {PURCHASED_FROM_NAME} AS purchased_from_name, i.warranty_details,
           i.lifetime_warranty, i.min_stock_level, i.needs_review, i.attributes, i.is_archived,
           i.version, i.created_at, i.updated_at
    FROM items i
    LEFT JOIN categories c ON c.workspace_id = i.workspace_id AND c.id = i.category_id
"""
_GET = f"""
    SELECT r.version, to_json(r) FROM ({SELECT} WHERE i.workspace_id = $1 AND i.id = $2) r
"""
_RECORD_STOCK = newest(
    "stocked_entries", {"item_id": "uuid", "location_id": "uuid", "is_archived": "boolean"}
)

_COLUMNS = [column.name for column in Item.__table__.columns if column.computed is None]
_VALUES = {name: f"${n}" for n, name in enumerate(_COLUMNS, 1)}
# Nothing where the workspace has custom fields that the item was not checked by: so those that have
# none pay no statement for it.
_INSERT = f"""
    INSERT INTO items ({", ".join(_COLUMNS)})
    SELECT {", ".join(_VALUES.values())}
    WHERE ${len(_COLUMNS) + 1}::boolean OR NOT {RULED.format(_VALUES["workspace_id"])}
    RETURNING {", ".join(_COLUMNS)}
"""
_INSERTED = f"""
    SELECT r.version, to_json(r) FROM ({SELECT.replace("FROM items i", "FROM changed i")}) r
"""

# Built once: composed anew and keyed for its cache, it costs each call 0.4 ms.
_LOCK: Select[Item, bool] = (
    select(Item, literal_column(RULED.format("items.workspace_id")).label("ruled"))
    .where(Item.workspace_id == bindparam("workspace_id"), Item.id == bindparam("item_id"))
    .with_for_update(of=Item)
    .execution_options(populate_existing=True)
)


async def get(source: Source, workspace_id: UUID, item_id: UUID) -> list[Any]:
    """One item as (version, json), or nothing."""
    return await source.rows(_GET, workspace_id, item_id)


async def find(
    source: Source,
    workspace_id: UUID,
    paging: Paging,
    *,
    category_id: UUID | None,
    sku: str | None,
    external_id: str | None,
    barcode: str | None,
    archived: bool,
) -> bytes:
    """A page of items, newest first; `services.catalog.search` finds by words and in other orders.
    `category_id`: that category and all below it."""
    where = Where()
    where.add("i.workspace_id = {}", workspace_id)
    where.add("i.is_archived = {}", archived)
    if category_id is not None:
        where.add(f"i.category_id IN ({subtree('categories', '$1', '{}')})", category_id)
    for column, value in (("sku", sku), ("external_id", external_id)):
        if value is not None:
            where.add(f"i.{column} = {{}}", value)
    if barcode is not None:
        where.add("i.barcode = ANY ({}::text[])", forms(barcode))
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


async def insert(session: TenantSession, item: Item, *, is_checked: bool, last: bool) -> list[Any]:
    """Write a new item down with the events that are staged, and end the transaction if that was
    the `last` of it; the item as (version, json). Nothing is written, nor ended, where the
    workspace has rules for attributes that it was not checked by."""
    values = [getattr(item, name) for name in _COLUMNS]
    values[_COLUMNS.index("attributes")] = json.dumps(item.attributes)
    return await outbox.write_with(session, _INSERT, _INSERTED, *values, is_checked, last=last)


async def lock(session: TenantSession, item_id: UUID) -> tuple[Item, bool] | None:
    """The item, locked until this transaction ends, and whether the workspace has rules for
    attributes; None when there is none such."""
    found = await session.execute(_LOCK, {"workspace_id": session.workspace_id, "item_id": item_id})
    row = found.first()
    return (row[0], bool(row[1])) if row else None


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


async def in_use(
    source: Source, workspace_id: UUID, table: str, ids: Collection[UUID]
) -> dict[UUID, bool]:
    """Those of `ids` that the table has, each with whether it is in use rather than archived; they
    stay so until this transaction ends."""
    if not ids:
        return {}
    rows = await source.rows(
        f"""
        SELECT id, NOT is_archived FROM {table} WHERE workspace_id = $1 AND id = ANY ($2)
        ORDER BY id FOR SHARE
        """,
        workspace_id,
        list(ids),
    )
    return {id_: bool(used) for id_, used in rows}


_MATCHES = Statement(
    """
    SELECT r.ordinality, i.id FROM {rows} JOIN items i
    ON i.workspace_id = r.workspace_id AND i.external_id = r.value WHERE r.field = 'external_id'
    UNION ALL
    SELECT r.ordinality, i.id FROM {rows} JOIN items i
    ON i.workspace_id = r.workspace_id AND i.sku = r.value WHERE r.field = 'sku'
    UNION ALL
    SELECT r.ordinality, i.id FROM {rows} JOIN items i
    ON i.workspace_id = r.workspace_id AND i.barcode = r.value AND NOT i.is_archived
    WHERE r.field = 'barcode'
    UNION ALL
    SELECT r.ordinality, i.id FROM (
        SELECT r.ordinality, r.workspace_id, lower(r.value) AS called FROM {rows}
        WHERE r.field = 'name' OFFSET 0  -- apart: behind row-level security `lower` uses no index
    ) r JOIN items i
    ON i.workspace_id = r.workspace_id AND i.called = r.called AND NOT i.is_archived
    """,
    {"workspace_id": "uuid", "field": "text", "value": "text"},
)


async def matches(
    session: TenantSession, codes: Collection[tuple[str, str]]
) -> dict[tuple[str, str], list[UUID]]:
    """Which items go by each of `codes`: a field (external_id, sku, barcode or name) and its value.
    Those archived count by external_id and sku, which stay theirs."""
    if not codes:
        return {}
    wanted = list(codes)
    rows = [
        {"workspace_id": session.workspace_id, "field": field, "value": value}
        for field, value in wanted
    ]
    found: dict[tuple[str, str], list[UUID]] = {}
    for ordinality, id_ in await _MATCHES.execute(session, rows):
        found.setdefault(wanted[ordinality - 1], []).append(id_)
    return found


async def merged_matches(
    session: TenantSession, codes: Collection[tuple[str, str]]
) -> dict[tuple[str, str], UUID]:
    """Which items those went into that were merged and had one of `codes`, an external_id or a
    sku; of several, the last."""
    found: dict[tuple[str, str], UUID] = {}
    for field in ("external_id", "sku"):
        values = [value for name, value in codes if name == field]
        if values:
            rows = await session.rows(
                f"SELECT {field}, into_id FROM merged_items "
                f"WHERE workspace_id = $1 AND {field} = ANY ($2) ORDER BY merged_at",
                session.workspace_id,
                values,
            )
            found |= {(field, value): into_id for value, into_id in rows}
    return found


async def facts(
    source: Source, workspace_id: UUID, item_ids: Collection[UUID]
) -> dict[UUID, dict[str, Any]]:
    """What other services know of these items."""
    if not item_ids:
        return {}
    names = (
        *("id", "name", "sku", "external_id", "barcode", "category_id", "version", "is_archived"),
        "min_stock_level",
    )
    rows = await source.rows(
        f"SELECT {', '.join(names)} FROM items WHERE workspace_id = $1 AND id = ANY ($2)",
        workspace_id,
        list(item_ids),
    )
    return {row[0]: dict(zip(names, row, strict=True)) for row in rows}


async def stocked(source: Source, workspace_id: UUID, item_ids: Collection[UUID]) -> set[UUID]:
    """Those of the items of which, or of what was merged into them, there is stock in use, as far
    as catalog has heard."""
    if not item_ids:
        return set()
    rows = await source.rows(
        """
        SELECT wanted.id FROM unnest($2::uuid[]) AS wanted (id) WHERE EXISTS (
            SELECT FROM stocked_entries
            WHERE workspace_id = $1 AND NOT is_archived AND (
                item_id = wanted.id OR item_id IN (
                    SELECT id FROM merged_items WHERE workspace_id = $1 AND into_id = wanted.id
                )
            )
        )
        """,
        workspace_id,
        list(item_ids),
    )
    return {id_ for (id_,) in rows}


async def has_stock(source: Source, workspace_id: UUID, item_id: UUID) -> bool:
    """Whether an inventory entry in use, as far as catalog has heard, is of this item, or of one
    that was merged into it."""
    [(stocked,)] = await source.rows(
        """
        SELECT EXISTS (
            SELECT FROM stocked_entries
            WHERE workspace_id = $1 AND NOT is_archived AND (
                item_id = $2 OR item_id IN (
                    SELECT id FROM merged_items WHERE workspace_id = $1 AND into_id = $2
                )
            )
        )
        """,
        workspace_id,
        item_id,
    )
    return bool(stocked)


async def lock_all(session: TenantSession, item_ids: Collection[UUID]) -> dict[UUID, Item]:
    """Those of the items that exist, locked in the order of their ids."""
    rows = await session.scalars(
        select(Item)
        .where(Item.workspace_id == session.workspace_id, Item.id.in_(item_ids))
        .order_by(Item.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {item.id: item for item in rows}


async def record_merges(session: TenantSession, item_ids: Collection[UUID], into_id: UUID) -> None:
    """Note that these items, which are still there, go into another, and with them those that had
    gone into them; and what they went by."""
    await session.rows(
        """
        WITH earlier AS (
            UPDATE merged_items SET into_id = $3 WHERE workspace_id = $1 AND into_id = ANY ($2)
        )
        INSERT INTO merged_items (id, workspace_id, into_id, merged_at, sku, external_id)
        SELECT id, $1, $3, now(), sku, external_id FROM items
        WHERE workspace_id = $1 AND id = ANY ($2)
        """,
        session.workspace_id,
        list(item_ids),
        into_id,
    )


async def merged_into(source: Source, workspace_id: UUID, item_id: UUID) -> UUID | None:
    """The item that this one was merged into; None if it was not."""
    rows = await source.rows(
        "SELECT into_id FROM merged_items WHERE workspace_id = $1 AND id = $2",
        workspace_id,
        item_id,
    )
    return rows[0][0] if rows else None


async def all_merged_into(
    source: Source, workspace_id: UUID, item_ids: Collection[UUID]
) -> dict[UUID, UUID]:
    """Those of the items that were merged, each with the one it went into."""
    if not item_ids:
        return {}
    rows = await source.rows(
        "SELECT id, into_id FROM merged_items WHERE workspace_id = $1 AND id = ANY ($2)",
        workspace_id,
        list(item_ids),
    )
    return dict(rows)


async def record_stock(session: TenantSession, entries: Sequence[Row]) -> None:
    """Note inventory entries, each as of its version; an older version changes nothing."""
    await _RECORD_STOCK.execute(session, entries)
