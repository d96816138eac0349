"""Queries on notifications; the representation of a notification is the SQL here.

A user reads their own, and only of workspaces they are still a member of, or were invited to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from chassis.database import Source, TenantSession
from chassis.pages import Paging, Where, page
from services.notify.inbox.messages import Notice

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
_POST = text("""
    INSERT INTO notices (
        workspace_id, event_id, reader, borrower_id, except_user_id, type, title, message, link,
        happened_at, posted_at
    )
    VALUES (
        :workspace_id, :event_id, :reader, :borrower_id, :except_user_id, :type, :title, :message,
        :link, :happened_at, now()
    )
    ON CONFLICT (event_id, reader) DO NOTHING
""")
# A borrower who is of the staff as well reads what is meant for borrowers.
_DELIVER = """
    INSERT INTO notifications (
        id, workspace_id, user_id, event_id, type, title, message, link, created_at
    )
    SELECT DISTINCT ON (n.event_id, m.user_id) uuidv7(), n.workspace_id, m.user_id, n.event_id,
        n.type, n.title, n.message, n.link, n.happened_at
    FROM notices n
    JOIN members m ON m.workspace_id = n.workspace_id AND m.is_current
    LEFT JOIN borrowers b ON b.workspace_id = n.workspace_id AND b.id = n.borrower_id
    WHERE n.workspace_id = :workspace_id AND {which} AND CASE n.reader
        WHEN 'borrower' THEN m.user_id = b.user_id
        ELSE m.role IN ('owner', 'admin') AND m.joined_at <= n.happened_at
            AND m.user_id IS DISTINCT FROM n.except_user_id
    END
    ORDER BY n.event_id, m.user_id, n.reader
    ON CONFLICT ON CONSTRAINT notification_once DO NOTHING
"""
_DELIVER_EVENT = text(_DELIVER.format(which="n.event_id = :event_id"))
_DELIVER_LATE = text(_DELIVER.format(which="n.happened_at >= :since AND m.user_id = :user_id"))
_FORGET = text("DELETE FROM notices WHERE posted_at < now() - make_interval(days => :days)")


class Reader(StrEnum):
    """Who is meant to read a notice."""

    BORROWER = "borrower"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Addressed:
    """A notice to the owners and admins, all but one if one is named, or to the user behind a
    borrower."""

    notice: Notice
    reader: Reader = Reader.STAFF
    borrower_id: UUID | None = None
    except_user_id: UUID | None = None


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
            **_values(session, event_id, notice),
        },
    )


async def post(
    session: TenantSession, event_id: UUID, happened_at: datetime, addressed: Sequence[Addressed]
) -> None:
    """Put an event's notices into the inboxes of those whom they are addressed to, as far as they
    are heard of, each user being told of an event once; and keep them for the others."""
    await session.execute(
        _POST,
        [
            {
                "reader": each.reader.value,
                "borrower_id": each.borrower_id,
                "except_user_id": each.except_user_id,
                "happened_at": happened_at,
                **_values(session, event_id, each.notice),
            }
            for each in addressed
        ],
    )
    await session.execute(
        _DELIVER_EVENT, {"workspace_id": session.workspace_id, "event_id": event_id}
    )


async def deliver_late(session: TenantSession, user_id: UUID, since: datetime) -> None:
    """Put the notices of what happened since then into the inbox of a user, where they are
    addressed to them and were posted before it was heard who they are."""
    await session.execute(
        _DELIVER_LATE,
        {"workspace_id": session.workspace_id, "user_id": user_id, "since": since},
    )


async def forget_notices(session: TenantSession, days: int) -> None:
    """Remove the notices that were posted so long ago; the inboxes stay as they are."""
    await session.execute(_FORGET, {"days": days})


def _values(session: TenantSession, event_id: UUID, notice: Notice) -> dict[str, Any]:
    return {
        "workspace_id": session.workspace_id,
        "event_id": event_id,
        "type": notice.type.value,
        "title": notice.title,
        "message": notice.message,
        "link": notice.link,
    }


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
