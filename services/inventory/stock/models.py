"""The inventory entries table."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime
from sqlalchemy.orm import Mapped, mapped_column

from chassis.aggregate import Aggregate
from services.inventory.base import Base


class Entry(Aggregate, Base):
    """`held_quantity` is the sum of the entry's holds in force; the database keeps it between 0
    and `quantity`."""

    __tablename__ = "entries"

    item_id: Mapped[UUID]
    location_id: Mapped[UUID]
    container_id: Mapped[UUID | None]
    quantity: Mapped[int]
    held_quantity: Mapped[int]
    condition: Mapped[str]
    status: Mapped[str]
    serial_number: Mapped[str | None]
    lot: Mapped[str | None]
    date_acquired: Mapped[date | None]
    purchase_price: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None]
    warranty_expires: Mapped[date | None]
    expiration_date: Mapped[date | None]
    notes: Mapped[str | None]
    external_id: Mapped[str | None]
    short_code: Mapped[str | None]
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    is_archived: Mapped[bool]
    merged_into: Mapped[UUID | None]

    @property
    def stock(self) -> int:
        """How many units there are in use: what is archived is no stock."""
        return 0 if self.is_archived else self.quantity

    @property
    def free_quantity(self) -> int:
        return self.quantity - self.held_quantity
