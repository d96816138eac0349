"""The repairs table."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime
from sqlalchemy.orm import Mapped, mapped_column

from chassis.aggregate import Aggregate
from services.inventory.base import Base
from services.inventory.repairs.states import Status

_TIME = DateTime(timezone=True)


class Repair(Aggregate, Base):
    """`entry_id` is the entry whose units are mended, `repaired_entry_id` the one that they became
    when only part of it was and came back in another condition. `loan_id` is the loan that they
    came back damaged from, `maintenance_id` the schedule that the work was done for."""

    __tablename__ = "repairs"

    entry_id: Mapped[UUID]
    quantity: Mapped[int]
    description: Mapped[str]
    status: Mapped[str]
    provider: Mapped[str | None]
    cost: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None]
    is_warranty_claim: Mapped[bool]
    warranty_reference: Mapped[str | None]
    expected_back: Mapped[date | None]
    new_condition: Mapped[str | None]
    repaired_entry_id: Mapped[UUID | None]
    notes: Mapped[str | None]
    loan_id: Mapped[UUID | None]
    maintenance_id: Mapped[UUID | None]
    opened_at: Mapped[datetime] = mapped_column(_TIME)
    started_at: Mapped[datetime | None] = mapped_column(_TIME)
    completed_at: Mapped[datetime | None] = mapped_column(_TIME)
    cancelled_at: Mapped[datetime | None] = mapped_column(_TIME)

    @property
    def inventory_id(self) -> UUID:
        """The entry, by the name that it has outside."""
        return self.entry_id

    @property
    def repaired_inventory_id(self) -> UUID | None:
        return self.repaired_entry_id

    @property
    def is_open(self) -> bool:
        return Status(self.status).is_open
