"""What locations publish."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from chassis.events import (
    CreatedAt,
    Event,
    ExternalId,
    Facts,
    IsArchived,
    Updated,
    UpdatedAt,
    WorkspaceId,
)


class LocationEvent(Event):
    """A location's full state after the change."""

    topic = "warehouse.inventory.location.v1"
    example: ClassVar[Facts] = {
        "id": "019cad94-6a52-7d63-8c0f-b9e1d3f50709",
        "workspace_id": "019cad8f-ac10-7c3e-8a51-0d2f6b7e9c01",
        "version": 1,
        "name": "Shelf 2",
        "parent_id": "019cad94-6a51-7e2a-b5d8-07f9c1a3e508",
        "description": "Left of the door.",
        "external_id": None,
        "short_code": None,
        "is_archived": False,
        "created_at": "2026-03-02T08:05:00Z",
        "updated_at": "2026-03-02T08:05:00Z",
    }

    workspace_id: WorkspaceId
    name: str = Field(description="What it is called")
    parent_id: UUID | None = Field(description="The location it is part of; null: of none")
    description: str | None = Field(description="What it is, or how to find it")
    external_id: ExternalId
    short_code: str | None = Field(None, description="The code on its label, unique everywhere")
    is_archived: IsArchived
    created_at: CreatedAt
    updated_at: UpdatedAt


class LocationCreated(LocationEvent):
    """A location was added."""

    type = "warehouse.inventory.location.created"


class LocationUpdated(LocationEvent, Updated):
    """A location's fields changed; it stands where it stood."""

    type = "warehouse.inventory.location.updated"
    example: ClassVar[Facts] = {
        "version": 2,
        "changes": {"name": ["Shelf", "Shelf 2"]},
        "updated_at": "2026-03-14T09:30:00Z",
    }


class LocationMoved(LocationEvent, Updated):
    """A location, and all below it, stands under another parent; other fields may have changed
    with it."""

    type = "warehouse.inventory.location.moved"
    example: ClassVar[Facts] = {
        "version": 3,
        "changes": {"parent_id": [None, "019cad94-6a51-7e2a-b5d8-07f9c1a3e508"]},
        "updated_at": "2026-03-14T10:00:00Z",
    }


class LocationArchived(LocationEvent):
    """A location was put out of use; what stands in it stays."""

    type = "warehouse.inventory.location.archived"
    example: ClassVar[Facts] = {
        "version": 4,
        "is_archived": True,
        "updated_at": "2026-03-15T10:00:00Z",
    }


class LocationRestored(LocationEvent):
    """An archived location is in use again."""

    type = "warehouse.inventory.location.restored"
    example: ClassVar[Facts] = {"version": 5, "updated_at": "2026-03-16T10:00:00Z"}


class LocationDeleted(LocationEvent):
    """A location is gone; this was its last state."""

    type = "warehouse.inventory.location.deleted"
    example: ClassVar[Facts] = {"version": 6, "updated_at": "2026-03-20T17:00:00Z"}
