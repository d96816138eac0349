"""What the wishlist publishes."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from chassis.events import (
    CreatedAt,
    Event,
    ExternalId,
    Facts,
    Updated,
    UpdatedAt,
    WorkspaceId,
)
from services.catalog.wishlist.states import Status


class WishEvent(Event):
    """A wish's full state after the change."""

    topic = "warehouse.catalog.wish.v1"
    example: ClassVar[Facts] = {
        "id": "019cad94-9b0a-7c37-8f1d-2a4c6e80b193",
        "workspace_id": "019cad8f-ac10-7c3e-8a51-0d2f6b7e9c01",
        "version": 1,
        "name": "Table saw",
        "url": "https://toolshop.example/saws/7",
        "price_estimate": 45_000,
        "currency": "EUR",
        "priority": 4,
        "notes": None,
        "external_id": None,
        "status": "wanted",
        "item_id": None,
        "created_at": "2026-03-02T08:05:00Z",
        "updated_at": "2026-03-02T08:05:00Z",
    }

    workspace_id: WorkspaceId
    name: str = Field(description="What is wanted")
    url: str | None = Field(description="Where it is to be had")
    price_estimate: int | None = Field(
        ge=0, description="In minor units of `currency`; null where that is"
    )
    currency: str | None = Field(description="ISO 4217; null where there is no price")
    priority: int = Field(ge=1, le=5, description="1: whenever, 5: at once")
    notes: str | None = Field(description="What the owner wrote down")
    external_id: ExternalId
    status: Status = Field(description="How far it is")
    item_id: UUID | None = Field(description="The item that it became; null before")
    created_at: CreatedAt
    updated_at: UpdatedAt


class WishCreated(WishEvent):
    """Something is wanted."""

    type = "warehouse.catalog.wish.created"


class WishUpdated(WishEvent, Updated):
    """A wish's fields changed."""

    type = "warehouse.catalog.wish.updated"
    example: ClassVar[Facts] = {
        "version": 2,
        "priority": 5,
        "changes": {"priority": [4, 5]},
        "updated_at": "2026-03-03T09:30:00Z",
    }


class WishOrdered(WishEvent, Updated):
    """It was ordered."""

    type = "warehouse.catalog.wish.ordered"
    example: ClassVar[Facts] = {
        "version": 3,
        "status": "ordered",
        "changes": {"status": ["wanted", "ordered"]},
        "updated_at": "2026-03-04T09:30:00Z",
    }


class WishReopened(WishEvent, Updated):
    """It is wanted again: the order came to nothing."""

    type = "warehouse.catalog.wish.reopened"
    example: ClassVar[Facts] = {
        "version": 4,
        "changes": {"status": ["ordered", "wanted"]},
        "updated_at": "2026-03-05T09:30:00Z",
    }


class WishAcquired(WishEvent, Updated):
    """It is there, and an item of the catalog."""

    type = "warehouse.catalog.wish.acquired"
    example: ClassVar[Facts] = {
        "version": 5,
        "status": "acquired",
        "item_id": "019cad94-5b77-7c19-8e60-d4f2b6a81c07",
        "changes": {
            "status": ["wanted", "acquired"],
            "item_id": [None, "019cad94-5b77-7c19-8e60-d4f2b6a81c07"],
        },
        "updated_at": "2026-03-06T09:30:00Z",
    }


class WishDeleted(WishEvent):
    """A wish is gone; this was its last state."""

    type = "warehouse.catalog.wish.deleted"
    example: ClassVar[Facts] = {"version": 6, "updated_at": "2026-03-20T17:00:00Z"}
