"""Queries on notifications; the representation of a notification is the SQL here.

A user reads their own, and only of workspaces they are still a member of, or were invited to.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from chassis.database import Source, TenantSession
from chassis.pages import Paging, Where, page
from services.notify.inbox.messages import Notice
from services.notify.inbox.notices import values

_SELECT = """
    SELECT n.id, n.workspace_id, n.type, n.title, n.message, n.link, n.read_at, n.created_at
    FROM notifications n
"""
_FOR_THEM = """
    (n.type = 'WORKSPACE_INVITE' OR EXISTS (
        SELECT FROM members m
        WHERE m.workspace_id = n.workspace_id AND m.user_id = n.user_id AND m.is_current
    ))
"""
_TELL = text("""
    INSERT INTO notifications (
        id, workspace_id, user_id, event_id, type, title, message, link, created_at
    )
    VALUES (
        :id, :workspace_id, :user_id, :event_id, :type, :title, :message, :link, :created_at
    )
    ON CONFLICT ON CONSTRAINT notification_once DO NOTHING
""")


async def tell(
    session: TenantSession, event_id: UUID, created_at: datetime, user_id: UUID, notice: Notice
) -> None:
    """Put a notice into a user's inbox; one who was told of this event already is not told
    again."""
    await session.execute(
        _TELL,
        {
            "id": uuid7(),
            "user_id": user_id,
            "created_at": created_at,
            **values(session, event_id, notice),
        },
    )


async def get(source: Source, user_id: UUID, notification_id: UUID) -> list[Any]:
    """One notification as (json,), or nothing."""
    return await source.rows(
        f"""
        SELECT to_json(r) FROM (
            {_SELECT} WHERE n.user_id = $1 AND n.id = $2 AND {_FOR_THEM}
        ) r
        """,
        user_id,
        notification_id,
    )


async def find(source: Source, user_id: UUID, paging: Paging, *, unread: bool) -> bytes:
    """A page of a user's notifications."""
    where = Where()
    where.add("n.user_id = {}", user_id)
    where.also(_FOR_THEM)
    if unread:
        where.also("n.read_at IS NULL")
    return await page(source, _SELECT, where, paging, key="n.id")


async def count_unread(source: Source, user_id: UUID) -> int:
    """How many a user has not read."""
    [(count,)] = await source.rows(
        f"""
        SELECT count(*) FROM notifications n
        WHERE n.user_id = $1 AND n.read_at IS NULL AND {_FOR_THEM}
        """,
        user_id,
    )
    return int(count)


async def mark_read(
    session: TenantSession,
    user_id: UUID,
    read_at: datetime,
    *,
    notification_id: UUID | None = None,
    workspace_id: UUID | None = None,
) -> int:
    """Mark what a user has not read: one, those of a workspace, or all. Returns how many."""
    where = Where()
    where.add("n.user_id = {}", user_id)
    where.also("n.read_at IS NULL")
    where.also(_FOR_THEM)
    if notification_id is not None:
        where.add("n.id = {}", notification_id)
    if workspace_id is not None:
        where.add("n.workspace_id = {}", workspace_id)
    [(count,)] = await session.rows(
        f"""
        WITH marked AS (
            UPDATE notifications n SET read_at = ${len(where.values) + 1}
            WHERE {where.sql()} RETURNING 1
        )
        SELECT count(*) FROM marked
        """,
        *where.values,
        read_at,
    )
    return int(count)
