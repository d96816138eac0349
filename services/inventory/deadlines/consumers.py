"""What deadlines hear: a workspace may have moved to another time zone."""

from uuid import UUID

from chassis.database import TenantSession
from chassis.envelope import Received
from chassis.events import now
from chassis.listeners import Listener
from services.inventory.deadlines import repository

listener = Listener()


class WorkspaceUpdated(Received):
    """What deadlines read of a change to a workspace."""

    id: UUID


@listener.on(WorkspaceUpdated, *(f"warehouse.auth.workspace.{v}" for v in ("created", "updated")))
async def look_again(session: TenantSession, event: WorkspaceUpdated) -> None:
    await repository.wake(session, event.id, now())
