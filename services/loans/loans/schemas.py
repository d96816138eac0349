"""Request and response bodies of loans."""

from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from chassis.events import now
from chassis.fields import KeptMoment, PositiveCount, RequestBody, Text, wrong
from services.loans.loans.states import Condition, Status

_SKEW = timedelta(minutes=5)  # by which a client's clock may be ahead


class LoanRequest(RequestBody):
    """`loaned_at` is now unless given; both times may lie in the past, for loans recorded late."""

    inventory_id: UUID
    borrower_id: UUID
    quantity: PositiveCount = 1
    due_at: KeptMoment | None = Field(None, description="Left out: whenever they bring it back")
    loaned_at: KeptMoment | None = Field(None, description="Not in the future")
    notes: Text | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.loaned_at and self.loaned_at > now() + _SKEW:
            raise wrong("loaned_at", "It lies in the future; a loan begins when it is made.")
        if self.loaned_at and self.due_at and self.due_at < self.loaned_at:
            raise wrong("due_at", "It lies before loaned_at.")
        return self


class LoanPatch(RequestBody):
    """Only the fields that are sent change."""

    notes: Text | None = None


class LoanExtend(RequestBody):
    due_at: KeptMoment = Field(description="Later than the loan's due time")


class LoanReturnBody(RequestBody):
    quantity: PositiveCount | None = Field(None, description="Left out: all that is still out")
    condition: Condition | None = None
    notes: Text | None = None


class RejectionOut(BaseModel):
    reason: str
    free_quantity: int


class ReturnOut(BaseModel):
    quantity: int
    condition: str | None
    notes: str | None
    returned_at: datetime


class LoanOut(BaseModel):
    id: UUID
    workspace_id: UUID
    inventory_id: UUID
    item_id: UUID | None
    item_name: str | None
    item_sku: str | None
    location_id: UUID | None = Field(description="Where it was lent from")
    location_name: str | None
    borrower_id: UUID
    borrower_name: str
    quantity: int
    returned_quantity: int
    loaned_at: datetime
    due_at: datetime | None
    returned_at: datetime | None
    notes: str | None
    status: Status
    is_overdue: bool
    rejection: RejectionOut | None
    returns: list[ReturnOut]
    version: int
    created_at: datetime
    updated_at: datetime


class LoanPage(BaseModel):
    items: list[LoanOut]
    next_cursor: str | None


class RefusedLoan(BaseModel):
    """RFC 9457, of a loan that inventory refused."""

    type: str = Field(examples=["urn:warehouse:problem:insufficient-stock"])
    title: str = Field(examples=["There is not enough in stock"])
    status: int = Field(examples=[409])
    code: str = Field(description="`insufficient-stock` or `not-available`")
    detail: str | None = None
    loan_id: UUID
    free_quantity: int | None = Field(None, description="With `insufficient-stock`")
    errors: list[dict[str, Any]] | None = None
