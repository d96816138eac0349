"""What inventory hears of catalog's items."""

from uuid import UUID

from chassis.database import TenantSession
from chassis.envelope import Received
from chassis.listeners import Listener
from services.inventory.items import repository

listener = Listener()

_ITEM = "warehouse.catalog.item."
_DELETED = _ITEM + "deleted"


class ItemChanged(Received):
    """What inventory reads of any event of an item."""

    id: UUID
    version: int
    name: str
    sku: str
    is_archived: bool


@listener.on(
    ItemChanged,
    *(_ITEM + verb for verb in ("created", "updated", "archived", "restored")),
    _DELETED,
)
async def note_item(session: TenantSession, event: ItemChanged) -> None:
    await repository.record(
        session,
        item_id=event.id,
        version=event.version,
        name=event.name,
        sku=event.sku,
        is_archived=event.is_archived,
        is_deleted=event.envelope.type == _DELETED,
    )
