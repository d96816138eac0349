"""Queries on service accounts: the user row and the membership that make one."""

from typing import Any
from uuid import UUID

from chassis.database import Source, TenantSession
from chassis.pages import Paging, Where, page

# A version of both rows: it grows with either of theirs, and either begins with 1.
_SELECT = """
    SELECT u.id, m.workspace_id, u.full_name AS name, m.role, m.location_ids,
           m.invited_by AS created_by, u.version + m.version - 1 AS version, u.created_at,
           greatest(u.updated_at, m.updated_at) AS updated_at
    FROM members m JOIN users u ON u.id = m.user_id AND u.kind = 'service'
"""
_GET = f"""
    SELECT r.version, to_json(r) FROM ({_SELECT} WHERE m.workspace_id = $1 AND u.id = $2) r
"""


async def get(source: Source, workspace_id: UUID, account_id: UUID) -> list[Any]:
    """One service account as (version, json), or nothing."""
    return await source.rows(_GET, workspace_id, account_id)


async def find(source: Source, workspace_id: UUID, paging: Paging) -> bytes:
    """A page of a workspace's service accounts."""
    where = Where()
    where.add("m.workspace_id = {}", workspace_id)
    return await page(source, _SELECT, where, paging, key="u.id")


async def ids(session: TenantSession, workspace_id: UUID) -> list[UUID]:
    """The service accounts of a workspace, in the order they are locked in."""
    rows = await session.rows(
        """
        SELECT u.id FROM members m JOIN users u ON u.id = m.user_id AND u.kind = 'service'
        WHERE m.workspace_id = $1 ORDER BY u.id
        """,
        workspace_id,
    )
    return [account_id for (account_id,) in rows]
