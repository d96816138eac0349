"""The loans table, and what came back when."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chassis.aggregate import Aggregate
from services.loans.base import Base


class Loan(Aggregate, Base):
    """`item_id` and `location_id` (where it was lent from) are null until loans has heard of them.
    `remind_at` is when the clock has to look at it next; null when never. `import_*`: the row of a
    file that asked for it, which is told what inventory answers."""

    __tablename__ = "loans"

    inventory_id: Mapped[UUID]
    borrower_id: Mapped[UUID]
    item_id: Mapped[UUID | None]
    location_id: Mapped[UUID | None]
    quantity: Mapped[int]
    returned_quantity: Mapped[int]
    loaned_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    due_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    returned_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    notes: Mapped[str | None]
    status: Mapped[str]
    rejection: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    remind_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    import_id: Mapped[UUID | None]
    import_chunk: Mapped[int | None]
    import_row: Mapped[int | None]

    @property
    def open_quantity(self) -> int:
        """How many are not back yet."""
        return self.quantity - self.returned_quantity


class LoanReturn(Base):
    """One time that units came back; never changed."""

    __tablename__ = "loan_returns"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID]
    loan_id: Mapped[UUID]
    quantity: Mapped[int]
    condition: Mapped[str | None]
    notes: Mapped[str | None]
    returned_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
