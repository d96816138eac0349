"""Queries on companies; the representation of a company is the SQL here."""

from typing import Any
from uuid import UUID

from chassis.database import Source
from chassis.pages import Paging, Where, page

SELECT = """
    SELECT c.id, c.workspace_id, c.name, c.website, c.notes, c.external_id, c.is_archived,
           c.version, c.created_at, c.updated_at
    FROM companies c
"""


async def get(source: Source, workspace_id: UUID, company_id: UUID) -> list[Any]:
    """One company as (version, json), or nothing."""
    return await source.rows(
        f"""
        SELECT r.version, to_json(r) FROM ({SELECT} WHERE c.workspace_id = $1 AND c.id = $2) r
        """,
        workspace_id,
        company_id,
    )


async def find(
    source: Source,
    workspace_id: UUID,
    paging: Paging,
    *,
    name: str | None,
    archived: bool,
    external_id: str | None,
) -> bytes:
    """A page of companies. `name`: the one of that name, whatever the case."""
    where = Where()
    where.add("c.workspace_id = {}", workspace_id)
    where.add("c.is_archived = {}", archived)
    if name is not None:
        where.add("lower(c.name) = lower({})", name)
    if external_id is not None:
        where.add("c.external_id = {}", external_id)
    return await page(source, SELECT, where, paging, key="c.id")


async def has_items(source: Source, workspace_id: UUID, company_id: UUID) -> bool:
    """Whether an item, archived or not, was bought there."""
    [(bought,)] = await source.rows(
        "SELECT EXISTS (SELECT FROM items WHERE workspace_id = $1 AND purchased_from = $2)",
        workspace_id,
        company_id,
    )
    return bool(bought)
