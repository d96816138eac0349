"""What the gateway reports."""

from uuid import UUID

from pydantic import Field

from chassis.fields import Moment, RequestBody

MOST = 10_000  # tokens in a report


class UsedTokens(RequestBody):
    used: dict[UUID, Moment] = Field(
        max_length=MOST, description="When each token, by its id, was last used"
    )
