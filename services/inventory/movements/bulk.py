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
    to: State | None = None,
    **facts: Any,  # noqa: ANN401 - further columns
) -> State:
    """What `services.inventory.movements.service.record` writes down, of an entry as it is after
    the change; `to` is the one that has the units then, where that is another."""
    if origin == destination and to is None:
        units_out, units_in = max(-quantity, 0), max(quantity, 0)
    else:
        units_out, units_in = quantity if origin else 0, quantity if destination else 0
    return {
        "id": uuid7(),
        "workspace_id": entry["workspace_id"],
        "entry_id": entry["id"],
        "to_entry_id": to and to["id"],
        "item_id": entry["item_id"],
        "kind": kind,
        "quantity": quantity,
        "units_out": units_out,
        "units_in": units_in,
        "balance": _stock(entry),
        "to_balance": None if to is None else _stock(to),
        **_end("from", origin),
        **_end("to", destination),
        "actor": context.current().actor,
        "created_at": now(),
        **facts,
    }


async def record(session: TenantSession, made: Sequence[State]) -> None:
    """Write down movements, in their order."""
    nothing: dict[str, Any] = dict.fromkeys(MOVEMENTS.columns)
    await MOVEMENTS.insert(session, [{**nothing, **one} for one in made])


def _stock(entry: State) -> int:
    """How many units in use: what is archived is no stock."""
    return 0 if entry["is_archived"] else int(entry["quantity"])


def _end(name: str, place: Place | None) -> dict[str, Any]:
    return {
        f"{name}_location_id": place and place.location_id,
        f"{name}_container_id": place and place.container_id,
    }
