"""Request and response bodies of members."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from chassis.fields import OMITTED, RequestBody
from chassis.identity import MemberRole
from services.auth.fields import Email
from services.auth.users.kinds import UserKind


def _once_each(ids: list[UUID]) -> list[UUID]:
    return sorted(set(ids))


LocationIds = Annotated[list[UUID], Field(min_length=1, max_length=20), AfterValidator(_once_each)]
RESTRICTION = (
    "Restricts a viewer or member to these locations and all below them: of inventory, movements "
    "and loans they see and change what stands there, of items and borrowers all, of dashboard, "
    "reports and activity nothing. Null: no restriction. Unknown ids give no access"
)


class MemberAdd(RequestBody):
    email: Email = Field(description="Of somebody who has registered")
    role: MemberRole = MemberRole.MEMBER
    location_ids: LocationIds | None = Field(None, description=RESTRICTION)


class MemberPatch(RequestBody):
    """Only the fields that are sent change."""

    role: MemberRole = OMITTED
    location_ids: LocationIds | None = Field(None, description=RESTRICTION)


class MemberOut(BaseModel):
    id: UUID
    workspace_id: UUID
    user_id: UUID
    email: str = Field(description="Of a service account: none that mail arrives at")
    full_name: str
    kind: UserKind
    role: MemberRole
    location_ids: list[UUID] | None = Field(
        description="Locations that, with all below, they are restricted to; null: to none"
    )
    invited_by: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime


class MemberPage(BaseModel):
    items: list[MemberOut]
    next_cursor: str | None
