"""What companies publish."""

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


class CompanyEvent(Event):
    """A company's full state after the change."""

    topic = "warehouse.catalog.company.v1"
    example: ClassVar[Facts] = {
        "id": "019cad94-4c19-7a26-8b3f-7a9c1e3d5f72",
        "workspace_id": "019cad8f-ac10-7c3e-8a51-0d2f6b7e9c01",
        "version": 1,
        "name": "Toolshop Ltd",
        "website": "https://toolshop.example/",
        "notes": None,
        "external_id": None,
        "is_archived": False,
        "created_at": "2026-03-02T08:05:00Z",
        "updated_at": "2026-03-02T08:05:00Z",
    }

    workspace_id: WorkspaceId
    name: str = Field(description="What it is called")
    website: str | None = Field(description="Its address on the web")
    notes: str | None = Field(description="What the owner wrote down")
    external_id: ExternalId
    is_archived: IsArchived
    created_at: CreatedAt
    updated_at: UpdatedAt


class CompanyCreated(CompanyEvent):
    """A company was added."""

    type = "warehouse.catalog.company.created"


class CompanyUpdated(CompanyEvent, Updated):
    """A company's fields changed."""

    type = "warehouse.catalog.company.updated"
    example: ClassVar[Facts] = {
        "version": 2,
        "changes": {"name": ["Toolshop", "Toolshop Ltd"]},
        "updated_at": "2026-03-14T09:30:00Z",
    }


class CompanyArchived(CompanyEvent):
    """A company was put out of use; items bought there still say so."""

    type = "warehouse.catalog.company.archived"
    example: ClassVar[Facts] = {
        "version": 3,
        "is_archived": True,
        "updated_at": "2026-03-15T10:00:00Z",
    }


class CompanyRestored(CompanyEvent):
    """An archived company is in use again."""

    type = "warehouse.catalog.company.restored"
    example: ClassVar[Facts] = {"version": 4, "updated_at": "2026-03-16T10:00:00Z"}


class CompanyDeleted(CompanyEvent):
    """A company is gone; this was its last state."""

    type = "warehouse.catalog.company.deleted"
    example: ClassVar[Facts] = {"version": 5, "updated_at": "2026-03-20T17:00:00Z"}
