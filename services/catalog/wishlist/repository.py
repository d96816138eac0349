"""Queries on wishes; the representation of a wish is the SQL here."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from chassis.database import Source, TenantSession
from chassis.pages import Paging, Where, page
from services.catalog.wishlist.models import Wish
from services.catalog.wishlist.states import Status

SELECT = """
    SELECT w.id, w.workspace_id, w.name, w.url, w.price_estimate, w.currency, w.priority, w.notes,
           w.external_id, w.status, w.item_id, w.version, w.created_at, w.updated_at
    FROM wishes w
"""


async def get(source: Source, workspace_id: UUID, wish_id: UUID) -> list[Any]:
    """One wish as (version, json), or nothing."""
    return await source.rows(
        f"""
        SELECT r.version, to_json(r) FROM ({SELECT} WHERE w.workspace_id = $1 AND w.id = $2) r
        """,
        workspace_id,
        wish_id,
    )


async def find(
    source: Source,
    workspace_id: UUID,
    paging: Paging,
    *,
    status: str | None,
    priority: int | None,
    external_id: str | None,
) -> bytes:
    """A page of wishes; `priority`: of this one and above."""
    where = Where()
    where.add("w.workspace_id = {}", workspace_id)
    if status is not None:
        where.add("w.status = {}", status)
    if priority is not None:
        where.add("w.priority >= {}", priority)
    if external_id is not None:
        where.add("w.external_id = {}", external_id)
    return await page(source, SELECT, where, paging, key="w.id")


async def lock_acquired(session: TenantSession, item_ids: Collection[UUID]) -> Sequence[Wish]:
    """The wishes that became one of these items, locked in the order of their ids."""
    rows = await session.scalars(
        select(Wish)
        .where(
            Wish.workspace_id == session.workspace_id,
            Wish.status == Status.ACQUIRED,
            Wish.item_id.in_(item_ids),
        )
        .order_by(Wish.id)
        .with_for_update()
    )
    return rows.all()
