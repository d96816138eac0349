"""What members publish, under the key `workspace:user`."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from chassis.events import CreatedAt, Event, Facts, Updated, UpdatedAt, WorkspaceId
from chassis.identity import MemberRole
from services.auth.users.kinds import UserKind


class MemberEvent(Event):
    """A membership's full state after the change, with the user's e-mail and name as they were."""

    topic = "warehouse.auth.member.v1"
    key_form = "{workspace_id}:{user_id}"
    example: ClassVar[Facts] = {
        "id": "019cad94-3fe0-7a6b-8d2e-9f10b4c6e204",
        "workspace_id": "019cad8f-ac10-7c3e-8a51-0d2f6b7e9c01",
        "version": 1,
        "user_id": "019cad8f-ac2f-7d90-b1c7-35e8a9f04d03",
        "email": "robin@warehouse.example",
        "full_name": "Robin Rivers",
        "role": "member",
        "location_ids": None,
        "kind": "person",
        "invited_by": "019cad8f-ac05-7b12-9e44-6a1c3f5d7b02",
        "created_at": "2026-03-02T08:05:00Z",
        "updated_at": "2026-03-02T08:05:00Z",
    }

    workspace_id: WorkspaceId
    user_id: UUID = Field(description="Who is a member")
    email: str = Field(description="Their e-mail address")
    full_name: str = Field(description="Their name")
    role: MemberRole = Field(description="What they may do; each role may do all the lower may")
    location_ids: list[UUID] | None = Field(
        None,
        description="Locations that, with all below, they are restricted to; null: to none",
    )
    kind: UserKind = Field(
        UserKind.PERSON, description="A person, or a service account, whose e-mail is none"
    )
    invited_by: UUID | None = Field(description="The user who added them; null: founded it")
    created_at: CreatedAt
    updated_at: UpdatedAt

    @property
    def key(self) -> str:
        return f"{self.workspace_id}:{self.user_id}"


class MemberAdded(MemberEvent):
    """Somebody became a member."""

    type = "warehouse.auth.member.added"


class MemberRoleChanged(MemberEvent, Updated):
    """A member's role changed; what they are restricted to may have changed with it."""

    type = "warehouse.auth.member.role_changed"
    example: ClassVar[Facts] = {
        "version": 2,
        "role": "admin",
        "changes": {"role": ["member", "admin"]},
        "updated_at": "2026-03-14T09:30:00Z",
    }


class MemberUpdated(MemberEvent, Updated):
    """What a member is restricted to changed; their role is what it was."""

    type = "warehouse.auth.member.updated"
    example: ClassVar[Facts] = {
        "version": 3,
        "location_ids": ["019cad94-6a52-7d63-8c0f-b9e1d3f50709"],
        "changes": {"location_ids": [None, ["019cad94-6a52-7d63-8c0f-b9e1d3f50709"]]},
        "updated_at": "2026-03-15T09:30:00Z",
    }


class MemberRemoved(MemberEvent):
    """Somebody is no member any more; this was the last state."""

    type = "warehouse.auth.member.removed"
    example: ClassVar[Facts] = {"version": 4, "updated_at": "2026-03-20T17:00:00Z"}
