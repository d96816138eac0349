"""What asks for a mail."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from chassis.events import CreatedAt, Event, UpdatedAt
from chassis.events import Facts as ExampleFacts


class Template(StrEnum):
    """Which mail it is to be."""

    VERIFY_EMAIL = "verify_email"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a template, no secret
    INVITATION = "invitation"
    SECURITY = "security"


class MailRequested(Event):
    """Somebody is to get a mail. It is sent once, when this event first arrives; the only event of
    a mail, hence its version 1."""

    topic = "warehouse.auth.mail.v1"
    type = "warehouse.auth.mail.requested"
    example: ClassVar[ExampleFacts] = {
        "id": "019cad95-1a7c-7f20-8d4e-51b6c7d8e901",
        "workspace_id": None,
        "version": 1,
        "user_id": "019cad8f-ac05-7b12-9e44-6a1c3f5d7b02",
        "email": "dana@warehouse.example",
        "full_name": "Dana Rivers",
        "language": "en",
        "template": "password_reset",
        "facts": {"address": "203.0.113.7", "device": "Firefox on Linux"},
        "sealed": "gAAAAABpsealedAndReadableByNotifyAlone==",
        "expires_at": "2026-03-02T09:00:00Z",
        "created_at": "2026-03-02T08:00:00Z",
        "updated_at": "2026-03-02T08:00:00Z",
    }

    user_id: UUID | None = Field(description="Who gets it; null: somebody without an account")
    email: str = Field(description="The address it goes to")
    full_name: str = Field(description="The name of who gets it; may be empty")
    language: str = Field(description="ISO 639-1: en, et or ru")
    template: Template = Field(description="Which mail it is")
    facts: dict[str, str] = Field(
        description="What the mail tells, none of it secret: `what` happened (security), `address` "
        "and `device` of who asked, `workspace_name`, `inviter_name`, `role` (invitation)"
    )
    sealed: str | None = Field(
        description="The one-time token for the mail's link, sealed (Fernet) with the mail keys; "
        "null: the mail has no link"
    )
    expires_at: datetime | None = Field(
        description="When the token is good no more, and the mail not worth sending; null: never"
    )
    created_at: CreatedAt = Field(description="When the mail was asked for")
    updated_at: UpdatedAt = Field(description="The same")
