"""Response bodies of past stock."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, Field


class By(StrEnum):
    """What stock is summed by."""

    ENTRY = "entry"
    ITEM = "item"
    LOCATION = "location"


class StockOut(BaseModel):
    id: UUID = Field(description="Of the entry, item or location that is summed")
    inventory_id: UUID | None = Field(description="The entry; null unless summed by entry")
    item_id: UUID | None = Field(description="The item; null where summed by location")
    item_name: str | None = Field(description="What it is called today")
    location_id: UUID | None = Field(description="Where; null where summed by item")
    location_name: str | None = Field(
        description="What it is called today; null once the location is deleted"
    )
    container_id: UUID | None = Field(description="In which container; null: in none, or summed")
    container_name: str | None
    quantity: int = Field(description="How many units were in use there then")


class StockPage(BaseModel):
    items: list[StockOut]
    next_cursor: str | None


class EntryThen(BaseModel):
    inventory_id: UUID
    time: datetime
    quantity: int = Field(description="How many units were in use; 0: none, or none yet")
    location_id: UUID | None = Field(description="Where they stood; null where there were none")
    location_name: str | None
    container_id: UUID | None
    container_name: str | None
