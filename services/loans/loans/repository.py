"""Queries on loans; the representation of a loan is the SQL here, names from the read model."""

from dataclasses import dataclass
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy import and_, bindparam, select

from chassis.database import Source, TenantSession
from chassis.pages import Paging, Where, page
from chassis.problems import NotFound
from chassis.reach import Reach
from chassis.requests import check_version
from services.loans.borrowers.models import Borrower
from services.loans.known.models import KnownItem
from services.loans.loans.models import Loan
from services.loans.reach import limit_loans

_IS_OUT = "l.status IN ('active', 'partially_returned')"
_IS_OVERDUE = f"({_IS_OUT} AND l.due_at IS NOT NULL AND l.due_at < now())"


def _select(lent_from: str) -> str:
    return f"""
        SELECT l.id, l.workspace_id, l.inventory_id, l.item_id, i.name AS item_name,
               i.sku AS item_sku, {lent_from} AS location_id, p.name AS location_name,
               l.borrower_id, b.name AS borrower_name, l.quantity, l.returned_quantity,
               l.loaned_at, l.due_at, l.returned_at, l.notes, l.status,
               {_IS_OVERDUE} AS is_overdue, l.rejection,
               CASE WHEN l.returned_quantity = 0 THEN '[]'::json ELSE (
                   SELECT json_agg(json_build_object('quantity', r.quantity,
                       'condition', r.condition, 'notes', r.notes,
                       'returned_at', r.returned_at) ORDER BY r.id)
                   FROM loan_returns r WHERE r.workspace_id = l.workspace_id AND r.loan_id = l.id
               ) END AS returns, l.version, l.created_at, l.updated_at
        FROM loans l
        JOIN borrowers b ON b.workspace_id = l.workspace_id AND b.id = l.borrower_id
        LEFT JOIN known_items i ON i.workspace_id = l.workspace_id AND i.id = l.item_id
        LEFT JOIN known_locations p ON p.workspace_id = l.workspace_id AND p.id = {lent_from}
    """


SELECT = _select("l.location_id")
# For who is restricted; `$2` are the places they reach. A thing may have been lent from elsewhere
# before it came to where it is.
_SELECT_WITHIN = _select("CASE WHEN l.location_id = ANY ($2) THEN l.location_id END")
_GET = f"""
    SELECT r.version, to_json(r) FROM ({SELECT} WHERE l.workspace_id = $1 AND l.id = $2) r
"""
_STATE = f"""
    SELECT r.status, r.version, to_json(r), r.rejection->>'reason',
           (r.rejection->>'free_quantity')::integer
    FROM ({SELECT} WHERE l.workspace_id = $1 AND l.id = $2) r
"""
# The borrower can be neither archived nor deleted before the loan of theirs is there, and news of
# the entry waits for it, too: the loans of an entry follow it to another item.
_PARTIES = """
    SELECT b.is_archived, b.name, e.item_id, e.location_id, i.name
    FROM borrowers b
    LEFT JOIN LATERAL (
        SELECT k.workspace_id, k.item_id, k.location_id FROM known_entries k
        WHERE k.workspace_id = b.workspace_id AND k.id = $3 FOR SHARE
    ) e ON true
    LEFT JOIN known_items i ON i.workspace_id = e.workspace_id AND i.id = e.item_id
    WHERE b.workspace_id = $1 AND b.id = $2
    FOR SHARE OF b
"""

# Built once: composed anew and keyed for its cache, it costs each call 0.4 ms.
WITH_NAMES = (
    select(Loan, Borrower.name, KnownItem.name)
    .join(
        Borrower,
        and_(Borrower.workspace_id == Loan.workspace_id, Borrower.id == Loan.borrower_id),
    )
    .outerjoin(
        KnownItem,
        and_(KnownItem.workspace_id == Loan.workspace_id, KnownItem.id == Loan.item_id),
    )
)
"""Loans with the names of their borrower and item; the latter is null while unknown."""
_LOCK = (
    WITH_NAMES.where(
        Loan.workspace_id == bindparam("workspace_id"), Loan.id == bindparam("loan_id")
    )
    .with_for_update(of=Loan)
    .execution_options(populate_existing=True)
)


