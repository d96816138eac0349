"""Queries on custom fields; the representation of one is the SQL here."""

import json
from collections.abc import Collection
from typing import Any
from uuid import UUID

from chassis.database import Source
from chassis.pages import Where, document

SELECT = """
    SELECT f.id, f.workspace_id, f.name, f.label, f.description, f.value_type, f.unit, f.options,
           f.is_required, f.position, f.category_id, c.name AS category_name, f.is_archived,
           f.version, f.created_at, f.updated_at
    FROM custom_fields f
    LEFT JOIN categories c ON c.workspace_id = f.workspace_id AND c.id = f.category_id
"""
_POLICY = """
    SELECT p.only_defined, p.version, p.updated_at FROM custom_field_policies p
    WHERE p.workspace_id = $1
"""
# The categories in the array `{}`, each with itself and all above it.
_UP = """
    WITH RECURSIVE up AS (
        SELECT a.id AS root, a.id, a.parent_id FROM categories a
        WHERE a.workspace_id = $1 AND a.id = ANY ({}::uuid[])
        UNION
        SELECT up.root, a.id, a.parent_id FROM categories a JOIN up ON a.id = up.parent_id
        WHERE a.workspace_id = $1
    )
"""
# Locked for the transaction: what an item is checked by holds until the item is there.
_HOLDING = f"""
    SELECT
        (SELECT json_agg(f ORDER BY f.position, f.id) FROM (
            SELECT id, name, value_type, options, is_required, category_id, position
            FROM custom_fields WHERE workspace_id = $1 AND NOT is_archived FOR SHARE
        ) f),
        (SELECT only_defined FROM custom_field_policies WHERE workspace_id = $1),
        ({_UP.format("$2")} SELECT json_agg(json_build_array(root, id)) FROM up)
"""

#: SQL for whether there is anything that an item of the workspace `{}` is checked by.
RULED = """
    (EXISTS (SELECT FROM custom_fields r WHERE r.workspace_id = {0} AND NOT r.is_archived)
     OR EXISTS (SELECT FROM custom_field_policies r WHERE r.workspace_id = {0} AND r.only_defined))
"""


async def get(source: Source, workspace_id: UUID, field_id: UUID) -> list[Any]:
    """One custom field as (version, json), or nothing."""
    return await source.rows(
        f"""
        SELECT r.version, to_json(r) FROM (
            {SELECT} WHERE f.workspace_id = $1 AND f.id = $2
        ) r
        """,
        workspace_id,
        field_id,
    )


async def find(
    source: Source, workspace_id: UUID, *, category_id: UUID | None, archived: bool
) -> bytes:
    """All custom fields in their order. `category_id`: those that hold for an item in it."""
    where = Where()
    where.add("f.workspace_id = {}", workspace_id)
    where.add("f.is_archived = {}", archived)
    if category_id is not None:
        up = f"{_UP} SELECT id FROM up"
        where.add(f"(f.category_id IS NULL OR f.category_id IN ({up}))", [category_id])
    [(items,)] = await source.rows(
        f"""
        SELECT coalesce(json_agg(r), '[]') FROM (
            {SELECT} WHERE {where.sql()} ORDER BY f.position, f.id
        ) r
        """,
        *where.values,
    )
    return document(items)


async def holding(
    source: Source, workspace_id: UUID, category_ids: Collection[UUID]
) -> tuple[list[dict[str, Any]], bool, list[tuple[str, str]]]:
    """The custom fields in use, whether no other attributes are taken, and of each of the
    categories itself and those above it: (category, one of these)."""
    rows = await source.rows(_HOLDING, workspace_id, list(category_ids))
    fields, only_defined, pairs = rows[0]
    return (
        json.loads(fields) if fields else [],
        bool(only_defined),
        [(root, id_) for root, id_ in json.loads(pairs)] if pairs else [],
    )


async def count(source: Source, workspace_id: UUID) -> tuple[int, int]:
    """How many custom fields there are, and the place after the last."""
    [row] = await source.rows(
        """
        SELECT count(*), coalesce(max(position) + 1, 0) FROM custom_fields WHERE workspace_id = $1
        """,
        workspace_id,
    )
    return int(row[0]), int(row[1])


async def items_with(
    source: Source, workspace_id: UUID, name: str, chosen: Collection[str] | None = None
) -> int:
    """How many items have a value by this name; with `chosen`, one of these texts."""
    [(items,)] = await source.rows(
        """
        SELECT count(*) FROM items
        WHERE workspace_id = $1 AND jsonb_typeof(attributes -> $2) <> 'null'
          AND ($3::text[] IS NULL OR attributes ->> $2 = ANY ($3))
        """,
        workspace_id,
        name,
        None if chosen is None else list(chosen),
    )
    return int(items)


async def category_in_use(source: Source, workspace_id: UUID, category_id: UUID) -> bool | None:
    """Whether the category is in use rather than archived; None when there is none such."""
    rows = await source.rows(
        "SELECT NOT is_archived FROM categories WHERE workspace_id = $1 AND id = $2 FOR SHARE",
        workspace_id,
        category_id,
    )
    return bool(rows[0][0]) if rows else None


async def policy(source: Source, workspace_id: UUID) -> bytes | None:
    """What the workspace decided, as JSON; None when it never did."""
    rows = await source.rows(f"SELECT to_json(r) FROM ({_POLICY}) r", workspace_id)
    return rows[0][0] if rows else None


async def decide(source: Source, workspace_id: UUID, *, only_defined: bool) -> list[Any]:
    """Note what the workspace decided: (version, updated_at), or nothing if it had so before."""
    return await source.rows(
        """
        INSERT INTO custom_field_policies AS p (workspace_id, version, only_defined, updated_at)
        SELECT $1, 1, $2, clock_timestamp()
        WHERE $2 OR EXISTS (SELECT FROM custom_field_policies WHERE workspace_id = $1)
        ON CONFLICT (workspace_id) DO UPDATE SET
            version = p.version + 1, only_defined = $2, updated_at = clock_timestamp()
        WHERE p.only_defined <> $2
        RETURNING version, updated_at
        """,
        workspace_id,
        only_defined,
    )
