"""Request and response bodies of locations."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.fields import OMITTED, ExternalId, Name, RequestBody, Text
from services.inventory.short_codes.alphabet import ShortCode


class LocationCreate(RequestBody):
    name: Name = Field(
        description="Unique among its siblings, whatever the case", examples=["Workshop"]
    )
    parent_id: UUID | None = None
    description: Text | None = None
    external_id: ExternalId | None = Field(None, description="Your own identifier, unique here")
    short_code: ShortCode | None = Field(
        None, description="The code on its label; `short-codes` makes one", examples=[None]
    )


class LocationPatch(RequestBody):
    """Only the fields that are sent change; a new `parent_id` moves the subtree."""

    name: Name = Field(OMITTED, examples=["Workshop"])
    parent_id: UUID | None = None
    description: Text | None = None
    external_id: ExternalId | None = None
    short_code: ShortCode | None = Field(
        None, description="Another code takes its place; null takes it off", examples=[None]
    )


class Crumb(BaseModel):
    id: UUID
    name: str = Field(examples=["House"])


class LocationOut(BaseModel):
    id: UUID
    workspace_id: UUID
    name: str = Field(examples=["Workshop"])
    parent_id: UUID | None
    description: str | None
    external_id: str | None
    short_code: str | None = Field(description="The code on its label")
    is_archived: bool
    breadcrumb: list[Crumb] = Field(description="From the root down, without itself")
    version: int
    created_at: datetime
    updated_at: datetime


class LocationPage(BaseModel):
    items: list[LocationOut]
    next_cursor: str | None
