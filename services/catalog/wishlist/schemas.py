"""Request and response bodies of the wishlist."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from chassis.fields import (
    OMITTED,
    Currency,
    ExternalId,
    MinorUnits,
    Name,
    RequestBody,
    Text,
    WebAddress,
    wrong,
)
from services.catalog.items.schemas import ItemCreate
from services.catalog.wishlist.states import Status

Priority = Annotated[
    int, Field(ge=1, le=5, strict=True, description="1: whenever, 5: at once", examples=[3])
]


class WishCreate(RequestBody):
    name: Name = Field(examples=["Table saw"])
    url: WebAddress | None = None
    price_estimate: MinorUnits | None = Field(
        None, description="In minor units of `currency`; both or neither"
    )
    currency: Currency | None = Field(None, description="ISO 4217")
    priority: Priority = 3
    notes: Text | None = None
    external_id: ExternalId | None = Field(None, description="Your own identifier, unique here")


class WishPatch(RequestBody):
    """Only the fields that are sent change."""

    name: Name = Field(OMITTED, examples=["Table saw"])
    url: WebAddress | None = None
    price_estimate: MinorUnits | None = None
    currency: Currency | None = None
    priority: Priority = OMITTED
    notes: Text | None = None
    external_id: ExternalId | None = None


class WishAcquire(RequestBody):
    """What the wish became: an item that is there already, or a new one; without either, a new one
    of the wish's name."""

    item_id: UUID | None = None
    item: ItemCreate | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if self.item_id is not None and self.item is not None:
            raise wrong("item", "Give `item_id` or `item`, not both.")
        return self


class WishOut(BaseModel):
    id: UUID
    workspace_id: UUID
    name: str = Field(examples=["Table saw"])
    url: str | None = Field(examples=["https://toolshop.example/saws/7"])
    price_estimate: int | None = Field(description="In minor units of `currency`")
    currency: str | None
    priority: int = Field(description="1: whenever, 5: at once", examples=[3])
    notes: str | None
    external_id: str | None
    status: Status
    item_id: UUID | None = Field(description="What it became")
    version: int
    created_at: datetime
    updated_at: datetime


class WishPage(BaseModel):
    items: list[WishOut]
    next_cursor: str | None