class Names(TypedDict):
    """What a loan's events tell beside its own columns."""

    borrower_name: str
    item_name: str | None


@dataclass(frozen=True, slots=True)
class Parties:
    """Who borrows, and what is known of the entry they want."""

    borrower_archived: bool
    borrower_name: str
    item_id: UUID | None
    location_id: UUID | None
    item_name: str | None


@dataclass(frozen=True, slots=True)
class State:
    """A loan as it is answered, and what became of its request."""

    status: str
    version: int
    document: bytes
    reason: str | None
    free_quantity: int | None


async def get(source: Source, workspace_id: UUID, loan_id: UUID, within: Reach) -> list[Any]:
    """One loan as (version, json), or nothing."""
    if within is None:
        return await source.rows(_GET, workspace_id, loan_id)
    where = Where()
    where.add("l.workspace_id = {}", workspace_id)
    await limit_loans(source, where, workspace_id, within)
    where.add("l.id = {}", loan_id)
    return await source.rows(
        f"SELECT r.version, to_json(r) FROM ({_SELECT_WITHIN} WHERE {where.sql()}) r",
        *where.values,
    )


async def state(source: Source, workspace_id: UUID, loan_id: UUID) -> State:
    """One loan that is known to be there."""
    [row] = await source.rows(_STATE, workspace_id, loan_id)
    return State(*row)


async def find(
    source: Source,
    workspace_id: UUID,
    paging: Paging,
    *,
    status: str | None,
    borrower_id: UUID | None,
    inventory_id: UUID | None,
    item_id: UUID | None,
    overdue: bool | None,
    within: Reach,
) -> bytes:
    """A page of loans. `overdue`: those that are out past their due time, or all others."""
    where = Where()
    where.add("l.workspace_id = {}", workspace_id)
    await limit_loans(source, where, workspace_id, within)
    for column, value in (
        ("status", status),
        ("borrower_id", borrower_id),
        ("inventory_id", inventory_id),
        ("item_id", item_id),
    ):
        if value is not None:
            where.add(f"l.{column} = {{}}", value)
    if overdue is not None:
        where.also(_IS_OVERDUE if overdue else f"NOT {_IS_OVERDUE}")
    select = SELECT if within is None else _SELECT_WITHIN
    return await page(source, select, where, paging, key="l.id")


async def parties(source: Source, workspace_id: UUID, borrower_id: UUID, entry_id: UUID) -> Parties:
    """Borrower and entry of a loan to be. Raises `NotFound` when there is no such borrower."""
    rows = await source.rows(_PARTIES, workspace_id, borrower_id, entry_id)
    if not rows:
        raise NotFound("There is no such borrower in this workspace.")
    return Parties(*rows[0])


async def lock_of_entry(
    session: TenantSession, entry_id: UUID, item_id: UUID
) -> list[tuple[Loan, str]]:
    """The loans of an inventory entry that are of another item than this, with their borrowers'
    names, locked in the order of their ids."""
    found = await session.execute(
        select(Loan, Borrower.name)
        .join(
            Borrower,
            and_(Borrower.workspace_id == Loan.workspace_id, Borrower.id == Loan.borrower_id),
        )
        .where(
            Loan.workspace_id == session.workspace_id,
            Loan.inventory_id == entry_id,
            Loan.item_id.is_distinct_from(item_id),
        )
        .order_by(Loan.id)
        .with_for_update(of=Loan)
        .execution_options(populate_existing=True)
    )
    return [(loan, name) for loan, name in found]


async def lock(
    session: TenantSession, loan_id: UUID, *, version: int | None = None
) -> tuple[Loan, Names]:
    """The loan, locked until this transaction ends, with its names. Raises as
    `chassis.aggregate.lock` does."""
    found = await session.execute(_LOCK, {"workspace_id": session.workspace_id, "loan_id": loan_id})
    row = found.first()
    if row is None:
        raise NotFound("There is no such loan in this workspace.")
    loan, borrower_name, item_name = row
    check_version(loan.version, version)
    return loan, Names(borrower_name=borrower_name, item_name=item_name)
