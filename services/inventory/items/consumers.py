"""What inventory hears of catalog's items."""

from collections.abc import Sequence
from uuid import UUID

from chassis.database import TenantSession
from chassis.envelope import Received
from chassis.listeners import Listener
from chassis.statements import Row
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

    def state(self) -> Row:
        is_deleted = self.envelope.type == _DELETED
        return {
            "workspace_id": self.envelope.workspace_id,
            **self.__dict__,
            "is_deleted": is_deleted,
        }


@listener.on_batch(
    ItemChanged,
    *(_ITEM + verb for verb in ("created", "updated", "archived", "restored")),
    _DELETED,
)
async def note_items(session: TenantSession, events: Sequence[ItemChanged]) -> None:
    await repository.record(session, [event.state() for event in events])
