"""Queries on members; the representation of a member is the SQL here."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from chassis.database import Source, TenantSession
from chassis.pages import Paging, Where, page
from services.auth.members.models import Member

_SELECT = """
    SELECT m.id, m.workspace_id, m.user_id, u.email, u.full_name, u.kind, m.role, m.location_ids,
           m.invited_by, m.version, m.created_at, m.updated_at
    FROM members m JOIN users u ON u.id = m.user_id
"""
_GET = f"""
    SELECT r.version, to_json(r) FROM ({_SELECT} WHERE m.workspace_id = $1 AND m.user_id = $2) r
"""


async def get(source: Source, workspace_id: UUID, user_id: UUID) -> list[Any]:
    """One member as (version, json), or nothing."""
    return await source.rows(_GET, workspace_id, user_id)


async def find(source: Source, workspace_id: UUID, paging: Paging) -> bytes:
    """A page of a workspace's members."""
    where = Where()
    where.add("m.workspace_id = {}", workspace_id)
    return await page(source, _SELECT, where, paging, key="m.id")


async def member(session: TenantSession, workspace_id: UUID, user_id: UUID) -> Member | None:
    """The membership of a user, locked."""
    found: Member | None = await session.scalar(
        select(Member)
        .where(Member.workspace_id == workspace_id, Member.user_id == user_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found


async def members(session: TenantSession, workspace_id: UUID) -> Sequence[Member]:
    """All memberships of a workspace, locked."""
    found = await session.scalars(
        select(Member)
        .where(Member.workspace_id == workspace_id)
        .order_by(Member.id)
        .with_for_update()
    )
    return found.all()


async def hold(session: TenantSession, workspace_id: UUID) -> None:
    """Lock the workspace, so that its members change one after another."""
    await session.rows("SELECT 1 FROM workspaces WHERE workspace_id = $1 FOR UPDATE", workspace_id)


async def personal_of(session: TenantSession, workspace_id: UUID) -> UUID | None:
    """Whose personal workspace it is, if it is one."""
    rows = await session.rows(
        "SELECT personal_of FROM workspaces WHERE workspace_id = $1", workspace_id
    )
    return rows[0][0] if rows else None


async def other_owners(session: TenantSession, workspace_id: UUID, user_id: UUID) -> int:
    """How many owners there are beside this user, without those whose account is closed."""
    [(count,)] = await session.rows(
        """
        SELECT count(*) FROM members m JOIN users u ON u.id = m.user_id AND u.is_active
        WHERE m.workspace_id = $1 AND m.role = 'owner' AND m.user_id <> $2
        """,
        workspace_id,
        user_id,
    )
    return int(count)
