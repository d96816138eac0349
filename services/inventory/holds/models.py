"""The holds table: one row per reference, whatever became of it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import DateTime
from sqlalchemy.orm import Mapped, mapped_column

from services.inventory.base import Base


class Purpose(StrEnum):
    LOAN = "loan"
    RESERVATION = "reservation"
    REPAIR = "repair"
    TRANSIT = "transit"


class State(StrEnum):
    """`awaited`: units came back before their hold was asked for. `held` is in force; the others
    are final."""

    AWAITED = "awaited"
    HELD = "held"
    RELEASED = "released"
    CANCELLED = "cancelled"
    REJECTED = "rejected"


class Hold(Base):
    """Of `quantity` units, `released_quantity` are back; while in force, the rest is part of the
    entry's `held_quantity`. `entry_id` is set once the hold was placed: the entry that was asked
    for, or the one that it was merged into."""

    __tablename__ = "holds"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID]
    purpose: Mapped[str]
    reference: Mapped[UUID]
    entry_id: Mapped[UUID | None]
    asked_entry_id: Mapped[UUID | None]
    quantity: Mapped[int]
    released_quantity: Mapped[int]
    starts_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ends_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    state: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    @property
    def outstanding(self) -> int:
        return self.quantity - self.released_quantity
