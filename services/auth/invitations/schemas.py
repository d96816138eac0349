"""Request and response bodies of invitations."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.fields import RequestBody
from chassis.identity import MemberRole
from services.auth.fields import Email
from services.auth.invitations.states import Status


class InvitationCreate(RequestBody):
    email: Email = Field(description="Whether or not somebody has registered with it")
    role: MemberRole = Field(MemberRole.MEMBER, description="At most your own")


class InvitationOut(BaseModel):
    id: UUID
    workspace_id: UUID
    email: str
    role: MemberRole
    status: Status
    expires_at: datetime
    invited_by: UUID
    inviter_name: str
    accepted_by: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime


class InvitationPage(BaseModel):
    items: list[InvitationOut]
    next_cursor: str | None


class InvitationShown(BaseModel):
    """What the holder of its token may know of an invitation."""

    workspace_id: UUID
    workspace_name: str
    inviter_name: str
    email: str = Field(description="Only who has this address can accept")
    role: MemberRole
    expires_at: datetime
