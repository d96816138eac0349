"""What short codes hear: an item that is gone has none."""

from uuid import UUID

from chassis.database import TenantSession
from chassis.envelope import Received
from chassis.listeners import Listener
from services.inventory.short_codes import service

listener = Listener()


class ItemDeleted(Received):
    """What is read of an item that is gone."""

    id: UUID


@listener.on(ItemDeleted, *(f"warehouse.catalog.item.{verb}" for verb in ("deleted", "merged")))
async def release_code(session: TenantSession, event: ItemDeleted) -> None:
    await service.release_of_items(session, [event.id])
