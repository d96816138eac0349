"""Queries on locations; the representation of a location is the SQL here."""

from typing import Any
from uuid import UUID

from chassis.database import Source
from chassis.pages import Paging, Where, page
from chassis.trees import breadcrumb
from services.inventory.search import every_word

_COLUMNS = f"""
    l.id, l.workspace_id, l.name, l.parent_id, l.description, l.external_id, l.is_archived,
    {breadcrumb("locations", "l")} AS breadcrumb, l.version, l.created_at, l.updated_at
"""


async def get(source: Source, workspace_id: UUID, location_id: UUID) -> list[Any]:
    """One location as (version, json), or nothing."""
    return await source.rows(
        f"""
        SELECT r.version, to_json(r) FROM (
            SELECT {_COLUMNS} FROM locations l WHERE l.workspace_id = $1 AND l.id = $2
        ) r
        """,
        workspace_id,
        location_id,
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
) -> bytes:
    """A page of locations. `q`: each word somewhere in the name."""
    where = Where()
    where.add("l.workspace_id = {}", workspace_id)
    where.add("l.is_archived = {}", archived)
    every_word(where, "l.name", q)
    if parent_id is not None:
        where.add("l.parent_id = {}", parent_id)
    if roots:
        where.also("l.parent_id IS NULL")
    if external_id is not None:
        where.add("l.external_id = {}", external_id)
    return await page(source, f"SELECT {_COLUMNS} FROM locations l", where, paging, key="l.id")


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
