"""Request and response bodies of members."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.fields import RequestBody
from chassis.identity import MemberRole
from services.auth.fields import Email


class MemberAdd(RequestBody):
    email: Email = Field(description="Of somebody who has registered")
    role: MemberRole = MemberRole.MEMBER


class MemberPatch(RequestBody):
    role: MemberRole


class MemberOut(BaseModel):
    id: UUID
    workspace_id: UUID
    user_id: UUID
    email: str
    full_name: str
    role: MemberRole
    invited_by: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime


class MemberPage(BaseModel):
    items: list[MemberOut]
    next_cursor: str | None
