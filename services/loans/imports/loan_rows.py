"""Rows that lend: each is asked of inventory, as every loan is. What is back already is written
down as it was: inventory is told of a return, and holds nothing for it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from uuid_utils.compat import uuid7

from chassis.bulk import State, Table
from chassis.database import TenantSession
from chassis.events import now
from chassis.fields import KeptMoment
from chassis.importing import CREATED, UNCHANGED, Making, Outcome
from chassis.imports import ImportRow
from chassis.named_rows import name_and_email
from chassis.outbox import stage_state
from chassis.problems import Problem, invalid
from services.loans.imports import repository, trial
from services.loans.imports.borrower_rows import BORROWERS
from services.loans.imports.orders import ImportOrder
from services.loans.imports.repository import Entry
from services.loans.imports.repository import Loan as Known
from services.loans.loans.events import LoanRequested, LoanReturned
from services.loans.loans.models import Loan, LoanReturn
from services.loans.loans.schemas import LoanRequest
from services.loans.loans.states import Status

Parties = tuple[UUID, UUID]  # the entry, and who has it

KIND = "loans"
LOANS, RETURNS = Table(Loan), Table(LoanReturn)
_OWN = ("quantity", "loaned_at", "due_at", "notes")
_NAMES = {"inventory_id": "entry", "borrower_id": "borrower"}


class _Returned(LoanRequest):
    """A loan of which all is back."""

    returned_at: KeptMoment


async def bring_in(
    session: TenantSession, rows: Sequence[ImportRow], making: Making, order: ImportOrder
) -> Outcome:
    """Ask for the loan of each row; those that inventory has to answer for go on. One of the same
    entry to the same borrower that began at the time that the row says, or is out, if it says none,
    is left as it is."""
    outcome = Outcome()
    borrowers = await _borrowers(session, rows, making, outcome)
    refused = {fault.number for fault in outcome.faults}
    good = [row for row in rows if row.number not in refused]
    entry_ids = {row.found["entry_id"] for row in good}
    workspace_id = session.workspace_id
    names = await repository.lock_borrowers(session, workspace_id, set(borrowers.values()))
    entries = await repository.entries(session, workspace_id, entry_ids)
    known = await repository.loans_of(session, workspace_id, entry_ids)
    there = _There(known)
    free = await trial.free(session, order.id, entry_ids) if order.dry_run else trial.Free(None)
    fresh: list[State] = []
    for row in good:
        borrower_id, entry_id = borrowers[row.number], row.found["entry_id"]
        try:
            loan = _loan(workspace_id, row, entry_id, borrower_id, entries.get(entry_id))
            name, archived = names[borrower_id]
            if there.has(row, loan):
                outcome.count(KIND, UNCHANGED)
                continue
            if archived and loan["status"] == Status.REQUESTED:
                raise invalid("borrower", "This borrower is archived; restore them first.")
            if loan["status"] == Status.REQUESTED:
                free.take(row, loan)
                loan |= {"import_chunk": order.chunk, "import_row": row.number}
                loan["import_id"] = order.id
                outcome.rows.append(row)
        except ValidationError as error:
            outcome.refuse_as_unfit(row, error, _NAMES)
        except Problem as problem:
            outcome.refuse_for(row, problem, _NAMES)
        else:
            there.add(row, loan)
            outcome.count(KIND, CREATED)
            entry = entries.get(entry_id)
            fresh.append({**loan, "borrower_name": name, "item_name": entry and entry.item_name})
    await _write(session, fresh)
    return outcome


class _There:
    """The loans that there are of some entries, and those that rows at hand have asked for."""

    def __init__(self, known: Sequence[Known]) -> None:
        self._known: dict[Parties, list[Known]] = {}
        for loan in known:
            self._known.setdefault((loan.entry_id, loan.borrower_id), []).append(loan)
        self._fresh: dict[Parties, dict[datetime, int]] = {}

    def has(self, row: ImportRow, loan: State) -> bool:
        """Whether the row's loan is there already; raises `Invalid` where it is another row's, or
        of another quantity."""
        parties = (loan["inventory_id"], loan["borrower_id"])
        begins = loan["loaned_at"] if "loaned_at" in row.fields else None
        fresh = self._fresh.get(parties, {})
        other = next(iter(fresh.values()), None) if begins is None else fresh.get(begins)
        if other is not None:
            raise invalid("row", f"is the same loan as row {other}; only that goes in", "repeated")
        same = [
            one
            for one in self._known.get(parties, [])
            if (one.is_open if begins is None else one.loaned_at == begins)
        ]
        quantity = loan["quantity"]
        if same and "quantity" in row.fields and not any(one.is_of(quantity) for one in same):
            raise invalid(
                "quantity",
                f"This loan is there, of {same[0].quantity}. Write that, or in loaned_at when "
                "another one began.",
                "other-quantity",
            )
        return bool(same)

    def add(self, row: ImportRow, loan: State) -> None:
        parties = (loan["inventory_id"], loan["borrower_id"])
        self._fresh.setdefault(parties, {})[loan["loaned_at"]] = row.number


async def _borrowers(
    session: TenantSession, rows: Sequence[ImportRow], making: Making, outcome: Outcome
) -> dict[int, UUID]:
    """Who borrows, by the rows' numbers: by name and e-mail together where a row tells both."""
    named = {
        row.number: name
        for row in rows
        if (name := _called(row.fields.get("borrower"), row.fields.get("borrower_email")))
    }
    known = await BORROWERS.resolve(session, named.values(), making, outcome)
    found: dict[int, UUID] = {}
    for row in rows:
        called = named.get(row.number, "")
        if called in known.found:
            found[row.number] = known.found[called].id
        else:
            outcome.refuse(row, "borrower", known.wrong.get(called, "is empty"))
    return found


