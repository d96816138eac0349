"""What loans hears of things and places."""

from collections.abc import Sequence
from uuid import UUID

from chassis.database import TenantSession
from chassis.envelope import Received
from chassis.listeners import Listener
from chassis.statements import Row
from services.loans.known import repository

listener = Listener()

_ITEM = "warehouse.catalog.item."
_LOCATION = "warehouse.inventory.location."
_STOCK = "warehouse.inventory.stock."
_LIFE = ("created", "updated", "archived", "restored", "deleted")


class Known(Received):
    """What loans reads of any event of what it knows. The workspace is the envelope's."""

    id: UUID
    version: int

    def state(self) -> Row:
        return {"workspace_id": self.envelope.workspace_id, **self.__dict__}


class EntryChanged(Known):
    """What loans reads of an event that tells where an inventory entry is."""

    item_id: UUID
    location_id: UUID


class ItemChanged(Known):
    name: str
    sku: str


class LocationChanged(Known):
    name: str
    parent_id: UUID | None


# The other verbs change neither what the entry is nor where.
@listener.on_batch(
    EntryChanged, *(_STOCK + verb for verb in ("created", "updated", "moved", "restored"))
)
async def note_entries(session: TenantSession, events: Sequence[EntryChanged]) -> None:
    await repository.record_entries(session, _states(events))


@listener.on_batch(ItemChanged, *(_ITEM + verb for verb in (*_LIFE, "merged")))
async def note_items(session: TenantSession, events: Sequence[ItemChanged]) -> None:
    await repository.record_items(session, _states(events))


@listener.on_batch(LocationChanged, *(_LOCATION + verb for verb in (*_LIFE, "moved")))
async def note_locations(session: TenantSession, events: Sequence[LocationChanged]) -> None:
    await repository.record_locations(session, _states(events))


def _states(events: Sequence[Known]) -> list[Row]:
    return [event.state() for event in events]
