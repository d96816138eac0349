"""Request and response bodies of workspaces."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StrictBool, StringConstraints

from chassis.fields import OMITTED, Currency, RequestBody, Text
from chassis.identity import MemberRole
from services.auth.fields import DisplayName, Timezone

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$")]


class SettingsPatch(RequestBody):
    """Only the settings that are sent change."""

    approvals: StrictBool = Field(
        OMITTED, description="Whether a change by a member waits until an admin approves it"
    )


class SettingsOut(BaseModel):
    approvals: bool


class WorkspaceCreate(RequestBody):
    name: DisplayName = Field(examples=["Maker club"])
    slug: Slug | None = Field(None, description="Unique; made from the name when absent")
    description: Text | None = None
    currency: Currency = Field("EUR", description="ISO 4217")
    timezone: Timezone = Field("UTC", description="IANA")


class WorkspacePatch(RequestBody):
    """Only the fields that are sent change."""

    name: DisplayName = Field(OMITTED, examples=["Maker club"])
    slug: Slug = OMITTED
    description: Text | None = None
    currency: Currency = OMITTED
    timezone: Timezone = OMITTED
    settings: SettingsPatch = OMITTED


class Transfer(RequestBody):
    user_id: UUID = Field(description="The member who becomes the owner")


class WorkspaceOut(BaseModel):
    id: UUID
    name: str = Field(examples=["Maker club"])
    slug: str
    description: str | None
    currency: str
    timezone: str
    is_personal: bool
    settings: SettingsOut
    role: MemberRole = Field(description="Yours")
    version: int
    created_at: datetime
    updated_at: datetime


class WorkspacePage(BaseModel):
    items: list[WorkspaceOut]
    next_cursor: str | None
