"""What borrowers publish."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from chassis.events import (
    CreatedAt,
    Event,
    ExternalId,
    Facts,
    IsArchived,
    Updated,
    UpdatedAt,
    WorkspaceId,
)


class BorrowerEvent(Event):
    """A borrower's full state after the change."""

    topic = "warehouse.loans.borrower.v1"
    example: ClassVar[Facts] = {
        "id": "019cad94-8c33-7e57-9d18-6f8b0d2e4a0d",
        "workspace_id": "019cad8f-ac10-7c3e-8a51-0d2f6b7e9c01",
        "version": 1,
        "name": "Mia Tamm",
        "external_id": "reader-1042",
        "email": "mia@example.org",
        "phone": "+372 5555 0101",
        "notes": None,
        "user_id": None,
        "is_archived": False,
        "created_at": "2026-03-02T08:05:00Z",
        "updated_at": "2026-03-02T08:05:00Z",
    }

    workspace_id: WorkspaceId
    name: str = Field(description="What they are called")
    external_id: ExternalId
    email: str | None = Field(description="Their e-mail address")
    phone: str | None = Field(description="Their telephone number, as it was written")
    notes: str | None = Field(description="What the owner wrote down")
    user_id: UUID | None = Field(description="The user they are; null: no user of the platform")
    is_archived: IsArchived
    created_at: CreatedAt
    updated_at: UpdatedAt


class BorrowerCreated(BorrowerEvent):
    """Somebody may borrow from now on."""

    type = "warehouse.loans.borrower.created"


class BorrowerUpdated(BorrowerEvent, Updated):
    """A borrower's fields changed."""

    type = "warehouse.loans.borrower.updated"
    example: ClassVar[Facts] = {
        "version": 2,
        "changes": {"phone": [None, "+372 5555 0101"]},
        "updated_at": "2026-03-14T09:30:00Z",
    }


class BorrowerArchived(BorrowerEvent):
    """A borrower gets no new loans."""

    type = "warehouse.loans.borrower.archived"
    example: ClassVar[Facts] = {
        "version": 3,
        "is_archived": True,
        "updated_at": "2026-03-15T10:00:00Z",
    }


class BorrowerRestored(BorrowerEvent):
    """An archived borrower may borrow again."""

    type = "warehouse.loans.borrower.restored"
    example: ClassVar[Facts] = {"version": 4, "updated_at": "2026-03-16T10:00:00Z"}


class BorrowerDeleted(BorrowerEvent):
    """A borrower is gone; this was their last state."""

    type = "warehouse.loans.borrower.deleted"
    example: ClassVar[Facts] = {"version": 5, "updated_at": "2026-03-20T17:00:00Z"}
