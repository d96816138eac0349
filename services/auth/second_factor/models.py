"""The tables of second factors."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.auth.base import Base


class SecondFactor(Base):
    """An authenticator app that knows the secret; asked for at sign-in once it is confirmed.
    Codes are good for time steps after `last_step` alone, so that each is good once."""

    __tablename__ = "second_factors"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    sealed_secret: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_step: Mapped[int]


class RecoveryCode(Base):
    """A recovery code that was not used yet, by its hash."""

    __tablename__ = "recovery_codes"

    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("second_factors.user_id"))
