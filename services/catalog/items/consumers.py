"""What items hear: inventory's stock, which keeps an item from being deleted."""

from collections.abc import Sequence
from uuid import UUID

from chassis.database import TenantSession
from chassis.envelope import Received
from chassis.listeners import Listener
from services.catalog.items import repository

listener = Listener()

_STOCK = "warehouse.inventory.stock."


class StockChanged(Received):
    """What catalog reads of any event of an inventory entry."""

    id: UUID
    item_id: UUID
    version: int
    is_archived: bool


@listener.on_batch(
    StockChanged,
    *(_STOCK + verb for verb in ("created", "updated", "merged", "archived", "restored")),
)
async def note_stock(session: TenantSession, events: Sequence[StockChanged]) -> None:
    entries = [{"workspace_id": event.envelope.workspace_id, **event.__dict__} for event in events]
    await repository.record_stock(session, entries)
