"""What loans publish."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from chassis.events import CreatedAt, Event, Facts, Updated, UpdatedAt, WorkspaceId
from services.loans.loans.states import Condition, Refusal, Status


class Rejection(BaseModel):
    """Why inventory refused, and how many units were free then."""

    reason: Refusal = Field(description="Why inventory refused")
    free_quantity: int = Field(
        ge=0, description="How many units were free, when there were too few; else 0"
    )


class LoanEvent(Event):
    """A loan's full state after the change."""

    topic = "warehouse.loans.loan.v1"
    example: ClassVar[Facts] = {
        "id": "019cebae-6e5a-7f31-8d95-4b6d8f0a1c0e",
        "workspace_id": "019cad8f-ac10-7c3e-8a51-0d2f6b7e9c01",
        "version": 2,
        "inventory_id": "019cad94-7f15-7a8c-b3e2-f6d8c0a1920b",
        "borrower_id": "019cad94-8c33-7e57-9d18-6f8b0d2e4a0d",
        "borrower_name": "Mia Tamm",
        "item_id": "019cad94-5b77-7c19-8e60-d4f2b6a81c07",
        "item_name": "Cordless drill",
        "location_id": "019cad94-6a52-7d63-8c0f-b9e1d3f50709",
        "quantity": 2,
        "returned_quantity": 0,
        "loaned_at": "2026-03-14T09:30:00Z",
        "due_at": "2026-03-28T18:00:00Z",
        "returned_at": None,
        "notes": None,
        "status": "active",
        "rejection": None,
        "created_at": "2026-03-14T09:30:00Z",
        "updated_at": "2026-03-14T09:30:00.012000Z",
    }

    workspace_id: WorkspaceId
    inventory_id: UUID = Field(description="The inventory entry that is lent")
    borrower_id: UUID = Field(description="Who borrows")
    borrower_name: str = Field(description="Their name, as it was at this change")
    item_id: UUID | None = Field(
        description="What is lent; null until loans has heard of it, as the next two"
    )
    item_name: str | None = Field(description="Its name, as it was at this change")
    location_id: UUID | None = Field(description="Where it was lent from")
    quantity: int = Field(ge=1, description="How many units are lent")
    returned_quantity: int = Field(ge=0, description="How many of them are back in all")
    loaned_at: datetime = Field(description="When the loan begins")
    due_at: datetime | None = Field(description="When it has to be back; null: whenever")
    returned_at: datetime | None = Field(description="When the last unit came back")
    notes: str | None = Field(description="What was written down at lending")
    status: Status = Field(
        description="What the loan is now; the borrower has units of it while it is `active` or "
        "`partially_returned`"
    )
    rejection: Rejection | None = Field(description="Why it was refused; null unless it was")
    created_at: CreatedAt
    updated_at: UpdatedAt


class LoanRequested(LoanEvent):
    """Somebody wants to lend; inventory has to say whether the units are free."""

    type = "warehouse.loans.loan.requested"
    example: ClassVar[Facts] = {
        "version": 1,
        "status": "requested",
        "updated_at": "2026-03-14T09:30:00Z",
    }


class LoanActivated(LoanEvent):
    """The units are held: the borrower has them."""

    type = "warehouse.loans.loan.activated"


class LoanRejected(LoanEvent):
    """Inventory refused; see `rejection`."""

    type = "warehouse.loans.loan.rejected"
    example: ClassVar[Facts] = {
        "id": "019cebb0-2a11-7c08-a4f6-8e0a2c4d6f0f",
        "status": "rejected",
        "rejection": {"reason": "insufficient-stock", "free_quantity": 1},
    }


class LoanUpdated(LoanEvent, Updated):
    """A loan's notes changed, or the entry or the item that its units are of: that was merged into
    another."""

    type = "warehouse.loans.loan.updated"
    example: ClassVar[Facts] = {
        "version": 3,
        "notes": "Without the charger",
        "changes": {"notes": [None, "Without the charger"]},
        "updated_at": "2026-03-14T11:00:00Z",
    }


class LoanExtended(LoanEvent, Updated):
    """The borrower may keep it longer."""

    type = "warehouse.loans.loan.extended"
    example: ClassVar[Facts] = {
        "version": 4,
        "due_at": "2026-04-04T18:00:00Z",
        "changes": {"due_at": ["2026-03-28T18:00:00+00:00", "2026-04-04T18:00:00+00:00"]},
        "updated_at": "2026-03-20T12:00:00Z",
    }


class Return(BaseModel):
    """What came back just now."""

    quantity: int = Field(ge=1, description="How many units came back just now")
    condition: Condition | None = Field(description="What they are like; null: nobody looked")
    notes: str | None = Field(description="What was written down at taking them back")


class _CameBack(LoanEvent, Updated):
    model_config = ConfigDict(serialize_by_alias=True)

    return_: Return = Field(serialization_alias="return", description="What came back just now")


class LoanPartiallyReturned(_CameBack):
    """Some of the units came back."""

    type = "warehouse.loans.loan.partially_returned"
    example: ClassVar[Facts] = {
        "version": 3,
        "returned_quantity": 1,
        "status": "partially_returned",
        "return": {"quantity": 1, "condition": "GOOD", "notes": None},
        "changes": {
            "returned_quantity": [0, 1],
            "status": ["active", "partially_returned"],
        },
        "updated_at": "2026-03-18T16:00:00Z",
    }


class LoanReturned(_CameBack):
    """All units are back."""

    type = "warehouse.loans.loan.returned"
    example: ClassVar[Facts] = {
        "version": 4,
        "returned_quantity": 2,
        "returned_at": "2026-03-27T15:20:00Z",
        "status": "returned",
        "return": {"quantity": 1, "condition": "FAIR", "notes": "The chuck is loose"},
        "changes": {
            "returned_quantity": [1, 2],
            "returned_at": [None, "2026-03-27T15:20:00+00:00"],
            "status": ["partially_returned", "returned"],
        },
        "updated_at": "2026-03-27T15:20:00Z",
    }


class LoanCancelled(LoanEvent):
    """The request was withdrawn before inventory answered."""

    type = "warehouse.loans.loan.cancelled"
    example: ClassVar[Facts] = {"status": "cancelled"}


class LoanDueSoon(LoanEvent):
    """A loan that is still out is due in so many days."""

    type = "warehouse.loans.loan.due_soon"
    example: ClassVar[Facts] = {"version": 3, "days": 3, "updated_at": "2026-03-25T18:00:00Z"}

    days: int = Field(description="3 or 1")


class LoanOverdue(LoanEvent):
    """A loan is still out past its due time; told when that passes, then weekly."""

    type = "warehouse.loans.loan.overdue"
    example: ClassVar[Facts] = {
        "version": 5,
        "days_overdue": 7,
        "updated_at": "2026-04-04T18:00:00Z",
    }

    days_overdue: int = Field(ge=0, description="Whole days since it was due; 0 at first")
