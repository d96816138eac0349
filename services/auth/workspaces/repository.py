"""Queries on workspaces; the representation of a workspace is the SQL here."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from chassis.database import Source, TenantSession
from chassis.pages import Paging, Where, page
from services.auth.workspaces.models import Workspace

_SELECT = """
    SELECT w.id, w.name, w.slug, w.description, w.currency, w.timezone, w.is_personal, w.settings,
           m.role, w.version, w.created_at, w.updated_at
    FROM members m JOIN workspaces w ON w.id = m.workspace_id
"""
_GET = f"""
    SELECT r.version, to_json(r) FROM ({_SELECT} WHERE m.workspace_id = $1 AND m.user_id = $2) r
"""


async def get(source: Source, workspace_id: UUID, user_id: UUID) -> list[Any]:
    """One workspace with the user's role in it, as (version, json), or nothing."""
    return await source.rows(_GET, workspace_id, user_id)


async def find(source: Source, user_id: UUID, paging: Paging, *, only: UUID | None = None) -> bytes:
    """A page of the workspaces that a user belongs to, or the `only` one they may see of those."""
    where = Where()
    where.add("m.user_id = {}", user_id)
    if only is not None:
        where.add("m.workspace_id = {}", only)
    return await page(source, _SELECT, where, paging, key="w.id")


async def locked(session: TenantSession, workspace_id: UUID) -> Workspace | None:
    """The workspace, locked: its members change one after another."""
    found: Workspace | None = await session.scalar(
        select(Workspace)
        .where(Workspace.workspace_id == workspace_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found


async def ids_of(session: TenantSession, user_id: UUID) -> list[UUID]:
    """The workspaces that a user belongs to, in the order they are locked in."""
    rows = await session.rows(
        "SELECT workspace_id FROM members WHERE user_id = $1 ORDER BY workspace_id", user_id
    )
    return [workspace_id for (workspace_id,) in rows]
