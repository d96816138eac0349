"""The use case of imports: a chunk of rows in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis import importing
from chassis.database import TenantSession
from chassis.importing import Making, Outcome
from chassis.imports import ImportRow
from chassis.outbox import stage
from services.loans.borrowers import service as borrowers
from services.loans.imports import loan_rows
from services.loans.imports.borrower_rows import BORROWERS
from services.loans.imports.events import ImportRowsApplied
from services.loans.loans import service as loans

CONSTRAINTS = {**borrowers.CONSTRAINTS, **loans.CONSTRAINTS}


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What an import asks of its rows, and which chunk of them is at hand."""

    id: UUID
    kind: str
    key_field: str | None
    dry_run: bool
    create_missing: bool
    chunk: int
    is_last: bool


async def apply(session: TenantSession, order: ImportOrder, rows: Sequence[ImportRow]) -> None:
    """Do loans' part of `rows` and tell so, once for each chunk."""
    if not await importing.is_next(session, order.id, order.chunk):
        return

    async def work(rows: Sequence[ImportRow], making: Making) -> Outcome:
        if order.kind == "borrowers":
            return await BORROWERS.bring_in(session, rows, making, order.key_field)
        if order.kind in ("loans", "mixed"):
            return await loan_rows.bring_in(session, rows, making)
        return Outcome()

    outcome = await importing.apply(
        session,
        order.id,
        rows,
        work,
        CONSTRAINTS,
        dry_run=order.dry_run,
        create_missing=order.create_missing,
    )
    if order.is_last:
        await importing.forget(session, order.id)
    stage(
        session,
        ImportRowsApplied(
            id=order.id,
            workspace_id=session.workspace_id,
            version=order.chunk,
            chunk=order.chunk,
            is_last=order.is_last,
            tallies=outcome.tallies,
            faults=outcome.faults,
        ),
    )
