"""Request and response bodies of repairs."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StrictBool, StringConstraints

from chassis.fields import (
    OMITTED,
    Currency,
    Day,
    MinorUnits,
    Name,
    PositiveCount,
    RequestBody,
    ShortName,
    Text,
)
from services.inventory.repairs.states import Status
from services.inventory.stock.states import Condition

Description = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)
]
_WRONG, _WHO, _CLAIM = ["The chuck is loose"], ["Toolshop Ltd"], ["RMA-20417"]
_COST = "In minor units of `currency`; both or neither"


class RepairCreate(RequestBody):
    inventory_id: UUID = Field(description="The entry whose units are to be repaired")
    quantity: PositiveCount = Field(1, description="How many of its free units; held until then")
    description: Description = Field(description="What is wrong", examples=_WRONG)
    provider: Name | None = Field(None, description="Who repairs", examples=_WHO)
    cost: MinorUnits | None = Field(None, description=_COST)
    currency: Currency | None = Field(None, description="ISO 4217")
    is_warranty_claim: StrictBool = Field(False, description="Whether the warranty is to pay")
    warranty_reference: ShortName | None = Field(
        None, description="The claim's number", examples=_CLAIM
    )
    expected_back: Day | None = Field(None, description="The day by which it should be done")
    notes: Text | None = None


class RepairPatch(RequestBody):
    """Only the fields that are sent change, also of a repair that is done: bills come late. To
    repair more units, or fewer, cancel it and open another."""

    description: Description = Field(OMITTED, examples=_WRONG)
    provider: Name | None = Field(None, examples=_WHO)
    cost: MinorUnits | None = Field(None, description=_COST)
    currency: Currency | None = None
    is_warranty_claim: StrictBool = OMITTED
    warranty_reference: ShortName | None = Field(None, examples=_CLAIM)
    expected_back: Day | None = None
    notes: Text | None = None


class RepairComplete(RequestBody):
    """What became of it; what is not sent stays as it was."""

    new_condition: Condition | None = Field(
        None,
        description="What the units are like now. Of part of an entry, units in another condition "
        "than the rest become an entry of their own, in the same place",
    )
    cost: MinorUnits | None = Field(None, description=_COST)
    currency: Currency | None = None
    provider: Name | None = Field(None, examples=_WHO)
    notes: Text | None = None


class RepairOut(BaseModel):
    id: UUID
    workspace_id: UUID
    inventory_id: UUID
    item_id: UUID
    item_name: str | None
    location_id: UUID
    location_name: str
    quantity: int
    description: str = Field(examples=_WRONG)
    status: Status
    provider: str | None = Field(examples=_WHO)
    cost: int | None
    currency: str | None
    is_warranty_claim: bool
    warranty_reference: str | None = Field(examples=_CLAIM)
    expected_back: date | None
    new_condition: Condition | None
    repaired_inventory_id: UUID | None = Field(
        description="The entry of their own that the repaired units became, if they did"
    )
    notes: str | None
    loan_id: UUID | None = Field(description="The loan that they came back damaged from")
    maintenance_id: UUID | None = Field(description="The maintenance schedule it was done for")
    opened_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    cancelled_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


class RepairPage(BaseModel):
    items: list[RepairOut]
    next_cursor: str | None


class RepairCosts(BaseModel):
    amount: int = Field(description="In minor units")
    currency: str = Field(description="ISO 4217")


class RepairSummary(BaseModel):
    repairs: int = Field(description="How many there are, cancelled ones included")
    open: int = Field(description="How many of them are open")
    units_in_repair: int = Field(description="The units that these hold")
    costs: list[RepairCosts] = Field(description="What all of them cost, by currency")
