"""What maintenance schedules publish."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from chassis.events import CreatedAt, Event, Facts, IsArchived, Updated, UpdatedAt, WorkspaceId
from services.inventory.maintenance.states import CountsFrom


class MaintenanceEvent(Event):
    """A maintenance schedule's full state after the change."""

    topic = "warehouse.inventory.maintenance.v1"
    example: ClassVar[Facts] = {
        "id": "019cec05-7d3e-7b22-8a15-3c5e7f9b1d11",
        "workspace_id": "019cad8f-ac10-7c3e-8a51-0d2f6b7e9c01",
        "version": 1,
        "inventory_id": "019cad94-7f15-7a8c-b3e2-f6d8c0a1920b",
        "item_id": "019cad94-5b77-7c19-8e60-d4f2b6a81c07",
        "item_name": "Cordless drill",
        "name": "Grease the gears",
        "every_days": 180,
        "counts_from": "done",
        "next_due": "2026-09-01",
        "last_done": None,
        "notes": None,
        "is_archived": False,
        "created_at": "2026-03-05T09:00:00Z",
        "updated_at": "2026-03-05T09:00:00Z",
    }

    workspace_id: WorkspaceId
    inventory_id: UUID = Field(description="The entry that it is done to")
    item_id: UUID = Field(description="What that is")
    item_name: str | None = Field(description="What that is called, if inventory has heard of it")
    name: str = Field(description="What has to be done")
    every_days: int = Field(ge=1, description="How many days apart")
    counts_from: CountsFrom = Field(
        description="Whether the days count from when it was done, or from when it was due"
    )
    next_due: date = Field(description="The day it is due next")
    last_done: date | None = Field(description="The day it was done last; null: never yet")
    notes: str | None = Field(description="What was written down")
    is_archived: IsArchived
    created_at: CreatedAt
    updated_at: UpdatedAt


class MaintenanceCreated(MaintenanceEvent):
    """A schedule was made."""

    type = "warehouse.inventory.maintenance.created"


class MaintenanceUpdated(MaintenanceEvent, Updated):
    """A schedule's fields changed."""

    type = "warehouse.inventory.maintenance.updated"
    example: ClassVar[Facts] = {
        "version": 2,
        "every_days": 90,
        "changes": {"every_days": [180, 90]},
        "updated_at": "2026-03-06T09:00:00Z",
    }


class MaintenanceDue(MaintenanceEvent):
    """The day has come, where the workspace is; told once for each day it is due."""

    type = "warehouse.inventory.maintenance.due"
    example: ClassVar[Facts] = {
        "version": 3,
        "days_overdue": 0,
        "location_name": "Workshop",
        "updated_at": "2026-08-31T21:00:05Z",
    }

    days_overdue: int = Field(ge=0, description="Whole days since it was due; 0 as a rule")
    location_name: str | None = Field(description="Where the entry is")


class MaintenanceCompleted(MaintenanceEvent, Updated):
    """It was done, as a completed repair tells, and is due anew."""

    type = "warehouse.inventory.maintenance.completed"
    example: ClassVar[Facts] = {
        "version": 4,
        "last_done": "2026-09-03",
        "next_due": "2027-03-02",
        "repair_id": "019cec09-11f2-7c5b-9e37-8d0f2b4c6e12",
        "changes": {
            "last_done": [None, "2026-09-03"],
            "next_due": ["2026-09-01", "2027-03-02"],
        },
        "updated_at": "2026-09-03T10:00:00Z",
    }

    repair_id: UUID = Field(description="The repair that tells what was done")


class MaintenanceArchived(MaintenanceEvent):
    """A schedule was put out of use."""

    type = "warehouse.inventory.maintenance.archived"
    example: ClassVar[Facts] = {
        "version": 5,
        "is_archived": True,
        "updated_at": "2026-10-01T10:00:00Z",
    }


class MaintenanceRestored(MaintenanceEvent):
    """An archived schedule is in use again."""

    type = "warehouse.inventory.maintenance.restored"
    example: ClassVar[Facts] = {"version": 6, "updated_at": "2026-10-02T10:00:00Z"}
