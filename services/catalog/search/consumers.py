"""What search hears: where inventory's locations stand, for places of items."""

from collections.abc import Sequence
from uuid import UUID

from chassis.database import TenantSession
from chassis.envelope import Received
from chassis.listeners import Listener
from chassis.statements import newest

listener = Listener()

_LOCATION = "warehouse.inventory.location."
_RECORD = newest("known_locations", {"name": "text", "parent_id": "uuid"})


class LocationChanged(Received):
    """What catalog reads of any event of a location."""

    id: UUID
    version: int
    name: str
    parent_id: UUID | None


@listener.on_batch(
    LocationChanged,
    *(_LOCATION + verb for verb in ("created", "updated", "moved", "archived", "restored")),
    _LOCATION + "deleted",
)
async def note_locations(session: TenantSession, events: Sequence[LocationChanged]) -> None:
    places = [{"workspace_id": event.envelope.workspace_id, **event.__dict__} for event in events]
    await _RECORD.execute(session, places)
