"""What inventory entries publish."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.events import (
    Changes,
    CreatedAt,
    Event,
    ExternalId,
    Facts,
    IsArchived,
    Updated,
    UpdatedAt,
    WorkspaceId,
)
from services.inventory.stock.states import Condition, Status

TOPIC = "warehouse.inventory.stock.v1"
_ENTRY = "019cad94-7f15-7a8c-b3e2-f6d8c0a1920b"
_PART = "019cebae-61c0-7d44-9b07-2c4e6a8f100c"
_OTHER = "019cebae-6a11-7b20-8c64-3d5f7a9b0c0d"
_LOAN = "019cebae-6e5a-7f31-8d95-4b6d8f0a1c0e"


class StockEvent(Event):
    """An entry's full state after the change."""

    topic = TOPIC
    example: ClassVar[Facts] = {
        "id": _ENTRY,
        "workspace_id": "019cad8f-ac10-7c3e-8a51-0d2f6b7e9c01",
        "version": 1,
        "item_id": "019cad94-5b77-7c19-8e60-d4f2b6a81c07",
        "location_id": "019cad94-6a52-7d63-8c0f-b9e1d3f50709",
        "container_id": "019cad94-6d20-7b4e-9f81-a5c7e9d30b0a",
        "quantity": 3,
        "held_quantity": 0,
        "condition": "GOOD",
        "status": "AVAILABLE",
        "serial_number": None,
        "lot": None,
        "date_acquired": "2026-02-27",
        "purchase_price": 12_900,
        "currency": "EUR",
        "warranty_expires": "2029-02-27",
        "expiration_date": None,
        "notes": None,
        "external_id": None,
        "short_code": None,
        "last_used_at": None,
        "is_archived": False,
        "merged_into": None,
        "created_at": "2026-03-02T08:05:00Z",
        "updated_at": "2026-03-02T08:05:00Z",
    }

    workspace_id: WorkspaceId
    item_id: UUID = Field(description="What these units are")
    location_id: UUID = Field(description="Where they are")
    container_id: UUID | None = Field(description="The container they are in; null: in none")
    quantity: int = Field(ge=0, description="How many units there are, held ones included")
    held_quantity: int = Field(ge=0, description="How many of them are held, as by a loan")
    condition: Condition = Field(description="What they are like")
    status: Status = Field(description="What can be done with them; being lent is no status")
    serial_number: str | None = Field(description="The maker's number of this very unit")
    lot: str | None = Field(description="The maker's batch")
    date_acquired: date | None = Field(description="When they were bought or given")
    purchase_price: int | None = Field(
        ge=0, description="Per unit, in minor units of `currency`; null where that is"
    )
    currency: str | None = Field(description="ISO 4217; null where there is no price")
    warranty_expires: date | None = Field(description="The last day of the warranty")
    expiration_date: date | None = Field(description="The last day they are good for")
    notes: str | None = Field(description="What the owner wrote down")
    external_id: ExternalId
    short_code: str | None = Field(None, description="The code on its label, unique everywhere")
    last_used_at: datetime | None = Field(description="When they were last used")
    is_archived: IsArchived
    merged_into: UUID | None = Field(
        None, description="The entry that has all its units now; null: none"
    )
    created_at: CreatedAt
    updated_at: UpdatedAt


_FOUND_BY = Field(
    None, description="The stocktake that found it so, of what puts the books right; else null"
)


class StockCreated(StockEvent):
    """Units came in, or were split off another entry."""

    type = "warehouse.inventory.stock.created"
    example: ClassVar[Facts] = {"split_from": None, "stocktake_id": None}

    split_from: UUID | None = Field(
        description="The entry that these units were part of; null: they are new here"
    )
    stocktake_id: UUID | None = _FOUND_BY


class StockUpdated(StockEvent, Updated):
    """Fields changed that are neither quantity nor place."""

    type = "warehouse.inventory.stock.updated"
    example: ClassVar[Facts] = {
        "version": 2,
        "condition": "FAIR",
        "changes": {"condition": ["GOOD", "FAIR"]},
        "updated_at": "2026-03-14T09:30:00Z",
    }


