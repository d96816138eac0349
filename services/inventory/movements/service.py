"""How the rest of inventory writes movements."""

from dataclasses import dataclass
from uuid import UUID

from uuid_utils.compat import uuid7

from chassis import context
from chassis.database import TenantSession
from chassis.events import now
from services.inventory.movements.models import Kind, Movement


@dataclass(frozen=True, slots=True)
class Place:
    """A location and, within it, a container."""

    location_id: UUID
    container_id: UUID | None


def record(
    session: TenantSession,
    kind: Kind,
    *,
    entry_id: UUID,
    item_id: UUID,
    quantity: int,
    origin: Place | None = None,
    destination: Place | None = None,
    to_entry_id: UUID | None = None,
    reason: str | None = None,
) -> None:
    """Write down a movement of stock by whoever acts now; the entries are flushed already."""
    session.add(
        Movement(
            id=uuid7(),
            workspace_id=session.workspace_id,
            entry_id=entry_id,
            to_entry_id=to_entry_id,
            item_id=item_id,
            kind=kind,
            quantity=quantity,
            from_location_id=origin and origin.location_id,
            from_container_id=origin and origin.container_id,
            to_location_id=destination and destination.location_id,
            to_container_id=destination and destination.container_id,
            reason=reason,
            actor=context.current().actor,
            created_at=now(),
        )
    )
