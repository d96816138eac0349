"""What approvals publish: who asked for what, and what became of it. The request's body and the
service's answer may be large, and are read from auth."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from chassis.events import CreatedAt, Event, Facts, UpdatedAt, WorkspaceId
from services.auth.approvals.states import Status


class ApprovalEvent(Event):
    """A pending change after the change of its state, without its body and outcome."""

    topic = "warehouse.auth.approval.v1"
    example: ClassVar[Facts] = {
        "id": "019cebb0-11d2-7f0a-9a4c-3b5d7e9f1a02",
        "workspace_id": "019cad8f-ac10-7c3e-8a51-0d2f6b7e9c01",
        "version": 1,
        "requested_by": "019cad8f-ac2f-7d90-b1c7-35e8a9f04d03",
        "requester_name": "Robin Rivers",
        "method": "POST",
        "path": "/v1/workspaces/019cad8f-ac10-7c3e-8a51-0d2f6b7e9c01/items",
        "summary": 'items: add "Tent"',
        "status": "pending",
        "decided_by": None,
        "decided_at": None,
        "reason": None,
        "outcome_status": None,
        "created_at": "2026-03-14T09:40:00Z",
        "updated_at": "2026-03-14T09:40:00Z",
    }

    workspace_id: WorkspaceId
    requested_by: UUID = Field(description="The member whose change it is")
    requester_name: str = Field(description="Their name")
    method: str = Field(description="The HTTP method of the change")
    path: str = Field(description="What it changes")
    summary: str = Field(description="What it is about, in a few words")
    status: Status = Field(description="What became of it")
    decided_by: UUID | None = Field(
        description="Who approved, rejected or cancelled it; null: nobody yet"
    )
    decided_at: datetime | None = Field(description="When they did")
    reason: str | None = Field(description="Why it was rejected")
    outcome_status: int | None = Field(
        description="The HTTP status that it was answered with once approved"
    )
    created_at: CreatedAt
    updated_at: UpdatedAt


_DECIDED: dict[str, object] = {
    "version": 2,
    "status": "approved",
    "decided_by": "019cad8f-ac05-7b12-9e44-6a1c3f5d7b02",
    "decided_at": "2026-03-14T09:45:00Z",
    "updated_at": "2026-03-14T09:45:00Z",
}


class ApprovalRequested(ApprovalEvent):
    """A member asked for a change that waits for an approval."""

    type = "warehouse.auth.approval.requested"


class ApprovalApproved(ApprovalEvent):
    """An admin approved it; it is being applied."""

    type = "warehouse.auth.approval.approved"
    example: ClassVar[Facts] = _DECIDED


class ApprovalApplied(ApprovalEvent):
    """The approved change was made, in the member's name."""

    type = "warehouse.auth.approval.applied"
    example: ClassVar[Facts] = _DECIDED | {
        "version": 3,
        "status": "applied",
        "outcome_status": 201,
    }


class ApprovalFailed(ApprovalEvent):
    """The approved change could not be made, as when what it changes was changed meanwhile."""

    type = "warehouse.auth.approval.failed"
    example: ClassVar[Facts] = _DECIDED | {"version": 3, "status": "failed", "outcome_status": 412}


class ApprovalRejected(ApprovalEvent):
    """An admin does not want it."""

    type = "warehouse.auth.approval.rejected"
    example: ClassVar[Facts] = _DECIDED | {
        "status": "rejected",
        "reason": "We have three of these already.",
    }


class ApprovalCancelled(ApprovalEvent):
    """The member took it back."""

    type = "warehouse.auth.approval.cancelled"
    example: ClassVar[Facts] = _DECIDED | {
        "status": "cancelled",
        "decided_by": "019cad8f-ac2f-7d90-b1c7-35e8a9f04d03",
    }
