"""What the inbox hears and tells of: loans, who joined or is invited, and what waits for an
approval. Stock levels tell of themselves."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.database import TenantSession
from chassis.envelope import Received
from chassis.listeners import Listener
from services.notify.audience import repository as audience
from services.notify.inbox import messages, service

listener = Listener()

_LOAN = "warehouse.loans.loan."
_APPROVAL = "warehouse.auth.approval."


class LoanEvent(Received):
    """What notify reads of any event of a loan."""

    id: UUID
    workspace_id: UUID
    item_name: str | None = None
    borrower_id: UUID
    borrower_name: str | None = None
    quantity: int
    returned_quantity: int = 0
    due_at: datetime | None = None

    def loan(self) -> messages.Loan:
        return messages.Loan(
            workspace_id=self.workspace_id,
            id=self.id,
            item=self.item_name or "A thing",
            borrower=self.borrower_name or "somebody",
            quantity=self.quantity - self.returned_quantity,
            due_at=self.due_at,
        )


class LoanOverdue(LoanEvent):
    days_overdue: int = 0


class LoanDueSoon(LoanEvent):
    days: int


class Return(BaseModel):
    quantity: int
    condition: str | None = None


class LoanReturned(LoanEvent):
    this_return: Return = Field(alias="return")


class MemberAdded(Received):
    user_id: UUID
    full_name: str | None = None
    email: str | None = None
    role: str


class MemberHeard(Received):
    user_id: UUID


class BorrowerHeard(Received):
    user_id: UUID | None = None


class InvitationCreated(Received):
    user_id: UUID | None = None
    email: str
    role: str
    inviter_name: str = "Somebody"
    expires_at: datetime


class ApprovalEvent(Received):
    """What notify reads of any event of an approval."""

    id: UUID
    workspace_id: UUID
    requested_by: UUID
    requester_name: str = "A member"
    summary: str
    reason: str | None = None

    def change(self) -> messages.Change:
        return messages.Change(self.workspace_id, self.id, self.summary, self.requester_name)


@listener.on(LoanOverdue, _LOAN + "overdue")
async def tell_overdue(session: TenantSession, event: LoanOverdue) -> None:
    loan, days = event.loan(), event.days_overdue
    where = await audience.workspace(session, session.workspace_id)
    await service.tell_of_loan(
        session,
        event.envelope,
        event.borrower_id,
        to_staff=messages.overdue(loan, days, where.timezone),
        to_borrower=messages.overdue_to_borrower(loan, days, where.timezone, where.name),
    )


@listener.on(LoanDueSoon, _LOAN + "due_soon")
async def tell_due_soon(session: TenantSession, event: LoanDueSoon) -> None:
    loan, days = event.loan(), event.days
    where = await audience.workspace(session, session.workspace_id)
    await service.tell_of_loan(
        session,
        event.envelope,
        event.borrower_id,
        to_staff=messages.due_soon(loan, days, where.timezone),
        to_borrower=messages.due_soon_to_borrower(loan, days, where.timezone, where.name),
    )


@listener.on(LoanReturned, _LOAN + "returned", _LOAN + "partially_returned")
async def tell_returned(session: TenantSession, event: LoanReturned) -> None:
    loan, back = event.loan(), event.this_return
    where = await audience.workspace(session, session.workspace_id)
    await service.tell_of_loan(
        session,
        event.envelope,
        event.borrower_id,
        to_staff=messages.returned(loan, back.quantity, back.condition),
        to_borrower=messages.returned_to_borrower(loan, back.quantity, where.name),
    )


@listener.on(MemberAdded, "warehouse.auth.member.added")
async def tell_joined(session: TenantSession, event: MemberAdded) -> None:
    where = await audience.workspace(session, session.workspace_id)
    who = event.full_name or event.email or "Somebody"
    notice = messages.member_joined(session.workspace_id, where.name, who, event.role)
    await service.tell_staff(session, event.envelope, notice, but=event.user_id)


@listener.on(MemberHeard, "warehouse.auth.member.added", "warehouse.auth.member.role_changed")
async def tell_member_heard_late(session: TenantSession, event: MemberHeard) -> None:
    await service.catch_up(session, event.user_id, event.envelope.time)


@listener.on(BorrowerHeard, "warehouse.loans.borrower.created", "warehouse.loans.borrower.updated")
async def tell_borrower_heard_late(session: TenantSession, event: BorrowerHeard) -> None:
    if event.user_id is not None:
        await service.catch_up(session, event.user_id, event.envelope.time)


@listener.on(InvitationCreated, "warehouse.auth.invitation.created")
async def tell_invited(session: TenantSession, event: InvitationCreated) -> None:
    if event.user_id is None:
        return
    workspace_id = session.workspace_id
    where = await audience.workspace(session, workspace_id)
    notice = messages.invited(
        workspace_id, where.name, event.inviter_name, event.role, event.email, event.expires_at
    )
    await service.tell(session, event.envelope, event.user_id, notice)


@listener.on(ApprovalEvent, _APPROVAL + "requested")
async def tell_approval_wanted(session: TenantSession, event: ApprovalEvent) -> None:
    where = await audience.workspace(session, session.workspace_id)
    notice = messages.approval_wanted(event.change(), where.name)
    await service.tell_staff(session, event.envelope, notice, but=event.requested_by)


@listener.on(ApprovalEvent, *(_APPROVAL + verb for verb in ("applied", "failed", "rejected")))
async def tell_decided(session: TenantSession, event: ApprovalEvent) -> None:
    change = event.change()
    match event.envelope.type.removeprefix(_APPROVAL):
        case "applied":
            notice = messages.change_applied(change)
        case "failed":
            notice = messages.change_failed(change)
        case _:
            notice = messages.change_rejected(change, event.reason or "none was given")
    await service.tell(session, event.envelope, event.requested_by, notice)
