"""Queries on deadlines. Which there are is kept by triggers of the tables that have the dates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select

from chassis.aggregate import Aggregate
from chassis.database import TenantSession
from chassis.statements import Row, Statement
from services.inventory.deadlines.calendar import Kind

Model = TypeVar("Model", bound=Aggregate)

_CLAIM = """
    SELECT d.workspace_id, d.subject_id, d.kind, d.on_date, d.armed_at, d.told,
           coalesce(w.timezone, 'UTC'), coalesce(w.is_deleted, false)
    FROM deadlines d LEFT JOIN known_workspaces w ON w.id = d.workspace_id
    WHERE d.look_at <= $1
    ORDER BY d.look_at LIMIT $2
    FOR UPDATE OF d SKIP LOCKED
"""
_NOTE = Statement(
    """
    UPDATE deadlines d SET told = r.told, look_at = r.look_at FROM {rows}
    WHERE d.workspace_id = r.workspace_id AND d.subject_id = r.subject_id AND d.kind = r.kind
    """,
    {
        "workspace_id": "uuid",
        "subject_id": "uuid",
        "kind": "text",
        "told": "integer",
        "look_at": "timestamptz",
    },
)
_STANDING = """
    SELECT e.id, e.item_id, k.name, l.name, e.quantity > 0 AND NOT e.is_archived
    FROM entries e
    JOIN locations l ON l.workspace_id = e.workspace_id AND l.id = e.location_id
    LEFT JOIN known_items k ON k.workspace_id = e.workspace_id AND k.id = e.item_id
    WHERE e.id = ANY ($1)
"""
# Between where a day begins first and where it begins last.
_WAKE = """
    UPDATE deadlines SET look_at = $2 WHERE workspace_id = $1
    AND look_at > $2 AND look_at < $2::timestamptz + interval '27 hours'
"""


@dataclass(frozen=True, slots=True)
class Deadline:
    """One that it is time to look at."""

    workspace_id: UUID
    subject_id: UUID
    kind: Kind
    on: date
    armed_at: datetime
    told: int | None
    timezone: str
    is_over: bool  # its workspace was deleted


@dataclass(frozen=True, slots=True)
class Standing:
    """An entry as alerts name it."""

    item_id: UUID
    item_name: str | None
    location_name: str
    is_in_use: bool


async def claim(session: TenantSession, time: datetime, limit: int) -> list[Deadline]:
    """Deadlines to look at, of any workspace, locked; those that another replica looks at, or
    that are about to change, are left out."""
    rows = await session.rows(_CLAIM, time, limit)
    return [Deadline(row[0], row[1], Kind(row[2]), *row[3:]) for row in rows]


async def lock_free(
    session: TenantSession, model: type[Model], ids: Sequence[UUID]
) -> dict[UUID, Model]:
    """The rows with these ids, locked, without those that somebody else holds: who holds one may
    wait for its deadline, so nobody waits for it here."""
    if not ids:
        return {}
    found = await session.scalars(
        select(model)
        .where(model.id.in_(ids))
        .order_by(model.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in found}


async def standing(session: TenantSession, entry_ids: Sequence[UUID]) -> dict[UUID, Standing]:
    """What alerts tell of these entries."""
    rows: list[Any] = await session.rows(_STANDING, list(entry_ids)) if entry_ids else []
    return {id_: Standing(*facts) for id_, *facts in rows}


async def note(session: TenantSession, looked_at: Sequence[Row]) -> None:
    """Write down what was told of deadlines, and when to look again."""
    await _NOTE.execute(session, looked_at)


async def wake(session: TenantSession, workspace_id: UUID, time: datetime) -> None:
    """Look again at the deadlines of a workspace whose day may begin earlier now."""
    await session.rows(_WAKE, workspace_id, time)
