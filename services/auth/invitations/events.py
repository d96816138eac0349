"""What invitations publish; never their token."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from chassis.events import CreatedAt, Event, Facts, UpdatedAt, WorkspaceId
from chassis.identity import MemberRole
from services.auth.invitations.states import Status


class InvitationEvent(Event):
    """An invitation's full state after the change, with the inviter's name as it was."""

    topic = "warehouse.auth.invitation.v1"
    example: ClassVar[Facts] = {
        "id": "019cad93-0d4e-7a1f-9c62-7e8f90a1b203",
        "workspace_id": "019cad8f-ac10-7c3e-8a51-0d2f6b7e9c01",
        "version": 1,
        "email": "robin@warehouse.example",
        "role": "member",
        "status": "pending",
        "user_id": None,
        "invited_by": "019cad8f-ac05-7b12-9e44-6a1c3f5d7b02",
        "inviter_name": "Dana Rivers",
        "expires_at": "2026-03-09T08:03:00Z",
        "created_at": "2026-03-02T08:03:00Z",
        "updated_at": "2026-03-02T08:03:00Z",
    }

    workspace_id: WorkspaceId
    email: str = Field(description="The address that it was sent to")
    role: MemberRole = Field(description="What the person will be in the workspace")
    status: Status = Field(description="What was decided about it; none is told as expired")
    user_id: UUID | None = Field(
        description="Who accepted it; before that, whose verified address it is"
    )
    invited_by: UUID = Field(description="The member who invites")
    inviter_name: str = Field(description="Their name")
    expires_at: datetime = Field(description="When it can be accepted no more")
    created_at: CreatedAt
    updated_at: UpdatedAt


class InvitationCreated(InvitationEvent):
    """Somebody was invited."""

    type = "warehouse.auth.invitation.created"


class InvitationAccepted(InvitationEvent):
    """Who was invited came in; that they are a member now is told of the member."""

    type = "warehouse.auth.invitation.accepted"
    example: ClassVar[Facts] = {
        "version": 2,
        "status": "accepted",
        "user_id": "019cad8f-ac2f-7d90-b1c7-35e8a9f04d03",
        "updated_at": "2026-03-02T08:05:00Z",
    }


class InvitationDeclined(InvitationEvent):
    """Who was invited does not want to come in."""

    type = "warehouse.auth.invitation.declined"
    example: ClassVar[Facts] = {
        "version": 2,
        "status": "declined",
        "updated_at": "2026-03-02T08:05:00Z",
    }


class InvitationRevoked(InvitationEvent):
    """It was taken back: by an admin, by a newer one to the same address, or with its
    workspace."""

    type = "warehouse.auth.invitation.revoked"
    example: ClassVar[Facts] = {
        "version": 2,
        "status": "revoked",
        "updated_at": "2026-03-02T08:05:00Z",
    }
