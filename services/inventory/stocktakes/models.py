"""The tables of stocktakes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime
from sqlalchemy.orm import Mapped, mapped_column

from chassis.aggregate import Aggregate
from services.inventory.base import Base


class Stocktake(Aggregate, Base):
    """`location_id`: what is counted stands there or below; None: anywhere. What is to be done
    about `missing`, `misplaced` and `unexpected` is said when it is closed."""

    __tablename__ = "stocktakes"

    name: Mapped[str]
    location_id: Mapped[UUID | None]
    notes: Mapped[str | None]
    status: Mapped[str]
    started_by: Mapped[str]
    closed_by: Mapped[str | None]
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    missing: Mapped[str | None]
    misplaced: Mapped[str | None]
    unexpected: Mapped[str | None]


class Finding(Base):
    """So many units were `counted` at a place, where `expected` were on the books at the time.
    `settled_at`: since then the books agree, or `problem` says why they can't."""

    __tablename__ = "stocktake_findings"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID]
    stocktake_id: Mapped[UUID]
    entry_id: Mapped[UUID | None]
    item_id: Mapped[UUID]
    location_id: Mapped[UUID]
    container_id: Mapped[UUID | None]
    state: Mapped[str]
    counted: Mapped[int]
    expected: Mapped[int]
    counted_by: Mapped[str]
    counted_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    settled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    problem: Mapped[str | None]
