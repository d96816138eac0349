"""What inventory hears of catalog's items and categories."""

from collections.abc import Sequence
from uuid import UUID

from chassis.database import TenantSession
from chassis.envelope import Received
from chassis.listeners import Listener
from chassis.statements import Row
from services.inventory.items import repository

listener = Listener()

_ITEM, _CATEGORY = "warehouse.catalog.item.", "warehouse.catalog.category."
_LIFE = ("created", "updated", "archived", "restored", "deleted")
_ITEM_VERBS = (*_LIFE, "merged")


class ItemChanged(Received):
    """What inventory reads of any event of an item."""

    id: UUID
    version: int
    name: str
    sku: str
    external_id: str | None = None
    barcode: str | None = None
    category_id: UUID | None = None
    is_archived: bool
    into_id: UUID | None = None
    min_stock_level: int = 0

    def state(self) -> Row:
        return _state(self)


class CategoryChanged(Received):
    """What inventory reads of any event of a category."""

    id: UUID
    version: int
    name: str
    parent_id: UUID | None = None
    is_archived: bool

    def state(self) -> Row:
        return _state(self)


@listener.on_batch(ItemChanged, *(_ITEM + verb for verb in _ITEM_VERBS))
async def note_items(session: TenantSession, events: Sequence[ItemChanged]) -> None:
    await repository.record(session, [event.state() for event in events])


@listener.on_batch(CategoryChanged, *(_CATEGORY + verb for verb in _LIFE))
async def note_categories(session: TenantSession, events: Sequence[CategoryChanged]) -> None:
    await repository.record_categories(session, [event.state() for event in events])


def _state(event: ItemChanged | CategoryChanged) -> Row:
    return {
        "workspace_id": event.envelope.workspace_id,
        **event.__dict__,
        "is_deleted": event.envelope.type.endswith((".deleted", ".merged")),
    }
