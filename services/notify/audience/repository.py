"""The read models of the audience; each keeps the newest version it heard and skips older ones."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from chassis.database import Source, TenantSession, lock_key


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace as messages name it."""

    name: str
    timezone: str


async def hold(session: TenantSession) -> None:
    """Keep the workspace's audience as it is until this transaction ends."""
    await lock_key(session, "audience")


async def record_member(
    session: TenantSession,
    *,
    user_id: UUID,
    member_id: UUID,
    version: int,
    role: str,
    joined_at: datetime,
    is_current: bool,
) -> None:
    """Note a membership as of `version`; one who comes back does so under a newer member id."""
    await hold(session)
    await session.execute(
        text("""
            INSERT INTO members (
                workspace_id, user_id, member_id, version, role, joined_at, is_current
            )
            VALUES (
                :workspace_id, :user_id, :member_id, :version, :role, :joined_at,
                :is_current AND NOT EXISTS (
                    SELECT FROM workspaces WHERE workspace_id = :workspace_id AND is_deleted
                )
            )
            ON CONFLICT (workspace_id, user_id) DO UPDATE SET
                member_id = excluded.member_id, version = excluded.version,
                role = excluded.role, joined_at = excluded.joined_at,
                is_current = excluded.is_current
            WHERE (members.member_id, members.version) < (excluded.member_id, excluded.version)
        """),
        {
            "workspace_id": session.workspace_id,
            "user_id": user_id,
            "member_id": member_id,
            "version": version,
            "role": role,
            "joined_at": joined_at,
            "is_current": is_current,
        },
    )


async def record_workspace(
    session: TenantSession, *, version: int, name: str, timezone: str, is_deleted: bool
) -> None:
    """Note a workspace as of `version`; with a deleted one, its memberships end."""
    # Members and workspaces come on two topics: whichever is later must see the other.
    await hold(session)
    await session.execute(
        text("""
            INSERT INTO workspaces (workspace_id, version, name, timezone, is_deleted)
            VALUES (:workspace_id, :version, :name, :timezone, :is_deleted)
            ON CONFLICT (workspace_id) DO UPDATE SET
                version = excluded.version, name = excluded.name, timezone = excluded.timezone,
                is_deleted = excluded.is_deleted
            WHERE workspaces.version < excluded.version
        """),
        {
            "workspace_id": session.workspace_id,
            "version": version,
            "name": name,
            "timezone": timezone,
            "is_deleted": is_deleted,
        },
    )
    if is_deleted:
        await session.execute(
            text("UPDATE members SET is_current = false WHERE workspace_id = :workspace_id"),
            {"workspace_id": session.workspace_id},
        )


async def record_borrower(
    session: TenantSession, *, borrower_id: UUID, version: int, user_id: UUID | None
) -> None:
    """Note which user a borrower is, as of `version`."""
    await hold(session)
    await session.execute(
        text("""
            INSERT INTO borrowers (workspace_id, id, version, user_id)
            VALUES (:workspace_id, :id, :version, :user_id)
            ON CONFLICT (workspace_id, id) DO UPDATE SET
                version = excluded.version, user_id = excluded.user_id
            WHERE borrowers.version < excluded.version
        """),
        {
            "workspace_id": session.workspace_id,
            "id": borrower_id,
            "version": version,
            "user_id": user_id,
        },
    )


async def workspace(source: Source, workspace_id: UUID) -> Workspace:
    """The workspace by name; nameless words for one that was not heard of yet."""
    rows = await source.rows(
        "SELECT name, timezone FROM workspaces WHERE workspace_id = $1", workspace_id
    )
    return Workspace(*rows[0]) if rows else Workspace("the workspace", "UTC")
