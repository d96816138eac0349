"""Request and response bodies of borrowers."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from chassis.fields import OMITTED, ExternalId, Name, RequestBody, ShortName, Text

# One @ with something on both sides, RFC 5321's length; whether mail arrives there shows when sent.
Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$"),
]


class BorrowerCreate(RequestBody):
    name: Name = Field(examples=["Grace Hopper"])
    external_id: ExternalId | None = Field(None, description="Your own identifier, unique here")
    email: Email | None = None
    phone: ShortName | None = None
    notes: Text | None = None
    user_id: UUID | None = Field(None, description="Their account, if they have one")


class BorrowerPatch(RequestBody):
    """Only the fields that are sent change."""

    name: Name = Field(OMITTED, examples=["Grace Hopper"])
    external_id: ExternalId | None = None
    email: Email | None = None
    phone: ShortName | None = None
    notes: Text | None = None
    user_id: UUID | None = None


class BorrowerOut(BaseModel):
    id: UUID
    workspace_id: UUID
    name: str = Field(examples=["Grace Hopper"])
    external_id: str | None
    email: str | None
    phone: str | None
    notes: str | None
    user_id: UUID | None
    is_archived: bool
    version: int
    created_at: datetime
    updated_at: datetime


class BorrowerPage(BaseModel):
    items: list[BorrowerOut]
    next_cursor: str | None
