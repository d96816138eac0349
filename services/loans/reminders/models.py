"""The reminders that were given."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime
from sqlalchemy.orm import Mapped, mapped_column

from services.loans.base import Base


class LoanReminder(Base):
    """Unique by loan, due time and kind: a loan that is extended is reminded of anew."""

    __tablename__ = "loan_reminders"

    workspace_id: Mapped[UUID]
    loan_id: Mapped[UUID] = mapped_column(primary_key=True)
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    reminded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
