"""The use cases of borrowers."""

from uuid import UUID

from chassis.aggregate import born, lock
from chassis.database import TenantSession
from chassis.events import changes_of, touch
from chassis.fields import sent
from chassis.outbox import stage
from chassis.problems import Conflict, FieldError, Problem
from services.loans.borrowers import repository
from services.loans.borrowers.events import (
    BorrowerArchived,
    BorrowerCreated,
    BorrowerDeleted,
    BorrowerRestored,
    BorrowerUpdated,
)
from services.loans.borrowers.models import Borrower
from services.loans.borrowers.schemas import BorrowerCreate, BorrowerPatch


class HasLoans(Conflict):
    code, title = "has-loans", "There are loans of this borrower"


def _taken() -> Problem:
    return Conflict(
        "Another borrower has this external_id.",
        errors=[FieldError("external_id", "taken in this workspace", "taken")],
    )


CONSTRAINTS = {"borrower_external_id": _taken}


async def create(session: TenantSession, body: BorrowerCreate) -> UUID:
    """Add a borrower; the new one's id."""
    borrower = Borrower(**born(session.workspace_id), **body.model_dump(), is_archived=False)
    session.add(borrower)
    stage(session, BorrowerCreated.of(borrower))
    return borrower.id


async def update(
    session: TenantSession, borrower_id: UUID, body: BorrowerPatch, version: int | None
) -> None:
    """Change the fields that were sent; nothing happens when they say what is there already."""
    borrower = await lock(session, Borrower, borrower_id, "borrower", version=version)
    for name, value in sent(body).items():
        setattr(borrower, name, value)
    if changes := changes_of(borrower):
        touch(borrower)
        stage(session, BorrowerUpdated.of(borrower, changes=changes))


async def archive(session: TenantSession, borrower_id: UUID, version: int | None) -> None:
    """Lend nothing more to a borrower; what they have out stays theirs to return."""
    borrower = await lock(session, Borrower, borrower_id, "borrower", version=version)
    if not borrower.is_archived:
        borrower.is_archived = True
        touch(borrower)
        stage(session, BorrowerArchived.of(borrower))


async def restore(session: TenantSession, borrower_id: UUID, version: int | None) -> None:
    """Let an archived borrower borrow again."""
    borrower = await lock(session, Borrower, borrower_id, "borrower", version=version)
    if borrower.is_archived:
        borrower.is_archived = False
        touch(borrower)
        stage(session, BorrowerRestored.of(borrower))


async def delete(session: TenantSession, borrower_id: UUID, version: int | None) -> None:
    """Delete a borrower for good; raises `HasLoans` when there ever was a loan of theirs."""
    borrower = await lock(session, Borrower, borrower_id, "borrower", version=version)
    if await repository.has_loans(session, session.workspace_id, borrower_id):
        raise HasLoans("Archive the borrower instead: what was lent to whom stays on record.")
    touch(borrower)
    stage(session, BorrowerDeleted.of(borrower))
    await session.flush()
    await session.delete(borrower)
