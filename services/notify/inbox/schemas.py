"""Request and response bodies of the inbox."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.fields import RequestBody
from services.notify.inbox.messages import NotificationType


class NotificationOut(BaseModel):
    id: UUID
    workspace_id: UUID
    type: NotificationType
    title: str
    message: str = Field(description="Plain English: what happened, and what to do next")
    link: str = Field(description="Path in the API of what it is about")
    read_at: datetime | None
    created_at: datetime = Field(description="When it happened")


class NotificationPage(BaseModel):
    items: list[NotificationOut]
    next_cursor: str | None


class UnreadCount(BaseModel):
    count: int


class ReadAll(RequestBody):
    workspace_id: UUID | None = Field(None, description="Only those of this workspace")


class Marked(BaseModel):
    count: int = Field(description="How many were unread until now")
