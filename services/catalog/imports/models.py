"""The imports table; the parts of a file, its chunks and its faults are rows of SQL in the
repository."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chassis.aggregate import Aggregate
from services.catalog.base import Base


class State(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Import(Aggregate, Base):
    """`wanted` and `form` are how its file is to be read. `ending`: what it ends as when its chunks
    are back, set once no further row is read."""

    __tablename__ = "imports"

    requested_by: Mapped[UUID]
    kind: Mapped[str]
    map: Mapped[str]
    key_field: Mapped[str | None]
    dry_run: Mapped[bool]
    create_missing: Mapped[bool]
    wanted: Mapped[dict[str, Any]] = mapped_column(JSONB)
    file_name: Mapped[str]
    file_size: Mapped[int]
    form: Mapped[dict[str, Any]] = mapped_column(JSONB)
    headings: Mapped[list[str]] = mapped_column(JSONB)
    columns: Mapped[dict[str, str]] = mapped_column(JSONB)
    ignored_columns: Mapped[list[str]] = mapped_column(JSONB)
    state: Mapped[str]
    ending: Mapped[str | None]
    failure: Mapped[str | None]
    rows_total: Mapped[int | None]
    rows_read: Mapped[int]
    rows_applied: Mapped[int]
    rows_failed: Mapped[int]
    tallies: Mapped[dict[str, dict[str, int]]] = mapped_column(JSONB)
    chunks_prepared: Mapped[int]
    chunks_applied: Mapped[int]
    started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    leased_by: Mapped[UUID | None]
    leased_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
