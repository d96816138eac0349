"""What items publish."""

from typing import Any, ClassVar
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


class ItemEvent(Event):
    """An item's full state after the change."""

    topic = "warehouse.catalog.item.v1"
    example: ClassVar[Facts] = {
        "id": "019cad94-5b77-7c19-8e60-d4f2b6a81c07",
        "workspace_id": "019cad8f-ac10-7c3e-8a51-0d2f6b7e9c01",
        "version": 1,
        "sku": "DRILL-18V",
        "external_id": None,
        "name": "Cordless drill",
        "description": "18 V, with two batteries and a charger.",
        "category_id": "019cad94-4a31-7f08-b2d4-1e3c5a7f9b06",
        "labels": ["019cad94-4c07-7d13-9a5e-6f8b0d2c4e61"],
        "brand": "Makita",
        "model": "DHP484",
        "manufacturer": "Makita",
        "serial_number": None,
        "barcode": "0088381696722",
        "image": None,
        "is_insured": False,
        "purchased_from": None,
        "warranty_details": None,
        "lifetime_warranty": False,
        "min_stock_level": 1,
        "needs_review": False,
        "attributes": {"voltage": 18, "case": "blue"},
        "is_archived": False,
        "created_at": "2026-03-02T08:05:00Z",
        "updated_at": "2026-03-02T08:05:00Z",
    }

    workspace_id: WorkspaceId
    sku: str = Field(description="Stock keeping unit, unique in the workspace")
    external_id: ExternalId
    name: str = Field(description="What it is called")
    description: str | None = Field(description="What it is")
    category_id: UUID | None = Field(description="The category it is in; null: in none")
    labels: list[UUID] = Field(default=[], description="The labels on it")
    brand: str | None = Field(description="The name it is sold under")
    model: str | None = Field(description="The maker's model")
    manufacturer: str | None = Field(description="Who made it")
    serial_number: str | None = Field(description="The maker's number, where there is just one")
    barcode: str | None = Field(description="Unique among items that are not archived")
    image: UUID | None = Field(None, description="The attachment that shows it; null: none")
    is_insured: bool = Field(description="Whether an insurance covers it")
    purchased_from: UUID | None = Field(
        None, description="The company it was bought from; null: not noted"
    )
    warranty_details: str | None = Field(description="What the warranty covers")
    lifetime_warranty: bool = Field(description="Whether the warranty has no end")
    min_stock_level: int = Field(ge=0, description="Below this many units it counts as low")
    needs_review: bool = Field(description="Whether somebody should look over this record")
    attributes: dict[str, Any] = Field(description="The owner's own fields, by name: plain values")
    is_archived: IsArchived
    created_at: CreatedAt
    updated_at: UpdatedAt


class ItemCreated(ItemEvent):
    """A thing was added to the catalog."""

    type = "warehouse.catalog.item.created"


class ItemUpdated(ItemEvent, Updated):
    """An item's fields changed."""

    type = "warehouse.catalog.item.updated"
    example: ClassVar[Facts] = {
        "version": 2,
        "min_stock_level": 2,
        "changes": {"min_stock_level": [1, 2]},
        "updated_at": "2026-03-14T09:30:00Z",
    }


class ItemArchived(ItemEvent):
    """An item was put out of use."""

    type = "warehouse.catalog.item.archived"
    example: ClassVar[Facts] = {
        "version": 3,
        "is_archived": True,
        "updated_at": "2026-03-15T10:00:00Z",
    }


class ItemRestored(ItemEvent):
    """An archived item is in use again."""

    type = "warehouse.catalog.item.restored"
    example: ClassVar[Facts] = {"version": 4, "updated_at": "2026-03-16T10:00:00Z"}


class ItemMerged(ItemEvent):
    """It turned out to be the same as another item, which goes on for both: this one is gone, and
    this was its last state. What told of it tells of the other from now on."""

    type = "warehouse.catalog.item.merged"
    example: ClassVar[Facts] = {
        "version": 5,
        "into_id": "019cad94-5b77-7c19-8e60-d4f2b6a81c99",
        "updated_at": "2026-03-20T17:00:00Z",
    }

    into_id: UUID = Field(description="The item that goes on for both")


class ItemDeleted(ItemEvent):
    """An item is gone; this was its last state."""

    type = "warehouse.catalog.item.deleted"
    example: ClassVar[Facts] = {"version": 5, "updated_at": "2026-03-20T17:00:00Z"}
