"""What labels publish."""

from typing import ClassVar

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


class LabelEvent(Event):
    """A label's full state after the change."""

    topic = "warehouse.catalog.label.v1"
    example: ClassVar[Facts] = {
        "id": "019cad94-4c07-7d13-9a5e-6f8b0d2c4e61",
        "workspace_id": "019cad8f-ac10-7c3e-8a51-0d2f6b7e9c01",
        "version": 1,
        "name": "Fragile",
        "color": "#C0392B",
        "description": None,
        "external_id": None,
        "is_archived": False,
        "created_at": "2026-03-02T08:05:00Z",
        "updated_at": "2026-03-02T08:05:00Z",
    }

    workspace_id: WorkspaceId
    name: str = Field(description="What it says")
    color: str = Field(description="#RRGGBB")
    description: str | None = Field(description="What it is put on")
    external_id: ExternalId
    is_archived: IsArchived
    created_at: CreatedAt
    updated_at: UpdatedAt


class LabelCreated(LabelEvent):
    """A label was added."""

    type = "warehouse.catalog.label.created"


class LabelUpdated(LabelEvent, Updated):
    """A label's fields changed."""

    type = "warehouse.catalog.label.updated"
    example: ClassVar[Facts] = {
        "version": 2,
        "changes": {"name": ["Glass", "Fragile"]},
        "updated_at": "2026-03-14T09:30:00Z",
    }


class LabelArchived(LabelEvent):
    """A label was put out of use; items keep it."""

    type = "warehouse.catalog.label.archived"
    example: ClassVar[Facts] = {
        "version": 3,
        "is_archived": True,
        "updated_at": "2026-03-15T10:00:00Z",
    }


class LabelRestored(LabelEvent):
    """An archived label is in use again."""

    type = "warehouse.catalog.label.restored"
    example: ClassVar[Facts] = {"version": 4, "updated_at": "2026-03-16T10:00:00Z"}


class LabelDeleted(LabelEvent):
    """A label is gone, from the items too; this was its last state."""

    type = "warehouse.catalog.label.deleted"
    example: ClassVar[Facts] = {"version": 5, "updated_at": "2026-03-20T17:00:00Z"}
