"""Queries on what there is to remind of."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from chassis.database import TenantSession
from services.loans.loans.models import Loan
from services.loans.loans.repository import WITH_NAMES, Names
from services.loans.reminders.models import LoanReminder


async def claim_due(session: TenantSession, time: datetime, limit: int) -> list[tuple[Loan, Names]]:
    """Loans to look at, of any workspace, locked; those that another replica looks at are left
    out."""
    found = await session.execute(
        WITH_NAMES.where(Loan.remind_at <= time)
        .order_by(Loan.remind_at)
        .limit(limit)
        .with_for_update(of=Loan, skip_locked=True)
    )
    return [
        (loan, Names(borrower_name=borrower_name, item_name=item_name))
        for loan, borrower_name, item_name in found
    ]


async def record(session: TenantSession, reminders: Sequence[dict[str, Any]]) -> set[UUID]:
    """Note reminders as given; the loans whose reminder is new."""
    if not reminders:
        return set()
    given = await session.scalars(
        insert(LoanReminder)
        .values(reminders)
        .on_conflict_do_nothing()
        .returning(LoanReminder.loan_id)
    )
    return set(given)
