"""Response bodies of movements."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.fields import RequestBody
from services.inventory.stock.schemas import Reason


class MovementOut(BaseModel):
    id: UUID
    workspace_id: UUID
    inventory_id: UUID = Field(description="The entry it happened to")
    to_inventory_id: UUID | None = Field(
        description="The entry that has the units now, where that is another one"
    )
    item_id: UUID
    item_name: str | None
    kind: Literal[
        "created",
        "moved",
        "split",
        "adjusted",
        "counted",
        "used",
        "merged",
        "archived",
        "restored",
    ]
    quantity: int = Field(
        description="Units; of an adjustment or a count the difference, below 0 for fewer"
    )
    units_out: int = Field(description="How many units left the stock of where they were")
    units_in: int = Field(description="How many units came to the stock of where they are now")
    balance: int = Field(description="How many units in use the entry had after it", examples=[3])
    to_balance: int | None = Field(description="How many the other entry had", examples=[5])
    from_location_id: UUID | None
    from_location_name: str | None = Field(description="Null once the location is deleted")
    from_container_id: UUID | None
    from_container_name: str | None
    to_location_id: UUID | None
    to_location_name: str | None
    to_container_id: UUID | None
    to_container_name: str | None
    used_at: datetime | None = Field(description="When it was used, of a use")
    reason: str | None
    stocktake_id: UUID | None = Field(description="The stocktake that it puts the books right for")
    undoes: UUID | None = Field(description="The movement that this one is the opposite of")
    undone_by: UUID | None = Field(description="The movement that is the opposite of this one")
    actor: str = Field(description="The user who did it, or `system`")
    created_at: datetime


class MovementUndo(RequestBody):
    reason: Reason | None = None


class MovementPage(BaseModel):
    items: list[MovementOut]
    next_cursor: str | None
