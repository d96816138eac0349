"""Request and response bodies of companies."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.fields import OMITTED, ExternalId, Name, RequestBody, Text, WebAddress


class CompanyCreate(RequestBody):
    name: Name = Field(description="Unique here, whatever the case", examples=["Toolshop Ltd"])
    website: WebAddress | None = None
    notes: Text | None = None
    external_id: ExternalId | None = Field(None, description="Your own identifier, unique here")


class CompanyPatch(RequestBody):
    """Only the fields that are sent change."""

    name: Name = Field(OMITTED, examples=["Toolshop Ltd"])
    website: WebAddress | None = None
    notes: Text | None = None
    external_id: ExternalId | None = None


class CompanyOut(BaseModel):
    id: UUID
    workspace_id: UUID
    name: str = Field(examples=["Toolshop Ltd"])
    website: str | None
    notes: str | None
    external_id: str | None
    is_archived: bool
    version: int
    created_at: datetime
    updated_at: datetime


class CompanyPage(BaseModel):
    items: list[CompanyOut]
    next_cursor: str | None
