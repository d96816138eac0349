"""What stocktakes publish. What they find is told by the stock that is put right."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from chassis.events import CreatedAt, Event, Facts, Updated, UpdatedAt, WorkspaceId
from services.inventory.stocktakes.states import Misplaced, Missing, Status, Unexpected


class StocktakeEvent(Event):
    """A stocktake's full state after the change."""

    topic = "warehouse.inventory.stocktake.v1"
    example: ClassVar[Facts] = {
        "id": "019cebb1-0c20-7a4d-9e13-5b7d9f1c3e50",
        "workspace_id": "019cad8f-ac10-7c3e-8a51-0d2f6b7e9c01",
        "version": 1,
        "name": "Workshop, spring",
        "location_id": "019cad94-6a51-7e2a-b5d8-07f9c1a3e508",
        "notes": None,
        "status": "open",
        "started_by": "019cad8f-9a10-7c3e-8a51-0d2f6b7e9c0a",
        "closed_by": None,
        "closed_at": None,
        "missing": None,
        "misplaced": None,
        "unexpected": None,
        "created_at": "2026-03-14T08:00:00Z",
        "updated_at": "2026-03-14T08:00:00Z",
    }

    workspace_id: WorkspaceId
    name: str = Field(description="What it is called")
    location_id: UUID | None = Field(
        description="What stands there or below is counted; null: everything"
    )
    notes: str | None = Field(description="What was written down")
    status: Status = Field(description="How far it is")
    started_by: str = Field(description="The user who began it")
    closed_by: str | None = Field(description="The user who ended the counting; null before")
    closed_at: datetime | None = Field(description="When the counting ended; null before")
    missing: Missing | None = Field(description="What is done about what nobody found")
    misplaced: Misplaced | None = Field(description="What is done about what stands elsewhere")
    unexpected: Unexpected | None = Field(description="What is done about what has no entry")
    created_at: CreatedAt
    updated_at: UpdatedAt


class StocktakeStarted(StocktakeEvent):
    """Counting began."""

    type = "warehouse.inventory.stocktake.started"


class StocktakeUpdated(StocktakeEvent, Updated):
    """Its name or notes changed."""

    type = "warehouse.inventory.stocktake.updated"
    example: ClassVar[Facts] = {
        "version": 2,
        "changes": {"name": ["Workshop", "Workshop, spring"]},
        "updated_at": "2026-03-14T08:10:00Z",
    }


class StocktakeClosed(StocktakeEvent, Updated):
    """Counting ended; the books are being put right."""

    type = "warehouse.inventory.stocktake.closed"
    example: ClassVar[Facts] = {
        "version": 3,
        "status": "reconciling",
        "closed_by": "019cad8f-9a10-7c3e-8a51-0d2f6b7e9c0a",
        "closed_at": "2026-03-14T11:00:00Z",
        "missing": "mark",
        "misplaced": "move",
        "unexpected": "create",
        "changes": {"status": ["open", "reconciling"], "missing": [None, "mark"]},
        "updated_at": "2026-03-14T11:00:00Z",
    }


class StocktakeReconciled(StocktakeEvent, Updated):
    """The books agree with what was counted, but for what could not be put right."""

    type = "warehouse.inventory.stocktake.reconciled"
    example: ClassVar[Facts] = {
        "version": 4,
        "status": "reconciled",
        "closed_by": "019cad8f-9a10-7c3e-8a51-0d2f6b7e9c0a",
        "closed_at": "2026-03-14T11:00:00Z",
        "missing": "mark",
        "misplaced": "move",
        "unexpected": "create",
        "settled": 212,
        "problems": 1,
        "changes": {"status": ["reconciling", "reconciled"]},
        "updated_at": "2026-03-14T11:00:02Z",
    }

    settled: int = Field(ge=0, description="How many findings the books agree with now")
    problems: int = Field(ge=0, description="How many could not be put right")


class StocktakeCancelled(StocktakeEvent, Updated):
    """It came to nothing; the books stay as they are."""

    type = "warehouse.inventory.stocktake.cancelled"
    example: ClassVar[Facts] = {
        "version": 2,
        "status": "cancelled",
        "changes": {"status": ["open", "cancelled"]},
        "updated_at": "2026-03-14T09:00:00Z",
    }
