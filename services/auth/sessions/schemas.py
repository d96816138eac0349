"""Response bodies of sessions."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field


class SessionOut(BaseModel):
    id: UUID
    device: str = Field(description="In words, such as `Firefox on Linux`")
    ip: str
    user_agent: str
    is_current: bool = Field(description="Whether it is the one that asks")
    created_at: datetime
    last_active_at: datetime
    expires_at: datetime


class SessionPage(BaseModel):
    items: list[SessionOut]
    next_cursor: str | None
