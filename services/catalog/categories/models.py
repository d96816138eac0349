"""The categories table."""

from uuid import UUID

from sqlalchemy.orm import Mapped

from chassis.aggregate import Aggregate
from services.catalog.base import Base


class Category(Aggregate, Base):
    __tablename__ = "categories"

    parent_id: Mapped[UUID | None]
    name: Mapped[str]
    description: Mapped[str | None]
    external_id: Mapped[str | None]
    is_archived: Mapped[bool]
