"""Movements of many entries at once."""

from collections.abc import Sequence
from typing import Any

from uuid_utils.compat import uuid7

from chassis import context
from chassis.bulk import State, Table
from chassis.database import TenantSession
from chassis.events import now
from services.inventory.movements.models import Kind, Movement
from services.inventory.movements.service import Place

MOVEMENTS = Table(Movement)


def movement(
    kind: Kind,
    entry: State,
    quantity: int,
    *,
    origin: Place | None = None,
    destination: Place | None = None,
    reason: str | None = None,
) -> State:
    """What `services.inventory.movements.service.record` writes down, of an entry in use as it is
    after the change."""
    if origin == destination:
        units_out, units_in = max(-quantity, 0), max(quantity, 0)
    else:
        units_out, units_in = quantity if origin else 0, quantity if destination else 0
    return {
        "id": uuid7(),
        "workspace_id": entry["workspace_id"],
        "entry_id": entry["id"],
        "item_id": entry["item_id"],
        "kind": kind,
        "quantity": quantity,
        "units_out": units_out,
        "units_in": units_in,
        "balance": entry["quantity"],
        **_end("from", origin),
        **_end("to", destination),
        "reason": reason,
        "actor": context.current().actor,
        "created_at": now(),
    }


async def record(session: TenantSession, made: Sequence[State]) -> None:
    """Write down movements, in their order."""
    nothing: dict[str, Any] = dict.fromkeys(MOVEMENTS.columns)
    await MOVEMENTS.insert(session, [{**nothing, **one} for one in made])


def _end(name: str, place: Place | None) -> dict[str, Any]:
    return {
        f"{name}_location_id": place and place.location_id,
        f"{name}_container_id": place and place.container_id,
    }
