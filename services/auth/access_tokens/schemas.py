"""Request and response bodies of access tokens."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from chassis.events import now
from chassis.fields import OMITTED, Moment, RequestBody
from chassis.identity import AccessScope
from services.auth.fields import DisplayName

LIFETIME = timedelta(days=365)  # of a token whose maker says nothing about it
_LAST_YEAR = 9000  # what any calendar arithmetic stays within


def _ahead(time: datetime) -> datetime:
    if time <= now():
        raise ValueError("It lies in the past; give a time to come, or null for never.")
    if time.year > _LAST_YEAR:
        raise ValueError(f"Give a year up to {_LAST_YEAR}, or null for never.")
    return time


def _with_lesser(scopes: list[AccessScope]) -> list[AccessScope]:
    """Each scope takes those before it along: what may change things may see them."""
    reach = max(map(list(AccessScope).index, scopes))
    return list(AccessScope)[: reach + 1]


Scopes = Annotated[
    list[AccessScope],
    Field(
        min_length=1,
        max_length=len(AccessScope),
        description="What it may be used for; `write` takes `read` along, `admin` both",
    ),
    AfterValidator(_with_lesser),
]
Expiry = Annotated[Moment, AfterValidator(_ahead)]


def _in_a_year() -> datetime:
    return now() + LIFETIME


class ServiceTokenCreate(RequestBody):
    name: DisplayName
    scopes: Scopes
    expires_at: Expiry | None = Field(
        default_factory=_in_a_year,
        description="Left out: in a year; null: never",
    )


class TokenCreate(ServiceTokenCreate):
    workspace_id: UUID | None = Field(
        None, description="The one workspace that it opens; left out: all that you belong to"
    )


class TokenPatch(RequestBody):
    """Only the fields that are sent change. What a token may do is for good: make another."""

    name: DisplayName = OMITTED


class TokenOut(BaseModel):
    id: UUID
    name: str
    scopes: list[AccessScope]
    workspace_id: UUID | None = Field(description="The one workspace that it opens; null: all")
    expires_at: datetime | None = Field(description="When it ends by itself; null: never")
    is_expired: bool = Field(description="Listed for another 30 days, so that you see what ended")
    last_used_at: datetime | None = Field(description="To half a minute or so; null: not yet")
    version: int
    created_at: datetime
    updated_at: datetime


class NewTokenOut(TokenOut):
    token: str = Field(description="For `Authorization: Bearer`; shown this once and kept nowhere")


class TokenPage(BaseModel):
    items: list[TokenOut]
    next_cursor: str | None