class StockMoved(StockEvent, Updated):
    """All units of the entry stand in another place."""

    type = "warehouse.inventory.stock.moved"
    example: ClassVar[Facts] = {
        "version": 3,
        "container_id": None,
        "stocktake_id": None,
        "changes": {"container_id": ["019cad94-6d20-7b4e-9f81-a5c7e9d30b0a", None]},
        "updated_at": "2026-03-14T09:40:00Z",
    }

    stocktake_id: UUID | None = _FOUND_BY


class StockSplit(StockEvent, Updated):
    """Part of the units left for an entry of their own, or joined another one."""

    type = "warehouse.inventory.stock.split"
    example: ClassVar[Facts] = {
        "version": 4,
        "quantity": 2,
        "moved_to": _PART,
        "moved_quantity": 1,
        "stocktake_id": None,
        "changes": {"quantity": [3, 2]},
        "updated_at": "2026-03-14T09:50:00Z",
    }

    moved_to: UUID = Field(description="The entry that has them now")
    moved_quantity: int = Field(ge=1, description="How many units left")
    stocktake_id: UUID | None = _FOUND_BY


class StockJoined(StockEvent, Updated):
    """Units of another entry are this one's now, held ones with their holds."""

    type = "warehouse.inventory.stock.joined"
    example: ClassVar[Facts] = {
        "version": 5,
        "quantity": 5,
        "joined_from": _OTHER,
        "joined_quantity": 2,
        "changes": {"quantity": [3, 5]},
        "updated_at": "2026-03-14T09:55:00Z",
    }

    joined_from: UUID = Field(description="The entry that had them")
    joined_quantity: int = Field(ge=0, description="How many units joined")


class StockMerged(StockEvent, Updated):
    """All units of this entry are another one's now, `merged_into`; this one is archived."""

    type = "warehouse.inventory.stock.merged"
    example: ClassVar[Facts] = {
        "id": _OTHER,
        "version": 2,
        "quantity": 0,
        "is_archived": True,
        "merged_into": _ENTRY,
        "moved_quantity": 2,
        "changes": {
            "quantity": [2, 0],
            "is_archived": [False, True],
            "merged_into": [None, _ENTRY],
        },
        "updated_at": "2026-03-14T09:55:00Z",
    }

    moved_quantity: int = Field(ge=0, description="How many units left")


class StockAdjusted(StockEvent, Updated):
    """The quantity was corrected."""

    type = "warehouse.inventory.stock.adjusted"
    example: ClassVar[Facts] = {
        "version": 5,
        "quantity": 4,
        "delta": 1,
        "reason": "Found one behind the bench",
        "changes": {"quantity": [3, 4]},
        "updated_at": "2026-03-14T10:00:00Z",
    }

    delta: int = Field(description="How many units came, or below 0, went")
    reason: str = Field(description="Why, in words of whoever corrected it")


class StockCounted(StockEvent, Updated):
    """Somebody counted: there are exactly so many. `changes` is empty where that was known."""

    type = "warehouse.inventory.stock.counted"
    example: ClassVar[Facts] = {
        "version": 5,
        "quantity": 4,
        "delta": 1,
        "reason": "Stocktake in spring",
        "stocktake_id": "019cebb2-4c11-7d08-9e31-6a8c0b2d4e0f",
        "changes": {"quantity": [3, 4]},
        "updated_at": "2026-03-14T10:00:00Z",
    }

    delta: int = Field(description="How many more than was known, or below 0, fewer")
    reason: str | None = Field(description="What the count was for, in words of whoever counted")
    stocktake_id: UUID | None = _FOUND_BY


class StockArchived(StockEvent):
    """An entry was put out of use."""

    type = "warehouse.inventory.stock.archived"
    example: ClassVar[Facts] = {
        "version": 6,
        "is_archived": True,
        "updated_at": "2026-03-15T10:00:00Z",
    }


class StockRestored(StockEvent):
    """An archived entry is in use again."""

    type = "warehouse.inventory.stock.restored"
    example: ClassVar[Facts] = {
        "version": 7,
        "changes": {"is_archived": [True, False]},
        "updated_at": "2026-03-16T10:00:00Z",
    }

    changes: Changes = Field({}, description="Each changed field with its value before and after")


class _Ending(StockEvent):
    item_name: str | None = Field(description="What they are, if inventory has heard of it")
    location_name: str | None = Field(description="Where they are")


