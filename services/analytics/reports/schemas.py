"""Response bodies of reports."""

from uuid import UUID

from pydantic import BaseModel, Field


class LentItem(BaseModel):
    item_id: UUID
    name: str
    loans: int = Field(description="How many loans of it ever became active")


class MostLentItems(BaseModel):
    items: list[LentItem]
