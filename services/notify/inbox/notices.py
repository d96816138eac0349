"""Notices: what an event says to the owners and admins of a workspace, or to a borrower, whoever
they are. Each becomes a notification of those who are heard of, now or later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.database import TenantSession
from services.notify.inbox.messages import Notice

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
                **values(session, event_id, each.notice),
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


async def forget(session: TenantSession, days: int) -> None:
    """Remove the notices that were posted so long ago; the inboxes stay as they are."""
    await session.execute(_FORGET, {"days": days})


def values(session: TenantSession, event_id: UUID, notice: Notice) -> dict[str, Any]:
    """The columns that a notice and a notification of it have alike."""
    return {
        "workspace_id": session.workspace_id,
        "event_id": event_id,
        "type": notice.type.value,
        "title": notice.title,
        "message": notice.message,
        "link": notice.link,
    }
