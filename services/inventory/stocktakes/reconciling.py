"""The books are put right by what a stocktake found, entry by entry, some at a time.

Each entry is put right as a whole or not at all; what stands against it (held units, an archived
place) is written down with its findings, for somebody to look at. Where this is interrupted it goes
on, since what is settled is settled in the same transaction.
"""

from collections.abc import Sequence
from itertools import groupby
from uuid import UUID

from chassis import context
from chassis.aggregate import lock
from chassis.database import Database, TenantSession, is_away
from chassis.events import changes_of, now, touch
from chassis.logging import get_logger
from chassis.outbox import stage, staged, unstage
from chassis.problems import Problem
from chassis.scope import Scope
from services.inventory.movements.service import Place
from services.inventory.stock import moving
from services.inventory.stock import service as stock
from services.inventory.stock.events import StockUpdated
from services.inventory.stock.ledger import Why, place_of
from services.inventory.stock.models import Entry
from services.inventory.stock.problems import Archived
from services.inventory.stock.schemas import EntryCreate
from services.inventory.stock.states import Status as EntryStatus
from services.inventory.stocktakes import repository
from services.inventory.stocktakes.events import StocktakeReconciled
from services.inventory.stocktakes.models import Finding, Stocktake
from services.inventory.stocktakes.states import Found, Missing, Status

AT_ONCE = 100  # entries in one transaction

log = get_logger(__name__)


async def reconcile(database: Database) -> None:
    """Put the books right for every stocktake that was closed. One that can't be keeps no other,
    of somebody else's perhaps, waiting; it is tried again the next time."""
    async with database.system() as session:
        waiting = await repository.to_reconcile(session)
    for workspace_id, stocktake_id in waiting:
        try:
            while await _go_on(database, workspace_id, stocktake_id):
                pass
        except Exception as error:
            if is_away(error):
                raise
            log.exception("stocktake.not_reconciled", stocktake_id=str(stocktake_id))


async def _go_on(database: Database, workspace_id: UUID, stocktake_id: UUID) -> bool:
    """Settle some findings; whether there are more, and nobody else is at it."""
    async with database.session(Scope(workspace_id=workspace_id), named="stocktake") as session:
        stocktake = await repository.claim(session, stocktake_id)
        if stocktake is None:
            return False
        context.enter(context.Context(actor=stocktake.closed_by or context.SYSTEM))
        findings = await repository.unsettled(session, stocktake_id, AT_ONCE)
        for entry_id, of_it in groupby(findings, key=lambda one: one.entry_id):
            if entry_id is None:
                for finding in of_it:
                    await _settle(session, stocktake, None, [finding])
            else:
                await _settle(session, stocktake, entry_id, list(of_it))
        if not findings:
            await _finish(session, stocktake)
        return bool(findings)


async def _finish(session: TenantSession, stocktake: Stocktake) -> None:
    stocktake.status = Status.RECONCILED
    changes = changes_of(stocktake)
    touch(stocktake)
    settled, problems = await repository.tally(session, session.workspace_id, stocktake.id)
    stage(
        session,
        StocktakeReconciled.of(stocktake, changes=changes, settled=settled, problems=problems),
    )
    log.info(
        "stocktake.reconciled",
        stocktake_id=str(stocktake.id),
        settled=settled,
        problems=problems,
    )


async def _settle(
    session: TenantSession,
    stocktake: Stocktake,
    entry_id: UUID | None,
    findings: Sequence[Finding],
) -> None:
    """Put one entry right, or make one of what has none; or write down why that can't be."""
    since, problem = staged(session), None
    try:
        async with session.begin_nested():
            if entry_id is None:
                await _make(session, stocktake, findings[0])
            else:
                await _put_right(session, stocktake, entry_id, findings)
    except Problem as refused:
        unstage(session, since)
        problem = refused.detail or refused.title
    for finding in findings:
        finding.settled_at, finding.problem = now(), problem


async def _make(session: TenantSession, stocktake: Stocktake, finding: Finding) -> None:
    if finding.counted == 0:
        return
    body = EntryCreate(
        item_id=finding.item_id,
        location_id=finding.location_id,
        container_id=finding.container_id,
        quantity=finding.counted,
    )
    finding.entry_id = await stock.create(
        session, session, body, None, patience=0, **_why(stocktake)
    )


async def _put_right(
    session: TenantSession, stocktake: Stocktake, entry_id: UUID, findings: Sequence[Finding]
) -> None:
    entry = await lock(session, Entry, entry_id, "inventory entry")
    if entry.is_archived:
        raise Archived("It was archived since; nothing was changed.")
    if findings[0].state == Found.MISSING:
        await _miss(session, stocktake, entry)
        return
    why = _why(stocktake)
    here = [one for one in findings if one.state != Found.MISPLACED]
    elsewhere = [one for one in findings if one.state == Found.MISPLACED and one.counted]
    total = sum(one.counted for one in elsewhere)
    if here:
        # What came or went since the count stays so.
        quantity = entry.quantity + here[0].counted - here[0].expected + total
        await _count(session, entry, max(quantity, 0), why)
    elif total > entry.quantity:
        await _count(session, entry, total, why)
    for finding in elsewhere:
        await _move(session, entry, finding, why)


async def _miss(session: TenantSession, stocktake: Stocktake, entry: Entry) -> None:
    if stocktake.missing == Missing.REMOVE:
        await _count(session, entry, 0, _why(stocktake))
    elif stocktake.missing == Missing.MARK:
        stock.check_status(entry.held_quantity, entry.status, EntryStatus.MISSING)
        entry.status = EntryStatus.MISSING
        if changes := changes_of(entry):
            touch(entry)
            stage(session, StockUpdated.of(entry, changes=changes))


async def _count(session: TenantSession, entry: Entry, quantity: int, why: Why) -> None:
    reason, stocktake_id = why.get("reason"), why.get("stocktake_id")
    await stock.count(session, entry.id, quantity, reason, None, stocktake_id=stocktake_id)


async def _move(session: TenantSession, entry: Entry, finding: Finding, why: Why) -> None:
    destination = Place(finding.location_id, finding.container_id)
    if place_of(entry) == destination:
        return
    await moving.move_units(session, entry, destination, finding.counted, **why)


def _why(stocktake: Stocktake) -> Why:
    return Why(reason=f"Stocktake: {stocktake.name}", stocktake_id=stocktake.id)
