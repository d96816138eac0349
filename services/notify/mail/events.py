"""What is published of deliveries: that somebody was told, or could not be. Neither the address nor
what was said is in them."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from chassis.events import CreatedAt, Event, Facts, UpdatedAt


class Channel(StrEnum):
    """How somebody is told."""

    EMAIL = "email"


class Reason(StrEnum):
    """Why a delivery failed for good."""

    REFUSED = "refused"
    EXPIRED = "expired"
    INVALID_ADDRESS = "invalid_address"


class DeliveryEvent(Event):
    """One message to one reader. It is told of once, when it is settled: hence its version 1."""

    topic = "warehouse.notify.delivery.v1"
    example: ClassVar[Facts] = {
        "id": "019cad95-1a7c-7f20-8d4e-51b6c7d8e901",
        "workspace_id": None,
        "version": 1,
        "user_id": "019cad8f-ac05-7b12-9e44-6a1c3f5d7b02",
        "channel": "email",
        "template": "password_reset",
        "attempts": 1,
        "created_at": "2026-03-02T08:00:00Z",
        "updated_at": "2026-03-02T08:00:00.640000Z",
    }

    user_id: UUID | None = Field(description="Who was to be told; null: nobody with an account")
    channel: Channel = Field(description="How")
    template: str = Field(description="Which message it was")
    attempts: int = Field(ge=0, description="How often it was tried, this time included")
    created_at: CreatedAt = Field(description="When the message was asked for")
    updated_at: UpdatedAt = Field(description="When it was settled")


class DeliverySent(DeliveryEvent):
    """The next server has taken the message; whether it was read, nobody knows."""

    type = "warehouse.notify.delivery.sent"


class DeliveryFailed(DeliveryEvent):
    """The message was given up, for the reason told."""

    type = "warehouse.notify.delivery.failed"
    example: ClassVar[Facts] = {
        "attempts": 3,
        "updated_at": "2026-03-02T08:01:12.300000Z",
        "reason": "refused",
    }

    reason: Reason = Field(
        description="`refused`: the server does not take it, the address least of all; `expired`: "
        "it could not be sent while it was of use; `invalid_address`: nothing can be sent there"
    )
