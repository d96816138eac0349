"""What access tokens publish; never the token or its hash."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from chassis.events import CreatedAt, Event, Facts, Updated, UpdatedAt
from chassis.identity import AccessScope


class TokenEvent(Event):
    """A token's full state after the change."""

    topic = "warehouse.auth.token.v1"
    example: ClassVar[Facts] = {
        "id": "019cad94-5a00-7c1d-8e4f-20a1b2c3d405",
        "workspace_id": None,
        "version": 1,
        "user_id": "019cad8f-ac05-7b12-9e44-6a1c3f5d7b02",
        "name": "Nightly export",
        "scopes": ["read"],
        "limited_to": "019cad8f-ac10-7c3e-8a51-0d2f6b7e9c01",
        "expires_at": "2027-03-02T08:00:00Z",
        "created_at": "2026-03-02T08:00:00Z",
        "updated_at": "2026-03-02T08:00:00Z",
    }

    workspace_id: UUID | None = Field(
        description="The workspace of a service account's token; null for a person's, whose own "
        "affair it is"
    )
    user_id: UUID = Field(description="In whose name it asks: a person or a service account")
    name: str = Field(description="What it is called")
    scopes: list[AccessScope] = Field(description="What it may be used for")
    limited_to: UUID | None = Field(
        description="The one workspace that it opens; null: all that its user belongs to"
    )
    expires_at: datetime | None = Field(description="When it ends by itself; null: never")
    created_at: CreatedAt
    updated_at: UpdatedAt


class TokenCreated(TokenEvent):
    """Somebody made an access token."""

    type = "warehouse.auth.token.created"


class TokenUpdated(TokenEvent, Updated):
    """An access token was renamed."""

    type = "warehouse.auth.token.updated"
    example: ClassVar[Facts] = {
        "version": 2,
        "name": "Weekly export",
        "changes": {"name": ["Nightly export", "Weekly export"]},
        "updated_at": "2026-03-14T09:30:00Z",
    }


class TokenRevoked(TokenEvent):
    """An access token is refused from now on; this was its last state. One that expires is told
    of by its `expires_at` alone."""

    type = "warehouse.auth.token.revoked"
    example: ClassVar[Facts] = {"version": 3, "updated_at": "2026-03-20T17:00:00Z"}
