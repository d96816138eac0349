"""What stock levels hear: items with their minimum, and inventory's stock."""

from collections.abc import Sequence
from uuid import UUID

from chassis.database import TenantSession
from chassis.envelope import Received
from chassis.listeners import Listener
from services.notify.stock import service

listener = Listener()

_ITEM = "warehouse.catalog.item."
_STOCK = "warehouse.inventory.stock."
_ITEM_VERBS = ("created", "updated", "archived", "restored", "deleted", "merged")
# Verbs that can change how many there are in use, or of which item. Holds and alerts do not.
_MOVES = ("moved", "split", "joined", "merged", "adjusted", "counted")
_STOCK_VERBS = ("created", "updated", *_MOVES, "archived", "restored")
_PASSING = (".split", ".joined", ".merged")


class ItemChanged(Received):
    """What notify reads of any event of an item."""

    id: UUID
    version: int
    name: str
    min_stock_level: int = 0
    is_archived: bool

    @property
    def is_in_use(self) -> bool:
        return not (self.is_archived or self.envelope.type.endswith((".deleted", ".merged")))


class StockChanged(Received):
    """What notify reads of any event of an inventory entry's state."""

    id: UUID
    version: int
    item_id: UUID
    quantity: int
    is_archived: bool
    split_from: UUID | None = None

    @property
    def is_passing(self) -> bool:
        """Whether units went to another entry, or came from one."""
        return self.split_from is not None or self.envelope.type.endswith(_PASSING)


@listener.on_batch(ItemChanged, *(_ITEM + verb for verb in _ITEM_VERBS))
async def note_items(session: TenantSession, events: Sequence[ItemChanged]) -> None:
    await service.note_items(
        session,
        [
            service.Item(
                event.envelope,
                event.id,
                event.version,
                event.name,
                event.min_stock_level,
                event.is_in_use,
            )
            for event in events
        ],
    )


@listener.on_batch(StockChanged, *(_STOCK + verb for verb in _STOCK_VERBS))
async def note_entries(session: TenantSession, events: Sequence[StockChanged]) -> None:
    await service.note_entries(
        session,
        [
            service.Entry(
                event.envelope,
                event.id,
                event.version,
                event.item_id,
                0 if event.is_archived else event.quantity,
                event.is_passing,
            )
            for event in events
        ],
    )
