"""What loans hears of its requests: inventory's side of the saga."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from chassis import context
from chassis.database import TenantSession
from chassis.envelope import Received
from chassis.listeners import Listener
from chassis.scope import Scope
from services.loans.loans import service
from services.loans.loans.events import Rejection
from services.loans.loans.states import Refusal

listener = Listener()

_STOCK = "warehouse.inventory.stock."
_LOAN = "loan"


class Hold(BaseModel):
    reference: UUID
    purpose: str


class HoldPlaced(Received):
    """`hold.reference` is the loan when its purpose is one."""

    item_id: UUID
    location_id: UUID
    hold: Hold


class HoldMoved(Received):
    """`id` is the entry that has the units now."""

    id: UUID
    hold: Hold


class HoldRejected(Received):
    reference: UUID
    purpose: str
    reason: str
    free_quantity: int


class EntryUpdated(Received):
    """What loans reads of an update beside the entry's state, which its read model keeps."""

    id: UUID
    changes: dict[str, Any] = Field(default_factory=dict)


@listener.on_batch(EntryUpdated, _STOCK + "updated")
async def follow_items(session: TenantSession, events: Sequence[EntryUpdated]) -> None:
    """An entry is of another item once its own was merged into that."""
    scope = session.scope
    for event in events:
        if "item_id" in event.changes:
            trace = context.continue_trace(event.envelope.traceparent)
            context.enter(context.Context(event.envelope.actor, request_id="", traceparent=trace))
            await session.enter(Scope(workspace_id=event.envelope.workspace_id))
            await service.follow_item(session, event.id)
    await session.enter(scope)


@listener.on(HoldPlaced, _STOCK + "hold_placed")
async def activate(session: TenantSession, event: HoldPlaced) -> None:
    if event.hold.purpose == _LOAN:
        await service.activate(
            session, event.hold.reference, item_id=event.item_id, location_id=event.location_id
        )


@listener.on(HoldMoved, _STOCK + "hold_moved")
async def follow(session: TenantSession, event: HoldMoved) -> None:
    if event.hold.purpose == _LOAN:
        await service.follow(session, event.hold.reference, entry_id=event.id)


@listener.on(HoldRejected, _STOCK + "hold_rejected")
async def reject(session: TenantSession, event: HoldRejected) -> None:
    if event.purpose == _LOAN:
        rejection = Rejection(reason=Refusal(event.reason), free_quantity=event.free_quantity)
        await service.reject(session, event.reference, rejection)
