"""What came of a chunk of an import is told once inventory has answered for each loan in it: one
that it refuses is a row that failed, with its reason.

Chunks are told in their order. One that is settled waits for those before it; whoever settles the
last of what is waited for tells of all that follow. A lock on the import keeps two who settle, and
one who adds a chunk, from passing each other by.
"""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis.database import TenantSession
from chassis.imports import RowFault, Tally
from chassis.outbox import stage
from services.loans.imports.events import ImportRowsApplied
from services.loans.loans.models import Loan
from services.loans.loans.states import Refusal

KIND = "loans"
CANCELLED = "Its request was cancelled before inventory answered."
_HOLD = "SELECT pg_advisory_xact_lock(hashtextextended($1::text, 7))"
_ADD = """
    INSERT INTO import_outcomes
        (workspace_id, import_id, chunk, is_last, tallies, faults, awaited)
    VALUES ($1, $2, $3, $4, $5::jsonb, $6::jsonb, $7)
"""
_SETTLE = """
    UPDATE import_outcomes
    SET awaited = awaited - 1, refused = refused + jsonb_array_length($4::jsonb),
        faults = faults || $4::jsonb
    WHERE workspace_id = $1 AND import_id = $2 AND chunk = $3
"""
# Those that wait for nobody: neither for an answer, nor for a chunk before them that does.
_TELL = """
    DELETE FROM import_outcomes o
    WHERE workspace_id = $1 AND import_id = $2 AND NOT EXISTS (
        SELECT FROM import_outcomes e
        WHERE e.workspace_id = $1 AND e.import_id = $2 AND e.chunk <= o.chunk AND e.awaited > 0
    )
    RETURNING chunk, is_last, tallies::text, faults::text, refused
"""


async def add(
    session: TenantSession,
    import_id: UUID,
    chunk: int,
    *,
    is_last: bool,
    tallies: dict[str, Tally],
    faults: Sequence[RowFault],
    awaited: int,
) -> None:
    """A chunk was applied, and `awaited` loans of it were asked of inventory."""
    await session.rows(_HOLD, str(import_id))
    told = {kind: tally.model_dump() for kind, tally in tallies.items()}
    await session.rows(
        _ADD,
        session.workspace_id,
        import_id,
        chunk,
        is_last,
        json.dumps(told),
        json.dumps([fault.model_dump() for fault in faults]),
        awaited,
    )
    await _tell(session, import_id)


async def settle(session: TenantSession, loan: Loan, why_not: str | None = None) -> None:
    """Inventory has answered for a loan that was asked for; `why_not` where it is none. Nothing
    happens for one that no file asked for."""
    if loan.import_id is None or loan.import_row is None:
        return
    await session.rows(_HOLD, str(loan.import_id))
    refused = RowFault(number=loan.import_row, field="row", message=why_not or "")
    await session.rows(
        _SETTLE,
        session.workspace_id,
        loan.import_id,
        loan.import_chunk,
        json.dumps([refused.model_dump()] if why_not else []),
    )
    await _tell(session, loan.import_id)


def reason(refusal: Refusal, quantity: int, free: int) -> str:
    """Why inventory refused, for whoever reads the file again."""
    match refusal:
        case Refusal.INSUFFICIENT_STOCK:
            return f"{quantity} can't be lent: {free} of it are free there."
        case Refusal.NOT_FOUND:
            return "It can't be lent: its inventory entry is gone."
    return "It can't be lent: its inventory entry is archived, missing or disposed of."


async def _tell(session: TenantSession, import_id: UUID) -> None:
    rows: list[Any] = await session.rows(_TELL, session.workspace_id, import_id)
    for chunk, is_last, tallies, faults, refused in sorted(rows):
        counts = json.loads(tallies)
        if refused:
            counts[KIND]["created"] -= refused
        stage(
            session,
            ImportRowsApplied(
                id=import_id,
                workspace_id=session.workspace_id,
                version=chunk,
                chunk=chunk,
                is_last=is_last,
                tallies=counts,
                faults=sorted(json.loads(faults), key=lambda fault: fault["number"]),
            ),
        )
