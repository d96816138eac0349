"""The table of pending changes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime
from sqlalchemy.orm import Mapped, mapped_column

from chassis.aggregate import Aggregate
from services.auth.base import Base


class PendingChange(Aggregate, Base):
    """A request as its member sent it, and what became of it. `body` and `outcome` are JSON texts;
    `if_match` is the version that the member saw."""

    __tablename__ = "pending_changes"

    requested_by: Mapped[UUID]
    method: Mapped[str]
    path: Mapped[str]
    query: Mapped[str]
    body: Mapped[str | None]
    if_match: Mapped[str | None]
    summary: Mapped[str]
    status: Mapped[str]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    reason: Mapped[str | None]
    outcome_status: Mapped[int | None]
    outcome: Mapped[str | None]
