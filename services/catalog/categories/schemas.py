"""Request and response bodies of categories."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.fields import OMITTED, ExternalId, Name, RequestBody, Text


class CategoryCreate(RequestBody):
    name: Name = Field(
        description="Unique among its siblings, whatever the case", examples=["Power tools"]
    )
    parent_id: UUID | None = None
    description: Text | None = None
    external_id: ExternalId | None = Field(None, description="Your own identifier, unique here")


class CategoryPatch(RequestBody):
    """Only the fields that are sent change; a new `parent_id` moves the subtree."""

    name: Name = Field(OMITTED, examples=["Power tools"])
    parent_id: UUID | None = None
    description: Text | None = None
    external_id: ExternalId | None = None


class Crumb(BaseModel):
    id: UUID
    name: str = Field(examples=["Tools"])


class CategoryOut(BaseModel):
    id: UUID
    workspace_id: UUID
    name: str = Field(examples=["Power tools"])
    parent_id: UUID | None
    description: str | None
    external_id: str | None
    is_archived: bool
    breadcrumb: list[Crumb] = Field(description="From the root down, without itself")
    version: int
    created_at: datetime
    updated_at: datetime


class CategoryPage(BaseModel):
    items: list[CategoryOut]
    next_cursor: str | None
