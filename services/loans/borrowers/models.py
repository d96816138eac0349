"""The borrowers table."""

from uuid import UUID

from sqlalchemy.orm import Mapped

from chassis.aggregate import Aggregate
from services.loans.base import Base


class Borrower(Aggregate, Base):
    __tablename__ = "borrowers"

    name: Mapped[str]
    external_id: Mapped[str | None]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    notes: Mapped[str | None]
    user_id: Mapped[UUID | None]
    is_archived: Mapped[bool]
