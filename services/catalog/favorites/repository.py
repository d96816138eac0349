"""Queries on favorites."""

from collections.abc import Collection
from uuid import UUID

from uuid_utils.compat import uuid7

from chassis.database import Source, TenantSession
from chassis.pages import Paging, Where, page
from services.catalog.items.repository import SELECT as ITEMS

_SELECT = f"""
    SELECT f.id, f.created_at AS favorited_at, to_json(i) AS item
    FROM favorites f
    CROSS JOIN LATERAL ({ITEMS} WHERE i.workspace_id = f.workspace_id AND i.id = f.item_id) i
"""


async def find(source: Source, workspace_id: UUID, paging: Paging, *, user_id: UUID) -> bytes:
    """A page of a user's favorites, the latest first."""
    where = Where()
    where.add("f.workspace_id = {}", workspace_id)
    where.add("f.user_id = {}", user_id)
    return await page(source, _SELECT, where, paging, key="f.id")


async def add(session: TenantSession, user_id: UUID, item_id: UUID) -> None:
    """Note a favorite; one that is there stays as it is."""
    await session.rows(
        """
        INSERT INTO favorites (workspace_id, user_id, item_id, id, created_at)
        VALUES ($1, $2, $3, $4, now()) ON CONFLICT DO NOTHING
        """,
        session.workspace_id,
        user_id,
        item_id,
        uuid7(),
    )


async def follow(session: TenantSession, item_ids: Collection[UUID], into_id: UUID) -> None:
    """Let who has one of these items for a favorite have `into_id` for one."""
    await session.rows(
        """
        INSERT INTO favorites (workspace_id, user_id, item_id, id, created_at)
        SELECT DISTINCT ON (user_id) workspace_id, user_id, $3, id, created_at FROM favorites
        WHERE workspace_id = $1 AND item_id = ANY ($2) ORDER BY user_id, created_at DESC
        ON CONFLICT DO NOTHING
        """,
        session.workspace_id,
        list(item_ids),
        into_id,
    )


async def remove(session: TenantSession, user_id: UUID, item_id: UUID) -> None:
    """Forget a favorite, if it is one."""
    await session.rows(
        "DELETE FROM favorites WHERE workspace_id = $1 AND user_id = $2 AND item_id = $3",
        session.workspace_id,
        user_id,
        item_id,
    )
