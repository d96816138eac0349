"""The use cases of loans.

Inventory alone says what is free. A request is written down as `requested` and told; inventory's
answer makes it `active` or `rejected`. An answer that comes again, or after the request was
withdrawn, changes nothing.
"""

from uuid import UUID

from uuid_utils.compat import uuid7

from chassis.aggregate import born
from chassis.database import TenantSession
from chassis.events import changes_of, now, touch
from chassis.fields import sent
from chassis.logging import get_logger
from chassis.outbox import stage
from chassis.problems import Conflict, NotFound, Problem, invalid
from chassis.reach import Reach
from services.loans.imports import settling
from services.loans.known import repository as known
from services.loans.loans import repository
from services.loans.loans.events import (
    LoanActivated,
    LoanCancelled,
    LoanExtended,
    LoanPartiallyReturned,
    LoanRejected,
    LoanRequested,
    LoanReturned,
    LoanUpdated,
    Rejection,
    Return,
)
from services.loans.loans.models import Loan, LoanReturn
from services.loans.loans.schemas import LoanExtend, LoanPatch, LoanRequest, LoanReturnBody
from services.loans.loans.states import Status
from services.loans.reach import check_entry
from services.loans.reminders.calendar import first_look

log = get_logger(__name__)


class NotOut(Conflict):
    code, title = "not-out", "This loan is not out"


class NotPending(Conflict):
    code, title = "not-pending", "This loan was decided already"


class MoreThanOut(Conflict):
    code, title = "more-than-out", "Not that many are out"


def _has_loans() -> Problem:
    return Conflict("There are loans of this borrower; archive the borrower instead.")


CONSTRAINTS = {"loan_borrower": _has_loans}


async def request(session: TenantSession, body: LoanRequest, within: Reach) -> UUID:
    """Ask inventory for the units, once this transaction commits; the new loan's id. Raises
    `NotFound` for an entry that is not within reach."""
    workspace_id, time = session.workspace_id, now()
    await check_entry(session, workspace_id, within, body.inventory_id)
    try:
        parties = await repository.parties(
            session, workspace_id, body.borrower_id, body.inventory_id
        )
    except NotFound as missing:
        raise invalid("borrower_id", missing.detail, "not-found") from missing
    if parties.borrower_archived:
        raise invalid("borrower_id", "This borrower is archived; restore them first.", "archived")
    # What was due before now was lent before it was due, whenever that was.
    loaned_at = body.loaned_at or min(time, body.due_at or time)
    loan = Loan(
        **born(workspace_id),
        inventory_id=body.inventory_id,
        borrower_id=body.borrower_id,
        item_id=parties.item_id,
        location_id=parties.location_id,
        quantity=body.quantity,
        returned_quantity=0,
        loaned_at=loaned_at,
        due_at=body.due_at,
        returned_at=None,
        notes=body.notes,
        status=Status.REQUESTED,
        rejection=None,
        remind_at=None,
        import_id=None,
        import_chunk=None,
        import_row=None,
    )
    session.add(loan)
    stage(
        session,
        LoanRequested.of(loan, borrower_name=parties.borrower_name, item_name=parties.item_name),
    )
    return loan.id


async def activate(
    session: TenantSession, loan_id: UUID, *, item_id: UUID, location_id: UUID
) -> None:
    """Inventory holds the units: the borrower has them."""
    found = await _awaiting(session, loan_id)
    if found is None:
        return
    loan, names = found
    if loan.item_id != item_id:
        loan.item_id = item_id
        names["item_name"] = await known.item_name(session, item_id)
    loan.location_id = location_id
    loan.status = Status.ACTIVE
    loan.remind_at = first_look(loan.due_at)
    touch(loan)
    stage(session, LoanActivated.of(loan, **names))
    await settling.settle(session, loan)


async def follow(session: TenantSession, loan_id: UUID, *, entry_id: UUID) -> None:
    """The units of a loan that is out are another entry's now: it was merged, or parted again."""
    try:
        loan, names = await repository.lock(session, loan_id)
    except NotFound:
        log.warning("loan.unknown_to_hold", loan_id=str(loan_id))
        return
    if not Status(loan.status).is_out and loan.status != Status.REQUESTED:
        return
    entry = await known.entry(session, entry_id)
    loan.inventory_id = entry_id
    if entry is not None and loan.item_id is not None:  # its item may have been merged before
        loan.item_id, _, names["item_name"] = entry
    if changes := changes_of(loan):
        touch(loan)
        stage(session, LoanUpdated.of(loan, changes=changes, **names))


async def reject(session: TenantSession, loan_id: UUID, rejection: Rejection) -> None:
    """Inventory refused."""
    found = await _awaiting(session, loan_id)
    if found is None:
        return
    loan, names = found
    await _learn(session, loan, names)
    loan.status = Status.REJECTED
    loan.rejection = rejection.model_dump(mode="json")
    touch(loan)
    stage(session, LoanRejected.of(loan, **names))
    why = settling.reason(rejection.reason, loan.quantity, rejection.free_quantity)
    await settling.settle(session, loan, why)
    log.info("loan.rejected", loan_id=str(loan_id), reason=rejection.reason.value)


