"""The workspaces table; a workspace is its own tenant."""

from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chassis.aggregate import Aggregate
from services.auth.base import Base


class Workspace(Aggregate, Base):
    """`workspace_id` is `id`, so that the same row-level security holds here as everywhere;
    `personal_of` is whose account a personal one goes with."""

    __tablename__ = "workspaces"

    name: Mapped[str]
    slug: Mapped[str]
    description: Mapped[str | None]
    currency: Mapped[str]
    timezone: Mapped[str]
    is_personal: Mapped[bool]
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB)
    personal_of: Mapped[UUID | None]
