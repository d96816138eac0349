"""Request and response bodies of maintenance schedules."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.fields import (
    OMITTED,
    Currency,
    Day,
    MinorUnits,
    Name,
    PositiveCount,
    RequestBody,
    Text,
)
from services.inventory.maintenance.states import CountsFrom
from services.inventory.repairs.schemas import Description
from services.inventory.stock.states import Condition

EveryDays = Annotated[int, Field(ge=1, le=3650, strict=True, examples=[180])]
_WHAT, _WHO = ["Grease the gears"], ["Toolshop Ltd"]


class MaintenanceCreate(RequestBody):
    inventory_id: UUID = Field(description="The entry that it is done to")
    name: Name = Field(description="What has to be done", examples=_WHAT)
    every_days: EveryDays = Field(description="How many days apart")
    counts_from: CountsFrom = Field(
        CountsFrom.DONE,
        description="`done`: the days count from when it was done; `due`: from when it was due, so "
        "that it keeps in step with the calendar",
    )
    next_due: Day | None = Field(
        None, description="`every_days` after `last_done`, or else after today, when absent"
    )
    last_done: Day | None = None
    notes: Text | None = None


class MaintenancePatch(RequestBody):
    """Only the fields that are sent change. To note that it was done, `complete` it."""

    name: Name = Field(OMITTED, examples=_WHAT)
    every_days: EveryDays = OMITTED
    counts_from: CountsFrom = OMITTED
    next_due: Day = OMITTED
    notes: Text | None = None


class MaintenanceComplete(RequestBody):
    """What was done; it is written down as a completed repair."""

    done_on: Day | None = Field(None, description="Today when absent, where the workspace is")
    quantity: PositiveCount | None = Field(None, description="All units of the entry when absent")
    description: Description | None = Field(
        None, description="The schedule's name when absent", examples=_WHAT
    )
    provider: Name | None = Field(None, description="Who did it", examples=_WHO)
    cost: MinorUnits | None = Field(
        None, description="In minor units of `currency`; both or neither"
    )
    currency: Currency | None = Field(None, description="ISO 4217")
    new_condition: Condition | None = Field(
        None, description="What the units are like now, where all of them were done"
    )
    notes: Text | None = None


class MaintenanceOut(BaseModel):
    id: UUID
    workspace_id: UUID
    inventory_id: UUID
    item_id: UUID
    item_name: str | None
    location_id: UUID
    location_name: str
    name: str = Field(examples=_WHAT)
    every_days: int
    counts_from: CountsFrom
    next_due: date
    last_done: date | None
    notes: str | None
    is_archived: bool
    version: int
    created_at: datetime
    updated_at: datetime


class MaintenancePage(BaseModel):
    items: list[MaintenanceOut]
    next_cursor: str | None