async def update(
    session: TenantSession, loan_id: UUID, body: LoanPatch, version: int | None
) -> None:
    """Change the fields that were sent; nothing happens when they say what is there already."""
    loan, names = await repository.lock(session, loan_id, version=version)
    for name, value in sent(body).items():
        setattr(loan, name, value)
    if changes := changes_of(loan):
        touch(loan)
        stage(session, LoanUpdated.of(loan, changes=changes, **names))


async def follow_item(session: TenantSession, entry_id: UUID) -> None:
    """Let the loans of an inventory entry, past ones too, be of the item that it is of now. A loan
    that is being requested meanwhile is waited for (`repository.parties`)."""
    entry = await known.entry(session, entry_id)
    if entry is None:
        return
    item_id, _, item_name = entry
    for loan, borrower_name in await repository.lock_of_entry(session, entry_id, item_id):
        loan.item_id = item_id
        changes = changes_of(loan)
        touch(loan)
        names = repository.Names(borrower_name=borrower_name, item_name=item_name)
        stage(session, LoanUpdated.of(loan, changes=changes, **names))


async def extend(
    session: TenantSession, loan_id: UUID, body: LoanExtend, version: int | None
) -> None:
    """Let the borrower keep it until a later time; raises `NotOut` when they don't have it."""
    loan, names = await repository.lock(session, loan_id, version=version)
    _check_out(loan)
    if body.due_at <= (loan.due_at or loan.loaned_at):
        raise invalid(
            "due_at", f"It has to be later than {loan.due_at or loan.loaned_at}.", "not-later"
        )
    loan.due_at = body.due_at
    changes = changes_of(loan)
    loan.remind_at = first_look(loan.due_at)
    touch(loan)
    stage(session, LoanExtended.of(loan, changes=changes, **names))


async def take_back(
    session: TenantSession, loan_id: UUID, body: LoanReturnBody, version: int | None
) -> None:
    """All or some units came back. Raises `NotOut` when none are out, `MoreThanOut` when fewer
    are than the body says."""
    loan, names = await repository.lock(session, loan_id, version=version)
    _check_out(loan)
    quantity = body.quantity or loan.open_quantity
    if quantity > loan.open_quantity:
        raise MoreThanOut(
            f"Still out of this loan: {loan.open_quantity}.", open_quantity=loan.open_quantity
        )
    time = now()
    loan.returned_quantity += quantity
    event: type[LoanReturned | LoanPartiallyReturned]
    if loan.open_quantity:
        loan.status, event = Status.PARTIALLY_RETURNED, LoanPartiallyReturned
    else:
        loan.status, event = Status.RETURNED, LoanReturned
        loan.returned_at = time
    changes = changes_of(loan)
    if not loan.open_quantity:
        loan.remind_at = None
    session.add(
        LoanReturn(
            id=uuid7(),
            workspace_id=session.workspace_id,
            loan_id=loan.id,
            quantity=quantity,
            condition=body.condition,
            notes=body.notes,
            returned_at=time,
        )
    )
    touch(loan)
    back = Return(quantity=quantity, condition=body.condition, notes=body.notes)
    stage(session, event.of(loan, changes=changes, return_=back, **names))


async def cancel(session: TenantSession, loan_id: UUID, version: int | None) -> None:
    """Withdraw a request that inventory has not answered; raises `NotPending` once it has."""
    loan, names = await repository.lock(session, loan_id, version=version)
    if loan.status == Status.CANCELLED:
        return
    if Status(loan.status).is_out:
        raise NotPending("This loan is out; return it instead.", loan_status=loan.status)
    if loan.status != Status.REQUESTED:
        raise NotPending(f"This loan is {loan.status}.", loan_status=loan.status)
    await _learn(session, loan, names)
    loan.status = Status.CANCELLED
    touch(loan)
    stage(session, LoanCancelled.of(loan, **names))
    await settling.settle(session, loan, settling.CANCELLED)


async def _learn(session: TenantSession, loan: Loan, names: repository.Names) -> None:
    """Note what is lent, and from where, if loans had not heard of the entry at the request."""
    if loan.item_id is None and (entry := await known.entry(session, loan.inventory_id)):
        loan.item_id, loan.location_id, names["item_name"] = entry


async def _awaiting(session: TenantSession, loan_id: UUID) -> tuple[Loan, repository.Names] | None:
    """The loan, locked, if it still awaits inventory's answer."""
    try:
        loan, names = await repository.lock(session, loan_id)
    except NotFound:
        log.warning("loan.unknown_to_hold", loan_id=str(loan_id))
        return None
    return (loan, names) if loan.status == Status.REQUESTED else None


def _check_out(loan: Loan) -> None:
    if not Status(loan.status).is_out:
        raise NotOut(f"This loan is {loan.status}.", loan_status=loan.status)
