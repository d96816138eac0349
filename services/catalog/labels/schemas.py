"""Request and response bodies of labels."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from chassis.fields import OMITTED, ExternalId, RequestBody, ShortName, Text

GREY = "#808080"

Color = Annotated[
    str,
    StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$"),
    AfterValidator(str.upper),
    Field(description="#RRGGBB"),
]


class LabelCreate(RequestBody):
    name: ShortName = Field(description="Unique here, whatever the case", examples=["Fragile"])
    color: Color = GREY
    description: Text | None = None
    external_id: ExternalId | None = Field(None, description="Your own identifier, unique here")


class LabelPatch(RequestBody):
    """Only the fields that are sent change."""

    name: ShortName = Field(OMITTED, examples=["Fragile"])
    color: Color = OMITTED
    description: Text | None = None
    external_id: ExternalId | None = None


class LabelOut(BaseModel):
    id: UUID
    workspace_id: UUID
    name: str = Field(examples=["Fragile"])
    color: str = Field(description="#RRGGBB")
    description: str | None
    external_id: str | None
    is_archived: bool
    version: int
    created_at: datetime
    updated_at: datetime


class LabelPage(BaseModel):
    items: list[LabelOut]
    next_cursor: str | None
