"""Queries on the workspaces that catalog has heard of."""

from collections.abc import Sequence
from uuid import UUID

from chassis.database import Source, TenantSession
from chassis.statements import Row, newest

_RECORD = newest("known_workspaces", {"currency": "text"})


async def record(session: TenantSession, workspaces: Sequence[Row]) -> None:
    """Note workspaces, each as of its version; an older version changes nothing."""
    await _RECORD.execute(session, workspaces)


async def currency(source: Source, workspace_id: UUID) -> str | None:
    """The currency of the workspace's prices; None before it was heard of."""
    rows = await source.rows("SELECT currency FROM known_workspaces WHERE id = $1", workspace_id)
    return str(rows[0][0]) if rows else None
