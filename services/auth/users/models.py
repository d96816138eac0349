"""The users table; a user belongs to no workspace."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime
from sqlalchemy.orm import Mapped, mapped_column

from services.auth.base import Base
from services.auth.users.kinds import UserKind


class User(Base):
    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    email: Mapped[str]
    full_name: Mapped[str]
    password_hash: Mapped[str]
    is_active: Mapped[bool]
    kind: Mapped[str] = mapped_column(default=UserKind.PERSON)
    language: Mapped[str]
    timezone: Mapped[str]
    date_format: Mapped[str]
    time_format: Mapped[str]
    theme: Mapped[str]
    email_verified_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
