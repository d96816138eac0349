"""What repairs publish."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from chassis.events import CreatedAt, Event, Facts, Updated, UpdatedAt, WorkspaceId
from services.inventory.repairs.states import Status
from services.inventory.stock.states import Condition


class RepairEvent(Event):
    """A repair's full state after the change."""

    topic = "warehouse.inventory.repair.v1"
    example: ClassVar[Facts] = {
        "id": "019cec01-3f2a-7a11-9c44-5b7d9f1a3c10",
        "workspace_id": "019cad8f-ac10-7c3e-8a51-0d2f6b7e9c01",
        "version": 1,
        "inventory_id": "019cad94-7f15-7a8c-b3e2-f6d8c0a1920b",
        "item_id": "019cad94-5b77-7c19-8e60-d4f2b6a81c07",
        "item_name": "Cordless drill",
        "quantity": 1,
        "description": "The chuck is loose",
        "status": "PENDING",
        "provider": "Toolshop Ltd",
        "cost": None,
        "currency": None,
        "is_warranty_claim": True,
        "warranty_reference": "RMA-20417",
        "expected_back": "2026-04-10",
        "new_condition": None,
        "repaired_inventory_id": None,
        "notes": None,
        "loan_id": None,
        "maintenance_id": None,
        "opened_at": "2026-03-28T09:00:00Z",
        "started_at": None,
        "completed_at": None,
        "cancelled_at": None,
        "created_at": "2026-03-28T09:00:00Z",
        "updated_at": "2026-03-28T09:00:00Z",
    }

    workspace_id: WorkspaceId
    inventory_id: UUID = Field(description="The entry whose units are repaired")
    item_id: UUID = Field(description="What these units are")
    item_name: str | None = Field(description="What that is called, if inventory has heard of it")
    quantity: int = Field(ge=1, description="How many units; held while the repair is open")
    description: str = Field(description="What is wrong, or what was done")
    status: Status = Field(description="Open while it is `PENDING` or `IN_PROGRESS`")
    provider: str | None = Field(description="Who repairs")
    cost: int | None = Field(ge=0, description="In minor units of `currency`; null where that is")
    currency: str | None = Field(description="ISO 4217; null where there is no cost")
    is_warranty_claim: bool = Field(description="Whether the warranty is to pay")
    warranty_reference: str | None = Field(description="The claim's number")
    expected_back: date | None = Field(description="The day by which it should be done")
    new_condition: Condition | None = Field(description="What they are like since it was done")
    repaired_inventory_id: UUID | None = Field(
        description="The entry of their own that they became; null: they stayed where they were"
    )
    notes: str | None = Field(description="What was written down")
    loan_id: UUID | None = Field(description="The loan that they came back damaged from")
    maintenance_id: UUID | None = Field(description="The maintenance schedule it was done for")
    opened_at: datetime = Field(description="When it was opened")
    started_at: datetime | None = Field(description="When work began")
    completed_at: datetime | None = Field(description="When it was done")
    cancelled_at: datetime | None = Field(description="When it was called off")
    created_at: CreatedAt
    updated_at: UpdatedAt


class RepairOpened(RepairEvent):
    """Units are to be repaired, and held from now on."""

    type = "warehouse.inventory.repair.opened"


class RepairStarted(RepairEvent, Updated):
    """Work on it began."""

    type = "warehouse.inventory.repair.started"
    example: ClassVar[Facts] = {
        "version": 2,
        "status": "IN_PROGRESS",
        "started_at": "2026-03-30T08:00:00Z",
        "changes": {
            "status": ["PENDING", "IN_PROGRESS"],
            "started_at": [None, "2026-03-30T08:00:00+00:00"],
        },
        "updated_at": "2026-03-30T08:00:00Z",
    }


class RepairUpdated(RepairEvent, Updated):
    """What is known of it changed."""

    type = "warehouse.inventory.repair.updated"
    example: ClassVar[Facts] = {
        "version": 3,
        "expected_back": "2026-04-17",
        "changes": {"expected_back": ["2026-04-10", "2026-04-17"]},
        "updated_at": "2026-04-09T08:00:00Z",
    }


class RepairCompleted(RepairEvent, Updated):
    """It is done, and the units are free again. Work that was written down when it was done
    already, as that of a maintenance schedule, begins with this."""

    type = "warehouse.inventory.repair.completed"
    example: ClassVar[Facts] = {
        "version": 4,
        "status": "COMPLETED",
        "cost": 2_500,
        "currency": "EUR",
        "new_condition": "GOOD",
        "completed_at": "2026-04-15T14:00:00Z",
        "changes": {
            "status": ["IN_PROGRESS", "COMPLETED"],
            "cost": [None, 2_500],
            "currency": [None, "EUR"],
            "new_condition": [None, "GOOD"],
            "completed_at": [None, "2026-04-15T14:00:00+00:00"],
        },
        "updated_at": "2026-04-15T14:00:00Z",
    }


class RepairCancelled(RepairEvent, Updated):
    """It was called off, and the units are free again."""

    type = "warehouse.inventory.repair.cancelled"
    example: ClassVar[Facts] = {
        "version": 2,
        "status": "CANCELLED",
        "cancelled_at": "2026-03-29T10:00:00Z",
        "changes": {
            "status": ["PENDING", "CANCELLED"],
            "cancelled_at": [None, "2026-03-29T10:00:00+00:00"],
        },
        "updated_at": "2026-03-29T10:00:00Z",
    }


class RepairOverdue(RepairEvent):
    """It is still open the day after it should have been done; told once for each such day that
    was agreed."""

    type = "warehouse.inventory.repair.overdue"
    example: ClassVar[Facts] = {
        "version": 3,
        "status": "IN_PROGRESS",
        "started_at": "2026-03-30T08:00:00Z",
        "days_overdue": 1,
        "updated_at": "2026-04-11T00:00:04Z",
    }

    days_overdue: int = Field(ge=1, description="Whole days since it should have been done")
