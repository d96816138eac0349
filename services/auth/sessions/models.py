"""The tables of sessions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.auth.base import Base


class LoginSession(Base):
    """A session that lives. `generation` counts the rotations of its refresh token, `rotated_at`
    is when the present generation began."""

    __tablename__ = "sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    last_active_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    device: Mapped[str]
    ip: Mapped[str]
    user_agent: Mapped[str]
    family_hash: Mapped[bytes]
    generation: Mapped[int]
    rotated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class IssuedToken(Base):
    """A refresh token of the present generation or of the one before, by its hash."""

    __tablename__ = "issued_tokens"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id"))
    generation: Mapped[int]


class RevokedSession(Base):
    """A session that was ended, kept while access tokens of it may still be around."""

    __tablename__ = "revoked_sessions"

    session_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    reason: Mapped[str]
    revoked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
