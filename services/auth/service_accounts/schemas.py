"""Request and response bodies of service accounts."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.fields import OMITTED, RequestBody
from services.auth.fields import DisplayName
from services.auth.members.schemas import RESTRICTION, LocationIds

ServiceRole = Literal["viewer", "member", "admin"]  # never owner: a workspace is a person's


class ServiceAccountCreate(RequestBody):
    name: DisplayName = Field(description="Shown wherever it acts")
    role: ServiceRole = Field("member", description="What it may do; never owner")
    location_ids: LocationIds | None = Field(None, description=RESTRICTION)


class ServiceAccountPatch(RequestBody):
    """Only the fields that are sent change."""

    name: DisplayName = OMITTED
    role: ServiceRole = OMITTED
    location_ids: LocationIds | None = Field(None, description=RESTRICTION)


class ServiceAccountOut(BaseModel):
    id: UUID = Field(description="Its user id, as in members and in the activity")
    workspace_id: UUID
    name: str
    role: ServiceRole
    location_ids: list[UUID] | None = Field(
        description="Locations that, with all below, it is restricted to; null: to none"
    )
    created_by: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime


class ServiceAccountPage(BaseModel):
    items: list[ServiceAccountOut]
    next_cursor: str | None
