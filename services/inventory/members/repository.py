"""The read model of members; it keeps the newest version it heard of each and skips older ones."""

from collections.abc import Sequence
from uuid import UUID

from chassis.database import TenantSession, lock_key

# Members and workspaces come on two topics: whichever is later must see the other.
_LOCK = "members"

_RECORD = """
    INSERT INTO members (workspace_id, user_id, member_id, version, location_ids, is_current)
    SELECT $1, $2, $3, $4, $5::uuid[], $6 AND NOT EXISTS (
        SELECT FROM deleted_workspaces WHERE workspace_id = $1
    )
    ON CONFLICT (user_id, workspace_id) DO UPDATE SET
        member_id = excluded.member_id, version = excluded.version,
        location_ids = excluded.location_ids, is_current = excluded.is_current
    WHERE (members.member_id, members.version) < (excluded.member_id, excluded.version)
"""


async def record(
    session: TenantSession,
    *,
    user_id: UUID,
    member_id: UUID,
    version: int,
    location_ids: Sequence[UUID] | None,
    is_current: bool,
) -> None:
    """Note a membership as of `version`; one who comes back does so under a newer member id."""
    await lock_key(session, _LOCK)
    places = None if location_ids is None else list(location_ids)
    await session.rows(
        _RECORD, session.workspace_id, user_id, member_id, version, places, is_current
    )


async def end_all(session: TenantSession) -> None:
    """With a workspace its memberships end, those too that are heard of later."""
    await lock_key(session, _LOCK)
    await session.rows(
        "INSERT INTO deleted_workspaces VALUES ($1) ON CONFLICT DO NOTHING", session.workspace_id
    )
    await session.rows(
        "UPDATE members SET is_current = false WHERE workspace_id = $1", session.workspace_id
    )
