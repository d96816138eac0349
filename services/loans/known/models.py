"""The read model: each row as of its aggregate's `version`. What was deleted keeps its name, since
loans of it stay on record."""

from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.loans.base import Base


class KnownEntry(Base):
    __tablename__ = "known_entries"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID]
    version: Mapped[int]
    item_id: Mapped[UUID]
    location_id: Mapped[UUID]


class KnownItem(Base):
    __tablename__ = "known_items"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID]
    version: Mapped[int]
    name: Mapped[str]
    sku: Mapped[str]


class KnownLocation(Base):
    __tablename__ = "known_locations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID]
    version: Mapped[int]
    name: Mapped[str]
    parent_id: Mapped[UUID | None]
