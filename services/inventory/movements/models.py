"""The movements table, which the database lets nobody change."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import DateTime
from sqlalchemy.orm import Mapped, mapped_column

from services.inventory.base import Base


class Kind(StrEnum):
    """What a movement was."""

    CREATED = "created"
    MOVED = "moved"
    SPLIT = "split"
    ADJUSTED = "adjusted"
    ARCHIVED = "archived"
    RESTORED = "restored"


class Movement(Base):
    """`quantity` is how many units moved; of an adjustment, how many came (or, below 0, went).
    `to_entry_id` is the entry that a split made."""

    __tablename__ = "movements"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID]
    entry_id: Mapped[UUID]
    to_entry_id: Mapped[UUID | None]
    item_id: Mapped[UUID]
    kind: Mapped[str]
    quantity: Mapped[int]
    from_location_id: Mapped[UUID | None]
    from_container_id: Mapped[UUID | None]
    to_location_id: Mapped[UUID | None]
    to_container_id: Mapped[UUID | None]
    reason: Mapped[str | None]
    actor: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
