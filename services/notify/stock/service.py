"""The use cases of stock levels: keep them, and tell when one falls below its minimum.

Told is the crossing, whichever change made it: stock that went, stock that was archived, a minimum
that was raised, an item that came back into use. It is told again only after it had recovered. An
item that never had any stock has not fallen, and what passes to another entry was never away.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from chassis.database import TenantSession
from chassis.envelope import Envelope
from chassis.scope import Scope
from chassis.statements import Row
from services.notify.inbox import messages
from services.notify.inbox import service as inbox
from services.notify.stock import repository
from services.notify.stock.repository import LowItem


@dataclass(frozen=True, slots=True)
class Item:
    """An item as an event tells of it."""

    event: Envelope
    id: UUID
    version: int
    name: str
    min_stock_level: int
    is_in_use: bool

    def state(self) -> Row:
        return {
            "workspace_id": self.event.workspace_id,
            "id": self.id,
            "version": self.version,
            "name": self.name,
            "min_stock_level": self.min_stock_level,
            "is_in_use": self.is_in_use,
        }


@dataclass(frozen=True, slots=True)
class Entry:
    """An inventory entry as an event tells of it: `units` of the item in use. `passing`: units went
    to another entry, or came from one."""

    event: Envelope
    id: UUID
    version: int
    item_id: UUID
    units: int
    passing: bool

    def state(self) -> Row:
        return {
            "workspace_id": self.event.workspace_id,
            "id": self.id,
            "version": self.version,
            "item_id": self.item_id,
            "units": self.units,
            "passing": self.passing,
        }


State = TypeVar("State", Item, Entry)


async def note_items(session: TenantSession, items: Sequence[Item]) -> None:
    """Keep items, each as of its version, in their order."""
    for distinct in _rounds(items, [item.id for item in items]):
        fell = await repository.record_items(session, [one.state() for one in distinct.values()])
        await _tell(session, {id_: one.event for id_, one in distinct.items()}, fell)


async def note_entries(session: TenantSession, entries: Sequence[Entry]) -> None:
    """Keep inventory entries, each as of its version, in their order."""
    for distinct in _rounds(entries, [entry.item_id for entry in entries]):
        fell = await repository.record_entries(session, [one.state() for one in distinct.values()])
        await _tell(session, {id_: one.event for id_, one in distinct.items()}, fell)


async def _tell(
    session: TenantSession, events: Mapping[UUID, Envelope], fell: list[LowItem]
) -> None:
    """Tell of items that fell, each by the event that told of it, workspace by workspace: they are
    held in an order."""
    scope = session.scope
    for item in sorted(fell, key=lambda item: str(events[item.id].workspace_id)):
        event = events[item.id]
        await session.enter(Scope(workspace_id=event.workspace_id))
        notice = messages.low_stock(
            session.workspace_id, item.id, item.name, item.units, item.min_stock_level
        )
        await inbox.tell_staff(session, event, notice)
    if fell:
        await session.enter(scope)


def _rounds(states: Sequence[State], items: Sequence[UUID]) -> Iterator[dict[UUID, State]]:
    """`states` by their `items`, in as few rounds as have each item and each state's own id once:
    every crossing is told, also one that the next event takes back."""
    distinct: dict[UUID, State] = {}
    ids: set[UUID] = set()
    for item_id, state in zip(items, states, strict=True):
        if item_id in distinct or state.id in ids:
            yield distinct
            distinct, ids = {}, set()
        distinct[item_id] = state
        ids.add(state.id)
    if distinct:
        yield distinct
