"""Stock of an item that was merged becomes stock of the item that goes on for it.

Whatever is heard first: of a chain of merges each step moves what is there to the end of the chain,
as far as it is known, and the steps that are heard later move it on. Movements stay as they were
written: they tell what the stock was called then.
"""

from uuid import UUID

from chassis.database import TenantSession
from chassis.envelope import Received
from chassis.events import changes_of, touch
from chassis.listeners import Listener
from chassis.outbox import stage
from services.inventory.items import repository
from services.inventory.stock import repository as stock
from services.inventory.stock.events import StockUpdated

AT_ONCE = 500  # entries

listener = Listener()


class ItemMerged(Received):
    """What inventory reads of a merge beside the item's state, which its read model keeps."""

    id: UUID


@listener.on(ItemMerged, "warehouse.catalog.item.merged")
async def follow_merge(session: TenantSession, event: ItemMerged) -> None:
    """Runs after the read model has noted the merge (`services.inventory.items.consumers`), so that
    no entry of the item can be made any more; a part that was being split off while its entry was
    waited for is found by looking again."""
    into_id = await repository.merged_into(session, event.id)
    while entries := await stock.lock_of_item(session, event.id, AT_ONCE):
        for entry in entries:
            entry.item_id = into_id
            changes = changes_of(entry)
            touch(entry)
            stage(session, StockUpdated.of(entry, changes=changes))
        await session.flush()
