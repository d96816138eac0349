"""Request and response bodies of containers."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.fields import OMITTED, ExternalId, Name, PositiveCount, RequestBody, Text
from services.inventory.locations.schemas import Crumb
from services.inventory.short_codes.alphabet import ShortCode


class ContainerCreate(RequestBody):
    name: Name = Field(examples=["Blue box"])
    location_id: UUID
    parent_id: UUID | None = Field(None, description="A container in the same location")
    description: Text | None = None
    capacity: PositiveCount | None = Field(
        None, description="How many units go in; for people to read, not enforced"
    )
    external_id: ExternalId | None = Field(None, description="Your own identifier, unique here")
    short_code: ShortCode | None = Field(
        None, description="The code on its label; `short-codes` makes one", examples=[None]
    )


class ContainerPatch(RequestBody):
    """Only the fields that are sent change. A new `location_id` moves all that is in it along,
    and takes it out of its parent unless a new one is given."""

    name: Name = Field(OMITTED, examples=["Blue box"])
    location_id: UUID = OMITTED
    parent_id: UUID | None = None
    description: Text | None = None
    capacity: PositiveCount | None = None
    external_id: ExternalId | None = None
    short_code: ShortCode | None = Field(
        None, description="Another code takes its place; null takes it off", examples=[None]
    )


class ContainerOut(BaseModel):
    id: UUID
    workspace_id: UUID
    name: str = Field(examples=["Blue box"])
    location_id: UUID
    location_name: str
    parent_id: UUID | None
    description: str | None
    capacity: int | None
    units_inside: int | None = Field(
        description="How many units in use stand in it, where it has a capacity", examples=[4]
    )
    external_id: str | None
    short_code: str | None = Field(description="The code on its label")
    is_archived: bool
    breadcrumb: list[Crumb] = Field(
        description="The containers it stands in, outermost first, without itself"
    )
    version: int
    created_at: datetime
    updated_at: datetime


class ContainerPage(BaseModel):
    items: list[ContainerOut]
    next_cursor: str | None
