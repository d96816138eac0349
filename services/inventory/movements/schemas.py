"""Response bodies of movements."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field


class MovementOut(BaseModel):
    id: UUID
    workspace_id: UUID
    inventory_id: UUID = Field(description="The entry it happened to")
    to_inventory_id: UUID | None = Field(description="The entry that a split made")
    item_id: UUID
    item_name: str | None
    kind: Literal["created", "moved", "split", "adjusted", "archived", "restored"]
    quantity: int = Field(description="Units; of an adjustment the difference, below 0 for fewer")
    from_location_id: UUID | None
    from_location_name: str | None = Field(description="Null once the location is deleted")
    from_container_id: UUID | None
    from_container_name: str | None
    to_location_id: UUID | None
    to_location_name: str | None
    to_container_id: UUID | None
    to_container_name: str | None
    reason: str | None
    actor: str = Field(description="The user who did it, or `system`")
    created_at: datetime


class MovementPage(BaseModel):
    items: list[MovementOut]
    next_cursor: str | None
