"""What sessions publish."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from chassis.events import CreatedAt, Event, Facts, UpdatedAt


class Reason(StrEnum):
    """Why a session was ended."""

    LOGGED_OUT = "logged_out"
    REVOKED = "revoked"
    REFRESH_TOKEN_REUSED = "refresh_token_reused"  # noqa: S105 - a reason, no secret
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a reason, no secret
    ACCOUNT_DEACTIVATED = "account_deactivated"
    ACCOUNT_DELETED = "account_deleted"


class SessionRevoked(Event):
    """A session was ended: its access tokens are refused from now on. The only event of a
    session, hence its version 1."""

    topic = "warehouse.auth.session.v1"
    type = "warehouse.auth.session.revoked"
    example: ClassVar[Facts] = {
        "id": "019cad94-4012-7e5d-9a3b-c8d1e2f30405",
        "workspace_id": None,
        "version": 1,
        "user_id": "019cad8f-ac2f-7d90-b1c7-35e8a9f04d03",
        "reason": "logged_out",
        "created_at": "2026-03-02T08:05:00Z",
        "updated_at": "2026-03-02T18:40:12Z",
    }

    user_id: UUID = Field(description="Whose session it was")
    reason: Reason = Field(description="Why it was ended")
    created_at: CreatedAt = Field(description="When the session began")
    updated_at: UpdatedAt = Field(description="When it was ended")
