"""The containers table."""

from uuid import UUID

from sqlalchemy.orm import Mapped

from chassis.aggregate import Aggregate
from services.inventory.base import Base


class Container(Aggregate, Base):
    __tablename__ = "containers"

    location_id: Mapped[UUID]
    parent_id: Mapped[UUID | None]
    name: Mapped[str]
    description: Mapped[str | None]
    capacity: Mapped[int | None]
    external_id: Mapped[str | None]
    short_code: Mapped[str | None]
    is_archived: Mapped[bool]
