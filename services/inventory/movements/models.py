"""The movements table, which the database lets nobody change."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import DateTime
from sqlalchemy.orm import Mapped, mapped_column

from chassis.appending import Appended
from services.inventory.base import Base


class Kind(StrEnum):
    """What a movement was."""

    CREATED = "created"
    MOVED = "moved"
    SPLIT = "split"
    ADJUSTED = "adjusted"
    COUNTED = "counted"
    USED = "used"
    MERGED = "merged"
    ARCHIVED = "archived"
    RESTORED = "restored"


class Movement(Appended, Base):
    """`quantity` is how many units moved; of an adjustment or a count, how many came (or, below 0,
    went). `to_entry_id` is the entry that has them now, where that is another one.

    `units_out` left the stock of where the movement comes from, `units_in` came to that of where it
    leads; what is archived is no stock. `balance` is how many units in use the entry had then, and
    `to_balance` how many `to_entry_id` had."""

    __tablename__ = "movements"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID]
    entry_id: Mapped[UUID]
    to_entry_id: Mapped[UUID | None]
    item_id: Mapped[UUID]
    kind: Mapped[str]
    quantity: Mapped[int]
    units_out: Mapped[int]
    units_in: Mapped[int]
    balance: Mapped[int]
    to_balance: Mapped[int | None]
    from_location_id: Mapped[UUID | None]
    from_container_id: Mapped[UUID | None]
    to_location_id: Mapped[UUID | None]
    to_container_id: Mapped[UUID | None]
    reason: Mapped[str | None]
    undoes: Mapped[UUID | None]
    stocktake_id: Mapped[UUID | None]
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    used_before: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    actor: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
