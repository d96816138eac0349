"""Request and response bodies of inventory entries."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StrictBool, StringConstraints

from chassis.fields import (
    OMITTED,
    Count,
    Currency,
    Day,
    Delta,
    ExternalId,
    KeptMoment,
    MinorUnits,
    PositiveCount,
    RequestBody,
    ShortName,
    Text,
)
from services.inventory.locations.schemas import Crumb
from services.inventory.short_codes.alphabet import ShortCode
from services.inventory.stock.states import Condition, Status

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class EntryCreate(RequestBody):
    item_id: UUID
    location_id: UUID
    container_id: UUID | None = Field(None, description="A container in that location")
    quantity: Count = 1
    condition: Condition = Condition.GOOD
    status: Status = Status.AVAILABLE
    serial_number: ShortName | None = None
    lot: ShortName | None = None
    date_acquired: Day | None = None
    purchase_price: MinorUnits | None = Field(
        None, description="Per unit, in minor units of `currency`; both or neither"
    )
    currency: Currency | None = Field(None, description="ISO 4217")
    warranty_expires: Day | None = None
    expiration_date: Day | None = None
    notes: Text | None = None
    external_id: ExternalId | None = Field(None, description="Your own identifier, unique here")
    short_code: ShortCode | None = Field(
        None, description="The code on its label; `short-codes` makes one", examples=[None]
    )


class EntryPatch(RequestBody):
    """Only the fields that are sent change. Quantity and place have verbs of their own: `adjust`
    and `move`."""

    condition: Condition = OMITTED
    status: Status = OMITTED
    serial_number: ShortName | None = None
    lot: ShortName | None = None
    date_acquired: Day | None = None
    purchase_price: MinorUnits | None = None
    currency: Currency | None = None
    warranty_expires: Day | None = None
    expiration_date: Day | None = None
    notes: Text | None = None
    external_id: ExternalId | None = None
    short_code: ShortCode | None = Field(
        None, description="Another code takes its place; null takes it off", examples=[None]
    )
    last_used_at: KeptMoment | None = None


class EntryMove(RequestBody):
    location_id: UUID
    container_id: UUID | None = Field(None, description="A container in that location")
    quantity: PositiveCount | None = Field(
        None, description="All units when absent; fewer become an entry of their own"
    )
    merge: StrictBool = Field(
        False,
        description="Whether they join an entry there that is alike in everything, if there is one",
    )
    reason: Reason | None = None


class EntryMerge(RequestBody):
    into: UUID = Field(description="The entry that has all units then; of the same item")
    even_if_unlike: StrictBool = Field(
        False, description="Whether to merge although fields differ; those of `into` stay"
    )
    reason: Reason | None = None


class EntryAdjust(RequestBody):
    delta: Delta = Field(description="How many units more or, below 0, fewer there are")
    reason: Reason


class EntryCount(RequestBody):
    quantity: Count = Field(description="How many units there are, exactly; held ones included")
    reason: Reason | None = None


class EntryUse(RequestBody):
    used_at: KeptMoment | None = Field(None, description="When; now when absent")


class EntryOut(BaseModel):
    id: UUID
    workspace_id: UUID
    item_id: UUID
    item_name: str | None
    item_sku: str | None
    category_id: UUID | None = Field(description="The item's")
    category_name: str | None = Field(description="Null until inventory has heard of it")
    location_id: UUID
    location_name: str
    location_path: list[Crumb] = Field(description="From the root down to the location itself")
    container_id: UUID | None
    container_name: str | None
    quantity: int
    held_quantity: int = Field(description="Lent, reserved, in repair or on the way")
    free_quantity: int
    condition: Condition
    status: Status
    serial_number: str | None
    lot: str | None
    date_acquired: date | None
    purchase_price: int | None
    currency: str | None
    warranty_expires: date | None
    expiration_date: date | None
    notes: str | None
    external_id: str | None
    short_code: str | None = Field(description="The code on its label")
    last_used_at: datetime | None
    is_archived: bool
    merged_into: UUID | None = Field(description="The entry that has all its units now")
    version: int
    created_at: datetime
    updated_at: datetime


class EntryPage(BaseModel):
    items: list[EntryOut]
    next_cursor: str | None
