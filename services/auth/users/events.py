"""What users publish; never a password or its hash."""

from datetime import datetime
from typing import Any, ClassVar, Self

from pydantic import Field

from chassis.events import CreatedAt, Event, Facts, Updated, UpdatedAt
from services.auth.users.kinds import UserKind


class UserEvent(Event):
    """A user's full state after the change."""

    topic = "warehouse.auth.user.v1"
    example: ClassVar[Facts] = {
        "id": "019cad8f-ac05-7b12-9e44-6a1c3f5d7b02",
        "workspace_id": None,
        "version": 1,
        "email": "dana@warehouse.example",
        "full_name": "Dana Rivers",
        "is_active": True,
        "kind": "person",
        "language": "en",
        "timezone": "UTC",
        "date_format": "YYYY-MM-DD",
        "time_format": "24h",
        "theme": "system",
        "email_verified_at": None,
        "created_at": "2026-03-02T08:00:00Z",
        "updated_at": "2026-03-02T08:00:00Z",
    }

    email: str = Field(description="Their e-mail address, unique whatever the case")
    full_name: str = Field(description="Their name")
    is_active: bool = Field(description="Whether they may sign in")
    kind: UserKind = Field(
        UserKind.PERSON, description="A person, or a service account, whose e-mail is none"
    )
    language: str = Field(description="ISO 639-1: en, et or ru")
    timezone: str = Field(description="IANA name")
    date_format: str = Field(description="How they read dates, such as YYYY-MM-DD")
    time_format: str = Field(description="24h or 12h")
    theme: str = Field(description="system, light or dark")
    email_verified_at: datetime | None = Field(
        None, description="When they proved that mail to their address reaches them; null: not yet"
    )
    created_at: CreatedAt
    updated_at: UpdatedAt

    @classmethod
    def of(cls, row: object, **facts: Any) -> Self:  # noqa: ANN401 - as the base
        """A user belongs to no workspace."""
        return super().of(row, workspace_id=None, **facts)


class UserRegistered(UserEvent):
    """Somebody registered, or a service account was made."""

    type = "warehouse.auth.user.registered"


class UserUpdated(UserEvent, Updated):
    """A user's profile changed."""

    type = "warehouse.auth.user.updated"
    example: ClassVar[Facts] = {
        "version": 2,
        "timezone": "Europe/Tallinn",
        "changes": {"timezone": ["UTC", "Europe/Tallinn"]},
        "updated_at": "2026-03-14T09:30:00Z",
    }


class UserDeactivated(UserEvent):
    """A user closed their account for the time being; a password reset opens it again."""

    type = "warehouse.auth.user.deactivated"
    example: ClassVar[Facts] = {
        "version": 3,
        "is_active": False,
        "updated_at": "2026-03-18T12:00:00Z",
    }


class UserDeleted(UserEvent):
    """A user deleted their account, or a service account was deleted; this was its last state."""

    type = "warehouse.auth.user.deleted"
    example: ClassVar[Facts] = {"version": 3, "updated_at": "2026-03-20T17:00:00Z"}
