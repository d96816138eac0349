"""What containers publish."""

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


class ContainerEvent(Event):
    """A container's full state after the change."""

    topic = "warehouse.inventory.container.v1"
    example: ClassVar[Facts] = {
        "id": "019cad94-6d20-7b4e-9f81-a5c7e9d30b0a",
        "workspace_id": "019cad8f-ac10-7c3e-8a51-0d2f6b7e9c01",
        "version": 1,
        "name": "Blue box",
        "location_id": "019cad94-6a52-7d63-8c0f-b9e1d3f50709",
        "parent_id": None,
        "description": None,
        "capacity": 10,
        "external_id": None,
        "short_code": None,
        "is_archived": False,
        "created_at": "2026-03-02T08:05:00Z",
        "updated_at": "2026-03-02T08:05:00Z",
    }

    workspace_id: WorkspaceId
    name: str = Field(description="What it is called")
    location_id: UUID = Field(description="Where it stands")
    parent_id: UUID | None = Field(description="The container it stands in; null: in none")
    description: str | None = Field(description="What it is")
    capacity: int | None = Field(ge=1, description="How many units it is meant for")
    external_id: ExternalId
    short_code: str | None = Field(None, description="The code on its label, unique everywhere")
    is_archived: IsArchived
    created_at: CreatedAt
    updated_at: UpdatedAt


class ContainerCreated(ContainerEvent):
    """A container was added."""

    type = "warehouse.inventory.container.created"


class ContainerUpdated(ContainerEvent, Updated):
    """A container's fields changed; it stands where it stood."""

    type = "warehouse.inventory.container.updated"
    example: ClassVar[Facts] = {
        "version": 2,
        "changes": {"name": ["Box", "Blue box"]},
        "updated_at": "2026-03-14T09:30:00Z",
    }


class ContainerMoved(ContainerEvent, Updated):
    """A container stands in another location or another container; other fields may have changed
    with it. What is in it tells of its own move."""

    type = "warehouse.inventory.container.moved"
    example: ClassVar[Facts] = {
        "version": 3,
        "location_id": "019cad94-6a51-7e2a-b5d8-07f9c1a3e508",
        "changes": {
            "location_id": [
                "019cad94-6a52-7d63-8c0f-b9e1d3f50709",
                "019cad94-6a51-7e2a-b5d8-07f9c1a3e508",
            ]
        },
        "updated_at": "2026-03-14T10:00:00Z",
    }


class ContainerArchived(ContainerEvent):
    """A container was put out of use; what is in it stays."""

    type = "warehouse.inventory.container.archived"
    example: ClassVar[Facts] = {
        "version": 4,
        "is_archived": True,
        "updated_at": "2026-03-15T10:00:00Z",
    }


class ContainerRestored(ContainerEvent):
    """An archived container is in use again."""

    type = "warehouse.inventory.container.restored"
    example: ClassVar[Facts] = {"version": 5, "updated_at": "2026-03-16T10:00:00Z"}


class ContainerDeleted(ContainerEvent):
    """A container is gone; this was its last state."""

    type = "warehouse.inventory.container.deleted"
    example: ClassVar[Facts] = {"version": 6, "updated_at": "2026-03-20T17:00:00Z"}
