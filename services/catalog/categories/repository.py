"""Queries on categories; the representation of a category is the SQL here."""

from typing import Any
from uuid import UUID

from chassis.database import Source
from chassis.pages import Paging, Where, page
from chassis.trees import breadcrumb

_COLUMNS = f"""
    c.id, c.workspace_id, c.name, c.parent_id, c.description, c.external_id, c.is_archived,
    {breadcrumb("categories", "c")} AS breadcrumb, c.version, c.created_at, c.updated_at
"""
SELECT = f"SELECT {_COLUMNS} FROM categories c"


async def get(source: Source, workspace_id: UUID, category_id: UUID) -> list[Any]:
    """One category as (version, json), or nothing."""
    return await source.rows(
        f"""
        SELECT r.version, to_json(r) FROM (
            {SELECT} WHERE c.workspace_id = $1 AND c.id = $2
        ) r
        """,
        workspace_id,
        category_id,
    )


async def find(
    source: Source,
    workspace_id: UUID,
    paging: Paging,
    *,
    parent_id: UUID | None,
    roots: bool,
    archived: bool,
    external_id: str | None,
) -> bytes:
    """A page of categories."""
    where = Where()
    where.add("c.workspace_id = {}", workspace_id)
    where.add("c.is_archived = {}", archived)
    if parent_id is not None:
        where.add("c.parent_id = {}", parent_id)
    if roots:
        where.also("c.parent_id IS NULL")
    if external_id is not None:
        where.add("c.external_id = {}", external_id)
    return await page(source, SELECT, where, paging, key="c.id")


async def is_empty(source: Source, workspace_id: UUID, category_id: UUID) -> bool:
    """Whether no category and no item stands in it."""
    [(empty,)] = await source.rows(
        """
        SELECT NOT EXISTS (SELECT FROM categories WHERE workspace_id = $1 AND parent_id = $2)
           AND NOT EXISTS (SELECT FROM items WHERE workspace_id = $1 AND category_id = $2)
        """,
        workspace_id,
        category_id,
    )
    return bool(empty)
