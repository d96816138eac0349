"""Request and response bodies of approvals."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from chassis.fields import RequestBody
from services.auth.approvals.states import Status

MAX_BODY = 1024 * 1024  # of UTF-8, by the gateway and by the table

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]


class Rejection(RequestBody):
    reason: Reason = Field(description="What the member should know")


class PendingChangeOut(BaseModel):
    id: UUID
    workspace_id: UUID
    requested_by: UUID
    requester_name: str
    summary: str = Field(description="What it is about, in a few words")
    method: str
    path: str = Field(description="What it changes")
    query: str
    body: Any = Field(
        description="What the member sent; null: nothing, or, in lists, more than 10 kB"
    )
    if_match: str | None = Field(
        description="The version that the member saw; changed since, it can't be applied"
    )
    status: Status
    decided_by: UUID | None
    decided_at: datetime | None
    reason: str | None = Field(description="Why it was rejected")
    outcome_status: int | None = Field(description="HTTP status of the answer to the change")
    outcome: Any = Field(
        description="That answer, or the problem that it has; null in lists when above 10 kB"
    )
    version: int
    created_at: datetime
    updated_at: datetime


class PendingChangePage(BaseModel):
    items: list[PendingChangeOut]
    next_cursor: str | None


class ChangeRequest(RequestBody):
    """A member's change as the gateway caught it."""

    method: Literal["POST", "PUT", "PATCH", "DELETE"]
    path: Annotated[str, StringConstraints(max_length=2000)]
    query: Annotated[str, StringConstraints(max_length=8000)] = ""
    body: Annotated[str, StringConstraints(max_length=MAX_BODY)] | None = None


class Outcome(RequestBody):
    """What the service said to an approved change."""

    status: int = Field(ge=200, le=599)
    body: Annotated[str, StringConstraints(max_length=MAX_BODY)] | None = None
