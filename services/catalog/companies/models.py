"""The companies table."""

from sqlalchemy.orm import Mapped

from chassis.aggregate import Aggregate
from services.catalog.base import Base


class Company(Aggregate, Base):
    __tablename__ = "companies"

    name: Mapped[str]
    website: Mapped[str | None]
    notes: Mapped[str | None]
    external_id: Mapped[str | None]
    is_archived: Mapped[bool]
