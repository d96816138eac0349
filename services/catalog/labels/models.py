"""The labels table."""

from sqlalchemy.orm import Mapped

from chassis.aggregate import Aggregate
from services.catalog.base import Base


class Label(Aggregate, Base):
    __tablename__ = "labels"

    name: Mapped[str]
    color: Mapped[str]
    description: Mapped[str | None]
    external_id: Mapped[str | None]
    is_archived: Mapped[bool]
