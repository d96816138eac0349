"""What categories publish."""

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


class CategoryEvent(Event):
    """A category's full state after the change."""

    topic = "warehouse.catalog.category.v1"
    example: ClassVar[Facts] = {
        "id": "019cad94-4a31-7f08-b2d4-1e3c5a7f9b06",
        "workspace_id": "019cad8f-ac10-7c3e-8a51-0d2f6b7e9c01",
        "version": 1,
        "name": "Power tools",
        "parent_id": None,
        "description": "Anything with a plug or a battery.",
        "external_id": None,
        "is_archived": False,
        "created_at": "2026-03-02T08:05:00Z",
        "updated_at": "2026-03-02T08:05:00Z",
    }

    workspace_id: WorkspaceId
    name: str = Field(description="What it is called")
    parent_id: UUID | None = Field(description="The category it is part of; null: of none")
    description: str | None = Field(description="What belongs in it")
    external_id: ExternalId
    is_archived: IsArchived
    created_at: CreatedAt
    updated_at: UpdatedAt


class CategoryCreated(CategoryEvent):
    """A category was added."""

    type = "warehouse.catalog.category.created"


class CategoryUpdated(CategoryEvent, Updated):
    """A category's fields changed; a change of `parent_id` moved its subtree."""

    type = "warehouse.catalog.category.updated"
    example: ClassVar[Facts] = {
        "version": 2,
        "changes": {"name": ["Tools", "Power tools"]},
        "updated_at": "2026-03-14T09:30:00Z",
    }


class CategoryArchived(CategoryEvent):
    """A category was put out of use; what stands in it stays."""

    type = "warehouse.catalog.category.archived"
    example: ClassVar[Facts] = {
        "version": 3,
        "is_archived": True,
        "updated_at": "2026-03-15T10:00:00Z",
    }


class CategoryRestored(CategoryEvent):
    """An archived category is in use again."""

    type = "warehouse.catalog.category.restored"
    example: ClassVar[Facts] = {"version": 4, "updated_at": "2026-03-16T10:00:00Z"}


class CategoryDeleted(CategoryEvent):
    """A category is gone; this was its last state."""

    type = "warehouse.catalog.category.deleted"
    example: ClassVar[Facts] = {"version": 5, "updated_at": "2026-03-20T17:00:00Z"}