class StockExpiring(_Ending):
    """Units in use expire soon, or have: told 30, 7 and 1 days before, and on the day, each once;
    of a date that is set later than that at once."""

    type = "warehouse.inventory.stock.expiring"
    example: ClassVar[Facts] = {
        "version": 10,
        "expiration_date": "2026-06-30",
        "days_left": 7,
        "item_name": "Wood glue",
        "location_name": "Workshop",
        "updated_at": "2026-06-22T21:00:04Z",
    }

    days_left: int = Field(description="Whole days until then; 0 on the day, below 0 after it")


class StockWarrantyEnding(_Ending):
    """The warranty of units in use ends soon: told 30, 7 and 1 days before, each once."""

    type = "warehouse.inventory.stock.warranty_ending"
    example: ClassVar[Facts] = {
        "version": 11,
        "days_left": 30,
        "item_name": "Cordless drill",
        "location_name": "Workshop",
        "updated_at": "2029-01-27T22:00:04Z",
    }

    days_left: int = Field(description="Whole days until its last day")


class Held(BaseModel):
    """A hold, and how many units it took or gave back just now."""

    reference: UUID = Field(description="What holds: the loan, or the repair")
    purpose: str = Field(description="What the hold is for: loan, reservation, repair or transit")
    quantity: int = Field(ge=1, description="How many units it took, or gave back, just now")


class HoldPlaced(StockEvent, Updated):
    """Units were set aside for the hold's reference."""

    type = "warehouse.inventory.stock.hold_placed"
    example: ClassVar[Facts] = {
        "version": 8,
        "held_quantity": 2,
        "hold": {"reference": _LOAN, "purpose": "loan", "quantity": 2},
        "changes": {"held_quantity": [0, 2]},
        "updated_at": "2026-03-14T09:30:00Z",
    }

    hold: Held = Field(description="The hold that took them")


class HoldReleased(StockEvent, Updated):
    """Units of a hold are free again."""

    type = "warehouse.inventory.stock.hold_released"
    example: ClassVar[Facts] = {
        "version": 9,
        "held_quantity": 1,
        "hold": {"reference": _LOAN, "purpose": "loan", "quantity": 1},
        "changes": {"held_quantity": [2, 1]},
        "updated_at": "2026-03-18T16:00:00Z",
    }

    hold: Held = Field(description="The hold that gave them back")


class HoldMoved(StockEvent):
    """A hold followed its units here from another entry. `held_quantity` counts it since the
    event that brought them."""

    type = "warehouse.inventory.stock.hold_moved"
    example: ClassVar[Facts] = {
        "version": 10,
        "held_quantity": 1,
        "hold": {"reference": _LOAN, "purpose": "loan", "quantity": 1},
        "moved_from": _OTHER,
        "updated_at": "2026-03-14T09:55:00Z",
    }

    hold: Held = Field(description="The hold that followed")
    moved_from: UUID = Field(description="The entry that it was on")


class Refusal(StrEnum):
    """Why a hold was not placed."""

    INSUFFICIENT_STOCK = "insufficient-stock"
    NOT_FOUND = "not-found"
    NOT_AVAILABLE = "not-available"


class HoldRejected(Event):
    """A hold was refused. It changes no entry: `id` is the one asked for, which may not exist,
    and `version` the one it stands at, 1 if it does not exist."""

    topic = TOPIC
    type = "warehouse.inventory.stock.hold_rejected"
    example: ClassVar[Facts] = {
        "id": _ENTRY,
        "workspace_id": "019cad8f-ac10-7c3e-8a51-0d2f6b7e9c01",
        "version": 8,
        "reference": "019cebb0-2a11-7c08-a4f6-8e0a2c4d6f0f",
        "purpose": "loan",
        "quantity": 2,
        "reason": "insufficient-stock",
        "free_quantity": 1,
    }

    workspace_id: WorkspaceId
    reference: UUID = Field(description="What asked for the hold: the loan")
    purpose: str = Field(description="What the hold was for: loan, reservation, repair or transit")
    quantity: int = Field(ge=1, description="How many units were asked for")
    reason: Refusal = Field(description="Why it was refused")
    free_quantity: int = Field(
        ge=0, description="How many units were free, when there were too few; else 0"
    )
