"""What the activity hears: every event that changes something in a workspace, and the names of
those who act."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import Field

from chassis.database import TenantSession
from chassis.envelope import Received
from chassis.listeners import Listener
from services.analytics.activity import service

listener = Listener()

_LIFE = ("created", "updated", "archived", "restored", "deleted")
_VERBS = {
    "auth.workspace": ("created", "updated", "deleted"),
    "auth.member": ("added", "role_changed", "updated", "removed"),
    "auth.token": ("created", "updated", "revoked"),
    "catalog.item": (*_LIFE, "merged"),
    "catalog.category": _LIFE,
    "catalog.label": _LIFE,
    "catalog.company": _LIFE,
    "catalog.wish": ("created", "updated", "ordered", "reopened", "acquired", "deleted"),
    "catalog.custom_field": _LIFE,
    "catalog.custom_field_policy": ("updated",),
    "catalog.import": ("requested", "completed", "failed", "cancelled"),
    "inventory.location": (*_LIFE, "moved"),
    "inventory.container": (*_LIFE, "moved"),
    # A rejected hold changes nothing; the loan that was rejected for it is told of.
    "inventory.stock": (
        *("created", "updated", "moved", "split", "joined", "merged"),
        *("adjusted", "counted", "archived", "restored"),
        *("hold_placed", "hold_released", "hold_moved"),
        *("expiring", "warranty_ending"),
    ),
    "inventory.stocktake": ("started", "updated", "closed", "reconciled", "cancelled"),
    "inventory.repair": ("opened", "started", "updated", "completed", "cancelled", "overdue"),
    "inventory.maintenance": (*("created", "updated", "completed", "archived", "restored", "due"),),
    "loans.borrower": _LIFE,
    "loans.loan": (
        *("requested", "activated", "rejected", "updated", "extended", "partially_returned"),
        *("returned", "cancelled", "due_soon", "overdue"),
    ),
}
_CHANGES = [
    f"warehouse.{aggregate}.{verb}" for aggregate, verbs in _VERBS.items() for verb in verbs
]
_ATTACHMENT = "warehouse.catalog.attachment."
_SHORT_CODE = "warehouse.inventory.short_code."
_USER = "warehouse.auth.user."
_FORGOTTEN = _USER + "deleted"


class Changed(Received):
    """What the audit trail reads of any change event: which aggregate, by what name, and what of
    it changed. What is odd there is no reason to forget that it happened."""

    id: UUID
    name: str | None = None
    full_name: str | None = None
    email: str | None = None
    item_name: str | None = None
    item_id: UUID | None = None
    changes: Any = None
    held_quantity: Any = None
    hold: Any = None


class ShortCodeChanged(Received):
    """The same of any event of a short code, which goes by itself."""

    id: UUID
    name: str | None = Field(None, validation_alias="code")
    changes: Any = None


class AttachmentChanged(Received):
    """The same of any event of an attachment, which goes by its title."""

    id: UUID
    name: str | None = Field(None, validation_alias="title")
    item_id: UUID | None = None
    changes: Any = None


class UserChanged(Received):
    """What analytics reads of any event of a user."""

    id: UUID
    version: int
    full_name: str | None = None

    def name(self) -> str | None:
        """The name to show; None once it is to be forgotten."""
        return None if self.envelope.type == _FORGOTTEN else self.full_name


@listener.on_batch(Changed, *_CHANGES)
async def record_activity(session: TenantSession, events: Sequence[Changed]) -> None:
    # A person's access token is no workspace's affair; a service account's is.
    ours = [one for one in events if one.envelope.workspace_id is not None]
    if ours:
        await service.record(session, [(one.envelope, one.__dict__) for one in ours])


@listener.on_batch(
    ShortCodeChanged, *(_SHORT_CODE + v for v in ("made", "claimed", "moved", "released"))
)
async def record_short_codes(session: TenantSession, events: Sequence[ShortCodeChanged]) -> None:
    await service.record(session, [(one.envelope, one.__dict__) for one in events])


@listener.on_batch(AttachmentChanged, *(_ATTACHMENT + v for v in ("created", "updated", "deleted")))
async def record_attachments(session: TenantSession, events: Sequence[AttachmentChanged]) -> None:
    await service.record(session, [(one.envelope, one.__dict__) for one in events])


@listener.on_batch(UserChanged, *(_USER + verb for verb in ("registered", "updated")), _FORGOTTEN)
async def note_users(session: TenantSession, events: Sequence[UserChanged]) -> None:
    await service.note_users(session, [(one.id, one.version, one.name()) for one in events])
