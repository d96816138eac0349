"""The read model of catalog's items."""

from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.inventory.base import Base


class KnownItem(Base):
    """An item as of `version`; a deleted one stays known as deleted."""

    __tablename__ = "known_items"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID]
    version: Mapped[int]
    name: Mapped[str]
    sku: Mapped[str]
    is_archived: Mapped[bool]
    is_deleted: Mapped[bool]
