"""What custom fields publish."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from chassis.events import (
    CreatedAt,
    Event,
    Facts,
    IsArchived,
    Updated,
    UpdatedAt,
    WorkspaceId,
)
from services.catalog.custom_fields.kinds import ValueType

_WORKSPACE = "019cad8f-ac10-7c3e-8a51-0d2f6b7e9c01"


class CustomFieldEvent(Event):
    """A custom field's full state after the change."""

    topic = "warehouse.catalog.custom_field.v1"
    example: ClassVar[Facts] = {
        "id": "019cad94-4d18-7a20-8f5b-7c9d1e3f5a62",
        "workspace_id": _WORKSPACE,
        "version": 1,
        "name": "voltage",
        "label": "Voltage",
        "description": "As printed on the battery.",
        "value_type": "integer",
        "unit": "V",
        "options": [],
        "is_required": False,
        "position": 1,
        "category_id": "019cad94-4a31-7f08-b2d4-1e3c5a7f9b06",
        "is_archived": False,
        "created_at": "2026-03-02T08:05:00Z",
        "updated_at": "2026-03-02T08:05:00Z",
    }

    workspace_id: WorkspaceId
    name: str = Field(description="Its name in the `attributes` of items")
    label: str | None = Field(description="What people read instead of the name")
    description: str | None = Field(description="What to fill in")
    value_type: ValueType = Field(description="What its values are")
    unit: str | None = Field(description="What its values are measured in")
    options: list[str] = Field(description="What may be chosen of an enum; else empty")
    is_required: bool = Field(description="Whether each item has to have a value")
    position: int = Field(ge=0, description="Its place in forms, lowest first")
    category_id: UUID | None = Field(
        description="It holds in this category and all below; null: for every item"
    )
    is_archived: IsArchived
    created_at: CreatedAt
    updated_at: UpdatedAt


class CustomFieldCreated(CustomFieldEvent):
    """A custom field was defined."""

    type = "warehouse.catalog.custom_field.created"


class CustomFieldUpdated(CustomFieldEvent, Updated):
    """A custom field's definition changed."""

    type = "warehouse.catalog.custom_field.updated"
    example: ClassVar[Facts] = {
        "version": 2,
        "is_required": True,
        "changes": {"is_required": [False, True]},
        "updated_at": "2026-03-14T09:30:00Z",
    }


class CustomFieldArchived(CustomFieldEvent):
    """A custom field holds no more; the values that items have of it stay."""

    type = "warehouse.catalog.custom_field.archived"
    example: ClassVar[Facts] = {
        "version": 3,
        "is_archived": True,
        "updated_at": "2026-03-15T10:00:00Z",
    }


class CustomFieldRestored(CustomFieldEvent):
    """An archived custom field holds again."""

    type = "warehouse.catalog.custom_field.restored"
    example: ClassVar[Facts] = {"version": 4, "updated_at": "2026-03-16T10:00:00Z"}


class CustomFieldDeleted(CustomFieldEvent):
    """A custom field is gone; this was its last state."""

    type = "warehouse.catalog.custom_field.deleted"
    example: ClassVar[Facts] = {"version": 5, "updated_at": "2026-03-20T17:00:00Z"}


class CustomFieldPolicyUpdated(Event, Updated):
    """The workspace decided which attributes items may have; `id` is the workspace's own."""

    topic = "warehouse.catalog.custom_field_policy.v1"
    type = "warehouse.catalog.custom_field_policy.updated"
    example: ClassVar[Facts] = {
        "id": _WORKSPACE,
        "workspace_id": _WORKSPACE,
        "version": 1,
        "only_defined": True,
        "changes": {"only_defined": [False, True]},
        "updated_at": "2026-03-14T09:30:00Z",
    }

    workspace_id: WorkspaceId
    only_defined: bool = Field(
        description="Whether items take no attributes but those that a custom field defines"
    )
    updated_at: UpdatedAt
