"""Response bodies of the activity."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field


class EntityType(StrEnum):
    """What changed: the aggregate as its events call it."""

    WORKSPACE = "workspace"
    MEMBER = "member"
    ITEM = "item"
    CATEGORY = "category"
    LOCATION = "location"
    CONTAINER = "container"
    STOCK = "stock"
    BORROWER = "borrower"
    LOAN = "loan"


class Change(BaseModel):
    field: str
    from_: Any = Field(alias="from")
    to: Any


class ActivityOut(BaseModel):
    id: UUID = Field(description="The event's id")
    occurred_at: datetime
    actor_id: UUID | None = Field(description="The user who did it; null: it happened by itself")
    actor_name: str | None
    type: str = Field(description="The event's type, such as warehouse.catalog.item.updated")
    entity_type: EntityType
    entity_id: UUID
    entity_name: str | None = Field(description="The name of it, or of the item it is about")
    changes: list[Change]


class ActivityPage(BaseModel):
    items: list[ActivityOut]
    next_cursor: str | None
