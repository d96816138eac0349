"""Queries on locations; the representation of a location is the SQL here."""

from typing import Any
from uuid import UUID

from chassis.database import Source
from chassis.pages import Paging, Where, page
from chassis.reach import Reach
from chassis.trees import breadcrumb
from services.inventory.reach import limit
from services.inventory.search import every_word


def _select(parent_id: str, way: str) -> str:
    return f"""
        SELECT l.id, l.workspace_id, l.name, {parent_id} AS parent_id, l.description,
               l.external_id, l.short_code, l.is_archived, {way} AS breadcrumb, l.version,
               l.created_at, l.updated_at
        FROM locations l
    """


SELECT = _select("l.parent_id", breadcrumb("locations", "l"))
# Who is restricted sees the roots of their subtrees at the top; `$2` are the places they reach.
_SELECT_WITHIN = _select(
    "CASE WHEN l.parent_id = ANY ($2) THEN l.parent_id END",
    breadcrumb("locations", "l", within="$2"),
)


async def get(source: Source, workspace_id: UUID, location_id: UUID, within: Reach) -> list[Any]:
    """One location as (version, json), or nothing."""
    where = Where()
    where.add("l.workspace_id = {}", workspace_id)
    await limit(source, where, workspace_id, within, "l.id = ANY ({})")
    where.add("l.id = {}", location_id)
    select = SELECT if within is None else _SELECT_WITHIN
    return await source.rows(
        f"SELECT r.version, to_json(r) FROM ({select} WHERE {where.sql()}) r", *where.values
    )


async def find(
    source: Source,
    workspace_id: UUID,
    paging: Paging,
    *,
    q: str | None,
    parent_id: UUID | None,
    roots: bool,
    archived: bool,
    external_id: str | None,
    within: Reach,
) -> bytes:
    """A page of locations. `q`: each word somewhere in the name."""
    where = Where()
    where.add("l.workspace_id = {}", workspace_id)
    await limit(source, where, workspace_id, within, "l.id = ANY ({})")
    where.add("l.is_archived = {}", archived)
    every_word(where, "l.name", q)
    if parent_id is not None:
        where.add("l.parent_id = {}", parent_id)
        if within is not None:
            where.also("l.parent_id = ANY ($2)")
    if roots:
        top = "l.parent_id IS NULL"
        where.also(top if within is None else f"({top} OR l.parent_id <> ALL ($2))")
    if external_id is not None:
        where.add("l.external_id = {}", external_id)
    select = SELECT if within is None else _SELECT_WITHIN
    return await page(source, select, where, paging, key="l.id")


async def parent_of(source: Source, workspace_id: UUID, location_id: UUID) -> UUID | None:
    """The location that one is part of; None for one at the top, or none such."""
    rows = await source.rows(
        "SELECT parent_id FROM locations WHERE workspace_id = $1 AND id = $2",
        workspace_id,
        location_id,
    )
    return rows[0][0] if rows else None


async def is_empty(source: Source, workspace_id: UUID, location_id: UUID) -> bool:
    """Whether no location, no container and no entry, archived or not, stands in it."""
    [(empty,)] = await source.rows(
        """
        SELECT NOT EXISTS (SELECT FROM locations WHERE workspace_id = $1 AND parent_id = $2)
           AND NOT EXISTS (SELECT FROM containers WHERE workspace_id = $1 AND location_id = $2)
           AND NOT EXISTS (SELECT FROM entries WHERE workspace_id = $1 AND location_id = $2)
        """,
        workspace_id,
        location_id,
    )
    return bool(empty)
