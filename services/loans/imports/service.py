"""The use case of imports: a chunk of rows in one transaction."""

from collections.abc import Sequence

from chassis import importing
from chassis.database import TenantSession
from chassis.importing import Making, Outcome
from chassis.imports import ImportRow
from services.loans.borrowers import service as borrowers
from services.loans.imports import loan_rows, settling, trial
from services.loans.imports.borrower_rows import BORROWERS
from services.loans.imports.orders import ImportOrder
from services.loans.loans import service as loans

CONSTRAINTS = {**borrowers.CONSTRAINTS, **loans.CONSTRAINTS}


async def apply(session: TenantSession, order: ImportOrder, rows: Sequence[ImportRow]) -> None:
    """Do loans' part of `rows`, once for each chunk. What came of it is told when inventory has
    answered for the loans in it."""
    if not await importing.is_next(session, order.id, order.chunk):
        return

    async def work(rows: Sequence[ImportRow], making: Making) -> Outcome:
        if order.kind == "borrowers":
            return await BORROWERS.bring_in(session, rows, making, order.key_field)
        if order.kind in ("loans", "mixed"):
            return await loan_rows.bring_in(session, rows, making, order)
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
        await trial.forget(session, order.id)
    elif order.dry_run:
        await trial.lend(session, order.id, outcome.rows)
    await settling.add(
        session,
        order.id,
        order.chunk,
        is_last=order.is_last,
        tallies=outcome.tallies,
        faults=outcome.faults,
        awaited=0 if order.dry_run else len(outcome.rows),
    )
