"""The invitations table."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime
from sqlalchemy.orm import Mapped, mapped_column

from chassis.aggregate import Aggregate
from services.auth.base import Base


class Invitation(Aggregate, Base):
    """One that has expired is still `pending` here: nothing happens when its time is over."""

    __tablename__ = "invitations"

    email: Mapped[str]
    role: Mapped[str]
    status: Mapped[str]
    token_hash: Mapped[bytes]
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    invited_by: Mapped[UUID]
    accepted_by: Mapped[UUID | None]
