"""Queries on labels; the representation of a label is the SQL here."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from chassis.database import Source, TenantSession
from chassis.pages import Paging, Where, page
from services.catalog.items.models import Item

SELECT = """
    SELECT l.id, l.workspace_id, l.name, l.color, l.description, l.external_id, l.is_archived,
           l.version, l.created_at, l.updated_at
    FROM labels l
"""


async def get(source: Source, workspace_id: UUID, label_id: UUID) -> list[Any]:
    """One label as (version, json), or nothing."""
    return await source.rows(
        f"""
        SELECT r.version, to_json(r) FROM ({SELECT} WHERE l.workspace_id = $1 AND l.id = $2) r
        """,
        workspace_id,
        label_id,
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
    """A page of labels. `name`: the one of that name, whatever the case."""
    where = Where()
    where.add("l.workspace_id = {}", workspace_id)
    where.add("l.is_archived = {}", archived)
    if name is not None:
        where.add("lower(l.name) = lower({})", name)
    if external_id is not None:
        where.add("l.external_id = {}", external_id)
    return await page(source, SELECT, where, paging, key="l.id")


async def lock_labelled(
    session: TenantSession, label_id: UUID, *, at_most: int
) -> Sequence[Item] | None:
    """The items that carry a label, archived ones too, locked in the order of their ids; None when
    they are more than `at_most`."""
    rows = await session.scalars(
        select(Item)
        .where(Item.workspace_id == session.workspace_id, Item.labels.contains([label_id]))
        .order_by(Item.id)
        .limit(at_most + 1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = rows.all()
    return None if len(found) > at_most else found
