"""What holds hear: loans' side of the saga."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.database import TenantSession
from chassis.envelope import Received
from chassis.listeners import Listener
from services.inventory.holds import service
from services.inventory.holds.service import Claim
from services.inventory.repairs import service as repairs

listener = Listener()

_LOAN = "warehouse.loans.loan."


class LoanChanged(Received):
    """What inventory reads of any event of a loan."""

    id: UUID
    inventory_id: UUID
    quantity: int = Field(ge=1)

    def claim(self) -> Claim:
        return service.loan_claim(self.id, self.inventory_id, self.quantity)


class LoanRequested(LoanChanged):
    loaned_at: datetime | None = None
    due_at: datetime | None = None


class Return(BaseModel):
    quantity: int | None = None
    condition: str | None = None


class LoanReturned(LoanChanged):
    """`returned_quantity` is all that has come back so far."""

    returned_quantity: int = Field(ge=0)
    latest: Return = Field(default_factory=Return, alias="return")


@listener.on(LoanRequested, _LOAN + "requested")
async def hold_for_loan(session: TenantSession, event: LoanRequested) -> None:
    await service.place(
        session,
        event.claim(),
        starts_at=event.loaned_at or event.envelope.time,
        ends_at=event.due_at,
    )


@listener.on(LoanReturned, _LOAN + "partially_returned", _LOAN + "returned")
async def release_what_came_back(session: TenantSession, event: LoanReturned) -> None:
    condition = event.latest.condition
    back = await service.release(
        session, event.claim(), returned=event.returned_quantity, condition=condition
    )
    if back is not None and condition is not None:
        quantity = min(back.quantity, event.latest.quantity or back.quantity)
        await repairs.open_for_return(
            session, back, loan_id=event.id, quantity=quantity, condition=condition
        )


@listener.on(LoanChanged, _LOAN + "cancelled", _LOAN + "rejected")
async def release_what_is_not_lent(session: TenantSession, event: LoanChanged) -> None:
    await service.cancel(session, event.claim())
