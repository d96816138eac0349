"""What workspaces publish."""

from typing import ClassVar

from pydantic import BaseModel, Field

from chassis.events import CreatedAt, Event, Facts, Updated, UpdatedAt, WorkspaceId


class WorkspaceSettings(BaseModel):
    """How a workspace is run; its admins choose."""

    approvals: bool = Field(
        False, description="Whether a change by a member waits until an admin approves it"
    )


class WorkspaceEvent(Event):
    """A workspace's full state after the change."""

    topic = "warehouse.auth.workspace.v1"
    example: ClassVar[Facts] = {
        "id": "019cad8f-ac10-7c3e-8a51-0d2f6b7e9c01",
        "workspace_id": "019cad8f-ac10-7c3e-8a51-0d2f6b7e9c01",
        "version": 1,
        "name": "Riverside Tool Library",
        "slug": "riverside-tool-library",
        "description": "Tools and tents that the neighbourhood shares.",
        "currency": "EUR",
        "timezone": "Europe/Tallinn",
        "is_personal": False,
        "settings": {"approvals": False},
        "created_at": "2026-03-02T08:00:00Z",
        "updated_at": "2026-03-02T08:00:00Z",
    }

    workspace_id: WorkspaceId = Field(description="The workspace itself, as `id`")
    name: str = Field(description="What it is called")
    slug: str = Field(description="Its name for addresses, unique in the platform")
    description: str | None = Field(description="What it is for")
    currency: str = Field(description="ISO 4217; the currency of new prices")
    timezone: str = Field(description="IANA name")
    is_personal: bool = Field(description="Whether it came with a user's account and goes with it")
    settings: WorkspaceSettings = Field(
        WorkspaceSettings(), description="How it is run, as its admins chose"
    )
    created_at: CreatedAt
    updated_at: UpdatedAt


class WorkspaceCreated(WorkspaceEvent):
    """A workspace was made."""

    type = "warehouse.auth.workspace.created"


class WorkspaceUpdated(WorkspaceEvent, Updated):
    """A workspace's fields changed."""

    type = "warehouse.auth.workspace.updated"
    example: ClassVar[Facts] = {
        "version": 2,
        "changes": {"name": ["Tool Library", "Riverside Tool Library"]},
        "updated_at": "2026-03-14T09:30:00Z",
    }


class WorkspaceDeleted(WorkspaceEvent):
    """A workspace is gone with all that was in it; this was its last state."""

    type = "warehouse.auth.workspace.deleted"
    example: ClassVar[Facts] = {"version": 3, "updated_at": "2026-03-20T17:00:00Z"}
