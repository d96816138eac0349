"""Queries on pending changes; the representation of one is the SQL here."""

from typing import Any
from uuid import UUID

from chassis.database import Source
from chassis.pages import Paging, Where, page
from services.auth.approvals.states import Status

# Of what is longer, lists have none: a page of the longest bodies would fill the memory.
LISTED = 10_000  # bytes


def _select(body: str, outcome: str) -> str:
    return f"""
        SELECT c.id, c.workspace_id, c.requested_by, u.full_name AS requester_name, c.summary,
               c.method, c.path, c.query, {body} AS body, c.if_match, c.status, c.decided_by,
               c.decided_at, c.reason, c.outcome_status, {outcome} AS outcome,
               c.version, c.created_at, c.updated_at
        FROM pending_changes c JOIN users u ON u.id = c.requested_by
    """


def _if_short(column: str) -> str:
    return f"CASE WHEN octet_length({column}) <= {LISTED} THEN {column}::json END"


_SELECT = _select("c.body::json", "c.outcome::json")
_SELECT_LISTED = _select(_if_short("c.body"), _if_short("c.outcome"))
_GET = f"""
    SELECT r.version, to_json(r) FROM (
        {_SELECT} WHERE c.workspace_id = $1 AND c.id = $2
        AND ($3::uuid IS NULL OR c.requested_by = $3)
    ) r
"""


async def get(
    source: Source, workspace_id: UUID, change_id: UUID, *, of: UUID | None = None
) -> list[Any]:
    """One pending change as (version, json), or nothing; with `of`, only if it is theirs."""
    return await source.rows(_GET, workspace_id, change_id, of)


async def waiting_of(source: Source, workspace_id: UUID, user_id: UUID) -> int:
    """How many changes of a member wait."""
    [(count,)] = await source.rows(
        """
        SELECT count(*) FROM pending_changes
        WHERE workspace_id = $1 AND requested_by = $2 AND status = 'pending'
        """,
        workspace_id,
        user_id,
    )
    return int(count)


async def find(
    source: Source,
    workspace_id: UUID,
    paging: Paging,
    *,
    status: Status | None,
    of: UUID | None = None,
) -> bytes:
    """A page of a workspace's pending changes; with `of`, of theirs alone. Long bodies and outcomes
    are left out."""
    where = Where()
    where.add("c.workspace_id = {}", workspace_id)
    if status is not None:
        where.add("c.status = {}", status.value)
    if of is not None:
        where.add("c.requested_by = {}", of)
    return await page(source, _SELECT_LISTED, where, paging, key="c.id")
