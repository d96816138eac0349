"""Queries of the gateway, across workspaces by their nature."""

from datetime import datetime, timedelta
from uuid import UUID

from chassis.database import Source
from chassis.events import now
from chassis.pages import document

RECENT = timedelta(minutes=15)  # an access token's ten minutes, and a margin for clocks


async def membership(source: Source, workspace_id: UUID, user_id: UUID) -> bytes | None:
    """What a user may do in a workspace: role, the locations that they are restricted to (null: to
    none), whether their changes await approval. None for one who is no member."""
    rows = await source.rows(
        """
        SELECT json_build_object(
            'role', m.role,
            'locations', m.location_ids,
            'approval', m.role = 'member' AND (w.settings->>'approvals')::boolean
        )
        FROM members m JOIN workspaces w ON w.workspace_id = m.workspace_id
        WHERE m.workspace_id = $1 AND m.user_id = $2
        """,
        workspace_id,
        user_id,
    )
    found: bytes | None = rows[0][0] if rows else None
    return found


async def revoked_sessions(source: Source, since: datetime | None) -> bytes:
    """The sessions that were ended, since then, while access tokens of them may live."""
    recent = now() - RECENT
    [(items,)] = await source.rows(
        """
        SELECT coalesce(json_agg(to_json(r)), '[]') FROM (
            SELECT session_id, revoked_at FROM revoked_sessions
            WHERE revoked_at > $1 ORDER BY revoked_at
        ) r
        """,
        max(recent, since or recent),
    )
    return document(items)