def _called(name: object, email: object) -> str:
    return name_and_email(str(name), str(email)) if name and email else str(name or email or "")


def _loan(
    workspace_id: UUID, row: ImportRow, entry_id: UUID, borrower_id: UUID, entry: Entry | None
) -> State:
    """Raises pydantic's `ValidationError` and `Invalid`."""
    fields = {name: row.fields[name] for name in _OWN if name in row.fields}
    parties: dict[str, Any] = {"inventory_id": entry_id, "borrower_id": borrower_id}
    returned_at = row.fields.get("returned_at")
    body = (
        LoanRequest.model_validate({**fields, **parties})
        if returned_at is None
        else _Returned.model_validate({**fields, **parties, "returned_at": returned_at})
    )
    time = now()
    loaned_at = body.loaned_at or min(time, body.due_at or time)
    loan = LOANS.new(
        workspace_id,
        {
            **parties,
            "item_id": row.found.get("item_id") if entry is None else entry.item_id,
            "location_id": entry and entry.location_id,
            "quantity": body.quantity,
            "returned_quantity": 0,
            "loaned_at": loaned_at,
            "due_at": body.due_at,
            "notes": body.notes,
            "status": Status.REQUESTED,
        },
    )
    if isinstance(body, _Returned):
        if body.returned_at < loaned_at:
            raise invalid("returned_at", "It lies before loaned_at.")
        loan |= {
            "status": Status.RETURNED,
            "returned_quantity": body.quantity,
            "returned_at": body.returned_at,
        }
    return loan


async def _write(session: TenantSession, loans: Sequence[State]) -> None:
    await LOANS.insert(session, loans)
    back = [loan for loan in loans if loan["status"] == Status.RETURNED]
    await RETURNS.insert(session, [_return(loan) for loan in back])
    for loan in loans:
        if loan["status"] == Status.REQUESTED:
            stage_state(session, LoanRequested, loan)
            continue
        changes = {
            "status": (None, Status.RETURNED),
            "returned_quantity": (0, loan["quantity"]),
            "returned_at": (None, loan["returned_at"]),
        }
        came_back = {"quantity": loan["quantity"], "condition": None, "notes": None}
        stage_state(session, LoanReturned, {**loan, "changes": changes, "return_": came_back})


def _return(loan: State) -> State:
    return {
        "id": uuid7(),
        "workspace_id": loan["workspace_id"],
        "loan_id": loan["id"],
        "quantity": loan["quantity"],
        "condition": None,
        "notes": None,
        "returned_at": loan["returned_at"],
    }
