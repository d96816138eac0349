"""Entries are found by what their item is called, and follow when that changes."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from chassis.database import TenantSession
from chassis.envelope import Received
from chassis.listeners import Listener
from services.inventory.stock import repository as stock

_CODES = frozenset({"sku", "barcode"})

listener = Listener()


class ItemChanged(Received):
    """What may have changed of what an item is found by."""

    id: UUID
    changes: Mapping[str, object] = {}


@listener.on_batch(
    ItemChanged, *(f"warehouse.catalog.item.{verb}" for verb in ("updated", "archived", "restored"))
)
async def rename(session: TenantSession, events: Sequence[ItemChanged]) -> None:
    """Runs after the read model has noted the items (`services.inventory.items.consumers`)."""
    items = {(event.envelope.workspace_id, event.id): False for event in events}
    for event in events:
        items[event.envelope.workspace_id, event.id] |= not _CODES.isdisjoint(event.changes)
    rows = [
        {"workspace_id": workspace_id, "id": id_, "recoded": recoded}
        for (workspace_id, id_), recoded in items.items()
    ]
    await stock.rename(session, rows)
