"""What loans hears of things and places."""

from uuid import UUID

from chassis.database import TenantSession
from chassis.envelope import Received
from chassis.listeners import Listener
from services.loans.known import repository

listener = Listener()

_ITEM = "warehouse.catalog.item."
_LOCATION = "warehouse.inventory.location."
_STOCK = "warehouse.inventory.stock."
_LIFE = ("created", "updated", "archived", "restored", "deleted")


class EntryChanged(Received):
    """What loans reads of an event that tells where an inventory entry is."""

    id: UUID
    version: int
    item_id: UUID
    location_id: UUID


class ItemChanged(Received):
    id: UUID
    version: int
    name: str
    sku: str


class LocationChanged(Received):
    id: UUID
    version: int
    name: str
    parent_id: UUID | None


# The other verbs change neither what the entry is nor where.
@listener.on(EntryChanged, *(_STOCK + verb for verb in ("created", "updated", "moved", "restored")))
async def note_entry(session: TenantSession, event: EntryChanged) -> None:
    await repository.record_entry(session, **event.model_dump())


@listener.on(ItemChanged, *(_ITEM + verb for verb in _LIFE))
async def note_item(session: TenantSession, event: ItemChanged) -> None:
    await repository.record_item(session, **event.model_dump())


@listener.on(LocationChanged, *(_LOCATION + verb for verb in (*_LIFE, "moved")))
async def note_location(session: TenantSession, event: LocationChanged) -> None:
    await repository.record_location(session, **event.model_dump())
