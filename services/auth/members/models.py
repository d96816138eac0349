"""The members table."""

from uuid import UUID

from sqlalchemy.orm import Mapped

from chassis.aggregate import Aggregate
from services.auth.base import Base


class Member(Aggregate, Base):
    __tablename__ = "members"

    user_id: Mapped[UUID]
    role: Mapped[str]
    invited_by: Mapped[UUID | None]
