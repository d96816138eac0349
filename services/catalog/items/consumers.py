"""What items hear: inventory's stock, which keeps an item from being deleted, and where it is."""

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
    location_id: UUID
    version: int
    is_archived: bool


# The other verbs change neither what the entry is nor where.
@listener.on_batch(
    StockChanged,
    *(_STOCK + verb for verb in ("created", "updated", "moved", "merged", "archived", "restored")),
)
async def note_stock(session: TenantSession, events: Sequence[StockChanged]) -> None:
    entries = [{"workspace_id": event.envelope.workspace_id, **event.__dict__} for event in events]
    await repository.record_stock(session, entries)
