"""The maintenance schedules table."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Mapped

from chassis.aggregate import Aggregate
from services.inventory.base import Base


class Maintenance(Aggregate, Base):
    """`planned_entry_id` is the entry that it was made for, `entry_id` that one or the one that it
    was merged into."""

    __tablename__ = "maintenance"

    entry_id: Mapped[UUID]
    planned_entry_id: Mapped[UUID]
    name: Mapped[str]
    every_days: Mapped[int]
    counts_from: Mapped[str]
    next_due: Mapped[date]
    last_done: Mapped[date | None]
    notes: Mapped[str | None]
    is_archived: Mapped[bool]

    @property
    def inventory_id(self) -> UUID:
        """The entry, by the name that it has outside."""
        return self.entry_id
