"""How the rest of inventory writes movements."""

from dataclasses import dataclass
from datetime import datetime
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
    balance: int,
    origin: Place | None = None,
    destination: Place | None = None,
    to_entry_id: UUID | None = None,
    to_balance: int | None = None,
    in_stock: bool = True,
    reason: str | None = None,
    undoes: UUID | None = None,
    stocktake_id: UUID | None = None,
    used_at: datetime | None = None,
    used_before: datetime | None = None,
) -> None:
    """Write down a movement of stock by whoever acts now; the entries are flushed already.

    `balance` is how many units in use the entry has after it, `to_balance` how many the other entry
    has that they went to. Within one place, a `quantity` below 0 went and one above came; otherwise
    it left `origin` and came to `destination`. What is not `in_stock` moves no units."""
    if origin == destination and to_entry_id is None:
        units_out, units_in = max(-quantity, 0), max(quantity, 0)
    else:
        units_out, units_in = quantity if origin else 0, quantity if destination else 0
    session.add(
        Movement(
            id=uuid7(),
            workspace_id=session.workspace_id,
            entry_id=entry_id,
            to_entry_id=to_entry_id,
            item_id=item_id,
            kind=kind,
            quantity=quantity,
            units_out=units_out if in_stock else 0,
            units_in=units_in if in_stock else 0,
            balance=balance,
            to_balance=to_balance,
            from_location_id=origin and origin.location_id,
            from_container_id=origin and origin.container_id,
            to_location_id=destination and destination.location_id,
            to_container_id=destination and destination.container_id,
            reason=reason,
            undoes=undoes,
            stocktake_id=stocktake_id,
            used_at=used_at,
            used_before=used_before,
            actor=context.current().actor,
            created_at=now(),
        )
    )
