"""What short codes hear: an item that is gone has none, one that was merged passes its on, and
those of a workspace that is gone are anybody's."""

from uuid import UUID

from chassis.database import TenantSession
from chassis.envelope import Received
from chassis.listeners import Listener
from services.inventory.short_codes import service

listener = Listener()


class ItemDeleted(Received):
    """What is read of an item that is gone."""

    id: UUID


class WorkspaceDeleted(Received):
    """What is read of a workspace that is gone."""

    id: UUID


@listener.on(ItemDeleted, "warehouse.catalog.item.deleted")
async def release_code(session: TenantSession, event: ItemDeleted) -> None:
    await service.release_of_items(session, [event.id])


@listener.on(ItemDeleted, "warehouse.catalog.item.merged")
async def pass_codes_on(session: TenantSession, event: ItemDeleted) -> None:
    """Runs after the read model has noted the merge (`services.inventory.items.consumers`)."""
    await service.follow_merge(session, event.id)


@listener.on(WorkspaceDeleted, "warehouse.auth.workspace.deleted")
async def free_codes(session: TenantSession, _event: WorkspaceDeleted) -> None:
    await service.free_all(session)
