"""What the clock does: remind of loans that are due soon or overdue, each time once."""

from chassis.database import Database, TenantSession
from chassis.events import now, touch
from chassis.outbox import stage
from services.loans.loans.events import LoanDueSoon, LoanOverdue
from services.loans.loans.models import Loan
from services.loans.loans.repository import Names
from services.loans.reminders import repository
from services.loans.reminders.calendar import DueSoon, Overdue, next_look, reminder

BATCH = 100


async def remind(database: Database) -> None:
    """Give every reminder that has come due, a batch a transaction."""
    while True:
        async with database.system() as session:
            looked_at = await remind_some(session)
        if looked_at < BATCH:
            return


async def remind_some(session: TenantSession) -> int:
    """Give the reminders of the loans that waited longest; how many were looked at."""
    time = now()
    due: list[tuple[Loan, Names, DueSoon | Overdue]] = []
    loans = await repository.claim_due(session, time, BATCH)
    for loan, names in loans:
        if loan.due_at is None:
            loan.remind_at = None
            continue
        loan.remind_at = next_look(loan.due_at, time)
        if what := reminder(loan.due_at, time):
            due.append((loan, names, what))
    fresh = await repository.record(
        session,
        [
            {
                "workspace_id": loan.workspace_id,
                "loan_id": loan.id,
                "due_at": loan.due_at,
                "kind": what.kind,
                "reminded_at": time,
            }
            for loan, _, what in due
        ],
    )
    for loan, names, what in due:
        if loan.id in fresh:
            touch(loan)
            _tell(session, loan, names, what)
    return len(loans)


def _tell(session: TenantSession, loan: Loan, names: Names, what: DueSoon | Overdue) -> None:
    if isinstance(what, DueSoon):
        stage(session, LoanDueSoon.of(loan, days=what.days, **names))
    else:
        stage(session, LoanOverdue.of(loan, days_overdue=what.days, **names))
