"""Queries of the gateway, across workspaces by their nature."""

from datetime import timedelta
from uuid import UUID

from chassis.database import Source
from chassis.events import now
from chassis.pages import document

RECENT = timedelta(minutes=15)  # an access token's ten minutes, and a margin for clocks


async def role(source: Source, workspace_id: UUID, user_id: UUID) -> str | None:
    """The role of a user in a workspace; None for one who is no member."""
    rows = await source.rows(
        "SELECT role FROM members WHERE workspace_id = $1 AND user_id = $2", workspace_id, user_id
    )
    return str(rows[0][0]) if rows else None


async def revoked_sessions(source: Source) -> bytes:
    """The sessions that were ended while access tokens of them may live."""
    [(items,)] = await source.rows(
        """
        SELECT coalesce(json_agg(to_json(r)), '[]') FROM (
            SELECT session_id, revoked_at FROM revoked_sessions
            WHERE revoked_at > $1 ORDER BY revoked_at
        ) r
        """,
        now() - RECENT,
    )
    return document(items)
