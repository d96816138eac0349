"""Response bodies of identities."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field


class IdentityOut(BaseModel):
    id: UUID
    provider: str = Field(description="The provider's `id`, as in `/v1/auth/oidc`")
    email: str = Field(description="As the provider told it last")
    created_at: datetime
    last_used_at: datetime


class IdentityPage(BaseModel):
    items: list[IdentityOut]
    next_cursor: str | None
