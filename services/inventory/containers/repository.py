"""Queries on containers; the representation of a container is the SQL here."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from chassis.database import Source, TenantSession
from chassis.pages import Paging, Where, page
from chassis.reach import Reach
from chassis.trees import breadcrumb, subtree
from services.inventory.containers.models import Container
from services.inventory.reach import limit
from services.inventory.search import every_word

SELECT = f"""
    SELECT c.id, c.workspace_id, c.name, c.location_id, l.name AS location_name, c.parent_id,
           c.description, c.capacity,
           CASE WHEN c.capacity IS NOT NULL THEN (
               SELECT coalesce(sum(e.quantity), 0)::bigint FROM entries e
               WHERE e.workspace_id = c.workspace_id AND e.container_id = c.id
                 AND NOT e.is_archived
           ) END AS units_inside, c.external_id, c.short_code, c.is_archived,
           {breadcrumb("containers", "c")} AS breadcrumb, c.version, c.created_at, c.updated_at
    FROM containers c
    JOIN locations l ON l.workspace_id = c.workspace_id AND l.id = c.location_id
"""


async def get(source: Source, workspace_id: UUID, container_id: UUID, within: Reach) -> list[Any]:
    """One container as (version, json), or nothing."""
    where = Where()
    where.add("c.workspace_id = {}", workspace_id)
    await limit(source, where, workspace_id, within, "c.location_id = ANY ({})")
    where.add("c.id = {}", container_id)
    return await source.rows(
        f"SELECT r.version, to_json(r) FROM ({SELECT} WHERE {where.sql()}) r", *where.values
    )


async def find(
    source: Source,
    workspace_id: UUID,
    paging: Paging,
    *,
    q: str | None,
    location_id: UUID | None,
    parent_id: UUID | None,
    roots: bool,
    archived: bool,
    external_id: str | None,
    within: Reach,
) -> bytes:
    """A page of containers. `q`: each word somewhere in the name; `location_id`: those in that
    location and all below it."""
    where = Where()
    where.add("c.workspace_id = {}", workspace_id)
    await limit(source, where, workspace_id, within, "c.location_id = ANY ({})")
    where.add("c.is_archived = {}", archived)
    every_word(where, "c.name", q)
    if location_id is not None:
        where.add(f"c.location_id IN ({subtree('locations', '$1', '{}')})", location_id)
        if within is not None:  # of a location out of reach nothing is told, not even what it holds
            where.add("{}::uuid = ANY ($2)", location_id)
    if parent_id is not None:
        where.add("c.parent_id = {}", parent_id)
    if roots:
        where.also("c.parent_id IS NULL")
    if external_id is not None:
        where.add("c.external_id = {}", external_id)
    return await page(source, SELECT, where, paging, key="c.id")


async def location_of(
    source: Source, workspace_id: UUID, container_id: UUID, *, archived: bool | None = None
) -> UUID | None:
    """Where a container stands; None when there is none such, or none that is `archived` or not
    as asked."""
    rows = await source.rows(
        """
        SELECT location_id FROM containers
        WHERE workspace_id = $1 AND id = $2 AND ($3::boolean IS NULL OR is_archived = $3)
        """,
        workspace_id,
        container_id,
        archived,
    )
    return rows[0][0] if rows else None


async def lock_within(session: TenantSession, container_id: UUID) -> Sequence[Container]:
    """The containers within a container, at any depth and without itself, locked."""
    found = await session.rows(
        subtree("containers", "$1", "$2"), session.workspace_id, container_id
    )
    within = [id_ for (id_,) in found if id_ != container_id]
    rows = await session.scalars(
        select(Container)
        .where(Container.workspace_id == session.workspace_id, Container.id.in_(within))
        .order_by(Container.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return rows.all()


async def is_empty(source: Source, workspace_id: UUID, container_id: UUID) -> bool:
    """Whether no container and no entry, archived or not, is in it."""
    [(empty,)] = await source.rows(
        """
        SELECT NOT EXISTS (SELECT FROM containers WHERE workspace_id = $1 AND parent_id = $2)
           AND NOT EXISTS (SELECT FROM entries WHERE workspace_id = $1 AND container_id = $2)
        """,
        workspace_id,
        container_id,
    )
    return bool(empty)
