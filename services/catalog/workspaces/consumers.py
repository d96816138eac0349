"""What catalog hears of workspaces."""

from collections.abc import Sequence
from uuid import UUID

from chassis.database import TenantSession
from chassis.envelope import Received
from chassis.listeners import Listener
from services.catalog.workspaces import repository

listener = Listener()

_WORKSPACE = "warehouse.auth.workspace."


class WorkspaceChanged(Received):
    """What catalog reads of any event of a workspace."""

    id: UUID
    version: int
    currency: str = "EUR"


@listener.on_batch(
    WorkspaceChanged, *(_WORKSPACE + verb for verb in ("created", "updated", "deleted"))
)
async def note_workspaces(session: TenantSession, events: Sequence[WorkspaceChanged]) -> None:
    await repository.record(
        session,
        [
            {
                "workspace_id": event.id,
                "id": event.id,
                "version": event.version,
                "currency": event.currency,
            }
            for event in events
        ],
    )
