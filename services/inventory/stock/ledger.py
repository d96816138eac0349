"""How the verbs of stock write their movements: each as of the entry's state after the change."""

from typing import Any, TypedDict
from uuid import UUID

from chassis.database import TenantSession
from services.inventory.movements.models import Kind
from services.inventory.movements.service import Place, record
from services.inventory.stock.models import Entry


class Why(TypedDict, total=False):
    """What a movement is for: somebody's words, the movement that it undoes, the stocktake that
    found what it puts right."""

    reason: str | None
    undoes: UUID | None
    stocktake_id: UUID | None


def place_of(entry: Entry) -> Place:
    """Where the entry stands."""
    return Place(entry.location_id, entry.container_id)


def record_of(session: TenantSession, kind: Kind, entry: Entry, **facts: Any) -> None:  # noqa: ANN401 - typed by `record`
    """Write down what happened to the entry."""
    record(session, kind, entry_id=entry.id, item_id=entry.item_id, balance=entry.stock, **facts)


def record_in_place(
    session: TenantSession,
    kind: Kind,
    entry: Entry,
    delta: int,
    **facts: Any,  # noqa: ANN401 - typed by `record`
) -> None:
    """Write down that `delta` units came or, below 0, went where the entry stands."""
    place = place_of(entry)
    record_of(session, kind, entry, quantity=delta, origin=place, destination=place, **facts)


def record_passing(
    session: TenantSession,
    kind: Kind,
    source: Entry,
    target: Entry,
    quantity: int,
    **facts: Any,  # noqa: ANN401 - typed by `record`
) -> None:
    """Write down that units of one entry are another's now."""
    record_of(
        session,
        kind,
        source,
        quantity=quantity,
        origin=place_of(source),
        destination=place_of(target),
        to_entry_id=target.id,
        to_balance=target.stock,
        **facts,
    )
