"""The items of the read model, as loans' own queries join them."""

from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.loans.base import Base


class KnownItem(Base):
    __tablename__ = "known_items"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID]
    version: Mapped[int]
    name: Mapped[str]
    sku: Mapped[str]
