"""The members table."""

from uuid import UUID

from sqlalchemy import ARRAY, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from chassis.aggregate import Aggregate
from services.auth.base import Base


class Member(Aggregate, Base):
    """`location_ids` are the roots of the location subtrees that a viewer or member is restricted
    to; null without a restriction."""

    __tablename__ = "members"

    user_id: Mapped[UUID]
    role: Mapped[str]
    location_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    invited_by: Mapped[UUID | None]
